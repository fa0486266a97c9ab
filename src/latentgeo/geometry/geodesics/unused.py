"""Latent axes that a metric hardly sees, named where curves wander along them."""

import warnings

import torch
from jaxtyping import Bool
from torch import Tensor

from latentgeo.errors import UnusedAxesWarning
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.metrics.balance import COMPARABLE
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.solution import Outcome

__all__ = ["told_of_unused_axes", "unused_axes"]

# of how many pairs' ends the scale of an axis is the median
_ENDS = 32
# axes that the message lists
_LISTED = 12


@torch.no_grad()
def unused_axes(metric: Metric, z: Tensor) -> Bool[Tensor, "latent"]:
    """Axes along which one unit leads less than a sixteenth as far as along another, by the median over points.

    Args:
        metric: The metric, in latent units that are those of the encoder's prior.
        z: (points, latent).
    """
    scale = in_parts(metric, metric.points_at_once, z).diagonal(dim1=1, dim2=2).median(0).values.clamp(min=0).sqrt()
    return COMPARABLE * scale < scale.amax()


def told_of_unused_axes(metric: Metric, z0: Tensor, z1: Tensor, outcome: list[Outcome]) -> None:
    """Warn where pairs have not come to rest and there are axes to leave out; in two dimensions there are none."""
    moving = [pair for pair, word in enumerate(outcome) if word is Outcome.MAX_ITERATIONS]
    latent = z0.shape[1]
    if latent < 3 or not moving:
        return
    few = moving[:_ENDS]
    unused = unused_axes(metric, torch.cat([z0[few], z1[few]])).nonzero().squeeze(1).tolist()
    if not unused:
        return
    listed = ", ".join(map(str, unused[:_LISTED])) + (", ..." if len(unused) > _LISTED else "")
    decodes = isinstance(root_of(metric), PullbackMetric)
    hardly = "decoder hardly uses" if decodes else "metric hardly sees"
    told = (
        f"{len(moving)} of {len(outcome)} curves did not come to rest, and the {hardly} {len(unused)} of {latent} "
        f"latent axes ({listed}): a unit along them leads less than 1/{COMPARABLE:.0f} as far as along another, so "
        f"that curves wander there. {_advice(latent, decodes)}"
    )
    warnings.warn(told, UnusedAxesWarning, stacklevel=5)


def _advice(latent: int, decodes: bool) -> str:
    """How to leave axes out: of a decoder what encodings do not use, of another metric the axes that were listed."""
    if decodes:
        return (
            f"Leave them out: used = encodings.std(0) > 0.3; E = torch.eye({latent}, dtype=encodings.dtype)[used]; "
            "PullbackMetric(lambda z: decoder(z @ E)) takes encodings[:, used]"
        )
    return (
        f"Leave them out: with the others in `used`, E = torch.eye({latent}, dtype=z0.dtype)[used]; "
        "FunctionMetric(lambda z: E @ metric(z @ E) @ E.mT) takes z0[:, used] and z1[:, used]"
    )
