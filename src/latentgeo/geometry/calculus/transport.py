"""Parallel transport of vectors along curves: V'^k = -Gamma^k_ij c'^i V^j.

Norms and inner products are conserved: how far a norm drifted is the check of a solution.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.connection import contraction
from latentgeo.geometry.calculus.exponential import raise_unless_arrived, relative_change
from latentgeo.geometry.calculus.integration import Arrival, attainable, integrate
from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced, in_units
from latentgeo.progress import shows_progress

__all__ = ["TransportSolution", "parallel_transport"]

# times at which the axes' scales are looked at
_LOOKED_AT = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, repr=False)
class TransportSolution(Described):
    """Vectors at the ends of curves.

    Attributes:
        vector: (pairs, latent) or (pairs, vectors, latent), at t = 1; NaN where the end was not reached.
        outcome: One a pair: the worst of its vectors'.
        norm_drift: (pairs,) or (pairs, vectors), relative change of the conserved norm; 0 for the zero vector.
    """

    vector: Tensor
    outcome: list[Arrival]
    norm_drift: Tensor


@shows_progress("parallel transport")
@in_double
@torch.no_grad()
def parallel_transport(
    metric: Metric,
    curve: Curve,
    v: Float[Tensor, "pairs latent"] | Float[Tensor, "pairs vectors latent"],
    tolerance: float = 1e-8,
    *,
    max_steps: int = 1000,
    throw: bool = False,
    progress: bool = True,
) -> TransportSolution:
    """Transport vectors along a curve from t = 0 to t = 1, for many pairs at once.

    The result does not depend on the curve's time, nor on its being a geodesic; polylines turn no vector at their
    corners. No gradient is kept. Vectors at the images of a point, one period of a coordinate apart, are the same.

    Args:
        metric: Any metric that is differentiable in z.
        curve: One curve a pair, e.g. the `curve` of what `geodesic` found.
        v: One vector a pair at the curve's start, or several.
        tolerance: Greatest error of a step, relative to the vector's latent norm, in latent units in which the metric's
            axes are of comparable scale along the curves (see `balance`).
        max_steps: Steps along a curve, beyond one for each of its smooth pieces.
        throw: Raise unless every vector arrived.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: Vectors that do not fit the curve, or are not finite.
        GeodesicError: With `throw`, a vector did not arrive.
    """
    path = curve.same_path
    start = _check(path, v)
    pairs, latent = start.shape
    v = v.detach().to(start.device)
    several = v.view(pairs, -1, latent) if v.numel() else v.new_zeros(pairs, 1 if v.ndim == 2 else v.shape[1], latent)
    copies = several.shape[1]
    seen, along, moved = metric, path, several
    units = balanced(metric, path(path.breaks.new_tensor(_LOOKED_AT)).detach().flatten(0, 1))
    if units is not None:
        ends = units.new(path(path.breaks.new_tensor([0.0, 1.0])).detach())
        seen, along, moved = (
            in_units(metric, units),
            units.back.curve(path, (ends[:, 0], ends[:, 1])),
            units.new(several),
        )
    breaks = path.breaks.detach().to(v).expand(pairs, -1).repeat_interleave(copies, 0)

    def slope(rows: Tensor, time: Tensor, state: Tensor) -> Tensor:
        parts = zip(
            *(part.split(metric.points_at_once) for part in (rows // copies, time[:, None], state)), strict=True
        )
        return torch.cat([_turn(seen, along.select(index), at, vectors) for index, at, vectors in parts])

    def size(state: Tensor) -> Tensor:
        return torch.linalg.vector_norm(state, dim=1)

    tolerance = attainable(tolerance, metric.dtype)
    found = integrate(slope, moved.flatten(0, 1), size, tolerance=tolerance, max_steps=max_steps, breaks=breaks)
    outcome = [_worst(found.arrival[pair * copies : (pair + 1) * copies]) for pair in range(pairs)]
    if throw:
        raise_unless_arrived(outcome)
    end = path(v.new_ones(1))[:, 0].detach().repeat_interleave(copies, 0)
    turned = found.y if units is None else units.old(found.y)
    vector = torch.where((found.time < 1)[:, None], float("nan"), turned)
    before = metric.squared_speed(start.repeat_interleave(copies, 0), several.flatten(0, 1))
    drift = relative_change(before, metric.squared_speed(end, vector))
    return TransportSolution(vector.view(v.shape), outcome, drift.view(v.shape[:-1]))


def _turn(metric: Metric, curve: Curve, time: Tensor, vectors: Tensor) -> Tensor:
    z, step = curve(time)[:, 0], curve.derivative(time)[:, 0]
    return -contraction(metric, z, step, vectors)


def _worst(arrivals: list[Arrival]) -> Arrival:
    return max(arrivals, key=list(Arrival).index, default=Arrival.REACHED)


def _check(curve: Curve, v: Tensor) -> Tensor:
    """The curves' starts; raises where the vectors do not fit them."""
    if not v.dtype.is_floating_point:
        raise ValueError(f"v must be floating point; got {v.dtype}")
    start, step = (of(v.new_zeros(1))[:, 0].detach() for of in (curve, curve.derivative))
    if v.ndim not in (2, 3) or (v.shape[0], v.shape[-1]) != tuple(start.shape):
        raise ValueError(
            f"v must be (pairs, latent) or (pairs, vectors, latent), to fit curves of {tuple(start.shape)}; "
            f"got {tuple(v.shape)}"
        )
    # a line's point has the finer of its own dtype and the time's, its derivative has its own
    if not v.dtype == start.dtype == step.dtype:
        raise ValueError(f"v and the curve must share a dtype; got {v.dtype} and {step.dtype}")
    if not bool(torch.isfinite(v).all()):
        pair = int((~torch.isfinite(v.flatten(1))).any(1).nonzero()[0])
        raise ValueError(f"v must be finite; pair {pair} is {v[pair].tolist()}")
    return start
