"""How a curve's time is shared out along it, and curves that run at constant velocity.

Minimising the plain energy spends time, and with it a spline's knots, in proportion to Riemannian length. Where the
metric is nearly flat the curve then has a long way to go in latent space with few knots, and cuts corners into dear
regions: strongly smoothed metrics have such valleys. Time is therefore shared half by Riemannian and half by latent
length while a curve is refined, and made proportional to the Riemannian length at the end.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.curves.spline import Basis, Spline, fit
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.functionals import safe_sqrt, velocity
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.spline_energy import Weight, nodes_of

__all__ = ["Retimed", "at_constant_velocity", "at_known_velocity", "density_weight", "repace", "shared_time"]

_LATENT_SHARE = 0.5
# a density below this share of the mean would make a weight, and the condition, too large
_SMALLEST_DENSITY = 1e-3


def shared_time(
    reached: Float[Tensor, "*pairs nodes"], latent: Float[Tensor, "*pairs nodes"]
) -> Float[Tensor, "*pairs nodes"]:
    """Times from 0 to 1 at nodes along curves, half by Riemannian and half by latent length up to each."""
    tiny = torch.finfo(reached.dtype).tiny
    share = reached / reached[..., -1:].clamp(min=tiny)
    other = latent / latent[..., -1:].clamp(min=tiny)
    time = (1 - _LATENT_SHARE) * share + _LATENT_SHARE * other
    return time / time[..., -1:].clamp(min=tiny)


@torch.no_grad()
def density_weight(metric: Metric, control: Float[Tensor, "pairs control latent"], basis: Basis) -> Weight:
    """Quadrature weights for the energy whose minimum keeps the present velocity profile, evened out over knots."""
    z, v = nodes_of(control, basis)
    squared = metric.squared_speed(z.flatten(0, 2), v.flatten(0, 2)).view(z.shape[:3])
    mean = safe_sqrt(squared).mean(2)
    padded = torch.cat([mean[:, :1], mean, mean[:, -1:]], 1)
    density = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    density = density / density.mean(1, keepdim=True).clamp(min=torch.finfo(density.dtype).tiny)
    density = density.clamp(min=_SMALLEST_DENSITY)
    density = density / density.mean(1, keepdim=True)
    return basis.weight / density.unsqueeze(2)


@torch.no_grad()
def repace(
    metric: Metric, control: Float[Tensor, "pairs control latent"]
) -> tuple[Float[Tensor, "pairs control latent"], Float[Tensor, "pairs"]]:
    """The same curves, up to the fit, with their time shared out anew; and the most that a point's time changed."""
    intervals = control.shape[1] - 3
    t, points, reached = _trace(metric, Spline(control), 8 * intervals + 1)
    latent = torch.cat([t.new_zeros(len(points), 1), points.diff(dim=1).norm(dim=2).cumsum(1)], 1)
    even = torch.linspace(0, 1, 4 * intervals + 1, dtype=t.dtype, device=t.device).expand(len(points), -1)
    when = _interpolate(shared_time(reached, latent), t.expand(len(points), -1), even)
    moved = Spline(control)(when.clamp(0, 1))
    moved[:, 0], moved[:, -1] = control[:, 0], control[:, -1]
    return fit(moved, intervals), (when - even).abs().amax(1)


@takes_arrays
@torch.no_grad()
def at_constant_velocity(metric: Metric, curve: Curve, nodes: int = 193) -> "Retimed":
    """The same curves with a new time in which each runs at (nearly) constant velocity.

    Args:
        metric: The metric that the velocity is measured under.
        curve: The curves, e.g. a solution's.
        nodes: Even times at which the length so far is measured, at least 2; in between it is a monotone cubic.

    Returns:
        A curve that passes through the same points, at the same end points.

    Raises:
        ValueError: Less than 2 nodes.
    """
    if nodes < 2:
        raise ValueError(f"nodes must be at least 2; got {nodes}")
    t, _, reached = _trace(metric, curve, nodes)
    return Retimed(curve, _time(reached, t), t)


@torch.no_grad()
def at_known_velocity(
    phi: Float[Tensor, "pairs intervals nodes"], nodes: int = 193
) -> tuple[Float[Tensor, "pairs times"], Float[Tensor, "pairs"]]:
    """What `at_constant_velocity` finds, from velocities that are known at the Gauss-Legendre nodes of even intervals.

    Args:
        phi: In between, the polynomial through an interval's nodes.
        nodes: Even times, a multiple of the intervals and one more, or the other way round.

    Returns:
        The new times at even old ones, and the largest velocity in the new time.
    """
    pairs, intervals, order = phi.shape
    each = max(1, (nodes - 1) // intervals)
    x = (np.polynomial.legendre.leggauss(order)[0] + 1) / 2
    powers = np.linalg.inv(np.vander(x, increasing=True))
    s = np.arange(1, each + 1) / each
    up_to = torch.as_tensor(np.stack([s ** (k + 1) / (k + 1) for k in range(order)], 1) @ powers).to(phi)
    inside = phi @ up_to.T
    total = inside[..., -1].cumsum(1)
    before = torch.cat([total.new_zeros(pairs, 1), total[:, :-1]], 1)
    reached = torch.cat([total.new_zeros(pairs, 1), (before[..., None] + inside).flatten(1)], 1)
    reached = reached[:, :: max(1, intervals // (nodes - 1))]
    even = torch.linspace(0, 1, nodes, dtype=phi.dtype, device=phi.device)
    share = _time(reached, even)
    return share, (reached.diff(dim=1) / share.diff(dim=1)).amax(1)


def _time(reached: Float[Tensor, "pairs nodes"], even: Float[Tensor, "nodes"]) -> Float[Tensor, "pairs nodes"]:
    """Times from 0 to 1 in proportion to the lengths that are reached."""
    total = reached[:, -1:]
    share = torch.where(total > 0, reached / total.clamp(min=torch.finfo(even.dtype).tiny), even)
    # where the velocity is nearly zero, time must still go on
    share = (1 - 1e-6) * share + 1e-6 * even
    return share / share[:, -1:]


class Retimed(Curve):
    """A curve run through in another time; a monotone cubic between given times.

    Args:
        curve: The curve.
        new: Increasing times from 0 to 1, one row a pair.
        old: The curve's own times at which these are reached.
    """

    def __init__(self, curve: Curve, new: Float[Tensor, "pairs nodes"], old: Float[Tensor, "nodes"]) -> None:
        self.curve, self.new, self.old = curve, new, old

    @property
    def breaks(self) -> Tensor:
        return self.new

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.curve(self._own_time(t)[0])

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        when, rate = self._own_time(t)
        return self.curve.derivative(when) * rate.unsqueeze(2)

    def select(self, index: Tensor) -> "Retimed":
        return Retimed(self.curve.select(index), self.new[index], self.old)

    @property
    def same_path(self) -> Curve:
        return self.curve

    def _own_time(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The curve's own time at t and its rate, by monotone (Fritsch-Carlson) cubic interpolation."""
        pairs, nodes = self.new.shape
        t = t.expand(pairs, t.shape[-1]).contiguous()
        step_new, step_old = self.new.diff(dim=1), self.old.diff()
        secant = step_old / step_new
        # the harmonic mean of neighbouring secants keeps the cubic monotone
        inner = 2 * secant[:, 1:] * secant[:, :-1] / (secant[:, 1:] + secant[:, :-1])
        slope = torch.cat([secant[:, :1], inner, secant[:, -1:]], 1)
        left = (torch.searchsorted(self.new.contiguous(), t, right=True) - 1).clamp(0, nodes - 2)
        h = step_new.gather(1, left)
        x = ((t - self.new.gather(1, left)) / h).clamp(0, 1)
        a, b = slope.gather(1, left) * h, slope.gather(1, left + 1) * h
        d = step_old[left]
        when = self.old[left] + x * (a + x * (3 * d - 2 * a - b + x * (a + b - 2 * d)))
        rate = (a + x * (2 * (3 * d - 2 * a - b) + 3 * x * (a + b - 2 * d))) / h
        when = torch.where(t >= 1, torch.ones_like(when), torch.where(t <= 0, torch.zeros_like(when), when))
        return when.clamp(0, 1), rate


def _trace(metric: Metric, curve: Curve, nodes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Even times, points there, and the Riemannian length up to each, by Simpson's rule on every piece."""
    like = curve(curve.breaks.new_zeros(1))
    fine = torch.linspace(0, 1, 2 * nodes - 1, dtype=like.dtype, device=like.device)
    phi = velocity(metric, curve, fine)
    pieces = (phi[:, :-2:2] + 4 * phi[:, 1:-1:2] + phi[:, 2::2]) / (6 * (nodes - 1))
    reached = torch.cat([phi.new_zeros(len(phi), 1), pieces.cumsum(1)], 1)
    return fine[::2], curve(fine[::2]), reached


def _interpolate(x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    """Piecewise linear interpolation of rows; x increases."""
    right = torch.searchsorted(x.contiguous(), at.contiguous()).clamp(1, x.shape[1] - 1)
    x0, x1, y0, y1 = x.gather(1, right - 1), x.gather(1, right), y.gather(1, right - 1), y.gather(1, right)
    return y0 + (y1 - y0) * ((at - x0) / (x1 - x0).clamp(min=torch.finfo(x.dtype).tiny)).clamp(0, 1)
