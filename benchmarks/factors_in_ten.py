"""Which factor keeps geodesics with the data in ten latent dimensions: raw, RBFs, kernels, a mixture of normals.

    python -m benchmarks.factors_in_ten

Variational autoencoders of scikit-learn's digits, 10-256-256-64, whose prior weighs a tenth so that all dimensions are
used, one a seed; geodesics between encodings of held-out images. How far a curve is off the data is the distance of its
farthest point to the nearest encoding of the training images, over what 95 % of the held-out images' encodings keep; it
stays if that is below 2. The way along the data is the shortest path over neighbours among the training encodings,
measured as the polygon that it is. Rows are written to factors_in_ten.csv, and the table is printed.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

import latentgeo as lg
from benchmarks.geodesic_bench.decoders import layered
from benchmarks.geodesic_bench.train import digits, fitted
from replication.metrics.mixture import log_density

__all__ = ["main", "off_the_data", "summary"]

_LATENT, _PRIOR, _KAPPA, _STAYS, _SHARE, _TIMES = 10, 0.1, 30.0, 2.0, 0.95, 129
FILE = Path(__file__).with_suffix(".csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=3000, help="of training")
    parser.add_argument("--out", type=Path, default=FILE)
    arguments = parser.parse_args()
    rows = [row for seed in arguments.seeds for row in _measured(seed, arguments.pairs, arguments.steps)]
    frame = pd.DataFrame(rows)
    frame.to_csv(arguments.out, index=False)
    print(summary(frame).to_markdown(floatfmt=".3g"))


def off_the_data(curve: Tensor, training: Tensor, held: Tensor) -> Tensor:
    """How far each curve is off the data, (pairs,): see above.

    Args:
        curve: Points along it, (pairs, times, latent).
        training: Encodings that it should be near to, (points, latent).
        held: Others, which say how near encodings are to these.
    """
    usual = torch.cdist(held, training).amin(1).quantile(_SHARE)
    return torch.cdist(curve.flatten(0, 1), training).amin(1).view(curve.shape[:2]).amax(1) / usual


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a factor: means over all pairs and seeds, the median time."""
    frame = frame.assign(converged=frame["outcome"] == "converged", stays=frame["off"] < _STAYS)
    columns = ["converged", "stays", "off", "data_to_geodesic", "line_to_geodesic"]
    rows = {
        factor: {**mine[columns].mean(), "seconds": mine["seconds"].median(), "pairs": len(mine)}
        for factor, mine in frame.groupby("factor", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _measured(seed: int, pairs: int, steps: int) -> Iterator[dict[str, Any]]:
    generator = torch.Generator().manual_seed(seed)
    train, test = digits()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        decoder = layered(_LATENT, 256, train.shape[1])
    encoder = fitted(decoder, train, _LATENT, generator, _PRIOR, steps, f"seed {seed}")
    with torch.no_grad():
        training, held = (encoder(images)[:, :_LATENT].double() for images in (train, test))
    raw = lg.PullbackMetric(decoder.double().eval())
    chosen = torch.randperm(len(held), generator=generator)[: 2 * pairs]
    z0, z1 = held[chosen].tensor_split(2)
    for name, metric in tqdm(_metrics(raw, training, generator).items(), desc=f"seed {seed}", disable=None):
        started = time.perf_counter()
        solution = lg.geodesic(metric, z0, z1, data=training)
        seconds = (time.perf_counter() - started) / pairs
        off = off_the_data(solution.curve(torch.linspace(0, 1, _TIMES, dtype=torch.float64)), training, held)
        along, line = _along_data(metric, training, z0, z1), lg.euclidean(metric, z0, z1)
        for pair in range(pairs):
            yield {
                "seed": seed,
                "factor": name,
                "pair": pair,
                "outcome": solution.outcome[pair].value,
                "off": float(off[pair]),
                "data_to_geodesic": float(along[pair] / solution.length[pair]),
                "line_to_geodesic": float(line.length[pair] / solution.length[pair]),
                "seconds": seconds,
            }


def _metrics(raw: lg.Metric, training: Tensor, generator: torch.Generator) -> dict[str, lg.Metric]:
    order = torch.randperm(len(training), generator=generator)
    held, rest = training[order].tensor_split([len(order) // 5])
    factors = {
        "RBFs": lg.RBFPrecision.fit(training, 64, kappa=_KAPPA, generator=generator),
        "kernels": lg.KernelFactor.fit(training, kappa=_KAPPA, generator=generator),
        "mixture": lg.DensityFactor.fit(held, log_density(rest, held, generator), _KAPPA),
    }
    return {"none": raw, **{name: lg.ScaledMetric(raw, factor) for name, factor in factors.items()}}


def _along_data(metric: lg.Metric, training: Tensor, z0: Tensor, z1: Tensor) -> Tensor:
    """Lengths of the ways along the data, (pairs,)."""
    graph = lg.knn_graph(metric, torch.cat([training, z0, z1]))
    first = len(training) + torch.arange(len(z0))
    return lg.shortest_paths(graph, torch.stack([first, first + len(z0)], 1)).length


if __name__ == "__main__":
    main()
