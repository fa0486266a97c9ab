"""Pythae's interface, by a stand-in: what is decoded and encoded, and what is refused."""

import numpy as np
import pytest
import torch
from torch import nn

import latentgeo as lg
from latentgeo.adapters import pythae
from models_at_hand import PythaeVAE, points, pulled_back, seeded, unchanged


class Renamed(PythaeVAE):
    """A user's own, of which only the base class tells what it is."""


class VQVAE(Renamed):
    pass


class SVAE(Renamed):
    pass


class RHVAE(Renamed):
    pass


class VAE_LinNF(Renamed):
    pass


def test_the_metric_is_that_of_differences_and_the_model_as_it_was() -> None:
    model = seeded(PythaeVAE)
    with unchanged(model):
        metric = lg.PullbackMetric(pythae.decoder(model))
    z = points(2)
    evaluated = seeded(PythaeVAE).double().eval().decoder
    exact = pulled_back(lambda points: evaluated(points)["reconstruction"], z)
    torch.testing.assert_close(metric(z), exact, rtol=1e-9, atol=0)
    assert repr(metric) == "PullbackMetric(Pythae's PythaeVAE, forward mode)"


def test_it_is_probed_at_once_in_its_latent_dimension() -> None:
    assert lg.PullbackMetric(pythae.decoder(seeded(PythaeVAE))).latent == 2


def test_training_further_does_not_move_it() -> None:
    model = seeded(PythaeVAE)
    decoder, z = pythae.decoder(model), points(2)
    before = decoder(z)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(1.0)
    torch.testing.assert_close(decoder(z), before, rtol=0, atol=0)


def test_a_dtype() -> None:
    decoder = pythae.decoder(seeded(PythaeVAE), dtype=torch.float32)
    assert lg.PullbackMetric(decoder).dtype == torch.float32


def test_a_geodesic() -> None:
    metric = lg.PullbackMetric(pythae.decoder(seeded(PythaeVAE)))
    z0, z1 = torch.tensor([[[-1.0, 0.5]], [[1.0, -0.3]]], dtype=torch.float64)
    solution = lg.geodesic(metric, z0, z1)
    assert solution.outcome == [lg.Outcome.CONVERGED]
    assert float(solution.length) <= float(lg.euclidean(metric, z0, z1).length)


@pytest.mark.parametrize("batch_size", [3, 7, 256])
def test_encodings_are_means_in_evaluation_mode(batch_size: int) -> None:
    model = seeded(PythaeVAE)
    data = np.random.default_rng(0).random((7, 1, 4, 4), dtype=np.float32)
    with unchanged(model):
        found = pythae.encodings(model, data, batch_size=batch_size)
    exact = seeded(PythaeVAE).double().eval().encoder(torch.from_numpy(data).double())["embedding"]
    torch.testing.assert_close(found, exact.detach(), rtol=1e-12, atol=0)
    assert not found.requires_grad
    assert pythae.encodings(model, data, dtype=torch.float32).dtype == torch.float32


def test_a_latent_point_of_another_size() -> None:
    decoder = pythae.decoder(seeded(PythaeVAE))
    message = r"latent points of Pythae's PythaeVAE must be \(batch, 2\), the model's latent_dim; got \(5, 3\)"
    with pytest.raises(lg.DecoderError, match=message):
        decoder(points(3, 5))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (VQVAE, "continuous latent points; got VQVAE, whose points are entries of a codebook"),
        (SVAE, r"latent points of R\^n; got SVAE, whose points are on the unit sphere"),
    ],
)
def test_latent_spaces_without_geodesics_are_refused(model: type[PythaeVAE], message: str) -> None:
    with pytest.raises(lg.DecoderError, match=message):
        pythae.decoder(model())
    with pytest.raises(lg.DecoderError, match=message):
        pythae.encodings(model(), torch.rand(3, 1, 4, 4))


@pytest.mark.parametrize(("model", "steps"), [(RHVAE, "leapfrog steps"), (VAE_LinNF, "normalizing flows")])
def test_models_that_move_the_encoders_mean_on_have_a_decoder_and_no_encodings(
    model: type[PythaeVAE], steps: str
) -> None:
    pythae.decoder(model())
    with pytest.raises(lg.DecoderError, match=f"in which {steps} lie between"):
        pythae.encodings(model(), torch.rand(3, 1, 4, 4))


@pytest.mark.parametrize(
    ("model", "lacks"),
    [
        (nn.Linear(2, 3), "Linear without decoder, latent_dim; of another model give the part that decodes"),
        ("model.pt", "str without decoder, latent_dim"),
        (type("Namespace", (), {"decoder": 1, "latent_dim": 2})(), "Namespace, which is no torch.nn.Module"),
    ],
)
def test_what_is_no_model_of_pythae(model: object, lacks: str) -> None:
    with pytest.raises(lg.DecoderError, match=f"model must be a model of Pythae.*{lacks}"):
        pythae.decoder(model)


@pytest.mark.parametrize("data", [torch.rand(0, 1, 4, 4), torch.tensor(1.0), "digits"])
def test_no_data(data: object) -> None:
    with pytest.raises(ValueError, match="data must be a tensor or an array"):
        pythae.encodings(seeded(PythaeVAE), data)
