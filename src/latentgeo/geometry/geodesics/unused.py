"""Latent axes that a decoder hardly uses, named where curves wander along them."""

import warnings

import torch
from jaxtyping import Bool
from torch import Tensor

from latentgeo.errors import UnusedAxesWarning
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.metrics.balance import COMPARABLE
from latentgeo.geometry.metrics.metric import Metric
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
    warnings.warn(
        f"{len(moving)} of {len(outcome)} curves did not come to rest, and the decoder hardly uses {len(unused)} of "
        f"{latent} latent axes ({listed}): a unit along them leads less than 1/{COMPARABLE:.0f} as far as along "
        "another, so that curves wander there. Leave them out: used = encodings.std(0) > 0.3; "
        f"E = torch.eye({latent}, dtype=encodings.dtype)[used]; PullbackMetric(lambda z: decoder(z @ E)) takes "
        "encodings[:, used]",
        UnusedAxesWarning,
        stacklevel=5,
    )
