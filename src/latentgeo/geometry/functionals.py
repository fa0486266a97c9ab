"""Velocity, length and energy of curves under a metric, and their quadrature. Normalised once, here:

    velocity  phi(t) = sqrt(c'(t)^T G(c(t)) c'(t))
    length    L = integral of phi over [0, 1]
    energy    E = integral of phi^2 over [0, 1], without a factor 1/2; L^2 <= E, equal at constant velocity

Chen et al. 2018, section 2. The paper takes the mean of phi at 500 even times; lengths reported here are re-measured
by a Gauss-Kronrod rule on every smooth piece, whose embedded Gauss rule gives an error estimate.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.curves.curve import Curve, Polyline
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.metric import Metric

__all__ = [
    "CORRECTED",
    "Measurement",
    "corrected",
    "energy",
    "length",
    "measure",
    "merged",
    "safe_sqrt",
    "velocity",
]

# Gauss (odd places) inside Kronrod: nodes, Kronrod weights, Gauss weights, on [-1, 1]
_Rule = tuple[tuple[float, ...], ...]
_RULE_3: _Rule = ((-(0.6**0.5), 0.0, 0.6**0.5), (5 / 9, 8 / 9, 5 / 9), (0.0, 2.0, 0.0))
_RULE_7: _Rule = (
    (-0.9604912687080202, -(0.6**0.5), -0.4342437493468026, 0.0, 0.4342437493468026, 0.6**0.5, 0.9604912687080202),
    (
        0.1046562260264673, 0.2684880898683334, 0.4013974147759622, 0.4509165386584741, 0.4013974147759622,
        0.2684880898683334, 0.1046562260264673,
    ),
    (0.0, 5 / 9, 0.0, 8 / 9, 0.0, 5 / 9, 0.0),
)  # fmt: skip

# even times at which the greatest velocity is looked for, where the length is not integrated over the same time
_SHOWN = 65
# pieces to begin with, and the estimated relative error at which a length is good: the true one is a tenth or less
_FEW, _GOOD = 16, 1e-4
# the same of what a cache is corrected by: pieces, which see every cell of it
_SEEING = 48
# pieces at most under the cache itself, where they cost little
_DENSE = 1024
CORRECTED = 1e-3
"""Estimated relative error at which a length that was measured with a cache is good: the true one is a tenth."""
# the error at which it is no length at all, and the number of pieces, as a multiple, that are tried then
_BAD, _MORE = 0.1, 16
# share of a length that the quadrature must not miss at its ends, and halvings of the time towards these
_MISSED, _HALVINGS = 0.1, 40


@dataclass(frozen=True)
class Measurement:
    """What a dense quadrature found, for each pair.

    Attributes:
        length: (pairs,), in observation units.
        error: (pairs,), estimated absolute error of the length; an overestimate for smooth integrands.
        max_velocity: (pairs,), the largest phi at the nodes.
    """

    length: Tensor
    error: Tensor
    max_velocity: Tensor


@takes_arrays
def velocity(metric: Metric, curve: Curve, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time"]:
    """phi(t), the speed in observation space: Chen et al. 2018, section 2. Differentiable.

    The gradient is zero, not NaN, where the velocity is zero.

    Args:
        metric: The metric.
        curve: The curves.
        t: Times in [0, 1], the same for all pairs or a row for each.

    Returns:
        In observation units per unit of t.

    Raises:
        ValueError: Times of another shape, or of another dtype than the curve.
    """
    _check_times(curve, t)
    return safe_sqrt(_squared_speed(metric, curve, t))


@takes_arrays
def length(
    metric: Metric, curve: Curve | Float[Tensor, "pairs nodes latent"], pieces: int = 64
) -> Float[Tensor, "pairs"]:
    """The length of each curve, or of the straight segments between given points. Differentiable.

    Args:
        metric: The metric.
        curve: Curves, or points as they are: no periodic coordinate is taken the short way round, see `path`.
        pieces: Least number of pieces to integrate separately; see `measure` for the error.

    Returns:
        In observation units: Chen et al. 2018, section 2.
    """
    curve = Polyline(curve) if isinstance(curve, Tensor) else curve
    t, kronrod, _ = _nodes(curve.breaks, pieces)
    return (velocity(metric, curve, t) * kronrod).sum(1)


@takes_arrays
def energy(
    metric: Metric, curve: Curve | Float[Tensor, "pairs nodes latent"], pieces: int = 64
) -> Float[Tensor, "pairs"]:
    """The energy of each curve, the integral of phi^2, without a factor 1/2. Differentiable.

    Args:
        metric: The metric.
        curve: Curves or points.
        pieces: Least number of pieces to integrate separately.

    Returns:
        In squared observation units; never below the squared length, and equal to it at constant velocity.
    """
    curve = Polyline(curve) if isinstance(curve, Tensor) else curve
    t, kronrod, _ = _nodes(curve.breaks, pieces)
    return (_squared_speed(metric, curve, t) * kronrod).sum(1)


@takes_arrays
@torch.no_grad()
def measure(
    metric: Metric, curve: Curve, pieces: int = 64, *, thorough: bool = True, cached: Metric | None = None
) -> Measurement:
    """Lengths by a quadrature that no solver optimised on, with their estimated errors; no gradient.

    With a cache of the metric the length under the cache is summed densely, and what the metric's own speed adds to the
    cache's at fewer points: a control variate, so that the cache's error is in the estimate, not in the length.

    Args:
        metric: The metric.
        curve: The curves.
        pieces: A curve is cut into more and more of them, up to (about) so many, until the estimated error is below
            1e-4 of the length; the true one then is smaller by far.
        thorough: Into up to 16 times as many where the error is above 10 % even so, and into ever shorter ones towards
            its ends where a curve sets out faster than the quadrature sees. A solver that compares need not.
        cached: The metric computed from a cache, if there is one.
    """
    path = curve.same_path
    if cached is not None:
        return _with_cache(metric, cached, curve, pieces, thorough)
    found = _integrate(metric, path, path.breaks, min(_FEW, pieces))
    parts = min(_FEW, pieces)
    while parts < (_MORE * pieces if thorough else pieces):
        enough = _GOOD if parts < pieces else _BAD
        parts = min(2 * parts, pieces) if parts < pieces else 2 * parts
        rough = (found.error > enough * found.length).nonzero().squeeze(1)
        if not len(rough):
            break
        if parts >= path.breaks.shape[-1]:
            part = path.select(rough)
            found = merged(found, _integrate(metric, part, part.breaks, parts), rough)
    if thorough and len(hidden := _hidden(metric, path, pieces, found.length).nonzero().squeeze(1)):
        part = path.select(hidden)
        found = merged(found, _integrate(metric, part, _with_fine_ends(part.breaks), pieces), hidden)
    if path is not curve:
        even = torch.linspace(0, 1, _SHOWN, dtype=path.breaks.dtype, device=path.breaks.device)
        return Measurement(found.length, found.error, velocity(metric, curve, even).amax(1))
    return found


def corrected(
    cached: Metric, curve: Curve, t: Tensor, weights: tuple[Tensor, Tensor], phi: Float[Tensor, "pairs time"]
) -> Measurement:
    """Lengths under a cache, by a dense quadrature, corrected by what the velocity under the metric itself adds to it.

    Args:
        cached: The metric computed from a cache.
        curve: The curves.
        t: The times of a rule on [0, 1], (time,), those of `curve.same_path`.
        weights: Of the rule, and of another on the same times, that says how good it is.
        phi: The velocity under the metric at these times.
    """
    found = measure(cached, curve, _DENSE, thorough=False)
    beyond = phi - velocity(cached, curve.same_path, t)
    fine, coarse = weights
    # the other rule may be as far off, on the other side
    error = found.error + 2 * (beyond * (fine - coarse)).sum(1).abs()
    return Measurement(found.length + (beyond * fine).sum(1), error, found.max_velocity)


def _with_cache(metric: Metric, cached: Metric, curve: Curve, pieces: int, thorough: bool) -> Measurement:
    """Lengths under the cache, corrected at as many points as it takes."""

    def by(parts: int, some: Curve) -> Measurement:
        t, *rules = _nodes(some.breaks.new_tensor([0.0, 1.0]), parts, _RULE_3)
        return corrected(cached, some, t, (rules[0], rules[1]), velocity(metric, some.same_path, t))

    parts = min(_SEEING, pieces)
    found = by(parts, curve)
    while thorough and len(rest := _doubtful(found)):
        parts, some = 2 * parts, curve.select(rest)
        if parts > _MORE * pieces:
            # a cache that is no help
            return merged(found, measure(metric, some, pieces), rest)
        found = merged(found, by(parts, some), rest)
    return found


def _doubtful(found: Measurement) -> Tensor:
    """Which pairs' lengths are not known well enough."""
    return (~(found.error <= CORRECTED * found.length)).nonzero().squeeze(1)


def _hidden(metric: Metric, path: Curve, pieces: int, length: Tensor) -> Tensor:
    """Which curves have at an end, before the first node or after the last, more than a share of their length.

    Where the metric falls by orders within the first piece, as far out in a chart, the quadrature and its error see
    nothing of it.
    """
    t = _nodes(path.breaks, pieces)[0].expand(len(length), -1)
    ends = velocity(metric, path, path.breaks.new_tensor([0.0, 1.0]))
    beyond = ends * torch.stack([t[:, 0], 1 - t[:, -1]], 1)
    return (beyond > _MISSED * length[:, None]).any(1)


def _with_fine_ends(breaks: Tensor) -> Tensor:
    """The breaks, and more and more of them towards both ends."""
    near = breaks.new_tensor([2.0**-k for k in range(_HALVINGS, 0, -1)])
    near = near.expand(*breaks.shape[:-1], -1)
    return torch.cat([breaks, near, 1 - near], -1).sort(-1).values


def _integrate(metric: Metric, path: Curve, breaks: Tensor, pieces: int) -> Measurement:
    t, kronrod, gauss = _nodes(breaks, pieces)
    phi = velocity(metric, path, t)
    length = (phi * kronrod).sum(1)
    return Measurement(length, (length - (phi * gauss).sum(1)).abs(), phi.amax(1))


def merged(found: Measurement, better: Measurement, index: Tensor) -> Measurement:
    """What was found of all pairs, that of those at the index replaced."""
    pairs = ((found.length, better.length), (found.error, better.error), (found.max_velocity, better.max_velocity))
    return Measurement(*(old.index_copy(0, index, new) for old, new in pairs))


def safe_sqrt(squared: Tensor) -> Tensor:
    """The square root of a non-negative number, with gradient zero where it is zero (or, by rounding, below)."""
    # NaN stays NaN
    positive = ~(squared <= 0)
    return torch.where(positive, torch.where(positive, squared, 1.0).sqrt(), 0.0)


def _check_times(curve: Curve, t: Tensor) -> None:
    dtype = curve.breaks.dtype
    fits = t.dtype == dtype and (t.ndim == 1 or (t.ndim == 2 and len(t) == len(curve(t.new_zeros(1)))))
    if not fits:
        raise ValueError(f"t must be (time,) or (pairs, time), {dtype} as the curve; got {t.dtype} of {tuple(t.shape)}")


def _squared_speed(metric: Metric, curve: Curve, t: Tensor) -> Tensor:
    z, v = curve(t), curve.derivative(t)
    shape = z.shape[:-1]
    z, v = z.flatten(0, 1), v.flatten(0, 1)
    if torch.is_grad_enabled() and (z.requires_grad or v.requires_grad):
        squared = metric.squared_speed(z, v)
    else:
        squared = in_parts(metric.squared_speed, metric.points_at_once, z, v)
    # what stands still has no speed, not even where the metric is infinite
    return torch.where((v == 0).all(1), 0.0, squared).view(shape)


def _nodes(breaks: Tensor, pieces: int, rule: _Rule | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Times and two sets of weights, each (time,) or (pairs, time), with at least so many pieces."""
    present = breaks.shape[-1] - 1
    if present < pieces:
        parts = -(-pieces // present)
        share = torch.arange(parts, dtype=breaks.dtype, device=breaks.device) / parts
        inner = breaks[..., :-1, None] + share * breaks.diff(dim=-1).unsqueeze(-1)
        breaks = torch.cat([inner.flatten(-2), breaks[..., -1:]], dim=-1)
    rule = rule or (_RULE_7 if breaks.shape[-1] <= 128 else _RULE_3)
    x, kronrod, gauss = (breaks.new_tensor(row) for row in rule)
    half = breaks.diff(dim=-1).unsqueeze(-1) / 2
    t = breaks[..., :-1, None] + half * (1 + x)
    return t.flatten(-2), (half * kronrod).flatten(-2), (half * gauss).flatten(-2)
