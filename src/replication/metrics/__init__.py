"""The metrics that lengths are measured in, one a file, called in tables by the file's name.

Each has `defaults(space)`, its options with the values that the settings choose, and `build(space, **options)`. This
module loads no torch, as the workflow reads the names.
"""

from typing import TYPE_CHECKING, Any

from replication.workflow.registry import Registry

if TYPE_CHECKING:
    import latentgeo as lg
    from replication.models.latent_space import LatentSpace

__all__ = ["MEASURED", "build", "names", "options"]

MEASURED = ("raw", "smoothed", "smoothed_1", "conformal")
"""In these pairs are measured, as the settings choose; the others are compared on some pairs."""

_REGISTRY = Registry(__name__, "metric")
names = _REGISTRY.names


def build(space: "LatentSpace", name: str, **given: float) -> "lg.Metric":
    """The metric of this name, of one trained model.

    Raises:
        ValueError: There is none of this name, or it has no such option.
    """
    return _REGISTRY.load(name).build(space, **options(space, name, **given))


def options(space: "LatentSpace", name: str, **given: float) -> dict[str, Any]:
    """All options of a metric: those that are given, the others as the settings have them.

    Raises:
        ValueError: There is no metric of this name, or it has no such option.
    """
    defaults = _REGISTRY.load(name).defaults(space)
    if unknown := given.keys() - defaults.keys():
        raise ValueError(f"metric {name!r} has no option {', '.join(sorted(unknown))}; it has {sorted(defaults)}")
    return {**defaults, **given}
