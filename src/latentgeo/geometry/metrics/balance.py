"""By how much the latent axes of a metric differ in scale, and units in which they do not.

What is measured in latent units, such as a grid's step, the width of a box or which points are neighbours, says little
where one unit along an axis leads a thousand times as far as along another: a nearly dead dimension, as posterior
collapse leaves one, or coordinates of different kinds. Axes of comparable scale are left exactly as they are.
"""

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["COMPARABLE", "axis_units", "correlation", "round_units"]

COMPARABLE = 16.0
"""Scales that differ by a smaller factor are comparable."""

# binary digits by which a unit grows at most
_MOST = {torch.float32: 30, torch.float64: 200}


def axis_units(G: Float[Tensor, "points latent latent"], comparable: float = COMPARABLE) -> Float[Tensor, "latent"]:
    """A unit for each latent axis, so that a step of one unit leads about as far along every axis.

    An axis' scale is the root of the median of G_ii. Scales within a factor of 16 of each other are comparable, and all
    units 1. Otherwise an axis' unit is the largest scale over its own, rounded to a power of two: a change of units
    that is exact in floating point. An axis along which nothing changes keeps its unit.

    Args:
        G: The metric at some points; those where it is not finite do not count.
        comparable: The factor.

    Returns:
        In the present latent units; 1 for the axis of largest scale.
    """
    ones = G.new_ones(G.shape[-1])
    diagonal = _finite(G).diagonal(dim1=1, dim2=2)
    if not len(diagonal):
        return ones
    scale = diagonal.median(0).values.clamp(min=0).sqrt()
    alive = scale > 0
    if not bool(alive.any()) or bool(scale.amax() <= comparable * scale[alive].amin()):
        return ones
    # torch's own exp2 is off by a rounding
    digits = (scale.amax() / scale[alive]).log2().round().clamp(max=_MOST[G.dtype])
    return ones.index_put((alive,), torch.ldexp(ones[alive], digits.int()))


def round_units(
    G: Float[Tensor, "points latent latent"], comparable: float = COMPARABLE
) -> Float[Tensor, "latent latent"] | None:
    """New latent axes, along and across which the mean of the metric is round; None where no direction is thin.

    A direction is thin if its scale, the root of an eigenvalue of the mean correlation matrix (the metric with its
    diagonal made 1), is below the largest by more than the factor: no choice of units of the axes then helps. One of no
    scale at all stays as it is.

    Args:
        G: As `axis_units` has it, whose units it is best given in.
        comparable: The factor.

    Returns:
        The new axes as columns, in the present units.
    """
    G = _finite(G)
    trace = G.diagonal(dim1=1, dim2=2).sum(1)
    if not bool((trace > 0).any()):
        return None
    mean = (G[trace > 0] / trace[trace > 0, None, None]).mean(0)
    C, scale = correlation(mean)
    values, axes = torch.linalg.eigh(C.double())
    values = values.to(G)
    if bool(comparable**2 * values[0] >= values[-1]):
        return None
    alive = values > 10 * len(values) * torch.finfo(G.dtype).eps * values[-1]
    stretch = torch.where(alive, (values[-1] / values.clamp(min=torch.finfo(G.dtype).tiny)).sqrt(), 1.0)
    axes = axes.to(G)
    return ((axes * stretch) @ axes.T) * (scale.amax() / scale).unsqueeze(1)


def correlation(
    G: Float[Tensor, "*batch latent latent"],
) -> tuple[Float[Tensor, "*batch latent latent"], Float[Tensor, "*batch latent"]]:
    """The metric in units of its axes' own scales, and these: no change of an axis' unit changes the first.

    Its least eigenvalue says, up to a factor of the latent dimension, how far the metric is from being singular in the
    best units of the axes (van der Sluis 1969). An axis of no scale has a row of zeros.
    """
    scale = G.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
    inverse = torch.where(scale > 0, 1 / scale, 0.0)
    return inverse.unsqueeze(-1) * G * inverse.unsqueeze(-2), torch.where(
        scale > 0, scale, scale.amax(-1, keepdim=True)
    )


def _finite(G: Tensor) -> Tensor:
    return G[torch.isfinite(G).flatten(1).all(1)]
