"""The figures, one file each: the file name is the key, `draw(needs)` the figure.

A figure's module states `NEEDS` (what it reads), `CAPTION`, `draw(needs) -> Figure` and `numbers(needs)`, the numbers
behind the figure in words. To add one, add a file `figNN_<name>.py`.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType

from replication.needs import EVERY

__all__ = ["available", "load", "names"]


def names() -> list[str]:
    """All figures, in the order of their numbers."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("fig"))


def load(name: str) -> ModuleType:
    """The figure's module.

    Raises:
        ValueError: There is no such figure; the message lists what there is.
    """
    if name not in names():
        raise ValueError(f"no figure {name!r}; found: {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}")


def available(datasets: Sequence[str]) -> list[str]:
    """The figures that these data sets suffice for."""
    return [name for name in names() if {need.dataset for need in load(name).NEEDS} <= {EVERY, *datasets}]
