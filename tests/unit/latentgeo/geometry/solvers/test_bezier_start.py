"""Which of several random Bezier curves the paper's solver starts from, and what it takes to choose among many."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

import latentgeo as lg
from latentgeo.geometry.solvers import bezier_start
from latentgeo.geometry.solvers.bezier_start import best_bezier
from latentgeo.geometry.solvers.network_curve import NetworkCurve, features
from surfaces import sphere

SURFACE = sphere()
Z0, Z1 = SURFACE.ends(3)


class FewAtOnce(lg.Metric):
    """The surface's metric, a few points at a time; notes how many it was asked for."""

    points_at_once = 40

    def __init__(self) -> None:
        self.most = 0

    def __call__(self, z: Tensor) -> Tensor:
        self.most = max(self.most, len(z))
        return SURFACE.metric(z)


class Largest(TorchFunctionMode):
    """Notes the most numbers that a tensor holds."""

    numbers = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor):
            self.numbers = max(self.numbers, result.numel())
        return result


def start(metric: lg.Metric, candidates: int, boundary: str, seed: int = 1) -> NetworkCurve:
    generator = torch.Generator().manual_seed(seed)
    return best_bezier(
        metric, Z0, Z1, generator, units=12, candidates=candidates, spread=0.5, times=5, boundary=boundary
    )


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_the_best_is_that_of_a_plain_loop(boundary: str) -> None:
    hidden, noise = bezier_start._draw(Z0, 12, 20, torch.Generator().manual_seed(1))
    t = torch.linspace(0, 1, 100, dtype=torch.float64)[:, None]
    best: list[tuple[float, Tensor]] = []
    for pair in range(3):
        network = tuple(w[pair : pair + 1] for w in hidden)
        basis = features(network, t.expand(1, -1, -1)).second[0, :100]
        basis = torch.cat([basis, torch.ones(100, 1, dtype=torch.float64)], 1)
        found = []
        for candidate in range(20):
            span = Z1[pair] - Z0[pair]
            moved = 0.5 * span.norm() * noise[pair, candidate]
            p1, p2 = Z0[pair] + span / 3 + moved[0], Z0[pair] + 2 * span / 3 + moved[1]
            target = (1 - t) ** 3 * Z0[pair] + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * Z1[pair]
            matrix = basis
            if boundary == "safe":
                target, matrix = target - Z0[pair] - t * span, t * (1 - t) * basis
            gram = matrix @ matrix.T
            gram += 1e-8 * gram.diagonal().mean() * torch.eye(100, dtype=torch.float64)
            last = (matrix.T @ torch.linalg.solve(gram, target))[None]
            curve = NetworkCurve((*network, last[:, :-1], last[:, -1:]), Z0[pair, None], Z1[pair, None], boundary)
            phi = lg.velocity(SURFACE.metric, curve, torch.linspace(0, 1, 5, dtype=torch.float64))
            found.append((float(phi.max() + phi.mean()), curve(t[:, 0])[0]))
        best.append(min(found, key=lambda one: one[0]))
    chosen = start(SURFACE.metric, 20, boundary)(t[:, 0])
    torch.testing.assert_close(chosen, torch.stack([points for _, points in best]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_in_parts_as_in_one(boundary: str) -> None:
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    wanted = start(SURFACE.metric, 30, boundary)(t)
    torch.testing.assert_close(start(FewAtOnce(), 30, boundary)(t), wanted, rtol=1e-9, atol=1e-9)


def test_memory_does_not_grow_with_candidates() -> None:
    metric, few, many = FewAtOnce(), Largest(), Largest()
    with few:
        start(metric, 40, "safe")
    with many:
        start(metric, 400, "safe")
    assert many.numbers == few.numbers
    assert metric.most <= metric.points_at_once


def test_many_candidates_are_no_worse_than_few() -> None:
    def scores(candidates: int) -> Tensor:
        t = torch.linspace(0, 1, 5, dtype=torch.float64)
        phi = torch.stack(
            [lg.velocity(SURFACE.metric, start(SURFACE.metric, candidates, "safe", k), t) for k in range(5)]
        )
        return (phi.amax(2) + phi.mean(2)).mean()

    assert float(scores(200)) < float(scores(2))


def test_no_finite_candidate_is_a_curve_all_the_same() -> None:
    broken = lg.FunctionMetric(lambda z: torch.full((len(z), 2, 2), torch.nan, dtype=z.dtype))
    assert bool(torch.isfinite(start(broken, 3, "safe")(torch.tensor([0.5], dtype=torch.float64))).all())
