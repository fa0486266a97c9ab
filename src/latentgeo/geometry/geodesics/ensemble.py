"""Curves between latent points whose every point is decoded by a member of an ensemble of its own: disagreement counts.

Syrota et al. 2024, "Decoder ensembling for learned latent geometries". Under the expected metric of an ensemble
(`EnsembleMetric`) a curve has one member for all of its length, and members that differ by a constant agree. Here each
point of a curve has its own, and a step costs what members disagree in value at both of its ends; how that comes
about: `latentgeo.geometry.solvers.ensemble_energy`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.decoder import Decoder
from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_points, check_vectors
from latentgeo.geometry.curves.curve import Curve, Line, Polyline, times
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.expected import EnsembleMetric
from latentgeo.geometry.periods import nearest_image
from latentgeo.geometry.solution import OnStep, Outcome
from latentgeo.geometry.solvers.ensemble_energy import ensemble_quadratic, squared_steps
from latentgeo.geometry.solvers.levenberg_marquardt import levenberg_marquardt
from latentgeo.geometry.solvers.settling import outcomes
from latentgeo.progress import shows_progress

__all__ = ["EnsembleSolution", "ensemble_energy", "ensemble_geodesic", "ensemble_length"]

# of a curve, where the caller names no number
_POINTS = 64
# below, a chain has no two inner points
_FEWEST = 4

Members = Sequence[Decoder] | EnsembleMetric


@dataclass(frozen=True, repr=False)
class EnsembleSolution(Described):
    """Curves of least expected energy between pairs of latent points, near those that the search began with.

    Attributes:
        points: (pairs, points, latent), the ends included; energy and length are those of these very points.
        energy: (pairs,), squared observation units.
        length: (pairs,), observation units.
        outcome: One a pair: `converged`; `uncertified` where a decoder is piecewise linear, a crease of which can hold
            a point; `max_iterations`; `diverged` where the energy is not finite, and the curve is the start.
        residual: (pairs,), squared norm of the gradient in the Hessian's inverse, over four times the energy: the
            share of the energy's root that a Newton step would still take away.
        iterations: (pairs,), integers.
    """

    points: Tensor
    energy: Tensor
    length: Tensor
    outcome: list[Outcome]
    residual: Tensor
    iterations: Tensor


@takes_arrays
def ensemble_energy(
    decoders: Members, curve: Curve | Float[Tensor, "pairs nodes latent"], points: int | None = None
) -> Float[Tensor, "pairs"]:
    """The expected energy of each curve when every point of it is decoded by a member drawn for it alone.

    n times the sum of E |f_a(c_i) - f_b(c_i+1)|^2 over the n steps between neighbouring points c_i, the members a and
    b independent and all equally likely (Syrota et al. 2024). Exact, nothing is drawn: the expectation is the squared
    chord of the members' mean, plus their variance at both ends. Differentiable in the curve.

    Args:
        decoders: The members, (batch, latent) -> (batch, *obs), or an `EnsembleMetric` of them, whose settings they
            then have.
        curve: Curves, or points along them.
        points: At how many even times, the ends included, a curve is decoded, 64 by default; points that are given are
            taken as they are unless a number is named.

    Returns:
        In squared observation units. Where all members agree, that of `energy` but for O(1 / n^2).

    Warning:
        It belongs to no metric. Members that disagree by a variance v add 2 n v a step, 2 n^2 v in all: it grows
        without limit with the number of points, even of a curve that stands still. Compare curves with as many.

    Raises:
        ValueError: No members, members whose numbers of outputs differ, points that are none or fewer than two.
        DecoderError: See `latentgeo.decoder.check_decoder`; of any member.
    """
    steps = _steps_of(decoders, curve, points)
    return steps.shape[1] * steps.sum(1)


@takes_arrays
def ensemble_length(
    decoders: Members, curve: Curve | Float[Tensor, "pairs nodes latent"], points: int | None = None
) -> Float[Tensor, "pairs"]:
    """The sum over steps of the root of the expected squared step; arguments and errors are `ensemble_energy`'s.

    Returns:
        In observation units; at most the root of the energy, and equal to it where all steps are alike.

    Warning:
        As the energy, it grows with the number of points where members disagree, and is no distance: from a point to
        itself it is not zero.
    """
    return safe_sqrt(_steps_of(decoders, curve, points)).sum(1)


@shows_progress("ensemble geodesics")
@in_double
def ensemble_geodesic(
    decoders: Members,
    z0: Float[Tensor, "pairs latent"],
    z1: Float[Tensor, "pairs latent"],
    points: int = _POINTS,
    *,
    start: Curve | Tensor | Sequence[Curve | Tensor] | None = None,
    data: Float[Tensor, "points latent"] | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 200,
    on_step: OnStep | None = None,
    throw: bool = False,
    progress: bool = True,
) -> EnsembleSolution:
    """Curves of least `ensemble_energy` between z0 and z1, by damped Newton steps that never make it larger.

    A local minimum near the start is what is found. By default that is, of the straight line and the geodesic under
    the expected metric, for each pair the one of less energy; so no curve has more than the line. Deterministic.

    Differs from Syrota et al. 2024, who draw members and descend along a stochastic gradient: the expectation over
    members is exact here, and its second derivatives are used.

    Args:
        decoders: As `ensemble_energy` has them, differentiable twice.
        z0: Start points; float64 is meant.
        z1: End points. Where coordinates are periodic (of an `EnsembleMetric` with periods), a curve ends at the image
            nearest to z0, or where its start does.
        points: Of every curve, the ends included, four or more. They are part of what is minimised: with more of them
            disagreement counts for more.
        start: Curves to begin with from z0 to z1, or points along them, or several such: each pair begins with the one
            of least energy.
        data: Encodings, where the default start's geodesic may go through them; see `geodesic`.
        tolerance: Of the residual; see `EnsembleSolution`.
        max_iterations: Steps at most.
        on_step: Called with the step and the mean root energy.
        throw: Raise unless every pair converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        Points gather where the members agree and leap over where they do not: a step's middle is never decoded. Give
        as many points as make the steps short against the places that are to be avoided.

    Raises:
        ValueError: End points that do not fit each other or are not finite, fewer than four points, a start that does
            not go from z0 to z1, or members as for `ensemble_energy`.
        DecoderError: See `latentgeo.decoder.check_decoder`; of any member.
        GeodesicError: With `throw`, a pair did not converge.
    """
    check_vectors("z0", z0, "z1", z1)
    check_finite("z0", z0)
    check_finite("z1", z1)
    if not isinstance(points, int) or points < _FEWEST:
        raise ValueError(f"points must be a number of points of each curve, {_FEWEST} or more; got {points}")
    z0, z1 = z0.detach(), z1.detach()
    metric = _ensemble(decoders, z0)
    if not len(z0):
        none = z0.new_zeros(0)
        return EnsembleSolution(z0.new_zeros(0, points, z0.shape[1]), none, none, [], none, none.long())
    starts = torch.stack(_starts(metric, z0, nearest_image(z0, z1, metric.periods), points, start, data))
    with torch.no_grad():
        energies = torch.stack([squared_steps(metric, nodes).sum(1) for nodes in starts])
    best = energies.nan_to_num(float("inf")).argmin(0)
    first = starts[best, torch.arange(len(best), device=best.device)]
    found = levenberg_marquardt(ensemble_quadratic(metric), first, tolerance, max_iterations, on_step)
    outcome = outcomes(found)
    if any(part.piecewise_linear for part in metric.parts):
        outcome = [Outcome.UNCERTIFIED if one is Outcome.CONVERGED else one for one in outcome]
    if throw:
        _raise_unless_ended_well(outcome)
    with torch.no_grad():
        steps = squared_steps(metric, found.control)
    energy, length = steps.shape[1] * steps.sum(1), safe_sqrt(steps).sum(1)
    return EnsembleSolution(found.control, energy, length, outcome, found.residual, found.iterations)


def _steps_of(decoders: Members, curve: Curve | Tensor, points: int | None) -> Float[Tensor, "pairs steps"]:
    if points is not None and (not isinstance(points, int) or points < 2):
        raise ValueError(f"points must be a number of points of each curve, 2 or more; got {points}")
    nodes = _nodes(curve, points)
    return squared_steps(_ensemble(decoders, nodes.detach().flatten(0, 1)), nodes)


def _nodes(curve: Curve | Tensor, points: int | None) -> Float[Tensor, "pairs nodes latent"]:
    """Points along curves, so many, or those that are given."""
    if isinstance(curve, Tensor):
        if curve.ndim != 3 or curve.shape[1] < 2:
            raise ValueError(
                f"curve must be a curve or (pairs, nodes, latent) with two nodes or more; got {tuple(curve.shape)}"
            )
        check_points("the nodes of curve", curve.flatten(0, 1))
        if points in (None, curve.shape[1]):
            return curve
        curve = Polyline(curve)
    return curve(times(curve, _POINTS if points is None else points))


def _ensemble(decoders: Members, z: Tensor) -> EnsembleMetric:
    """The members, held to the same number of outputs, and probed where they will be used."""
    if isinstance(decoders, EnsembleMetric):
        return decoders
    return EnsembleMetric(decoders, probe=z if len(z) else None)


def _starts(
    metric: EnsembleMetric,
    z0: Tensor,
    z1: Tensor,
    points: int,
    start: Curve | Tensor | Sequence[Curve | Tensor] | None,
    data: Tensor | None,
) -> list[Tensor]:
    """Chains to begin with, of so many points."""
    if start is None:
        line, shortest = Line(z0, z1), geodesic(metric, z0, z1, data=data, progress=False).curve
        return [curve(times(curve, points)).to(z0) for curve in (line, shortest)]
    given = [start] if isinstance(start, Curve | Tensor) else list(start)
    if not given:
        raise ValueError("start: expected curves, or points along them; got an empty sequence")
    chains = [_nodes(one, points).detach().to(z0).clone() for one in given]
    for chain in chains:
        _check_start(chain, z0, z1, metric)
        chain[:, 0], chain[:, -1] = z0, nearest_image(chain[:, -1], z1, metric.periods)
    return chains


def _check_start(chain: Tensor, z0: Tensor, z1: Tensor, metric: EnsembleMetric) -> None:
    fits = len(chain) == len(z0) and chain.shape[2] == z0.shape[1]
    if not fits or not torch.allclose(chain[:, 0], z0) or not _ends_at(chain[:, -1], z1, metric):
        raise ValueError(
            f"start must be curves from z0 to z1, one a pair; got {tuple(chain.shape[::2])} (pairs, latent) for "
            f"{tuple(z0.shape)}, from {chain[:1, 0].tolist()} to {chain[:1, -1].tolist()} for the first pair"
        )


def _ends_at(end: Tensor, z1: Tensor, metric: EnsembleMetric) -> bool:
    return torch.allclose(end, nearest_image(end, z1, metric.periods))


def _raise_unless_ended_well(outcome: Sequence[Outcome]) -> None:
    good = (Outcome.CONVERGED, Outcome.UNCERTIFIED)
    failed = [(pair, one.value) for pair, one in enumerate(outcome) if one not in good]
    if failed:
        shown = ", ".join(f"pair {pair}: {word}" for pair, word in failed[:5])
        raise GeodesicError(f"{len(failed)} of {len(outcome)} pairs did not converge ({shown})")
