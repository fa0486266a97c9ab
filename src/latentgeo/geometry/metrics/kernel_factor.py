"""The density of the encodings by Gaussian kernels, and the conformal factor that is made of it.

Density-based metrics make a step dear where there are few data, so that shortest paths follow these (the Fermat
distance of Groisman et al. 2022; Arvanitidis et al. 2022, "A prior-based approximate latent Riemannian metric"; LAND,
Arvanitidis et al. 2016, scales each axis by local variances instead). Here the density is a factor of the metric that
the decoder pulls back, for `ScaledMetric`, beside `RBFPrecision`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.conformal import SHARE, as_factor, check_factor, scaled_squares
from latentgeo.geometry.periods import Periods, checked_periods, on_circles
from latentgeo.geometry.transforms import is_inside
from latentgeo.progress import shows_progress, tell

__all__ = ["KernelFactor"]

# of the encodings: what is held out, and how many different ones there have to be
_HELD_OUT, _FEWEST = 0.2, 10
# of the logarithm of the bandwidth: steps between which its best is sought, and how well it is found
_STEP, _FOUND = math.log(2) / 2, 1e-3
# of the largest bandwidth: no smaller one is tried
_NARROWEST = 1e-8
# of the normalisation of a kernel on a circle: by at most so much it grows faster than that of a line
_ON_CIRCLE = 1.25
# in numbers, of the kernels at all points that are worked on at once where no gradient is kept
_NUMBERS_AT_ONCE = 1 << 22


@dataclass(frozen=True, repr=False)
class KernelFactor(Described):
    """A conformal factor that is 1 among the encodings and kappa far from them; call it with points, or `fit` one.

    p(z) is the weighted mean of Gaussian kernels of bandwidth h around encodings. The factor is 1 where p is at least
    p_ref, and grows as p^(-2/d) to kappa beyond:

        m = (1 - (1 - kappa^(-d/2)) max(0, 1 - p / p_ref)^3)^(-2/d),

    d being the latent dimensions; its second derivatives are continuous. p_ref bounds the region of highest density
    that holds 95 % of the encodings that the fit does not see.

    Where coordinates are periodic, each is a circle as long round as its period, and kernels are functions of the
    distance in the space around these circles: von Mises ones there, smooth across the seams.

    Attributes:
        centres: (centres, latent), in latent units; with two coordinates for each periodic one, see `on_circles`.
        weights: (centres,), positive, of sum 1: how often each encoding was there.
        bandwidth: h, in latent units.
        kappa: The factor far from the encodings.
        log_level: log p_ref.
        held_out: The mean of log p over the encodings that were held out from the fit.
        periods: Of the latent coordinates, if any has one.
    """

    centres: Tensor
    weights: Tensor
    bandwidth: float
    kappa: float
    log_level: float
    held_out: float
    periods: Periods | None = None

    @classmethod
    @shows_progress("kernel density")
    @takes_arrays
    def fit(
        cls,
        encodings: Float[Tensor, "points latent"],
        centres: int = 256,
        kappa: float | int = 10.0,
        *,
        bandwidth: float | None = None,
        periods: Sequence[float | None] | None = None,
        generator: torch.Generator,
        progress: bool = True,
    ) -> "KernelFactor":
        """Choose the bandwidth by the likelihood of held-out encodings, without the decoder.

        A fifth of the different encodings is held out; of the others at most `centres`, drawn at random, carry a
        kernel each. The bandwidth is the one under which the held-out ones are most likely.

        Args:
            encodings: Latent points of the training data, e.g. posterior means; ten different ones at least. One that
                is there several times counts as often.
            centres: How many kernels at most: what a call costs. With more of them the bandwidth is narrower, and
                geodesics take more steps too.
            kappa: The factor far from the encodings, above 1. Lengths of straight lines between them grow with its
                square root; those of paths along them hardly change.
            bandwidth: h, in latent units; found as said above by default.
            periods: The period of each latent coordinate, None for one without, e.g. `metric.periods`.
            generator: On the CPU; draws what is held out, and what carries a kernel.
            progress: Whether to show what is under way, on a terminal, after two seconds.

        Warning:
            One bandwidth serves all encodings and all coordinates: where these have different scales, the widest are
            seen as many clusters, or the narrowest as wider than they are. Likelihood follows outliers: a single
            encoding far from all others makes the bandwidth wide. A hole that is no emptier than the border of the
            data counts as among them: so did the middle of a loop of human motion. In many dimensions encodings lie on
            the outside of where they are dense, and the whole of it counts as among them.

        Raises:
            ValueError: Encodings that are not finite or too few, a kappa not above 1, no centres, or a bandwidth that
                is not positive and finite.
        """
        kappa = float(kappa)
        check_factor(encodings, kappa)
        if bandwidth is not None and not 0 < bandwidth < float("inf"):
            raise ValueError(f"the bandwidth must be positive and finite; got {bandwidth}")
        if centres < 1:
            raise ValueError(f"centres must be at least 1; got {centres}")
        turns = checked_periods(periods)
        z, count = _different(on_circles(encodings.detach().double(), turns))
        if len(z) < _FEWEST:
            raise ValueError(
                f"encodings must be at least {_FEWEST} different points; got {len(z)} among {len(encodings)}"
            )
        order = torch.randperm(len(z), generator=generator).to(z.device)
        held, fitted = order.tensor_split([round(_HELD_OUT * len(z))])
        fitted = fitted[:centres]
        weights = count[fitted] / count[fitted].sum(dtype=torch.float64)
        latent = encodings.shape[1]
        found = _likeliest(z[held], count[held], z[fitted], weights, turns, latent) if bandwidth is None else bandwidth
        unset = cls(z[fitted], weights, float(found), kappa, float("nan"), float("nan"), turns)
        log_p = unset._log_density(z[held])
        level = torch.repeat_interleave(log_p, count[held]).quantile(1 - SHARE)
        likelihood = (log_p * count[held]).sum() / count[held].sum()
        return cls(z[fitted], weights, float(found), kappa, float(level), float(likelihood), turns)

    @takes_arrays
    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """The factor, from 1 to kappa."""
        return as_factor(self._of(z) - self.log_level, self._latent, self.kappa).to(z.dtype)

    @takes_arrays
    def uncertainty(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """From 0 where the encodings are to 1 far from them: the factor less 1, over kappa less 1."""
        return (self(z) - 1) / (self.kappa - 1)

    @takes_arrays
    def log_density(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """log p, normalised, per unit of latent volume."""
        return self._of(z).to(z.dtype)

    @property
    def _latent(self) -> int:
        return self.centres.shape[1] if self.periods is None else len(self.periods)

    def _of(self, z: Tensor) -> Tensor:
        """log p in float64: differences of large squares."""
        check_points("z", z, self._latent)
        points = on_circles(z.double(), self.periods)
        if is_inside() or (torch.is_grad_enabled() and z.requires_grad):
            return self._log_density(points)
        return in_parts(self._log_density, max(1, _NUMBERS_AT_ONCE // len(self.centres)), points)

    def _log_density(self, points: Float[Tensor, "batch embedded"]) -> Tensor:
        centres, weights = self.centres.to(points), self.weights.to(points)
        exponents = weights.log() - scaled_squares(points, centres, self.bandwidth) / 2
        return exponents.logsumexp(1) - _log_volume(self.bandwidth, self.periods, self._latent)


def _different(z: Tensor) -> tuple[Tensor, Tensor]:
    """Each point once, in the order in which they come, and how often it is there."""
    _, number, count = torch.unique(z, dim=0, return_inverse=True, return_counts=True)
    place = torch.arange(len(z), device=z.device)
    first = place.new_full(count.shape, len(z)).scatter_reduce(0, number, place, "amin")
    order = first.argsort()
    return z[first[order]], count[order]


def _log_volume(bandwidth: float, periods: Periods | None, latent: int) -> float:
    """The logarithm of the integral of exp(-distance^2 / (2 h^2)) over the latent space."""
    lengths = [] if periods is None else [period for period in periods if period is not None]
    on_a_line = math.log(2 * math.pi) / 2 + math.log(bandwidth)
    sharp = torch.tensor([(length / (2 * math.pi * bandwidth)) ** 2 for length in lengths], dtype=torch.float64)
    on_circle = sum(math.log(length) for length in lengths) + float(torch.special.i0e(sharp).log().sum())
    return (latent - len(lengths)) * on_a_line + on_circle


def _likeliest(
    held: Tensor, count: Tensor, fitted: Tensor, weights: Tensor, periods: Periods | None, latent: int
) -> float:
    """The bandwidth under which held-out points are most likely, each as often as it was there.

    The mean log-likelihood l(h) has the slope dl / d log h = mean(E d^2) / h^2 - latent, where E weighs squared
    distances d^2 to the centres by the kernels: it lies between their minimum and their mean, so that l rises below
    the first of these bandwidths and falls above the last.
    """
    square = torch.cdist(held, fitted, compute_mode="donot_use_mm_for_euclid_dist").square()
    share = count / count.sum(dtype=torch.float64)
    flat = latent if periods is None else periods.count(None)
    nearest, mean = float((share * square.amin(1)).sum()), float((share * (square @ weights)).sum())
    if not mean > 0:
        raise ValueError("encodings must differ by more than 1e-150: their squared distances are zero; scale them")
    # round circles alone, all bandwidths far above their radius are one: the density is uniform
    high = math.sqrt(mean / flat) if flat else 4 * math.sqrt(mean)
    low = max(math.sqrt(nearest / (_ON_CIRCLE * latent)), _NARROWEST * high)

    def lack(log_bandwidth: float) -> float:
        bandwidth = math.exp(log_bandwidth)
        tell(f"bandwidth {bandwidth:.3g}")
        log_p = (weights.log() - square / (2 * bandwidth**2)).logsumexp(1)
        return _log_volume(bandwidth, periods, latent) - float((share * log_p).sum())

    return math.exp(_least(lack, math.log(low), math.log(high)))


def _least(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of one number is least: on even steps, then near the best of them."""
    steps = max(2, math.ceil((high - low) / _STEP))
    tried = [low + (high - low) * k / steps for k in range(steps + 1)]
    values = [function(x) for x in tried]
    best = values.index(min(values))
    near = tried[max(best - 1, 0)], tried[min(best + 1, steps)]
    found = minimize_scalar(function, bounds=near, method="bounded", options={"xatol": _FOUND})
    return float(found.x) if found.fun <= values[best] else tried[best]
