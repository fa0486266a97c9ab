"""Times geomstats, in its own environment: one line of JSON, by `benchmarks.means_and_clusters`."""

import json
import sys
import time

import numpy as np
from geomstats import backend as gs
from geomstats.geometry.hypersphere import Hypersphere
from geomstats.learning.frechet_mean import FrechetMean
from geomstats.learning.kmeans import RiemannianKMeans

from benchmarks.statistics_workers.points import on_the_sphere, sphere_plane


def main() -> None:
    asked = json.loads(sys.argv[1])
    points, space = on_the_sphere(sphere_plane(asked["points"], asked["seed"])), Hypersphere(2)
    gs.random.seed(asked["seed"])
    began = time.perf_counter(), time.process_time()
    if asked["what"] == "mean":
        centres = FrechetMean(space).fit(points).estimate_[None]
    else:
        centres = RiemannianKMeans(space, n_clusters=10, init="kmeans++").fit(points).cluster_centers_
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    distance = np.arccos(np.clip(points @ np.asarray(centres).reshape(-1, 3).T, -1, 1))
    value = float((distance.min(1) ** 2).mean())
    print(json.dumps({"seconds": seconds, "cpu_seconds": processor, "value": value, "outcome": ""}))


if __name__ == "__main__":
    main()
