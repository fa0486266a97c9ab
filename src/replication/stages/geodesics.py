"""Geodesics: the three paths of every drawn pair, in the raw and in the smoothed metric."""

from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from latentgeo.geometry.solvers.neural_curve import NeuralCurve
from replication import artifacts, seeds
from replication.latent_space import LatentSpace, draw_pairs, open_latent_space
from replication.paths import NODES, MeasuredPaths, measure, neural_curve
from replication.stages import Job

__all__ = ["run"]

METRICS = ("raw", "smoothed")


def run(job: Job) -> dict[str, Any]:
    """Inputs: model, data. Outputs: pairs (pairs.csv), geodesics (geodesics.npz).

    The arrays of geodesics.npz are curves, tangents, traces (see `paths.Nodes`) and outcomes of each group: raw and
    smoothed (geodesics of both metrics), euclidean, manifold, neural_raw and neural_smoothed (the paper's solver).
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device)
    pairs = draw_pairs(space, int(job.settings["pairs"]), seeds.derive(int(job.seed or 0), str(job.dataset), "pairs"))
    measured = {
        metric: measure(
            space,
            pairs,
            0.0 if metric == "raw" else space.lambda_s,
            job.settings["follow_radius"],
            on_step=lambda step, value, metric=metric: job.progress(
                step, None, f"{metric} metric, mean length {value:.4g}"
            ),
        )
        for metric in METRICS
    }
    neural = {metric: _neural(job, space, pairs, metric) for metric in METRICS}

    rows = [paths[metric].rows for paths in (measured, neural) for metric in METRICS]
    ends = space.encodings[pairs]
    # the line and the manifold path are the same in both metrics
    groups = [(path, path, measured["raw"]) for path in ("euclidean", "manifold") if path in measured["raw"].nodes]
    for metric in METRICS:
        groups += [(metric, "geodesic", measured[metric]), (f"neural_{metric}", "neural", neural[metric])]
    arrays = {name: array for group, path, paths in groups for name, array in _arrays(group, path, paths).items()}
    artifacts.write_npz(
        job.outputs["geodesics"],
        t=np.linspace(0.0, 1.0, NODES),
        z0=ends[:, 0].cpu().numpy(),
        z1=ends[:, 1].cpu().numpy(),
        pairs=pairs.numpy(),
        **arrays,
    )
    artifacts.write_csv(job.outputs["pairs"], pd.concat(rows, ignore_index=True))
    geodesics = {metric: paths.rows[paths.rows.path == "geodesic"] for metric, paths in measured.items()}
    outcomes = {metric: rows.outcome.value_counts().to_dict() for metric, rows in geodesics.items()}
    return {"data_source": space.meta["data_source"], "outcomes": outcomes}


def _arrays(group: str, path: str, paths: MeasuredPaths) -> dict[str, np.ndarray]:
    """One path's nodes and outcomes, (pairs, ...), named by what they are and by the group."""
    nodes = paths.nodes[path]
    return {
        f"curves_{group}": nodes.curve.cpu().numpy(),
        f"tangents_{group}": nodes.tangent.cpu().numpy(),
        f"traces_{group}": nodes.trace.cpu().numpy(),
        f"outcomes_{group}": paths.rows.outcome[paths.rows.path == path].to_numpy(dtype="U32"),
    }


def _neural(job: Job, space: LatentSpace, pairs: Tensor, metric: str) -> MeasuredPaths:
    """The paper's solver on the first pairs, as many as the settings say."""
    settings = dict(job.settings["neural"])
    count = int(settings.pop("pairs"))
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "neural", metric)
    return neural_curve(
        space,
        pairs[:count],
        0.0 if metric == "raw" else space.lambda_s,
        job.settings["follow_radius"],
        NeuralCurve(generator=generator, **settings),
        on_step=lambda step, value: job.progress(
            step, None, f"the paper's solver, {metric} metric, length {value:.4g}"
        ),
    )
