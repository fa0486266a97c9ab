"""A decoder's metric from its values on a lattice, against its Jacobian."""

import math
import subprocess
import sys

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.metrics.jet import entries
from latentgeo.geometry.metrics.lattice import Lattice, from_values
from surfaces import random_mlp

STEPS = torch.tensor([[0.05, 0.0], [0.0, 0.04]], dtype=torch.float64)
ORIGIN = torch.tensor([-0.6, -0.5], dtype=torch.float64)


def error(lattice: Lattice, decoder: torch.nn.Module) -> Tensor:
    """Relative, at every node."""
    metric = lg.PullbackMetric(decoder)
    outputs = metric.observe(lattice.origin[None]).shape[1]
    found = from_values(metric.observe, lattice, outputs, 100)
    true = entries(metric(lattice.nodes()))
    return ((found - true).norm(dim=1) / true.norm(dim=1)).view(lattice.count)


@pytest.mark.parametrize("turn", [0.0, 0.7])
def test_inside_it_is_the_metric_also_along_slanting_axes(turn: float) -> None:
    rotation = torch.tensor([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]], dtype=torch.float64)
    # more rows and columns than are differentiated together
    lattice = Lattice(ORIGIN, STEPS @ rotation.T, (37, 70))
    found = error(lattice, random_mlp(scale=1.5))
    assert float(found[4:-4, 4:-4].max()) < 2e-5
    # towards the border the differences are of lower order
    assert float(found.max()) < 1e-2


@pytest.mark.parametrize("count", [(5, 5), (6, 9), (16, 32), (17, 33)])
def test_small_lattices_and_whole_blocks(count: tuple[int, int]) -> None:
    assert float(error(Lattice(ORIGIN, STEPS / 4, count), random_mlp()).max()) < 1e-2


def test_polynomials_of_the_fourth_degree_are_exact_everywhere() -> None:
    def decoder(z: Tensor) -> Tensor:
        x, y = z.unbind(1)
        return torch.stack([x**4 - x * y, y**4 + x**2 * y**2, x + y**3], 1)

    lattice = Lattice(ORIGIN, STEPS, (12, 40))
    found = from_values(decoder, lattice, 3, 1000)
    true = entries(lg.PullbackMetric(decoder)(lattice.nodes()))
    torch.testing.assert_close(found, true, rtol=1e-9, atol=1e-9)


def test_around_a_period_there_is_no_border() -> None:
    def decoder(z: Tensor) -> Tensor:
        x, y = z.unbind(1)
        wide = 2 + y.cos()
        return torch.stack([wide * x.cos(), wide * x.sin(), y.sin()], 1)

    count = (65, 49)
    steps = torch.tensor([[math.tau / 64, 0], [0, math.tau / 48]], dtype=torch.float64)
    found = from_values(decoder, Lattice(ORIGIN, steps, count, (True, True)), 3, 1000)
    true = entries(lg.PullbackMetric(decoder)(Lattice(ORIGIN, steps, count).nodes()))
    torch.testing.assert_close(found, true, rtol=1e-6, atol=1e-6)


PEAK = """
import resource, torch
import latentgeo as lg
torch.manual_seed(0)
decoder = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 12_288)).double()
metric = lg.PullbackMetric(decoder.requires_grad_(False))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
grid = lg.GridMetric(metric, ((-0.2, 0.2), (-0.2, 0.2)), 129)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, grid.interpolation_error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux alone")
def test_observations_are_kept_for_some_rows_only() -> None:
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    grown, error = map(float, done.stdout.split())
    # 3 x 64 x 64 outputs at all 137 x 137 nodes are 1.8 GB
    assert grown < 2**20
    assert error < 1e-3
