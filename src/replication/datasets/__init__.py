"""The data sets, one module each; the file's name is the key in the config.

Every module has the same three functions:

- `fetch(settings, folder, source, on_step=None)` puts the raw files into the folder and returns their provenance;
- `preprocess(settings, folder, generator)` turns them into a `Processed` record;
- `view(decoded, meta)` turns decoded observations into what figures show.

`settings` is the `data:` section of the data set's config.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from replication.workflow.registry import Registry

__all__ = ["Processed", "load", "names"]


@dataclass(frozen=True)
class Processed:
    """A data set ready for training.

    Attributes:
        arrays: `train`, `valid`, `test` of shape (n, obs), and what else the data set has.
        meta: JSON-able facts: noise, obs_shape, data_source, data_source_reason, missing and the data set's own.
    """

    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]


_REGISTRY = Registry(__name__, "dataset")
names, load = _REGISTRY.names, _REGISTRY.load
