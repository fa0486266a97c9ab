"""Times this library: one line of JSON, by `benchmarks.means_and_clusters`."""

import json
import sys
import time

import torch
from torch import Tensor

import latentgeo as lg
from benchmarks.geodesic_bench.files import problem
from benchmarks.statistics_workers.points import around, sphere_plane


def sphere(z: Tensor) -> Tensor:
    """The stereographic plane to the sphere."""
    square = z.square().sum(1, keepdim=True)
    return torch.cat([2 * z, square - 1], 1) / (1 + square)


def main() -> None:
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    if asked["space"] == "mnist":
        mnist = problem("mnist")
        decoder = mnist.decoder.double().requires_grad_(False)
        z = around(torch.cat([mnist.z0, mnist.z1]).numpy(), asked["points"], asked["seed"])
    else:
        decoder, z = sphere, sphere_plane(asked["points"], asked["seed"])
    points, metric = torch.from_numpy(z), lg.PullbackMetric(decoder)
    began = time.perf_counter(), time.process_time()
    if asked["what"] == "mean":
        found = lg.frechet_mean(metric, points, progress=False)
        centres = found.point[None].detach()
    else:
        drawn = torch.Generator().manual_seed(asked["seed"])
        found = lg.k_means(metric, points, 10, generator=drawn, progress=False)
        centres = found.centres
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    value = float(found.objective)
    if asked["space"] == "sphere":
        # as the other library's is: from the centres, by the closed form
        distance = (sphere(points) @ sphere(centres).T).clamp(-1, 1).arccos()
        value = float(distance.amin(1).square().mean())
    told = {"seconds": seconds, "cpu_seconds": processor, "value": value, "outcome": found.outcome.value}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
