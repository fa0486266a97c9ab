"""Curves of least energy where every point is decoded by a member of an ensemble that is drawn for it alone.

Syrota et al. 2024, "Decoder ensembling for learned latent geometries", as it is practised: of a curve's points c_0 ...
c_n each is decoded by a member of its own. With f the members' mean and v their variance, summed over the outputs, an
expected squared step is exactly

    E |f_m(c_i) - f_m'(c_i+1)|^2 = |f(c_i+1) - f(c_i)|^2 + v(c_i) + v(c_i+1),

so that where members disagree in value a curve is dear, even if they all change alike. n times the sum of these is the
energy, that of `latentgeo.geometry.functionals` where all agree; the sum of their roots is the length. The number of
points is part of both, and of which curve is the best: a point costs 2 n v whatever the others do, so that with
disagreement the energy has no limit for more points, and neither is that of a metric (E[J^T J] is one; see
`latentgeo.EnsembleMetric`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

import latentgeo as lg
from latentgeo.decoder import Decoder
from latentgeo.geometry.solvers.discrete_energy import Quadratic
from latentgeo.geometry.solvers.levenberg_marquardt import levenberg_marquardt

__all__ = ["MemberCurves", "energy", "length", "quadratic", "shortest", "squared_steps"]

# in numbers, of all members' Jacobians at the points that are worked on at once
_NUMBERS_AT_ONCE = 8_000_000


@dataclass(frozen=True)
class MemberCurves:
    """Curves of least energy between pairs of latent points, near those that were given to begin with.

    Attributes:
        points: (pairs, points, latent), the ends included.
        energy: (pairs,), squared observation units.
        length: (pairs,), observation units.
        outcome: One a pair: converged, or max_iterations.
        residual: (pairs,), squared norm of the gradient in the Hessian's inverse, over four times the energy: the
            share of the energy's root that a Newton step would still take away.
        iterations: (pairs,), integers.
    """

    points: Tensor
    energy: Tensor
    length: Tensor
    outcome: list[lg.Outcome]
    residual: Tensor
    iterations: Tensor


@torch.no_grad()
def squared_steps(
    members: Sequence[Decoder], points: Float[Tensor, "pairs points latent"]
) -> Float[Tensor, "pairs steps"]:
    """Expected squared distance between the images of each two neighbours, over members drawn for each."""
    found = []
    for curve in points:  # all members' images of all pairs at once would fill the memory
        images = _images(_stacked(members), curve, len(members))
        disagreement = images.var(1, correction=0).sum(1)
        found.append(images.mean(1).diff(dim=0).square().sum(1) + disagreement[1:] + disagreement[:-1])
    return torch.stack(found)


def energy(members: Sequence[Decoder], points: Float[Tensor, "pairs points latent"]) -> Float[Tensor, "pairs"]:
    """Steps times the sum of the expected squared steps, in squared observation units."""
    return (points.shape[1] - 1) * squared_steps(members, points).sum(1)


def length(members: Sequence[Decoder], points: Float[Tensor, "pairs points latent"]) -> Float[Tensor, "pairs"]:
    """Sum of the roots of the expected squared steps, in observation units; at most the root of the energy."""
    return squared_steps(members, points).sqrt().sum(1)


def shortest(
    members: Sequence[Decoder],
    start: Float[Tensor, "pairs points latent"],
    tolerance: float = 1e-8,
    max_iterations: int = 200,
) -> MemberCurves:
    """Least energy over the inner points, by damped Newton steps that never make it larger; deterministic.

    Args:
        members: Decoders of the same latent space, equally likely, differentiable twice.
        start: Curves to begin with, as many points as are wanted; a local minimum near them is what is found.
        tolerance: Of the residual; see `MemberCurves`.
        max_iterations: Steps at most.

    Raises:
        ValueError: No members, or fewer than four points.
    """
    if not members:
        raise ValueError("members: expected at least one decoder, got none")
    if start.ndim != 3 or start.shape[1] < 4:
        raise ValueError(f"start must be (pairs, points, latent) with four points or more; got {tuple(start.shape)}")
    found = levenberg_marquardt(quadratic(members), start, tolerance, max_iterations)
    outcome = [lg.Outcome.CONVERGED if done else lg.Outcome.MAX_ITERATIONS for done in found.converged.tolist()]
    squares = squared_steps(members, found.control)
    return MemberCurves(
        points=found.control,
        energy=squares.shape[1] * squares.sum(1),
        length=squares.sqrt().sum(1),
        outcome=outcome,
        residual=found.residual,
        iterations=found.iterations,
    )


def quadratic(members: Sequence[Decoder]) -> Callable[[Tensor], Quadratic]:
    """The energy with its first and second derivatives by the inner points, as a function of all points."""
    stacked = _stacked(members)

    def of(points: Tensor) -> Quadratic:
        with torch.no_grad():
            outputs = stacked.observe(points[0, :1].detach()).shape[1]
        at_once = max(1, _NUMBERS_AT_ONCE // (outputs * points.shape[1] * points.shape[2]))
        parts = [_quadratic(stacked, len(members), part) for part in points.detach().split(at_once)]
        return Quadratic(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Quadratic)))

    return of


def _quadratic(stacked: lg.PullbackMetric, members: int, points: Tensor) -> Quadratic:
    """For the points of some pairs.

    A member pulls at its point with the two steps of the mean, and with twice its distance from the mean: the gradient
    is 2 n times the members' mean of J_m^T pull_m.
    """
    pairs, count, latent = points.shape
    n = count - 1
    with torch.no_grad():
        images = _images(stacked, points.flatten(0, 1), members).view(pairs, count, members, -1)
        mean = images.mean(2)
        apart = images - mean.unsqueeze(2)
        disagreement = apart.square().sum(3).mean(2)
        chord = mean.diff(dim=1)
        value = chord.square().sum((1, 2)) + disagreement[:, 1:].sum(1) + disagreement[:, :-1].sum(1)
        pull = (chord[:, :-1] - chord[:, 1:]).unsqueeze(2) + 2 * apart[:, 1:-1]
    with torch.enable_grad():
        z = points[:, 1:-1].reshape(-1, latent).requires_grad_()
        J = stacked.jacobian(z)
        slopes = (J * pull.flatten(2).flatten(0, 1)).sum(2)
        rows = _derivatives(slopes, z)
    J = J.detach().view(latent, pairs, n - 1, members, -1).permute(1, 2, 0, 3, 4)
    mean_J = J.mean(3)
    bent = torch.stack(rows, 1).view(pairs, n - 1, latent, latent) / members
    whole = J.flatten(3)
    return Quadratic(
        value=n * value,
        gradient=2 * n / members * slopes.detach().T.reshape(pairs, n - 1, latent),
        diagonal=4 * n / members * (whole @ whole.mT),
        upper=-2 * n * (mean_J[:, :-1] @ mean_J[:, 1:].mT),
        rest_diagonal=n * (bent + bent.mT),
        rest_upper=points.new_zeros(pairs, n - 2, latent, latent),
    )


def _stacked(members: Sequence[Decoder]) -> lg.PullbackMetric:
    """All members' outputs, one after the other, as those of one decoder."""
    return lg.PullbackMetric(lambda z: torch.cat([member(z).flatten(1) for member in members], 1))


def _images(stacked: lg.PullbackMetric, z: Tensor, members: int) -> Tensor:
    """(batch, members, obs)."""
    return stacked.observe(z).view(len(z), members, -1)


def _derivatives(slopes: Tensor, z: Tensor) -> list[Tensor]:
    """Of each row of (latent, batch) by the point that it is of; zero for decoders that are linear."""
    if not slopes.requires_grad:
        return [torch.zeros_like(z)] * len(slopes)
    return [torch.autograd.grad(slope.sum(), z, retain_graph=True, materialize_grads=True)[0] for slope in slopes]
