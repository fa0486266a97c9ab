"""The figures, one file each: the file name is the key, `draw(needs)` the figure.

A figure's module states `NEEDS` (what it reads), `TITLE`, `CAPTION`, `draw(needs) -> Figure` and `numbers(needs)`, the
numbers behind the figure in words. To add one, add a file `figNN_<name>.py`.
"""

from collections.abc import Sequence

from replication.files.needs import suffice
from replication.workflow.registry import Registry

__all__ = ["available", "load", "names"]

_REGISTRY = Registry(__name__, "figure", "fig")
names, load = _REGISTRY.names, _REGISTRY.load


def available(datasets: Sequence[str]) -> list[str]:
    """The figures that these data sets suffice for."""
    return [name for name in names() if suffice(datasets, load(name).NEEDS)]
