"""The tables, one file each: the file name is the key, `build(needs)` the table.

A table's module states `NEEDS` (what it reads), `CAPTION`, `build(needs) -> DataFrame`.
To add one, add a file `tabNN_<name>.py`.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType

from replication.needs import EVERY

__all__ = ["available", "load", "names"]


def names() -> list[str]:
    """All tables, in the order of their numbers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("tab"))


def load(name: str) -> ModuleType:
    """The table's module.

    Raises:
        ValueError: There is no such table; the message lists what there is.
    """
    if name not in names():
        raise ValueError(f"no table {name!r}; found: {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}")


def available(datasets: Sequence[str]) -> list[str]:
    """The tables that these data sets suffice for."""
    return [name for name in names() if {need.dataset for need in load(name).NEEDS} <= {EVERY, *datasets}]
