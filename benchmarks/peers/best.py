"""The shortest curves that a long search finds on the trained decoders, written beside their weights as references.

    python -m benchmarks.peers.best

Six starts each on a cache of 513 x 513 nodes and a graph of 257 x 257, steps under the true metric to a residual of
1e-7, and every other search below; the shortest of all counts, measured by the benchmark's own ruler. Of the
convolutional decoder, which is dear, the last two alone. Some minutes.
"""

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmarks.peers.cases import load
from benchmarks.peers.decoders import DATA
from benchmarks.peers.measure import measure
from benchmarks.peers.setting import Solved
from latentgeo import GraphPath, PullbackMetric, SplineCurve, geodesic

__all__ = ["best", "main"]

_SEARCHES = (
    SplineCurve(starts=6, tolerance=1e-7, intervals=96, polish=60, graph=GraphPath(size=257, cache_size=513)),
    SplineCurve(starts=3, tolerance=1e-6, seed=1, polish=40, graph=GraphPath(size=192, cache_size=385)),
    SplineCurve(tolerance=1e-6, polish=40, graph=GraphPath(size=320, reach=4)),
)


def best(name: str) -> Tensor:
    """The least lengths found, (pairs,)."""
    case = load(name)
    metric = PullbackMetric(case.decoder)
    found = []
    for solver in _SEARCHES if name == "mnist" else _SEARCHES[1:]:
        solution = geodesic(metric, case.z0, case.z1, solver)
        found.append(measure(case, Solved(solution.curve, [None] * len(case.z0)), case.z0, case.z1).length)
    return torch.stack(found).amin(0)


def main() -> None:
    for name in ("mnist", "convolutional"):
        path = DATA / f"{name}.safetensors"
        lengths = best(name)
        save_file({**load_file(path), "best": lengths}, path)
        print(f"{name}: mean length {float(lengths.mean()):.6g}")


if __name__ == "__main__":
    main()
