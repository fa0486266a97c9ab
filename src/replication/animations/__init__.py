"""The animations, one file each: the file name is the key, `draw(needs)` the film.

An animation's module states `NEEDS` (what it reads), `CAPTION` and `draw(needs) -> Film`. To add one, add a file
`animNN_<name>.py`.
"""

from collections.abc import Sequence

from replication.folder import Folder
from replication.needs import suffice

__all__ = ["available", "load", "names"]

_FOLDER = Folder(__name__, "animation", "anim")
names, load = _FOLDER.names, _FOLDER.load


def available(datasets: Sequence[str]) -> list[str]:
    """The animations that these data sets suffice for."""
    return [name for name in names() if suffice(datasets, load(name).NEEDS)]
