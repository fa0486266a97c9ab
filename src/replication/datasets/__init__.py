"""The data sets, one module each; the file's name is the key in the config.

Every module has the same three functions:

- `fetch(settings, folder, source, on_step=None)` puts the raw files into the folder and returns their provenance;
- `preprocess(settings, folder, generator)` turns them into a `Processed` record;
- `view(decoded, meta)` turns decoded observations into what figures show.

`settings` is the `data:` section of the data set's config.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["Processed", "available", "load"]


@dataclass(frozen=True)
class Processed:
    """A data set ready for training.

    Attributes:
        arrays: `train`, `valid`, `test` of shape (n, obs), and what else the data set has.
        meta: JSON-able facts: noise, obs_shape, data_source, data_source_reason, missing and the data set's own.
    """

    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]


def available() -> list[str]:
    """The data sets that can be loaded."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """The module of a data set.

    Raises:
        ValueError: There is no such data set; the message lists those that exist.
    """
    if name not in available():
        raise ValueError(f"no dataset {name!r}; found: {', '.join(available())}")
    return importlib.import_module(f"{__name__}.{name}")
