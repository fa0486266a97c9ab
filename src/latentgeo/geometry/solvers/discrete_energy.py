"""The energy of a chain of nodes between two points, with its gradient and a model of its Hessian.

With N steps between the nodes z_0 ... z_N of a curve, equally long in time,

    chords     E = N sum |f(z_i+1) - f(z_i)|^2           of a pullback metric's decoder f
    midpoints  E = N sum v^T G(m) v                      of any other; v = z_i+1 - z_i, m = (z_i+1 + z_i) / 2

Both miss the energy of the smooth curve by O(1 / N^2). Chords ask for no derivative of the metric, so that they know
the way down on a piecewise linear decoder too. The Hessian is block-tridiagonal, and comes in two parts: a positive
semi-definite one, which is Gauss and Newton's for chords, and the rest, which can be indefinite.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.chords import Chords, Factor
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.batch import join

__all__ = ["DiscreteEnergy", "Quadratic", "bent", "discrete_energy", "is_piecewise_linear"]

_POINTS_AT_ONCE = 4096


@dataclass(frozen=True)
class Quadratic:
    """The energy near the inner nodes, to second order.

    Attributes:
        value: (pairs,).
        gradient: (pairs, inner, latent).
        diagonal: Of the Hessian's positive semi-definite part, (pairs, inner, latent, latent).
        upper: Its blocks (node, node + 1), (pairs, inner - 1, latent, latent).
        rest_diagonal: Of the rest.
        rest_upper: Of the rest.
    """

    value: Tensor
    gradient: Tensor
    diagonal: Tensor
    upper: Tensor
    rest_diagonal: Tensor
    rest_upper: Tensor


DiscreteEnergy = Callable[[Float[Tensor, "pairs nodes latent"]], Quadratic]
"""All nodes, the ends among them, to the energy and its derivatives by the inner ones."""


def discrete_energy(metric: Metric) -> DiscreteEnergy:
    """The energy that suits the metric: of chords where it has any, of midpoints elsewhere."""
    chords = metric.chords()
    if chords is None:
        return lambda nodes: _in_pieces(lambda part: _midpoints(metric, part), nodes, _POINTS_AT_ONCE)

    def of_chords(nodes: Tensor) -> Quadratic:
        # each direction has points of its own, and a gradient is kept
        at_once = max(1, min(_POINTS_AT_ONCE, metric.points_at_once // nodes.shape[2]))
        return _in_pieces(lambda part: _of_chords(chords, part), nodes, at_once)

    return of_chords


def is_piecewise_linear(metric: Metric, z: Float[Tensor, "points latent"]) -> bool:
    """Whether the metric has chords, and these are of a map whose second derivative is zero at all of these points."""
    chords = metric.chords()
    if chords is None:
        return False
    J = chords.jacobian(z.detach()).detach()
    # of each direction another, so that none is blind
    bend = bent(chords.along, z, J.roll(1, 0) + J)[1]
    return float(bend.abs().max()) <= 1e3 * torch.finfo(z.dtype).eps * float(J.square().sum(2).max())


def _in_pieces(
    energy: Callable[[Tensor], Quadratic], nodes: Float[Tensor, "pairs nodes latent"], points: int
) -> Quadratic:
    """The energy of all pairs, worked out for so many points at once, which bounds the memory."""
    return join([energy(part) for part in nodes.detach().split(max(1, points // nodes.shape[1]))])


def _of_chords(chords: Chords, nodes: Tensor) -> Quadratic:
    pairs, count, latent = nodes.shape
    steps, wall = count - 1, chords.factor
    with torch.no_grad():
        chord = chords.observe(nodes.flatten(0, 1)).view(pairs, count, -1).diff(dim=1)
        squared = chord.square().sum(2)
        middle = (nodes[:, 1:] + nodes[:, :-1]) / 2
        factor = torch.ones_like(squared) if wall is None else wall.factor(middle.flatten(0, 1)).view(pairs, steps)
    pull = factor[..., None] * chord
    pull = pull[:, :-1] - pull[:, 1:]
    J, rest = bent(chords.along, nodes[:, 1:-1].reshape(-1, latent), pull.flatten(0, 1))
    J = J.view(latent, pairs, steps - 1, -1).permute(1, 2, 0, 3).contiguous()
    rest = rest.view(pairs, steps - 1, latent, latent)
    found = Quadratic(
        value=steps * (factor * squared).sum(1),
        gradient=2 * steps * (J @ pull.unsqueeze(3)).squeeze(3),
        diagonal=2 * steps * (factor[:, :-1] + factor[:, 1:])[..., None, None] * (J @ J.mT),
        upper=-2 * steps * factor[:, 1:-1, None, None] * (J[:, :-1] @ J[:, 1:].mT),
        rest_diagonal=steps * (rest + rest.mT),
        rest_upper=nodes.new_zeros(pairs, steps - 2, latent, latent),
    )
    if wall is None or not bool((factor > 1).any()):
        return found
    return _lean(found, wall, middle, squared, (J @ chord[:, :-1, :, None], J @ chord[:, 1:, :, None]))


def bent(
    along: Callable[[Tensor, Tensor], Tensor],
    z: Float[Tensor, "points latent"],
    weight: Float[Tensor, "*directions points obs"],
) -> tuple[Float[Tensor, "latent points obs"], Float[Tensor, "points latent latent"]]:
    """J, and the Hessian of weight . f(z): reverse mode over forward mode, which every layer knows.

    Each direction has points of its own, so that one reverse pass is through all of them and no more.

    Args:
        along: Points and vectors to J v.
        z: The points.
        weight: Of the outputs, one for all directions or one for each.
    """
    points, latent = z.shape
    unit = torch.eye(latent, dtype=z.dtype, device=z.device).repeat_interleave(points, 0)
    rows = z.detach().repeat(latent, 1)
    with torch.enable_grad():
        J = along(rows.requires_grad_(), unit).view(latent, points, -1)
        if not J.requires_grad:
            return J, z.new_zeros(points, latent, latent)
        found = torch.autograd.grad((J * weight).sum(), rows, materialize_grads=True)[0]
    return J.detach(), found.view(latent, points, latent).transpose(0, 1)


def _lean(found: Quadratic, wall: Factor, middle: Tensor, squared: Tensor, slopes: tuple[Tensor, Tensor]) -> Quadratic:
    """The chords' energy with the wall's own derivatives: each chord counts as often as the wall's factor says.

    Args:
        found: Without them.
        wall: In two latent dimensions.
        middle: Of every step.
        squared: Length of every chord.
        slopes: J^T chord at each inner node with the chord before it, and with the one after.
    """
    steps = middle.shape[1]
    _, first, second = wall.factor_jet(middle.flatten(0, 1))
    g = torch.cat(first, 1).view_as(middle)
    h = torch.diag_embed(torch.cat(second, 1).view_as(middle)) * squared[..., None, None] / 4
    here = g * squared.unsqueeze(2) / 2
    right, left = (2 * slope.squeeze(3) for slope in slopes)
    # derivatives of the chords' squares: right by their right end, -left by their left end
    by_right, by_left = _outer(g[:, :-1], right), _outer(g[:, 1:], -left)
    return Quadratic(
        value=found.value,
        gradient=found.gradient + steps * (here[:, :-1] + here[:, 1:]),
        diagonal=found.diagonal + steps * (h[:, :-1] + h[:, 1:]),
        upper=found.upper + steps * h[:, 1:-1],
        rest_diagonal=found.rest_diagonal + steps * (by_right + by_right.mT + by_left + by_left.mT) / 2,
        rest_upper=found.rest_upper + steps * (by_right[:, 1:] + by_left[:, :-1].mT) / 2,
    )


def _outer(a: Tensor, b: Tensor) -> Tensor:
    return a.unsqueeze(-1) * b.unsqueeze(-2)


def _midpoints(metric: Metric, nodes: Tensor) -> Quadratic:
    pairs, count, latent = nodes.shape
    m, v = (nodes[:, 1:] + nodes[:, :-1]) / 2, nodes.diff(dim=1)
    along = _from_jet if latent == 2 and cache_of(metric) is not None else _by_differentiation
    f, fm, fv, fmm, fmv, fvv = along(metric, m.view(-1, latent), v.view(-1, latent))
    steps = count - 1
    fm, fv = fm.view_as(m), fv.view_as(m)
    fmm, fmv, fvv = (a.view(pairs, steps, latent, latent) for a in (fmm, fmv, fvv))
    turn = (fmv + fmv.mT) / 2
    return Quadratic(
        value=steps * f.view(pairs, steps).sum(1),
        gradient=steps * (fm[:, :-1] / 2 + fv[:, :-1] + fm[:, 1:] / 2 - fv[:, 1:]),
        diagonal=steps * (fvv[:, :-1] + fvv[:, 1:]),
        upper=-steps * fvv[:, 1:-1],
        rest_diagonal=steps * (fmm[:, :-1] / 4 + turn[:, :-1] + fmm[:, 1:] / 4 - turn[:, 1:]),
        rest_upper=steps * (fmm / 4 + (fmv - fmv.mT) / 2)[:, 1:-1],
    )


def _by_differentiation(metric: Metric, m: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    """v^T G(m) v with its first and second derivatives: by m, v, mm, mv (m first), vv."""
    latent = m.shape[1]
    with torch.enable_grad():
        m, v = m.detach().requires_grad_(), v.detach().requires_grad_()
        f = metric.squared_speed(m, v)
        fm, fv = torch.autograd.grad(f.sum(), (m, v), create_graph=True, materialize_grads=True)
        zero = (torch.zeros_like(m), torch.zeros_like(v))
        rows = [
            torch.autograd.grad(fm[:, k].sum(), (m, v), retain_graph=True, materialize_grads=True)
            if fm.requires_grad
            else zero
            for k in range(latent)
        ]
    fmm, fmv = (torch.stack([row[i] for row in rows], 1) for i in range(2))
    with torch.no_grad():
        G = metric(m)
    return f.detach(), fm.detach(), fv.detach(), (fmm + fmm.mT) / 2, fmv, G + G.mT


def _from_jet(metric: Metric, m: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    """The same under a 2-D metric whose jet is cheap."""
    jet = metric.jet(m)
    x, y = v[:, :1], v[:, 1:]
    powers = torch.cat([x * x, 2 * x * y, y * y], 1)

    def applied(entries: Tensor) -> Tensor:
        return torch.cat([entries[:, :1] * x + entries[:, 1:2] * y, entries[:, 1:2] * x + entries[:, 2:] * y], 1)

    def quadratic(entries: Tensor) -> Tensor:
        return (entries * powers).sum(1)

    xx, xy, yy = (quadratic(entries) for entries in jet.second)
    return (
        quadratic(jet.value),
        torch.stack([quadratic(entries) for entries in jet.first], 1),
        2 * applied(jet.value),
        torch.stack([xx, xy, xy, yy], 1).view(-1, 2, 2),
        2 * torch.stack([applied(entries) for entries in jet.first], 1),
        2 * jet.value[:, [0, 1, 1, 2]].view(-1, 2, 2),
    )
