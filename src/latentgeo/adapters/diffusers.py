"""Autoencoders of diffusers, which decode images (channels, height, width) by `model.decode(z).sample`.

Latent points are rows here: (batch, channels * height * width).
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.adapters.model import Adapted, check_has, copied, encoded
from latentgeo.errors import DecoderError

__all__ = ["decoder", "encodings"]


def decoder(
    model: Any, latent_shape: Sequence[int], *, scaled: bool = False, dtype: torch.dtype = torch.float64
) -> nn.Module:
    """The decoder of an autoencoder of diffusers: latent points (batch, numbers) to images.

    It is a copy in evaluation mode, without tiling, slicing and checkpoints: the model stays as it is.

    Args:
        model: `AutoencoderKL`, `AutoencoderTiny`, or another with continuous latents and `decode`.
        latent_shape: Of one latent, (channels, height, width); each point is such a tensor, flattened. `encodings` are
            so flattened.
        scaled: Whether latent points are those that the diffusion model sees, not the autoencoder's own. These are
            their multiple by 1 / `scaling_factor`, with `shift_factor` or `latents_mean` added and `latents_std` as
            another factor where the model's configuration has them. Geodesics are the same either way.
        dtype: Of the copy; float64 is what geometry is meant for, float32 takes half the time and memory.

    Warning:
        A latent space of 4 x 64 x 64 has 16,384 dimensions, too many for a metric tensor: take a plane, or another part
        of it, as in docs/howto/models_at_hand.md. `AutoencoderTiny` has ReLU, with whose kinks geodesics bend.

    Raises:
        DecoderError: The model is no such autoencoder, its latents are discrete (`VQModel`), or the shape has other
            channels than its latents.
    """
    _check(model)
    shape = tuple(latent_shape)
    if not shape or not all(isinstance(size, int) and size > 0 for size in shape):
        raise DecoderError(f"latent_shape must be of one latent, e.g. (4, 8, 8), without the batch; got {latent_shape}")
    channels = getattr(model.config, "latent_channels", shape[0])
    if shape[0] != channels:
        raise DecoderError(
            f"latent_shape must begin with the model's {channels} latent channels, and have no batch; got {shape}"
        )
    return _Decoder(copied(model, dtype), shape, scaled)


def encodings(
    model: Any, images: Any, *, scaled: bool = False, dtype: torch.dtype = torch.float64, batch_size: int = 16
) -> Float[Tensor, "points latent"]:
    """The posterior means of images, or a deterministic encoder's latents, flattened, by a copy in evaluation mode.

    Args:
        model: See `decoder`.
        images: (points, channels, height, width), as the model takes them: from -1 to 1.
        scaled: As `decoder` has it.
        dtype: Of the copy and of what is returned.
        batch_size: How many images are encoded at a time.

    Raises:
        DecoderError: As `decoder` has it.
        ValueError: There are no images.
    """
    _check(model)
    copy = _plain(copied(model, dtype))

    def means(x: Tensor) -> Tensor:
        found = copy.encode(x)
        latents = found.latent_dist.mean if hasattr(found, "latent_dist") else found.latents
        if not scaled:
            return latents
        factor, shift = _scaling(copy, latents)
        return (latents - shift) / factor

    return encoded(means, copy, images, dtype, batch_size)


class _Decoder(Adapted):
    def __init__(self, model: Any, shape: tuple[int, ...], scaled: bool) -> None:
        super().__init__(
            f"diffusers' {type(model).__name__}", math.prod(shape), f"{' x '.join(map(str, shape))} flattened"
        )
        self.model, self.shape, self.scaled = _plain(model), shape, scaled

    def forward(self, z: Tensor) -> Tensor:
        self.check(z)
        latents = z.unflatten(1, self.shape)
        if self.scaled:
            factor, shift = _scaling(self.model, latents)
            latents = latents * factor + shift
        return self.model.decode(latents).sample


def _check(model: Any) -> None:
    check_has(
        model,
        "an autoencoder of diffusers",
        ("encode", "decode", "config"),
        "of a pipeline give pipeline.vae; of another model the part that decodes: PullbackMetric(model.decoder)",
    )
    if hasattr(model, "quantize"):
        raise DecoderError(
            f"model must have continuous latents; got {type(model).__name__}, which replaces each by the nearest entry "
            "of a codebook: what it decodes is constant between jumps, and no geodesic leads from one to another; take "
            "AutoencoderKL or AutoencoderTiny"
        )


def _plain(model: Any) -> Any:
    """The copy, without what saves memory at the price of derivatives: images decoded in tiles, or in one dtype."""
    model.use_tiling = model.use_slicing = False
    if getattr(model, "is_gradient_checkpointing", False):
        model.disable_gradient_checkpointing()
    return model


def _scaling(model: Any, latents: Tensor) -> tuple[Any, Any]:
    """Factor and shift from a diffusion model's latents to the autoencoder's."""
    config = model.config
    factor = 1 / (getattr(config, "scaling_factor", None) or 1.0)
    mean, deviation = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if mean is None or deviation is None:
        return factor, getattr(config, "shift_factor", None) or 0.0
    per_channel = (-1, *[1] * (latents.ndim - 2))
    mean, deviation = (latents.new_tensor(list(one)).view(per_channel) for one in (mean, deviation))
    return factor * deviation, mean
