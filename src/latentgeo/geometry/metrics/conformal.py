"""What the conformal factors that know the data share: how a density becomes a factor, and what they are fitted to."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_points

__all__ = ["SHARE", "as_factor", "check_factor", "scaled_squares"]

SHARE = 0.95
"""Of the encodings: where the density is at least as high as at these, its factor is 1 (a highest density region)."""

# of kappa: beyond, the factor overflows in float32
_LARGEST = 1e30
# of the logarithm of the ratio below which the factor is kappa to rounding
_BELOW = 40.0


def as_factor(log_ratio: Float[Tensor, "batch"], latent: int, kappa: float) -> Float[Tensor, "batch"]:
    """The factor, from 1 to kappa, of a density q = p / p_ref relative to that at the border of the data.

        m = (1 - (1 - kappa^(-d/2)) max(0, 1 - q)^3)^(-2/d)

    is 1 where q >= 1 and kappa where q = 0, and between them a bounded power p^(-2/d): that of the dimension-adapted
    Fermat distance (Groisman et al. 2022; Sorrenson et al. 2025), bounded as Arvanitidis et al. 2022 ("A prior-based
    approximate latent Riemannian metric") bound it, (a p + b)^(-2/d). The power -2/d makes the factor that of a length
    squared over the data's local scale, in any number d of latent dimensions: p itself changes by the d-th power of it.

    Differs from these: the factor is 1 among the data, not least where they are densest. It has two continuous
    derivatives by q. In many dimensions density is highest where hardly any data are, in the middle of a cloud or tube:
    paths through there count as among the data.

    Args:
        log_ratio: log q; -inf where there is no density.
        latent: d.
        kappa: Above 1.
    """
    least = -latent / 2 * math.log(kappa)
    # where it is clamped the factor does not depend on it but by rounding; powers of q would underflow
    t = log_ratio.clamp(min=least - _BELOW, max=0.0)
    q = t.exp()
    # log of 1 - (1 - q)^3, without cancellation
    risen = t + (3 - 3 * q + q * q).log()
    return ((-2 / latent) * (risen + ((1 - q) ** 3 * (least - risen).exp()).log1p())).exp()


def scaled_squares(
    z: Float[Tensor, "batch latent"], centres: Float[Tensor, "centres latent"], bandwidth: float
) -> Float[Tensor, "batch centres"]:
    """|z - c|^2 / h^2. Coordinates are taken from among the centres, so that their products do not cancel."""
    middle = centres.mean(0)
    # beyond, squares and products overflow, and their difference is NaN
    far = torch.finfo(z.dtype).max ** 0.5 / 2
    a, b = ((z - middle) / bandwidth).clamp(-far, far), (centres - middle) / bandwidth
    return a.square().sum(1, keepdim=True) - 2 * a @ b.T + b.square().sum(1)


def check_factor(encodings: Tensor, kappa: float) -> None:
    """Raises: ValueError for encodings that are no finite points, and a kappa that is not above 1 or too large."""
    check_points("encodings", encodings)
    check_finite("encodings", encodings, "point")
    if not 1 < kappa < _LARGEST:
        raise ValueError(f"kappa must be finite and above 1, and below {_LARGEST:g}; got {kappa}")
