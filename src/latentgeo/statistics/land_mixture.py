"""Mixtures of locally adaptive normal distributions: clusters whose contours follow the metric."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import shows_progress, tell
from latentgeo.statistics.fields import Fields
from latentgeo.statistics.land_in_plane import Climb, fields_around, recorded
from latentgeo.statistics.land_record import LocallyAdaptiveNormal, LogDensity
from latentgeo.statistics.laws import ByFields
from latentgeo.statistics.lloyd import by_fields
from latentgeo.statistics.moments import Fitted, spread_out
from latentgeo.statistics.seeding import seeds

__all__ = ["LocallyAdaptiveMixture", "MixtureLogDensity", "locally_adaptive_mixture"]

# of a normaliser's logarithm: the error at which it is none
_KNOWN = 0.1
# of every mean between two looks at which points are whose
_STEPS = 1
# points that a law has at least, by the sum of their shares
_FEWEST = 3.0
# towards the clusters that it all begins with
_CLUSTERED, _ROUNDS = 0.02, 30


@dataclass(frozen=True, repr=False)
class MixtureLogDensity:
    """The logarithm of a mixture's density: call it with points (points, 2).

    By default with respect to the metric's volume; with `latent=True` in latent units, see `LogDensity`.

    Attributes:
        weights: (components,).
        components: The log density of each.
    """

    weights: Tensor
    components: list[LogDensity]

    def __repr__(self) -> str:
        return f"MixtureLogDensity({len(self.components)} components)"

    @in_double
    def __call__(self, z: Float[Tensor, "points 2"], *, latent: bool = False) -> Float[Tensor, "points"]:
        each = torch.stack([density(z, latent=latent) for density in self.components])
        return torch.logsumexp(each + self.weights.to(each).log()[:, None], 0)


@dataclass(frozen=True, repr=False)
class LocallyAdaptiveMixture(Described):
    """A mixture of normal laws on a latent space.

    Attributes:
        weights: (components,), what share of the points each has; they add up to one.
        means: (components, 2).
        covariances: (components, 2, 2), each of the tangent space at its mean, in latent coordinates there.
        components: Each law by itself, with its normaliser and that one's error.
        responsibilities: (points, components), how likely each point is of each.
        labels: (points,), the likeliest component of each.
        log_likelihood: Mean of the points' log density with respect to volume.
        gain: By how much the last round raised it.
        outcome: `UNCERTIFIED`: that is below the tolerance, either way, on a cache of the metric; each law has the
            second moments of its points, and a normaliser that is known to within 10 %. `MAX_ITERATIONS`: anything
            else, such as a law that is narrower than the steps of the mesh.
        iterations: Rounds.
        log_density: Call it with points; see `MixtureLogDensity`.
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor
    components: list[LocallyAdaptiveNormal]
    responsibilities: Tensor
    labels: Tensor
    log_likelihood: Tensor
    gain: Tensor
    outcome: Outcome
    iterations: int
    log_density: MixtureLogDensity


@shows_progress("mixture")
@takes_arrays
@torch.no_grad()
def locally_adaptive_mixture(
    metric: Metric,
    z: Float[Tensor, "points 2"],
    components: int,
    *,
    generator: torch.Generator | None = None,
    start: Float[Tensor, "components 2"] | None = None,
    grid: GridMetric | None = None,
    size: int = 129,
    tolerance: float = 1e-4,
    max_iterations: int = 100,
    throw: bool = False,
    progress: bool = True,
) -> LocallyAdaptiveMixture:
    """The likeliest mixture of locally adaptive normals nearby, by expectation and maximisation.

    Arvanitidis, Hansen and Hauberg 2016, algorithm 2.

    It begins with geodesic k-means. Each round tells how likely every point is of every law, and then moves each law's
    mean by one of the steps of `locally_adaptive_normal`, by distance fields, with the most likely covariance at each:
    no round makes the points less likely, but for the mesh. In flat space it is a mixture of Gaussians.

    Args:
        metric: With two latent dimensions.
        z: The points; float64 is meant. The result is on the CPU.
        components: How many laws.
        generator: Draws where the clusters begin; on the CPU. Needed unless `start` is given.
        start: The first means.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one. The box around the
            points, widened by half of its longer side, is cached otherwise.
        size: Nodes of the fields' mesh along each axis; a law's standard deviation should be several of its steps.
        tolerance: Done when a round raises the mean log density by less.
        max_iterations: Rounds.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        What is found is a local maximum, and depends on the start. A law costs some 60 distance fields a round.

    Raises:
        ValueError: Other than two latent dimensions; points that are not finite, or all on one line; components that
            are not from 1 to a third of the points; neither start nor generator; a start of another shape or outside
            the cache's bounds.
        GeodesicError: With `throw`, it did not converge. A law has lost its points, or all that it has are on one line.
    """
    check_points("z", z)
    check_finite("z", z, "point")
    if z.shape[1] != 2:
        raise ValueError(f"z must be (points, 2): normalisers are integrals over a surface; got {tuple(z.shape)}")
    if not 1 <= components <= len(z) / _FEWEST:
        raise ValueError(f"components must be from 1 to a third of the {len(z)} points; got {components}")
    begin = generator if start is None else start
    if begin is None:
        raise ValueError("generator must be given to draw the first means, or start, which has them; got neither")
    if start is not None and (start.shape != (components, 2) or not bool(torch.isfinite(start).all())):
        raise ValueError(f"start must be finite, ({components}, 2); got {tuple(start.shape)}")
    if max_iterations < 1:
        raise ValueError(f"max_iterations must be 1 or more; got {max_iterations}")
    found = _found(metric, z.detach().cpu(), components, begin, grid, size, tolerance, max_iterations)
    if throw and found.outcome is not Outcome.UNCERTIFIED:
        raise GeodesicError(
            f"the mixture did not converge: the last of {found.iterations} rounds raised the log likelihood by "
            f"{float(found.gain):.3g}, and normalisers are known to within "
            f"{max(float(law.normaliser_error) for law in found.components):.3g}"
        )
    return found


@in_double
def _found(
    metric: Metric,
    z: Tensor,
    components: int,
    begin: torch.Generator | Tensor,
    grid: GridMetric | None,
    size: int,
    tolerance: float,
    max_iterations: int,
) -> LocallyAdaptiveMixture:
    fields, units = fields_around(metric, z, grid, size)
    if not spread_out(fields.points, torch.full_like(z[:, 0], 1 / len(z))):
        raise ValueError("z must have three points that are not on one line; got fewer")
    begin = begin if isinstance(begin, torch.Generator) else units.new(begin.to(z).cpu())
    # a mean's step gains half the square of its slope
    slope = math.sqrt(2 * tolerance)
    mixture = _Mixture(fields, *_clusters(fields, components, begin), slope)
    reached, gain = -math.inf, math.inf
    iterations = 0
    while iterations < max_iterations and not abs(gain) < tolerance:
        mixture.maximise()
        before, reached = reached, mixture.expect()
        gain = reached - before
        iterations += 1
        tell(f"round {iterations}, log likelihood {reached:.5g}")
    each = [recorded(metric, units, one.climb, one.law, slope) for one in mixture.members]
    known = all(bool(law.normaliser_error < _KNOWN) for law in each)
    settled = known and all(one.law.settled for one in mixture.members)
    return LocallyAdaptiveMixture(
        weights=mixture.weights,
        means=torch.stack([law.mean for law in each]),
        covariances=torch.stack([law.covariance for law in each]),
        components=each,
        responsibilities=mixture.shares,
        labels=mixture.shares.argmax(1),
        log_likelihood=z.new_tensor(reached),
        gain=z.new_tensor(gain),
        outcome=Outcome.UNCERTIFIED if settled and abs(gain) < tolerance else Outcome.MAX_ITERATIONS,
        iterations=iterations,
        log_density=MixtureLogDensity(mixture.weights, [law.log_density for law in each]),
    )


@dataclass(frozen=True)
class _Member:
    """A law of the mixture: how it is found, the climb of its mean, and where that has come to."""

    fit: ByFields
    climb: Climb
    law: Fitted


class _Mixture:
    """Laws, and which points are whose.

    Args:
        fields: To the points.
        means: (components, 2), to begin with.
        shares: (points, components), which add up to one for each point.
        slope: Below it a mean stays where it is.

    Attributes:
        members: The laws.
        weights: (components,).
        shares: As above, now.
    """

    def __init__(self, fields: Fields, means: Tensor, shares: Tensor, slope: float) -> None:
        self.fields, self.shares, self.weights, self.slope = fields, shares, shares.mean(0), slope
        self.members: list[_Member] = []
        self._means = list(means)
        # most of what finds a law is the same for all
        self._fit = ByFields(fields, torch.ones_like(shares[:, 0]) / len(shares), means[0])

    def maximise(self) -> None:
        """Each law made likelier for its points."""
        self.weights = self.shares.mean(0)
        self.members = [self._likelier(number, mean) for number, mean in enumerate(self._means)]
        self._means = [one.climb.mean for one in self.members]

    def expect(self) -> float:
        """Tell which points are whose; their mean log density."""
        each = []
        for one, weight in zip(self.members, self.weights, strict=True):
            v = one.fit.vectors(one.climb.mean)
            falls = torch.einsum("ni,ij,nj->n", v, one.law.precision, v) / 2
            each.append(weight.log() - falls - one.law.log_normaliser)
        logs = torch.stack(each, 1)
        density = torch.logsumexp(logs, 1)
        self.shares = (logs - density[:, None]).exp()
        return float(density.mean())

    def _likelier(self, number: int, mean: Tensor) -> _Member:
        own = self.shares[:, number]
        if float(own.sum()) < _FEWEST:
            raise GeodesicError(
                f"component {number} has lost its points: {float(own.sum()):.3g} of them are left; take fewer "
                "components, or another start"
            )
        weights = own / own.sum()
        if not spread_out(self.fields.points, weights):
            raise GeodesicError(
                f"component {number} has points on one line alone; take fewer components, or another start"
            )
        fit = self._fit.reweighted(weights, mean)
        climb = Climb(self.fields, fit, mean)
        return _Member(fit, climb, climb.on(self.slope, _STEPS))


def _clusters(fields: Fields, count: int, begin: torch.Generator | Tensor) -> tuple[Tensor, Tensor]:
    """Means, (components, 2), and one cluster's share of each point; by geodesic k-means where none are given."""
    z = fields.points
    if isinstance(begin, torch.Generator):
        chosen = seeds(len(z), count, lambda numbers: fields.squared(z[numbers]), begin)
        found = by_fields(fields, z[chosen], _CLUSTERED, _ROUNDS)
        centres, labels = found.centres, found.labels
    else:
        if not bool(((begin >= fields.box[:, 0]) & (begin <= fields.box[:, 1])).all()):
            raise ValueError("start must be within the cache's bounds; it is not")
        centres = fields.within(begin)
        labels = fields.squared(centres).argmin(0)
    return centres, torch.nn.functional.one_hot(labels, count).to(z)
