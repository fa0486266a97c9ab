"""The expected metric of an ensemble of decoders (Syrota et al. 2024; `latentgeo.EnsembleMetric`).

The model's encoder is kept; further decoders of its architecture, each begun anew, are fitted to what it encodes. They
agree where there are data.
"""

from typing import TYPE_CHECKING

import torch
from torch import nn

import latentgeo as lg
from latentgeo.generative.iwae import IWAE
from replication.workflow import seeds

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]

BATCH = 100
RATE = 2e-3  # of Adam, falling to zero as a cosine


def defaults(space: "LatentSpace") -> dict[str, float]:
    """How many decoders, and how many steps each is fitted in."""
    return {"members": 6, "steps": 2000}


def build(space: "LatentSpace", members: float, steps: float) -> lg.Metric:
    """E[G] over the members.

    Raises:
        ValueError: The likelihood is no Gaussian one.
    """
    if space.sigma is None:
        raise ValueError("the ensemble is fitted by least squares, to a Gaussian likelihood; this model's is Bernoulli")
    decoders = [_fit(space, str(member), int(steps)) for member in range(int(members))]
    return lg.EnsembleMetric(decoders, probe=space.encodings[:1])


def _fit(space: "LatentSpace", name: str, steps: int) -> nn.Module:
    """A decoder with other first weights, of the training data from samples of their posteriors."""
    generator = seeds.derive(space.seed, str(space.meta["loader"]), "ensemble", name)
    x = torch.as_tensor(space.data["train"]).to(space.encodings)
    with torch.no_grad():
        mean, log_std = (part.float() for part in space.model.encode(x))
    x = x.float()
    decoder = IWAE(**space.model.architecture, generator=generator).decoder.to(x.device)
    optimiser = torch.optim.Adam(decoder.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        rows = torch.randint(len(x), (BATCH,), generator=generator).to(x.device)
        z = space.model.sample(mean[rows], log_std[rows], 1, generator)[0]
        optimiser.zero_grad()
        (decoder(z) - x[rows]).square().sum(1).mean().backward()
        optimiser.step()
        schedule.step()
    return decoder.to(space.encodings.dtype).requires_grad_(False)
