"""The decoders that the cases need: trained ones from data/, by `benchmarks.geodesic_bench.train`, and random ones."""

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

__all__ = ["DATA", "PAIRS", "ConvolutionalDecoder", "layered", "made", "random_layers", "trained"]

DATA = Path(__file__).parent / "data"
PAIRS = 100


def layered(latent: int = 2, hidden: int = 512, obs: int = 784) -> nn.Sequential:
    """latent-hidden-hidden-obs with tanh and a sigmoid."""
    return nn.Sequential(
        nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, obs), nn.Sigmoid()
    )


class ConvolutionalDecoder(nn.Module):
    """Two latent dimensions to images of 28 x 28, by transposed convolutions and layer norms."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 32 * 7 * 7), nn.LayerNorm(32 * 7 * 7))
        self.images = nn.Sequential(
            nn.SiLU(),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            nn.LayerNorm([16, 14, 14]),
            nn.SiLU(),
            nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1),
            nn.LayerNorm([8, 28, 28]),
            nn.SiLU(),
            nn.Conv2d(8, 1, 3, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.images(self.first(z).view(-1, 32, 7, 7))


def made(name: str) -> tuple[nn.Module, int]:
    """The decoder of a case as it is before training, and how many numbers it decodes to.

    A library may have changed the default dtype: geomstats does. Weights are float32 all the same.
    """
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        if name == "convolutional":
            return ConvolutionalDecoder(), 784
        images, _, latent = name.partition("_")
        sizes = {"mnist": (512, 784), "digits": (256, 64)}[images]
        return layered(int(latent or 2), *sizes), sizes[1]
    finally:
        torch.set_default_dtype(default)


def trained(name: str, pairs: int = PAIRS) -> tuple[nn.Module, int, Tensor, Tensor]:
    """A decoder in float64, how many numbers it decodes to, and end points of its first pairs."""
    tensors = load_file(DATA / f"{name}.safetensors")
    z0, z1 = (tensors.pop(end)[:pairs] for end in ("z0", "z1"))
    decoder, obs = made(name)
    decoder.load_state_dict({key: weight.float() for key, weight in tensors.items()})
    return decoder.to(torch.float64).eval().requires_grad_(False), obs, z0, z1


def random_layers(latent: int, hidden: int = 512, obs: int = 784, scale: float = 2.0, seed: int = 0) -> nn.Sequential:
    """Untrained tanh layers whose weights are large enough for a curved image; float64, evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise([latent, hidden, hidden, obs]):
        layer = nn.Linear(n_in, n_out, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(scale * torch.randn(n_out, n_in, generator=generator, dtype=torch.float64) / n_in**0.5)
            layer.bias.copy_(torch.randn(n_out, generator=generator, dtype=torch.float64) / 2)
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1]).eval().requires_grad_(False)
