"""What the page knows of a conformal factor: the bumps that it is made of, or splines of its logarithm."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from latentgeo.explorer.packed import packed
from latentgeo.explorer.splines import as_halves, at, lattice_over, through
from latentgeo.geometry.chunks import MOST_POINTS, in_parts
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.rbf_precision import RBFPrecision

__all__ = ["factor_part"]

Factor = Callable[[Tensor], Tensor]

_SIZES, _GOOD = (65, 129, 257), 1e-3


@torch.no_grad()
def factor_part(factor: Factor, bounds: Bounds, places: Tensor) -> tuple[dict[str, Any], Factor]:
    """The factor for the page, JSON-able, and what the page will have of it.

    Args:
        factor: Points (batch, 2) to positive numbers (batch,).
        bounds: Where it is asked for.
        places: Points at which splines of it are held against it.
    """
    # a subclass may compute something else
    if isinstance(factor, RBFPrecision) and type(factor) is RBFPrecision and factor.periods is None:
        return _bumps(factor), factor
    truth = factor(places)
    part, known = _splines(factor, bounds, _SIZES[0])
    for size in _SIZES[1:]:
        if float((known(places) / truth - 1).abs().quantile(0.95)) < _GOOD:
            break
        part, known = _splines(factor, bounds, size)
    return part, known


def _bumps(factor: RBFPrecision) -> dict[str, Any]:
    return {
        "kind": "bumps",
        "centres": packed(factor.centres.cpu().numpy()),
        "weights": packed(factor.weights.cpu().numpy()),
        "bandwidth": float(factor.bandwidth),
        "kappa": float(factor.kappa),
    }


def _splines(factor: Factor, bounds: Bounds, size: int) -> tuple[dict[str, Any], Factor]:
    """Those of the logarithm, and the factor that they are of."""
    lattice, beyond = lattice_over(bounds, (size, size))
    logarithm = in_parts(factor, MOST_POINTS, lattice.nodes()).log()
    halves, rounded = as_halves(through(logarithm[:, None], lattice, beyond))
    part = {"kind": "splines", "corner": rounded.corner.tolist(), "step": rounded.step.tolist(), "logarithm": halves}
    return part, lambda z: at(rounded, z).squeeze(1).exp()
