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

_SIZES, _GOOD = (65, 129, 257), 1e-3


@torch.no_grad()
def factor_part(
    factor: Callable[[Tensor], Tensor], bounds: Bounds, places: Tensor
) -> tuple[dict[str, Any], Callable[[Tensor], Tensor]]:
    """The factor for the page, JSON-able, and what the page will have of it.

    Args:
        factor: Points (batch, 2) to positive numbers (batch,).
        bounds: Where it is asked for.
        places: Points at which splines of it are held against it.
    """
    if type(factor) is RBFPrecision and factor.periods is None:
        part = {
            "kind": "bumps",
            "centres": packed(factor.centres.cpu().numpy()),
            "weights": packed(factor.weights.cpu().numpy()),
            "bandwidth": float(factor.bandwidth),
            "kappa": float(factor.kappa),
        }
        return part, factor
    truth = factor(places)
    for size in _SIZES:
        lattice, beyond = lattice_over(bounds, (size, size))
        logarithm = in_parts(factor, MOST_POINTS, lattice.nodes()).log()
        halves, rounded = as_halves(through(logarithm[:, None], lattice, beyond))

        def known(z: Tensor, rounded: Any = rounded) -> Tensor:
            return at(rounded, z).squeeze(1).exp()

        if float((known(places) / truth - 1).abs().quantile(0.95)) < _GOOD:
            break
    part = {"kind": "splines", "corner": rounded.corner.tolist(), "step": rounded.step.tolist(), "logarithm": halves}
    return part, known
