"""Jacobi's equation along geodesics, J'' + R(J, c') c' = 0, as two of first order for many fields at once.

With P = DJ/dt, and t the share of the length, which a geodesic's own time is whatever time its curve keeps:

    dJ/ds = w P - Gamma(c', J),    dP/ds = -R(J, c') c' / w - Gamma(c', P),    w = dt/ds = |c'| / length,

s being the curve's time. Fields are columns: (pairs, latent, fields).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.integration import Arrival, attainable, integrate
from latentgeo.geometry.calculus.local import Embedded, Intrinsic, local, points_together, raised
from latentgeo.geometry.calculus.shares import Shares
from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units, balanced, in_units

__all__ = ["Along", "Place", "Reached"]

# times at which the axes' scales are looked at
_LOOKED_AT = (0.0, 0.25, 0.5, 0.75, 1.0)
# of the phase beside the fields, in what an integration's error is measured by: it has to be known to a tenth
_PHASE = 1e-5


@dataclass(frozen=True)
class Reached:
    """Fields where an integration ended.

    Attributes:
        field: J, (rows, latent, fields).
        rate: P, the same.
        phase: (rows,), see `Along.follow`.
        time: (rows,), of the curve.
        arrival: One a row.
    """

    field: Tensor
    rate: Tensor
    phase: Tensor
    time: Tensor
    arrival: list[Arrival]


@dataclass(frozen=True)
class Place:
    """Where curves are at a time.

    Attributes:
        velocity: (rows, latent), c'.
        pace: (rows,), w.
        at: The metric around it.
    """

    velocity: Tensor
    pace: Tensor
    at: Embedded | Intrinsic


class Along:
    """The equation along given curves, in latent units of comparable scale.

    Args:
        metric: Twice differentiable.
        curve: One geodesic a pair.
        tolerance: Greatest error of a step, relative to the fields.
        max_steps: Steps from one time to the next.
    """

    @torch.no_grad()
    def __init__(self, metric: Metric, curve: Curve, tolerance: float, max_steps: int) -> None:
        path = curve.same_path
        looked_at = path(path.breaks.new_tensor(_LOOKED_AT)).detach()
        units = balanced(metric, looked_at.flatten(0, 1))
        if units is None:
            self.units, self.metric, self.path = Units.same(looked_at[0]), metric, path
        else:
            ends = units.new(looked_at[:, [0, -1]])
            self.units, self.metric = units, in_units(metric, units)
            self.path = units.back.curve(path, (ends[:, 0], ends[:, 1]))
        self.pairs, _, self.latent = looked_at.shape
        self.shares = Shares(self.metric, self.path)
        self.tolerance, self.max_steps = attainable(tolerance, metric.dtype), max_steps
        self._breaks = self.path.breaks.detach().to(looked_at).expand(self.pairs, -1)

    def follow(
        self,
        pairs: Tensor,
        field: Float[Tensor, "rows latent fields"],
        rate: Float[Tensor, "rows latent fields"],
        start: Float[Tensor, "rows"],
        end: Float[Tensor, "rows"],
        scale: Float[Tensor, "rows"] | None = None,
        phase: Float[Tensor, "rows"] | None = None,
    ) -> Reached:
        """Fields carried from times to times.

        Args:
            pairs: The curve of each row.
            field: J at the start.
            rate: P there.
            start: Times of the curve.
            end: Later ones.
            scale: Rates per share of the length, for the phase.
            phase: arg det (P + i scale J) at the start, of as many fields as dimensions; it is carried along as a
                continuous function.
        """
        rows, latent, fields = field.shape
        size = latent * fields
        first = field.new_zeros(rows) if phase is None else phase
        y0 = torch.cat([field.flatten(1), rate.flatten(1), _PHASE * first[:, None]], 1)
        span = (end - start)[:, None]
        breaks = ((self._breaks[pairs] - start[:, None]) / torch.where(span > 0, span, 1.0)).clamp(0, 1)
        breaks[:, 0], breaks[:, -1] = 0, 1

        def slope(now: Tensor, time: Tensor, state: Tensor) -> Tensor:
            at_once = points_together(self.metric, latent)
            found = []
            for k, x, y in zip(now.split(at_once), time.split(at_once), state.split(at_once), strict=True):
                J, P = (part.reshape(len(k), latent, fields) for part in y[:, : 2 * size].split(size, 1))
                at = start[k] + x * (end - start)[k]
                turned = self._slope(pairs[k], at, J, P, None if scale is None else scale[k])
                found.append(torch.cat([part.flatten(1) for part in turned], 1) * span[k])
            return torch.cat(found)

        def norm(state: Tensor) -> Tensor:
            return torch.linalg.vector_norm(state[:, : 2 * size], dim=1)

        found = integrate(slope, y0, norm, tolerance=self.tolerance, max_steps=self.max_steps, breaks=breaks)
        J, P, turn = found.y.split((size, size, 1), 1)
        return Reached(
            J.reshape(field.shape),
            P.reshape(field.shape),
            turn[:, 0] / _PHASE,
            start + found.time * span[:, 0],
            found.arrival,
        )

    def pull(self, pairs: Tensor, time: Float[Tensor, "rows"]) -> Float[Tensor, "rows latent latent"]:
        """R(., c') c' per squared share of the length, in an orthonormal basis: a symmetric matrix."""
        place = self.place(pairs, time)
        lower = place.at.root.mT
        half = torch.linalg.solve_triangular(lower, place.at.pull(place.velocity / place.pace[:, None]), upper=False)
        return torch.linalg.solve_triangular(lower, half.mT, upper=False)

    def place(self, pairs: Tensor, time: Float[Tensor, "rows"]) -> Place:
        """Where curves are at times of theirs."""
        path = self.path.select(pairs)
        z, v = path(time[:, None])[:, 0].detach(), path.derivative(time[:, None])[:, 0].detach()
        at = local(self.metric, z)
        speed = torch.linalg.vector_norm(at.root @ v[:, :, None], dim=(1, 2))
        length = self.shares.length[pairs]
        # a curve that stays where it is has no length to share: its own time is kept
        return Place(v, torch.where(length > 0, speed / torch.where(length > 0, length, 1.0), 1.0), at)

    def _slope(self, pairs: Tensor, time: Tensor, J: Tensor, P: Tensor, scale: Tensor | None) -> tuple[Tensor, ...]:
        place = self.place(pairs, time)
        v, w, at = place.velocity, place.pace, place.at
        # quadratic in v, which is of the order of w
        pulled = raised(at.root, at.pull(v / torch.where(w > 0, w, 1.0).sqrt()[:, None]) @ J)
        turning, rate = at.connection(v), w[:, None, None] * P
        phase = w.new_zeros(len(w), 1)
        if scale is not None:
            s = scale[:, None, None]
            moved = torch.linalg.solve_ex(torch.complex(P, s * J), torch.complex(-pulled, s * rate))[0]
            phase = _PHASE * moved.diagonal(dim1=1, dim2=2).sum(1).imag[:, None]
        return rate - turning @ J, -pulled - turning @ P, phase
