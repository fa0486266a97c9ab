"""The decoders of images that the benchmark solves, as they were trained: see `benchmarks.peers.train`."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

__all__ = ["DATA", "PAIRS", "ConvolutionalDecoder", "layered", "trained"]

DATA = Path(__file__).parent / "data"
PAIRS = 100


def layered() -> nn.Sequential:
    """2-512-512-784 with tanh and a sigmoid."""
    return nn.Sequential(
        nn.Linear(2, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 784), nn.Sigmoid()
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


def trained(name: str) -> tuple[nn.Module, dict[str, Tensor]]:
    """A decoder in float64, and what is known beside it: z0, z1 and, once somebody looked, the best known lengths."""
    tensors = load_file(DATA / f"{name}.safetensors")
    beside = {key: tensors.pop(key) for key in ("z0", "z1", "best") if key in tensors}
    decoder = {"mnist": layered, "convolutional": ConvolutionalDecoder}[name]()
    decoder.load_state_dict({key: weight.float() for key, weight in tensors.items()})
    return decoder.to(torch.float64).eval().requires_grad_(False), beside
