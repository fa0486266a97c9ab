"""Autoencoders of the real diffusers, of random weights, where it is installed (`make adapters`)."""

import pytest
import torch
from torch import nn

import latentgeo as lg
from latentgeo.adapters import diffusers
from models_at_hand import points, pulled_back, seeded, unchanged

pytest.importorskip("diffusers", reason="needs diffusers: make adapters")

from diffusers import AutoencoderKL, AutoencoderTiny, VQModel

IMAGES = 2 * torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0)) - 1
SHAPE = (2, 4, 4)


def kl(**config: object) -> nn.Module:
    return seeded(
        lambda: AutoencoderKL(
            in_channels=1,
            out_channels=1,
            down_block_types=["DownEncoderBlock2D"] * 2,
            up_block_types=["UpDecoderBlock2D"] * 2,
            block_out_channels=[4, 8],
            norm_num_groups=2,
            latent_channels=2,
            **config,
        )
    )


def tiny() -> nn.Module:
    channels = {"encoder_block_out_channels": [4, 4], "decoder_block_out_channels": [4, 4]}
    return seeded(
        lambda: AutoencoderTiny(
            in_channels=1,
            out_channels=1,
            latent_channels=2,
            num_encoder_blocks=[1, 1],
            num_decoder_blocks=[1, 1],
            **channels,
        )
    )


@pytest.mark.parametrize(("make", "step"), [(kl, 1e-3), (tiny, 1e-7)], ids=["kl", "tiny, with kinks"])
def test_the_metric_is_that_of_differences_and_the_model_as_it_was(make, step: float) -> None:
    model = make()
    model.enable_tiling()
    model.enable_slicing()
    model.train()
    with unchanged(model):
        z = diffusers.encodings(model, IMAGES)
        metric = lg.PullbackMetric(diffusers.decoder(model, SHAPE))
    assert model.use_tiling
    inner = nn.Module.double(make()).eval()
    exact = pulled_back(lambda z: inner.decode(z.unflatten(1, SHAPE)).sample, z[:1], step)
    torch.testing.assert_close(metric(z[:1]), exact, rtol=1e-6, atol=1e-8 * float(exact.abs().max()))
    assert metric.outputs == 64
    assert metric.route == "forward mode"


def test_encodings() -> None:
    own = kl().eval().encode(IMAGES).latent_dist.mean.flatten(1).detach()
    torch.testing.assert_close(diffusers.encodings(kl(), IMAGES).float(), own, rtol=1e-4, atol=1e-5)
    own = tiny().eval().encode(IMAGES).latents.flatten(1).detach()
    torch.testing.assert_close(diffusers.encodings(tiny(), IMAGES).float(), own, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "config",
    [{"scaling_factor": 0.4}, {"scaling_factor": 0.4, "latents_mean": [0.1, 0.2], "latents_std": [2.0, 3.0]}],
    ids=["scale", "channels"],
)
def test_scaled_latents(config: dict) -> None:
    plain, scaled = (diffusers.encodings(kl(**config), IMAGES, scaled=scaled) for scaled in (False, True))
    assert not torch.allclose(plain, scaled)
    decoded = [
        diffusers.decoder(kl(**config), SHAPE, scaled=is_scaled)(z) for z, is_scaled in ((plain, False), (scaled, True))
    ]
    torch.testing.assert_close(*decoded, rtol=1e-9, atol=1e-12)


def test_geodesics_in_a_plane_with_checkpoints_left_out() -> None:
    model = kl()
    model.enable_gradient_checkpointing()
    decoder, z = diffusers.decoder(model, SHAPE), diffusers.encodings(model, IMAGES)
    assert model.is_gradient_checkpointing
    axes = 3 * torch.stack([z[1] - z[0], z[2] - z[0]])
    metric = lg.PullbackMetric(lambda plane: decoder(z[0] + plane @ axes))
    start, end = points(2, 4).chunk(2)
    solution = lg.geodesic(metric, start, end)
    assert solution.outcome == [lg.Outcome.CONVERGED] * 2
    assert bool((solution.length <= lg.euclidean(metric, start, end).length * (1 + 1e-9)).all())


def test_discrete_latents_are_refused() -> None:
    model = VQModel(in_channels=1, out_channels=1, block_out_channels=[4], norm_num_groups=2)
    with pytest.raises(lg.DecoderError, match="continuous latents; got VQModel"):
        diffusers.decoder(model, (3, 4, 4))
