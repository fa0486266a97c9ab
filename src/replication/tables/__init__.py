"""The tables, one file each: the file name is the key, `build(needs)` the table.

A table's module states `NEEDS` (what it reads), `TITLE`, `CAPTION`, `build(needs) -> DataFrame`.
To add one, add a file `tabNN_<name>.py`.
"""

from collections.abc import Sequence

from replication.files.needs import suffice
from replication.workflow.registry import Registry

__all__ = ["available", "load", "names"]

_REGISTRY = Registry(__name__, "table", "tab")
names, load = _REGISTRY.names, _REGISTRY.load


def available(datasets: Sequence[str]) -> list[str]:
    """The tables that these data sets suffice for."""
    return [name for name in names() if suffice(datasets, load(name).NEEDS)]
