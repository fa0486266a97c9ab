"""One browser for all tests of pages, and pages of small models with each kind of frames."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser
from torch import Tensor, nn

from browser import started
from latentgeo.explorer.assemble import page
from latentgeo.explorer.frames import Frames
from latentgeo.explorer.payload import Note, payload


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture(scope="session")
def data() -> Tensor:
    """Points on a ring, in no order."""
    generator = torch.Generator().manual_seed(0)
    angle = 6.28 * torch.rand(300, generator=generator, dtype=torch.float64)
    noise = 0.05 * torch.randn(300, 2, generator=generator, dtype=torch.float64)
    return torch.stack([angle.cos(), angle.sin()], 1) + noise


@pytest.fixture(scope="session")
def explorer(data: Tensor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images by the weights of a perceptron, and an arm in space by a lattice."""
    generator = torch.Generator().manual_seed(1)
    layers = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 64), nn.Sigmoid()).double()
    with torch.no_grad():
        for weight in layers.parameters():
            weight.copy_(1.5 * torch.randn(weight.shape, generator=generator, dtype=torch.float64))

    def arm(z: Tensor) -> Tensor:
        elbow = torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], 1)
        return torch.stack([torch.zeros_like(elbow), elbow, 2 * elbow.roll(1, 1)], 1)

    rows = [["It is so", "1.00", "reproduced"], ["It is not", "2.00", "not reproduced (shortest: partly)"]]
    angle = torch.atan2(data[:, 1], data[:, 0])
    images = payload(
        layers.requires_grad_(False), data, frames="image", name="images", labels=data[:, 0] > 0,
        note=Note("Claims", ["claim", "ours", "verdict"], rows),
    )  # fmt: skip
    ring = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    frames = Frames("arm", ring=ring)
    arms = payload(arm, data, frames=frames, labels={"angle": angle}, period=6.283, name="arms")
    file = tmp_path_factory.mktemp("explorer") / "explorer.html"
    file.write_text(page([images, arms], "Two models"), encoding="utf-8")
    return file


def branching(z: Tensor) -> Tensor:
    """A stick figure in the plane, (batch, 4, 2): a head and two feet, all joined to the hip, its first point."""
    zero = torch.zeros_like(z[:, 0])
    hip, head = torch.stack([zero, zero], 1), torch.stack([zero, zero + 1], 1)
    return torch.stack([hip, head, torch.stack([-1 - 0.2 * z[:, 1], zero - 1], 1), z + 0.5 * head], 1)


def wave(z: Tensor) -> Tensor:
    """Eight numbers one after the other, (batch, 8)."""
    k = torch.arange(8, dtype=z.dtype)
    return z[:, :1] * torch.sin(k) + z[:, 1:] * torch.cos(k)


@pytest.fixture(scope="session")
def painted(data: Tensor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stick figure and a curve, of which it is known where each has its ink."""
    figure = payload(branching, data, frames=Frames("skeleton", edges=[(0, 1), (0, 2), (0, 3)]), name="figure")
    file = tmp_path_factory.mktemp("painted") / "explorer.html"
    file.write_text(page([figure, payload(wave, data, name="wave")], "Frames"), encoding="utf-8")
    return file
