"""Models of the real Pythae, where it is installed (`make adapters`): metrics against differences of their values."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.adapters import pythae
from models_at_hand import points, pulled_back, seeded, unchanged

pytest.importorskip("pythae", reason="needs pythae: make adapters")

from pythae import models
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder

SHAPE = (1, 4, 4)
NAMES = [
    "AE", "Adversarial_AE", "BetaTCVAE", "BetaVAE", "CIWAE", "DisentangledBetaVAE", "FactorVAE", "INFOVAE_MMD", "IWAE",
    "MIWAE", "PIWAE", "PoincareVAE", "RAE_GP", "RAE_L2", "VAE", "VAEGAN", "VAMP", "WAE_MMD",
]  # fmt: skip
MOVED = ["HVAE", "RHVAE", "VAE_IAF", "VAE_LinNF"]


class Smooth(BaseDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.SiLU(), nn.Linear(16, 16), nn.Sigmoid())

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layers(z).reshape(-1, *SHAPE))


def model_of(name: str) -> nn.Module:
    config = f"{name}_Config" if "_" in name else f"{name}Config"
    made = getattr(models, config)(input_dim=SHAPE, latent_dim=2)
    return seeded(lambda: getattr(models, name)(made, decoder=Smooth()))


@pytest.mark.parametrize("name", [*NAMES, *MOVED])
def test_the_metric_is_that_of_differences(name: str) -> None:
    model, z = model_of(name), points(2)
    with unchanged(model):
        metric = lg.PullbackMetric(pythae.decoder(model))
    inner = model_of(name).decoder.double().eval()
    exact = pulled_back(lambda z: inner(z)["reconstruction"], z)
    torch.testing.assert_close(metric(z), exact, rtol=1e-9, atol=0)
    assert metric.route == "forward mode"


@pytest.mark.parametrize("name", NAMES)
def test_encodings_are_what_the_model_predicts_from(name: str) -> None:
    model, data = model_of(name), torch.rand(5, *SHAPE)
    with unchanged(model):
        found = pythae.encodings(model, data, batch_size=2)
    torch.testing.assert_close(found.float(), model.eval().predict(data).embedding.detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MOVED)
def test_encodings_that_the_decoder_does_not_take_are_refused(name: str) -> None:
    with pytest.raises(lg.DecoderError, match=f"got {name}, in which"):
        pythae.encodings(model_of(name), torch.rand(5, *SHAPE))


def test_latent_spaces_without_geodesics_are_refused() -> None:
    for name in ("VQVAE", "SVAE"):
        with pytest.raises(lg.DecoderError, match=f"got {name}, whose points are"):
            pythae.decoder(getattr(models, name)(getattr(models, f"{name}Config")(input_dim=SHAPE, latent_dim=4)))


def test_geodesics() -> None:
    metric = lg.PullbackMetric(pythae.decoder(model_of("VAE")))
    z0, z1 = points(2, 4).chunk(2)
    solution = lg.geodesic(metric, z0, z1)
    assert solution.outcome == [lg.Outcome.CONVERGED] * 2
    assert bool((solution.length <= lg.euclidean(metric, z0, z1).length * (1 + 1e-9)).all())


def test_its_own_decoder_whose_kinks_bend_geodesics() -> None:
    config = models.VAEConfig(input_dim=SHAPE, latent_dim=2)
    metric = lg.PullbackMetric(pythae.decoder(seeded(lambda: models.VAE(config))))
    z = points(2)
    inner = seeded(lambda: models.VAE(config)).decoder.double()
    torch.testing.assert_close(
        metric(z), pulled_back(lambda z: inner(z)["reconstruction"], z, step=1e-7), rtol=1e-6, atol=1e-9
    )
