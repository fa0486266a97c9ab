"""How sure a decoder may be of a latent point, from the encodings alone: an RBF network of their density.

Decoders extrapolate with confidence where they saw no data, and the pullback metric is cheap there. A precision that
falls to zero away from the encodings mends that (Hauberg 2018, "Only Bayes should learn a manifold"), as a deviation
for `ExpectedMetric` (Arvanitidis et al. 2018, "Latent space oddity") or as a factor for `ScaledMetric`.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from scipy.cluster.vq import kmeans2
from scipy.optimize import nnls
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.conformal import check_factor, scaled_squares
from latentgeo.geometry.metrics.jet import Jet
from latentgeo.geometry.periods import Periods, checked_periods, on_circles
from latentgeo.progress import shows_progress, tell

__all__ = ["RBFPrecision"]

# sigma / sigma0 that 95 % of the held-out encodings stay below, and the share that is held out
_ALLOWED, _QUANTILE, _HELD_OUT = 1.1, 0.95, 0.2
# centres where none are asked for: one for so many encodings, and how many at most
_POINTS_A_CENTRE, _MOST_CENTRES = 8, 256
# bandwidths from the centres, where every bump is zero
_FAR = 1e3
# bandwidths that are tried, as multiples of the clusters' spread: 1/2 to 64 in steps of 2^(1/4)
_MULTIPLES = tuple(2 ** (k / 4) for k in range(-4, 25))


@dataclass(frozen=True, repr=False)
class RBFPrecision(Described):
    """A conformal factor that is 1 at the encodings and kappa far from them; call it with points, or `fit` one.

    The precision relative to that of the noise, sigma0^2 / sigma(z)^2 = W phi(z), is a sum of Gaussian bumps
    phi_k(z) = exp(-|z - c_k|^2 / (2 h^2)) with weights that are not negative (Arvanitidis et al. 2018). The factor is
    1 + (kappa - 1) u(z) with u = x^3 (2 - x), x = max(0, 1 - W phi(z)) being what the precision lacks.

    The plain u = x goes from 0 to 1 too, but has a kink where the precision suffices, among the encodings, and that
    is where geodesics are: with it, on four noisy rings, 8 of 80 of them converged; with this one all did. They lie
    up to a quarter of a bandwidth further from the middle of the data than with the plain u.

    Where coordinates are periodic, each is a circle as long round as its period, and |z - c| the distance in the space
    around these circles: the bumps are smooth across the seams, and the same as ever where h is far below the period.

    Attributes:
        centres: c, (centres, latent), in latent units; with two coordinates for each periodic one, see `on_circles`.
        weights: W, (centres,), not negative.
        bandwidth: h, in latent units.
        kappa: The factor far from the encodings.
        held_out: The 95 % quantile of sigma / sigma0 over the encodings that were held out from the fit.
        periods: Of the latent coordinates, if any has one.
    """

    centres: Tensor
    weights: Tensor
    bandwidth: float
    kappa: float
    held_out: float
    periods: Periods | None = None

    @classmethod
    @shows_progress("RBF precision")
    @takes_arrays
    def fit(
        cls,
        encodings: Float[Tensor, "points latent"],
        centres: int | None = None,
        kappa: float | int = 30.0,
        *,
        bandwidth: float | None = None,
        periods: Sequence[float | None] | None = None,
        generator: torch.Generator,
        progress: bool = True,
    ) -> "RBFPrecision":
        """Choose centres, bandwidth and weights from the encodings, without the decoder.

        k-means finds the centres. The weights are the non-negative least-squares solution of W phi = 1 at the
        encodings; the level of the noise cancels. The bandwidth is the smallest multiple of the clusters' spread with
        which sigma is at most 1.1 sigma0 at 95 % of a fifth of the encodings, which the fit does not see.

        Differs from Arvanitidis et al. 2018: one bandwidth, from the mean distance of all encodings to their centre,
        serves all centres, because a cluster of one point has no spread; and the multiple is found, not given.

        Args:
            encodings: Latent points of the training data, e.g. posterior means; more different ones than centres.
            centres: How many bumps; by default one for every eight encodings that are fitted, at most 256. Too few do
                not follow the data's shape, and factors between them are those of nowhere (howto/strengths).
            kappa: The factor far from the encodings, above 1. Lengths of straight lines between them grow with its
                square root; those of paths along them hardly change.
            bandwidth: h, in latent units; found as said above by default. One that is given is not held to the rule.
            periods: The period of each latent coordinate, None for one without, e.g. `metric.periods`.
            generator: On the CPU; draws what is held out and where k-means starts.
            progress: Whether to show what is under way, on a terminal, after two seconds.

        Raises:
            ValueError: Encodings that are not finite or too few, a kappa not above 1, or no bandwidth that holds
                (a given one: not positive and finite).
        """
        kappa = float(kappa)
        check_factor(encodings, kappa)
        if bandwidth is not None and not 0 < bandwidth < float("inf"):
            raise ValueError(f"the bandwidth must be positive and finite; got {bandwidth}")
        turns = checked_periods(periods)
        z = on_circles(encodings.detach().double(), turns)
        order = torch.randperm(len(z), generator=generator).to(z.device)
        held, fitted = z[order].tensor_split([round(_HELD_OUT * len(z))])
        different = len(torch.unique(fitted, dim=0))
        if centres is None:
            centres = min(_MOST_CENTRES, max(1, different // _POINTS_A_CENTRE))
        if not 0 < centres < different or not len(held):
            raise ValueError(
                f"centres must be at least 1, and fewer than the different encodings that are fitted, {different} of "
                f"{len(z)}; got {centres}"
            )
        means, spread = _clusters(fitted, centres, generator)
        if bandwidth is not None:
            return cls._of(fitted, held, means, float(bandwidth), kappa, turns)
        reached = float("inf")
        for multiple in _MULTIPLES:
            tell(f"bandwidth {multiple * spread:.3g}")
            found = cls._of(fitted, held, means, multiple * spread, kappa, turns)
            if found.held_out <= _ALLOWED:
                return found
            reached = min(reached, found.held_out)
        raise ValueError(
            f"no bandwidth keeps sigma / sigma0 below {_ALLOWED} at 95 % of the held-out encodings; the best has "
            f"{reached:.3f}; give more encodings, or fewer centres than {centres}"
        )

    @classmethod
    def _of(
        cls, fitted: Tensor, held: Tensor, means: Tensor, bandwidth: float, kappa: float, periods: Periods | None
    ) -> "RBFPrecision":
        """The weights of a bandwidth, and what they come to at the encodings that were held out, both on circles."""
        found = cls(means, _weights(_bumps(fitted, means, bandwidth)), bandwidth, kappa, float("nan"), periods)
        return replace(found, held_out=float(found._relative(held).rsqrt().quantile(_QUANTILE)))

    @takes_arrays
    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """The factor, from 1 to kappa."""
        return 1 + (self.kappa - 1) * self.uncertainty(z)

    @torch.no_grad()
    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet | None:
        """The factor's jet, of one entry, in closed form; None where a coordinate is periodic, and of a subclass.

        With a = z / h and b = c / h the bumps' derivatives are those of exp(-|a - b|^2 / 2): what they sum up to takes
        six sums over the centres, of the bumps times 1, b and b b^T.
        """
        if self.periods is not None or type(self) is not RBFPrecision:
            return None
        check_points("z", z, self.centres.shape[1])
        centres, weights, h = self.centres.to(z), self.weights.to(z), self.bandwidth
        phi = _bumps(z, centres, h)
        # from among the centres, so that products do not cancel; where the bumps are zero so are all of these
        middle = centres.mean(0)
        b = (centres - middle) / h
        far = _FAR + float(b.abs().max())
        x, y = ((z - middle) / h).clamp(-far, far).split(1, dim=1)
        bx, by = b.unbind(1)
        moments = torch.stack([torch.ones_like(bx), bx, by, bx * bx, bx * by, by * by], 1)
        r, sx, sy, sxx, sxy, syy = (phi @ (weights[:, None] * moments)).split(1, dim=1)
        rx, ry = (sx - x * r) / h, (sy - y * r) / h
        rxx = (sxx - 2 * x * sx + x * x * r - r) / h**2
        rxy = (sxy - x * sy - y * sx + x * y * r) / h**2
        ryy = (syy - 2 * y * sy + y * y * r - r) / h**2
        lack, most = (1 - r).clamp(min=0), self.kappa - 1
        # of u by r
        slope, bend = -most * lack**2 * (6 - 4 * lack), 12 * most * lack * (1 - lack)
        return Jet(
            1 + most * lack**3 * (2 - lack),
            (slope * rx, slope * ry),
            (slope * rxx + bend * rx * rx, slope * rxy + bend * rx * ry, slope * ryy + bend * ry * ry),
        )

    @takes_arrays
    def uncertainty(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """u: from 0 where the encodings are to 1 far from them; its second derivatives are continuous."""
        lack = (1 - self.relative(z)).clamp(min=0)
        return lack**3 * (2 - lack)

    @takes_arrays
    def deviation(self, z: Float[Tensor, "batch latent"], floor: float = 0.01) -> Float[Tensor, "batch 1"]:
        """sigma / sigma0 = (W phi + floor)^(-1/2): about 1 at the encodings, floor^(-1/2) far from them.

        Times the noise's deviation sigma0 it is a sigma for `ExpectedMetric`, in observation units.

        Args:
            z: Latent points.
            floor: The least relative precision, above 0.

        Warning:
            Far from the encodings it is constant, and adds nothing to the expected metric there.
        """
        return (self.relative(z) + floor).rsqrt().unsqueeze(1)

    @takes_arrays
    def relative(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """W phi, the precision relative to that of the noise: about 1 at the encodings, 0 far from them."""
        check_points("z", z, self.centres.shape[1] if self.periods is None else len(self.periods))
        return self._relative(on_circles(z, self.periods))

    def _relative(self, z: Tensor) -> Tensor:
        return _bumps(z, self.centres.to(z), self.bandwidth) @ self.weights.to(z)


def _bumps(z: Tensor, centres: Tensor, bandwidth: float) -> Tensor:
    """phi, (batch, centres)."""
    return (-scaled_squares(z, centres, bandwidth) / 2).exp()


def _clusters(z: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, float]:
    """Centres by k-means from the k-means++ start, and the mean distance of the points to theirs."""
    chosen = [int(torch.randint(len(z), (1,), generator=generator))]
    square = torch.full_like(z[:, 0], float("inf"))
    while len(chosen) < count:
        square = torch.minimum(square, (z - z[chosen[-1]]).square().sum(1))
        chosen.append(int(torch.multinomial(square.cpu(), 1, generator=generator)))
    with warnings.catch_warnings():
        # an empty cluster keeps the centre that it had, which does no harm
        warnings.filterwarnings("ignore", message="One of the clusters is empty")
        means, label = kmeans2(z.cpu().numpy(), z[chosen].cpu().numpy(), minit="matrix")
    centres = torch.as_tensor(means).to(z)
    return centres, float((z - centres[torch.as_tensor(label).long().to(z.device)]).norm(dim=1).mean())


def _weights(phi: Tensor) -> Tensor:
    """Non-negative weights with phi W = 1 in the least-squares sense."""
    # the triangle has as many rows as there are centres, and the same solution
    Q, R = torch.linalg.qr(phi.cpu())
    weights, _ = nnls(R.numpy(), Q.sum(0).numpy(), maxiter=100 * phi.shape[1])
    return torch.as_tensor(weights).to(phi)
