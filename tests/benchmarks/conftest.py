"""What the benchmarks share: the device to run on, and the decoders."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

DEVICE = torch.device(os.environ.get("LATENTGEO_DEVICE", "cpu"))


def device_name() -> str:
    return torch.cuda.get_device_name(DEVICE) if DEVICE.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info["device"] = device_name()
    machine_info["torch"] = torch.__version__


@pytest.fixture(scope="session")
def device() -> torch.device:
    """That of LATENTGEO_DEVICE; the CPU by default."""
    return DEVICE


@pytest.fixture(scope="session")
def named() -> str:
    """What the device is."""
    return device_name()


@pytest.fixture(scope="session")
def wait() -> Callable[[Tensor], Tensor]:
    """Gives a result back once it is there: a GPU computes while Python goes on."""

    def done(result: Tensor) -> Tensor:
        if DEVICE.type == "cuda":
            torch.cuda.synchronize(DEVICE)
        return result

    return done


@pytest.fixture(scope="session")
def decoder() -> Callable[..., nn.Sequential]:
    """Makes latent-512-512-obs, with tanh and a linear output or one through a sigmoid."""

    @cache
    def make(latent: int, obs: int, dtype: torch.dtype, output: str = "linear") -> nn.Sequential:
        torch.manual_seed(0)
        layers = [nn.Linear(latent, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, obs)]
        layers += [nn.Sigmoid()] if output == "sigmoid" else []
        return nn.Sequential(*layers).to(DEVICE, torch.float64).to(dtype).eval().requires_grad_(False)

    return make
