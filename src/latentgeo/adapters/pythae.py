"""Models of Pythae (Chadebec et al. 2022), which decode by `model.decoder(z)["reconstruction"]`."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.adapters.model import Adapted, check_has, copied, encoded
from latentgeo.errors import DecoderError

__all__ = ["decoder", "encodings"]

_INSTEAD = "of another model give the part that decodes, e.g. PullbackMetric(model.decoder)"
# by the name of a model's class, or of one that it inherits from: why its latent space is none, and what to do
_NO_SPACE = {
    "VQVAE": (
        "continuous latent points",
        "are entries of a codebook: what it decodes is constant between jumps, and no geodesic leads from one to "
        "another; train a model without quantizer",
    ),
    "SVAE": (
        "latent points of R^n",
        "are on the unit sphere, which coordinates would leave; give a decoder of angles: "
        "PullbackMetric(lambda angles: model.decoder(on_sphere(angles))['reconstruction'])",
    ),
}
# what comes between the encoder's mean and the decoder
_MOVED = {
    "HVAE": "leapfrog steps",
    "RHVAE": "leapfrog steps",
    "VAE_IAF": "an autoregressive flow",
    "VAE_LinNF": "normalizing flows",
}


def decoder(model: Any, *, dtype: torch.dtype = torch.float64) -> nn.Module:
    """The decoder of a Pythae model: latent points (batch, latent_dim) to reconstructions (batch, *input_dim).

    It is a copy in evaluation mode: the model stays as it is, and training it further does not change the copy.

    Args:
        model: Any of Pythae's autoencoders but `VQVAE` and `SVAE`.
        dtype: Of the copy; float64 is what geometry is meant for.

    Warning:
        Pythae's own networks have a ReLU, at whose kinks geodesics bend. Give the model a decoder with tanh, SiLU or
        softplus when it is trained.

    Raises:
        DecoderError: The model is not Pythae's, or its latent space is no R^n: a codebook, a sphere.
    """
    _check(model, "decoder", "latent_dim")
    return _Decoder(copied(model.decoder, dtype), type(model).__name__, int(model.latent_dim))


def encodings(
    model: Any, data: Any, *, dtype: torch.dtype = torch.float64, batch_size: int = 256
) -> Float[Tensor, "points latent"]:
    """The posterior means of data, or a deterministic encoder's latent points, by a copy in evaluation mode.

    Args:
        model: See `decoder`.
        data: As the model was trained with, (points, *input_dim), a tensor or an array.
        dtype: Of the copy and of what is returned.
        batch_size: How many points are encoded at a time.

    Raises:
        DecoderError: As `decoder` has it; and for models that move the encoder's mean on before they decode (flows,
            leapfrog steps), whose posterior mean is not known.
        ValueError: There are no data.
    """
    _check(model, "encoder", "latent_dim")
    moved = _by_class(model, _MOVED)
    if moved is not None:
        raise DecoderError(
            f"model must decode what its encoder gives; got {type(model).__name__}, in which {moved} lie between; take "
            "draws of its posterior: model.eval().embed(data)"
        )
    encoder = copied(model.encoder, dtype)
    return encoded(lambda x: encoder(x)["embedding"], encoder, data, dtype, batch_size)


class _Decoder(Adapted):
    def __init__(self, inner: nn.Module, name: str, latent: int) -> None:
        super().__init__(f"Pythae's {name}", latent, "the model's latent_dim")
        self.inner = inner
        # by which a metric knows where to probe
        self.in_features = latent

    def forward(self, z: Tensor) -> Tensor:
        self.check(z)
        return self.inner(z)["reconstruction"]


def _check(model: Any, *names: str) -> None:
    check_has(model, "a model of Pythae", names, _INSTEAD)
    refused = _by_class(model, _NO_SPACE)
    if refused is not None:
        expected, found = refused
        raise DecoderError(f"model must have {expected}; got {type(model).__name__}, whose points {found}")


def _by_class(model: Any, table: dict[str, Any]) -> Any:
    return next((table[kind.__name__] for kind in type(model).__mro__ if kind.__name__ in table), None)
