"""The metrics that lengths are measured in, one a file, called in tables by the file's name.

Each has `build(space, **options) -> Metric`; what it takes is in its docstring. This module loads no torch, as the
workflow reads the names.
"""

from typing import TYPE_CHECKING, Any

from replication.folder import Folder

if TYPE_CHECKING:
    from latentgeo.geometry.metric import Metric
    from replication.latent_space import LatentSpace

__all__ = ["MEASURED", "build", "names"]

MEASURED = ("raw", "smoothed", "conformal")
"""In these all pairs are measured; the others are compared on some pairs."""


_FOLDER = Folder(__name__, "metric")
names = _FOLDER.names


def build(space: "LatentSpace", name: str, **options: Any) -> "Metric":
    """The metric of this name, of one trained model.

    Raises:
        ValueError: There is none of this name, or it has no such option.
    """
    module = _FOLDER.load(name)
    try:
        return module.build(space, **options)
    except TypeError as error:
        raise ValueError(f"metric {name!r} with {options}: {error}") from error
