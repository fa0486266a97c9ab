"""The animations, one file each: the file name is the key, `draw(needs)` the film.

An animation's module states `NEEDS` (what it reads), `TITLE`, `CAPTION` and `draw(needs) -> Film`. To add one, add a
file `animNN_<name>.py`.
"""

from collections.abc import Sequence

from replication.files.needs import suffice
from replication.workflow.registry import Registry

__all__ = ["available", "load", "names"]

_REGISTRY = Registry(__name__, "animation", "anim")
names, load = _REGISTRY.names, _REGISTRY.load


def available(datasets: Sequence[str]) -> list[str]:
    """The animations that these data sets suffice for."""
    return [name for name in names() if suffice(datasets, load(name).NEEDS)]
