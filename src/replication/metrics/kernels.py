"""The decoder's metric, made dear where kernels around encodings have little density.

`latentgeo.KernelFactor` beside the recommended metric's RBFs: its bandwidth is chosen by the likelihood of held-out
encodings, which needs no rule of thumb.
"""

from typing import TYPE_CHECKING

import latentgeo as lg
from replication.workflow import seeds

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """The factor far from the data and the number of kernels, as `conformal` has them."""
    return dict(space.settings)


def build(space: "LatentSpace", kappa: float, centres: float) -> lg.Metric:
    """The decoder's metric times the kernels' factor."""
    generator = seeds.derive(space.seed, str(space.meta["loader"]), "kernels")
    return lg.ScaledMetric(space.raw, lg.KernelFactor.fit(space.training, int(centres), kappa, generator=generator))
