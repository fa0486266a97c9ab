"""A conformal factor of any density over the latent space: a flow's, a prior's, an energy's.

As `KernelFactor`, of a density that the caller has learnt: Arvanitidis et al. 2022 ("A prior-based approximate latent
Riemannian metric") learn an energy-based prior for it, Sorrenson et al. 2025 ("Learning Distances from Data with
Normalizing Flows and Score Matching") a normalising flow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.conformal import SHARE, as_factor, check_factor
from latentgeo.geometry.periods import Periods, check_periodic, checked_periods

__all__ = ["DensityFactor"]

# of the encodings' standard deviations: how far from their mean a density has to be low, whichever way
_FAR = 10.0


@dataclass(frozen=True, repr=False)
class DensityFactor(Described):
    """A conformal factor that is 1 where a density is as high as at the encodings, and kappa where it vanishes.

    Of log p only differences to its 5 % quantile at the encodings count, so that it need not be normalised: of an
    energy E, give -E. With p_ref that quantile's density and d latent dimensions it is

        m = (1 - (1 - kappa^(-d/2)) max(0, 1 - p / p_ref)^3)^(-2/d);

    call it with points, or `fit` one.

    Attributes:
        log_density: log p up to a constant, (batch, latent) -> (batch,), each point on its own.
        kappa: The factor where there is no density.
        log_level: log p_ref.
        latent: d.
        periods: Of the latent coordinates, if any has one.
    """

    log_density: Callable[[Tensor], Tensor]
    kappa: float
    log_level: float
    latent: int
    periods: Periods | None = None

    @classmethod
    @takes_arrays
    @torch.no_grad()
    def fit(
        cls,
        encodings: Float[Tensor, "points latent"],
        log_density: Callable[[Tensor], Tensor],
        kappa: float | int = 10.0,
        *,
        periods: Sequence[float | None] | None = None,
    ) -> "DensityFactor":
        """Find the level from the encodings. Nothing is drawn, and nothing of the density is changed.

        Args:
            encodings: Latent points of data, best of such that the density was not fitted to: at those it is higher.
            log_density: log p up to a constant, e.g. a flow's log_prob or minus an energy; a torch function (batch,
                latent) -> (batch,) of the points' dtype, twice differentiable.
            kappa: The factor where there is no density, above 1.
            periods: The period of each latent coordinate, None for one without, e.g. `metric.periods`.

        Warning:
            A network's density extrapolates as freely as its training left it. It is held to fall off at ten standard
            deviations from the encodings' mean along most of the axes, and no more.

        Raises:
            ValueError: Encodings that are not finite, a kappa not above 1, a log density that is no number a point (a
                score, its gradient, is none), is not finite at the encodings or the same at all of them, is as high
                far away as at the encodings (an energy is, whose sign is wrong), or is not the same one period on.
        """
        kappa = float(kappa)
        check_factor(encodings, kappa)
        z, turns = encodings.detach(), checked_periods(periods)
        if len(z) < 2:
            raise ValueError(f"encodings must be two points at least; got {len(z)}")
        log_p = _checked(log_density(z), z)
        if not bool(torch.isfinite(log_p).all()):
            bad = int((~torch.isfinite(log_p)).nonzero()[0])
            raise ValueError(
                f"log_density must be finite at the encodings; at number {bad}, {z[bad].tolist()}, it is "
                f"{float(log_p[bad])}"
            )
        if float(log_p.max() - log_p.min()) <= torch.finfo(z.dtype).eps * float(log_p.abs().max()):
            raise ValueError("log_density is the same at all encodings; expected a density that tells points apart")
        check_periodic("log_density", log_density, z, turns)
        level = float(log_p.double().quantile(1 - SHARE))
        _check_falls(log_density, z, level, turns)
        return cls(log_density, kappa, level, z.shape[1], turns)

    @takes_arrays
    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """The factor, from 1 to kappa."""
        check_points("z", z, self.latent)
        return as_factor(_checked(self.log_density(z), z) - self.log_level, self.latent, self.kappa)

    @takes_arrays
    def uncertainty(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
        """From 0 where the encodings are to 1 where there is no density: the factor less 1, over kappa less 1."""
        return (self(z) - 1) / (self.kappa - 1)


def _checked(log_p: object, z: Tensor) -> Tensor:
    if not isinstance(log_p, Tensor) or log_p.dtype != z.dtype:
        found = log_p.dtype if isinstance(log_p, Tensor) else type(log_p).__name__
        raise ValueError(f"log_density must return a tensor of the points' dtype, {z.dtype}; got {found}")
    if log_p.shape != z.shape[:1]:
        score = "; a score is the gradient of log p: give log p itself, or minus an energy"
        raise ValueError(
            f"log_density must map (batch, latent) to (batch,); got {tuple(log_p.shape)} from {tuple(z.shape)}"
            f"{score if log_p.shape == z.shape else ''}"
        )
    return log_p


def _check_falls(log_density: Callable[[Tensor], Tensor], z: Tensor, level: float, periods: Periods | None) -> None:
    """Refuse what is as high far from the encodings as at them, both ways along most axes that have no period."""
    axes = [axis for axis in range(z.shape[1]) if periods is None or periods[axis] is None]
    if not axes:
        return
    step = (_FAR * z.std(0)).diag()[axes]
    far = _checked(log_density(torch.cat([z.mean(0) + step, z.mean(0) - step])), torch.cat([step, step]))
    if int((far >= level).sum()) > len(axes):
        raise ValueError(
            f"log_density is as high {_FAR:g} standard deviations from the encodings' mean as at {SHARE:.0%} of the "
            "encodings; expected one that falls off there. Is it an energy? Give its negative: lambda z: -energy(z)"
        )
