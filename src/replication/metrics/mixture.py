"""The decoder's metric, made dear where a mixture of normals, fitted to the encodings, has little density.

`latentgeo.DensityFactor` takes any log density, a flow's or an energy's; this one is as simple as one can be, and the
number of its normals is chosen by the likelihood of held-out encodings.
"""

from typing import TYPE_CHECKING

import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor

import latentgeo as lg
from replication.workflow import seeds

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults", "log_density"]

# of the encodings: how many are fitted to at most, and what share of these is held out
_MOST, _HELD_OUT = 10_000, 0.2
# normals to try, each twice as many as before
_NORMALS = tuple(2**k for k in range(8))


def defaults(space: "LatentSpace") -> dict[str, float]:
    """The factor where there is no density, as `conformal` has it."""
    return {"kappa": space.settings["kappa"]}


def build(space: "LatentSpace", kappa: float) -> lg.Metric:
    """The decoder's metric times the density's factor, whose level is that of encodings that were held out."""
    generator = seeds.derive(space.seed, str(space.meta["loader"]), "mixture")
    order = torch.randperm(len(space.training), generator=generator)[:_MOST]
    held, fitted = (space.training[part] for part in order.tensor_split([round(_HELD_OUT * len(order))]))
    return lg.ScaledMetric(space.raw, lg.DensityFactor.fit(held, log_density(fitted, held, generator), kappa))


def log_density(fitted: Tensor, held: Tensor, generator: torch.Generator) -> torch.nn.Module:
    """The log density of the mixture, (batch, latent) to (batch,).

    Args:
        fitted: What mixtures are fitted to, (points, latent).
        held: What has to be likely under the one that is taken, (points, latent).
        generator: Draws where the fits begin.
    """
    drawn = int(torch.randint(2**31, (), generator=generator))
    tried = [
        GaussianMixture(count, random_state=drawn, max_iter=300).fit(fitted.cpu().numpy())
        for count in _NORMALS
        if 10 * count <= len(fitted)
    ]
    best = max(tried, key=lambda mixture: mixture.score(held.cpu().numpy()))
    return _Mixture(*(torch.as_tensor(a).to(fitted) for a in (best.weights_, best.means_, best.precisions_cholesky_)))


class _Mixture(torch.nn.Module):
    """Weights (k,), means (k, latent), and the upper factors of the precisions, (k, latent, latent)."""

    means: Tensor
    factors: Tensor
    log_scale: Tensor

    def __init__(self, weights: Tensor, means: Tensor, factors: Tensor) -> None:
        super().__init__()
        self.register_buffer("means", means)
        self.register_buffer("factors", factors)
        self.register_buffer("log_scale", weights.log() + factors.diagonal(dim1=1, dim2=2).log().sum(1))

    def forward(self, z: Tensor) -> Tensor:
        scaled = torch.einsum("bki,kij->bkj", z[:, None] - self.means, self.factors)
        return torch.logsumexp(self.log_scale - scaled.square().sum(2) / 2, 1)
