"""What the kernels may cost: in forward passes, and beside the matrix products that they cannot do without.

All are timed in turn, several times over, so that a busy machine slows all alike; medians count. `make benchmark`
prints them. Without benchmarking only few points are timed, and nothing is asserted.
"""

import statistics
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import latentgeo as lg

# forward passes, for the linear output; a squared speed by torch.func is two passes already
SQUARED_SPEED, TENSOR, TENSOR_BY_FUNC = 1.8, 2.6, 3.2
# times the products of its shapes
TENSOR_OVER_FLOOR = 1.3


def medians(functions: dict[str, Callable[[], object]], rounds: int, unit: str, wait) -> dict[str, float]:
    """Median time of each, in that of the unit; timed in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            wait(torch.empty(0))
            # the first turn warms up
            if turn:
                seconds[name].append(time.perf_counter() - start)
    ratios = {name: [t / u for t, u in zip(times, seconds[unit], strict=True)] for name, times in seconds.items()}
    return {name: statistics.median(values) for name, values in ratios.items()}


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@torch.no_grad()
def test_targets(benchmark, decoder, device, named: str, wait, capsys, dtype: torch.dtype, output: str) -> None:
    """The kernels of 2-512-512-784 at 10,000 points."""
    f = decoder(2, 784, dtype, output)
    count = 64 if benchmark.disabled else 10_000
    z = torch.randn(count, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(device, dtype)
    v = z.flip(1)
    plain, by_func = lg.PullbackMetric(f), lg.PullbackMetric(lambda points: f(points), probe=z[:4])
    at_once = 512 if device.type == "cpu" else count
    hidden = torch.rand(3 * at_once, 512, dtype=dtype, device=device)
    primal, both = hidden[:at_once], hidden[: 2 * at_once]

    def forward() -> Tensor:
        return torch.cat([f(part) for part in z.split(at_once)])

    def products() -> None:
        for _ in range(-(-count // at_once)):
            for rows in (primal, both):
                F.linear(rows, f[2].weight)
            for rows in (primal, both) if output == "sigmoid" else (both,):
                F.linear(rows, f[4].weight)

    cost = medians(
        {
            "forward": forward,
            "squared speed": lambda: plain.squared_speed(z, v),
            "G": lambda: plain(z),
            "squared speed, torch.func": lambda: by_func.squared_speed(z, v),
            "G, torch.func": lambda: by_func(z),
            "products of G": products,
        },
        1 if benchmark.disabled else 7,
        "forward",
        wait,
    )
    over_floor = cost["G"] / cost["products of G"]
    benchmark.extra_info.update(cost, device=named, over_floor=over_floor)
    benchmark.pedantic(lambda: wait(plain(z)), rounds=1)
    if benchmark.disabled:
        return
    with capsys.disabled():
        costs = ", ".join(f"{name} {value:.2f}" for name, value in cost.items() if name != "forward")
        print(f"\n{named}, {dtype}, {output} output, in forward passes: {costs}; G over its products {over_floor:.2f}")
    assert over_floor <= TENSOR_OVER_FLOOR
    if output == "linear" and device.type == "cpu":
        assert cost["squared speed"] <= SQUARED_SPEED
        assert cost["G"] <= TENSOR
        assert cost["G, torch.func"] <= TENSOR_BY_FUNC
