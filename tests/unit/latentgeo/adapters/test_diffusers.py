"""diffusers' interface, by a stand-in: latents that are images, their scaling, and what is refused."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.adapters import diffusers
from models_at_hand import DiffusersKL, DiffusersVQ, points, pulled_back, seeded, unchanged

SHAPE = (2, 2, 2)
CONFIGS = [
    {},
    {"scaling_factor": 0.25},
    {"scaling_factor": 0.5, "shift_factor": 0.1, "latents_mean": None, "latents_std": None},
    {"scaling_factor": 0.25, "shift_factor": None, "latents_mean": (0.3, -0.2), "latents_std": (2.0, 0.5)},
]


def own(z: Tensor, config: dict) -> Tensor:
    """The autoencoder's latents of a diffusion model's, as diffusers' pipelines have them before they decode."""
    z = z.unflatten(1, SHAPE) / config.get("scaling_factor", 1.0)
    if config.get("latents_mean"):
        mean, deviation = (z.new_tensor(config[f"latents_{name}"]).view(1, 2, 1, 1) for name in ("mean", "std"))
        return z * deviation + mean
    return z + (config.get("shift_factor") or 0.0)


def test_the_metric_is_that_of_differences_and_the_model_as_it_was() -> None:
    model = seeded(DiffusersKL)
    with unchanged(model):
        metric = lg.PullbackMetric(diffusers.decoder(model, SHAPE))
    assert model.use_tiling
    assert model.use_slicing
    z = points(8)
    up = seeded(DiffusersKL).double().up
    torch.testing.assert_close(metric(z), pulled_back(lambda z: up(z.unflatten(1, SHAPE)), z), rtol=1e-8, atol=1e-12)
    assert metric.outputs == 16
    assert "diffusers' DiffusersKL" in repr(metric)


@pytest.mark.parametrize("config", CONFIGS, ids=["none", "scale", "shift", "channels"])
def test_scaled_latents_are_those_of_the_diffusion_model(config: dict) -> None:
    model = seeded(lambda: DiffusersKL(**config))
    z, up = points(8), seeded(DiffusersKL).double().up
    torch.testing.assert_close(
        diffusers.decoder(model, SHAPE, scaled=True)(z), up(own(z, config)).detach(), rtol=1e-12, atol=1e-14
    )
    images = torch.rand(5, 1, 4, 4)
    plain, scaled = (diffusers.encodings(model, images, scaled=scaled) for scaled in (False, True))
    torch.testing.assert_close(own(scaled, config).flatten(1), plain, rtol=1e-12, atol=1e-14)


def test_geodesics_are_the_same_in_scaled_latents() -> None:
    model = seeded(lambda: DiffusersKL(scaling_factor=0.25))
    z = points(8, 2)
    lengths = [
        lg.geodesic(lg.PullbackMetric(diffusers.decoder(model, SHAPE, scaled=scaled)), *(factor * z).split(1))
        for scaled, factor in ((False, 1.0), (True, 0.25))
    ]
    assert [solution.outcome for solution in lengths] == [[lg.Outcome.CONVERGED]] * 2
    torch.testing.assert_close(lengths[0].length, lengths[1].length, rtol=1e-6, atol=0)


def test_a_dtype() -> None:
    model, z = seeded(DiffusersKL), points(8)
    single = lg.PullbackMetric(diffusers.decoder(model, SHAPE, dtype=torch.float32))
    exact = lg.PullbackMetric(diffusers.decoder(model, SHAPE))(z)
    torch.testing.assert_close(single(z), exact, rtol=1e-4, atol=1e-5 * float(exact.abs().max()))
    assert single.dtype == torch.float32
    assert diffusers.encodings(model, torch.rand(2, 1, 4, 4), dtype=torch.float32).dtype == torch.float32


@pytest.mark.parametrize("batch_size", [2, 16])
def test_encodings_are_the_posteriors_means(batch_size: int) -> None:
    model, images = seeded(DiffusersKL), torch.rand(5, 1, 4, 4)
    with unchanged(model):
        found = diffusers.encodings(model, images, batch_size=batch_size)
    exact = seeded(DiffusersKL).double().down(images.double())[:, :2].flatten(1)
    torch.testing.assert_close(found, exact.detach(), rtol=1e-12, atol=1e-14)


def test_a_latent_point_of_another_size() -> None:
    decoder = diffusers.decoder(seeded(DiffusersKL), SHAPE)
    with pytest.raises(lg.DecoderError, match=r"must be \(batch, 8\), 2 x 2 x 2 flattened; got \(3, 4\)"):
        decoder(points(4))


@pytest.mark.parametrize("shape", [(4, 2, 2), (1, 2, 2, 2), (), (2, 0)])
def test_shapes_that_are_of_no_latent(shape: tuple) -> None:
    with pytest.raises(lg.DecoderError, match="latent_shape must"):
        diffusers.decoder(seeded(DiffusersKL), shape)


def test_discrete_latents_are_refused() -> None:
    message = "continuous latents; got DiffusersVQ, which replaces each by the nearest entry of a codebook"
    with pytest.raises(lg.DecoderError, match=message):
        diffusers.decoder(DiffusersVQ(), SHAPE)
    with pytest.raises(lg.DecoderError, match=message):
        diffusers.encodings(DiffusersVQ(), torch.rand(3, 1, 4, 4))


class Drawing(DiffusersKL):
    """As diffusers' consistency decoder does."""

    def decode(self, z: Tensor) -> SimpleNamespace:
        noise = torch.randn(len(z), 1, 1, 1, dtype=z.dtype)
        return SimpleNamespace(sample=super().decode(z).sample + 0.1 * noise)


def test_a_decoder_that_draws_is_refused_by_the_metric() -> None:
    with pytest.raises(lg.DecoderError, match="changes with the rest of the batch or from call to call"):
        lg.PullbackMetric(diffusers.decoder(seeded(Drawing), SHAPE))(points(8))


def test_what_is_no_autoencoder_of_diffusers() -> None:
    message = "Linear without encode, decode, config; of a pipeline give pipeline.vae"
    with pytest.raises(lg.DecoderError, match=message):
        diffusers.decoder(nn.Linear(2, 3), SHAPE)
