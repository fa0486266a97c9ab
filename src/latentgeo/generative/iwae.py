"""The importance-weighted autoencoder: encoder, decoder and the weights between them (Burda et al. 2015)."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.generative.likelihood import (
    bernoulli_log_likelihood,
    diagonal_normal_log_density,
    gaussian_log_likelihood,
    standard_normal_log_density,
)
from latentgeo.generative.networks import mlp

__all__ = ["IWAE", "LIKELIHOODS"]

LIKELIHOODS = ("bernoulli", "gaussian")


class IWAE(nn.Module):
    """Prior N(0, I), posterior N(mean(x), diag std(x)^2), likelihood Bernoulli or Gaussian (Chen et al. 2018, 3.1).

    The Gaussian has one standard deviation for all dimensions, learned with the weights.

    Attributes:
        decoder: Latent point to observation mean, a plain `nn.Sequential`; the geometry is taken of this.
        encoder: Observation to mean and log standard deviation of the posterior, side by side.
        architecture: The constructor's arguments, JSON-able: `IWAE(**model.architecture)` rebuilds the networks.

    Args:
        obs: Dimensions of an observation.
        latent: Dimensions of the latent space.
        hidden: Widths of the decoder's hidden layers; the encoder has them in reverse.
        activation: A smooth one, see `networks.SMOOTH_ACTIVATIONS`.
        likelihood: `"bernoulli"` for observations in {0, 1}, `"gaussian"` for real ones.
        sigma: Where the Gaussian's standard deviation starts; must be left out for the Bernoulli.
        initialisation: Of all layers' weights, see `networks.mlp`.
        gain: Factor on the weights of the decoder's first layer as they start; above 1 the decoder starts curved.
        generator: Draws the weights. None: a fixed one, for a model whose weights are loaded next.

    Raises:
        ValueError: An argument is out of its range; the message names it.
    """

    def __init__(
        self,
        obs: int,
        latent: int = 2,
        hidden: Sequence[int] = (512, 512),
        activation: str = "tanh",
        likelihood: str = "bernoulli",
        sigma: float | int | None = None,
        initialisation: str = "glorot",
        gain: float | int = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if likelihood not in LIKELIHOODS:
            raise ValueError(f"no likelihood {likelihood!r}; found: {', '.join(LIKELIHOODS)}")
        if likelihood == "bernoulli" and sigma is not None:
            raise ValueError(f"a Bernoulli likelihood has no sigma; got sigma={sigma!r}")
        if sigma is not None and not 0 < sigma < math.inf:
            raise ValueError(f"sigma must be a positive number; got {sigma!r}")
        if generator is None:
            generator = torch.Generator().manual_seed(0)
        self.architecture: dict[str, Any] = {
            "obs": obs,
            "latent": latent,
            "hidden": list(hidden),
            "activation": activation,
            "likelihood": likelihood,
            "sigma": sigma,
            "initialisation": initialisation,
            "gain": gain,
        }
        self.obs, self.latent, self.likelihood = obs, latent, likelihood
        self.encoder = mlp([obs, *reversed(hidden), 2 * latent], activation, generator, initialisation)
        self.decoder = mlp([latent, *hidden, obs], activation, generator, initialisation, gain)
        if likelihood == "bernoulli":
            self.decoder.append(nn.Sigmoid())
            self.register_parameter("log_sigma", None)
        else:
            self.log_sigma = nn.Parameter(torch.tensor(math.log(1.0 if sigma is None else sigma)))

    @property
    def sigma(self) -> float | None:
        """The Gaussian's standard deviation, in the observations' units; None for a Bernoulli likelihood."""
        return None if self.log_sigma is None else math.exp(self.log_sigma.item())

    def encode(
        self, x: Float[Tensor, "batch obs"]
    ) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]:
        """Mean and log standard deviation of the posterior q(z|x)."""
        mean, log_std = self.encoder(x).chunk(2, dim=-1)
        return mean, log_std

    def sample(
        self,
        mean: Float[Tensor, "batch latent"],
        log_std: Float[Tensor, "batch latent"],
        samples: int,
        generator: torch.Generator,
    ) -> Float[Tensor, "samples batch latent"]:
        """Draw from the posterior, differentiable with respect to its parameters.

        The noise is drawn on the generator's device and then moved, so that a CPU generator gives the same draw
        for a model on any device.
        """
        noise = torch.randn(samples, *mean.shape, generator=generator, device=generator.device, dtype=mean.dtype)
        return mean + log_std.exp() * noise.to(mean.device)

    def log_weights(
        self, x: Float[Tensor, "batch obs"], samples: int, generator: torch.Generator
    ) -> Float[Tensor, "samples batch"]:
        """Log importance weights log p(x|z) + log p(z) - log q(z|x) of samples from the posterior, in nats."""
        mean, log_std = self.encode(x)
        z = self.sample(mean, log_std, samples, generator)
        return self.log_joint(x, z) - diagonal_normal_log_density(z, mean, log_std)

    def log_joint(
        self, x: Float[Tensor, "batch obs"], z: Float[Tensor, "samples batch latent"], bfloat16: bool = False
    ) -> Float[Tensor, "samples batch"]:
        """log p(x|z) + log p(z), in nats.

        Args:
            x: Observations.
            z: Latent points, several for each observation.
            bfloat16: Compute the decoder's layers in bfloat16; the likelihood stays in the observations' type.
        """
        layers = self.decoder[:-1] if self.likelihood == "bernoulli" else self.decoder
        with torch.autocast(z.device.type, torch.bfloat16, enabled=bfloat16):
            output = layers(z)
        output = output.to(x.dtype)
        if self.log_sigma is None:
            return bernoulli_log_likelihood(output, x) + standard_normal_log_density(z)
        return gaussian_log_likelihood(output, x, self.log_sigma) + standard_normal_log_density(z)

    def centre_output(self, mean: Float[Tensor, "obs"]) -> None:
        """Set the decoder's output bias so that the untrained decoder starts at the data's mean.

        Args:
            mean: The training data's mean; for a Bernoulli likelihood clipped to [0.001, 0.999].
        """
        last = [layer for layer in self.decoder if isinstance(layer, nn.Linear)][-1]
        with torch.no_grad():
            last.bias.copy_(torch.logit(mean, eps=1e-3) if self.likelihood == "bernoulli" else mean)
