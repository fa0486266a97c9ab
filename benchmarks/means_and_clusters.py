"""What a mean of 1,000 points and ten clusters of 10,000 cost: through a decoder of MNIST, and beside geomstats.

    python -m benchmarks.means_and_clusters

Points under GeodesicBench's decoder of MNIST are drawn around the ends of its pairs, which are encodings, with a tenth
of their deviation. geomstats has the same statistics where a logarithm is a formula, so it is compared on the sphere,
to which the library is given a decoder from the stereographic plane; of a trained decoder one of its geodesics takes
longer than the minute that GeodesicBench gives it. Each is measured in a process of its own, as often as `--runs` says;
the rows are written to means_and_clusters.csv, and the table of medians is printed.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from benchmarks.geodesic_bench import environments
from benchmarks.geodesic_bench.solvers.geomstats_collocation import SOLVER

__all__ = ["main"]

FILE = Path(__file__).with_suffix(".csv")
ROOT = Path(__file__).parents[1]
CASES = ("mean", "clusters")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--points", type=int, nargs=2, default=[1000, 10_000], help="of the mean, of the clusters")
    parser.add_argument("--out", type=Path, default=FILE)
    arguments = parser.parse_args()
    rows = list(_measured(arguments.runs, dict(zip(CASES, arguments.points, strict=True))))
    frame = pd.DataFrame(rows)
    frame.to_csv(arguments.out, index=False)
    keys = ["what", "points", "space", "library", "threads"]
    medians = frame.groupby(keys, sort=False, as_index=False)[["seconds", "cpu_seconds", "value"]].median()
    print(medians.to_markdown(index=False, floatfmt=".4g"))


def _measured(runs: int, points: dict[str, int]) -> Iterator[dict[str, Any]]:
    theirs = environments.python(SOLVER)
    ways = [
        ("latentgeo", sys.executable, "mnist", 1),
        ("latentgeo", sys.executable, "mnist", 2),
        ("latentgeo", sys.executable, "sphere", 1),
        ("geomstats", str(theirs), "sphere", 1),
    ]
    jobs = [(what, *way, run) for run in range(runs) for what in CASES for way in ways]
    for what, library, python, space, threads, run in tqdm(jobs, unit="run"):
        told = {"what": what, "points": points[what], "space": space, "threads": threads, "seed": run}
        environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        environment |= {"GEOMSTATS_BACKEND": "numpy"}
        words = [python, "-m", f"benchmarks.statistics_workers.{library}_worker", json.dumps(told)]
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{library}, {what} on {space}:\n{done.stderr}")
        yield {**told, "library": library, **json.loads(done.stdout.splitlines()[-1])}


if __name__ == "__main__":
    main()
