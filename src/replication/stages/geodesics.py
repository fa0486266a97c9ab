"""Geodesics: the three paths of every drawn pair, in each of the metrics."""

from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import draw_pairs, far
from replication.measuring.paths import NODES, MeasuredPaths, measure, neural_curve
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"pairs": "pairs.csv", "geodesics": "geodesics.npz"}
SETTINGS = ("pairs", "metrics", "follow_radius", "neural", "neural_metrics")


def run(job: Job) -> dict[str, Any]:
    """Outputs: pairs (pairs.csv), geodesics (geodesics.npz).

    Pair 0 is the one that figures show, and `far` is 1 for those that are far apart (`measuring.pairs`). The arrays
    of geodesics.npz are curves, tangents, traces (see `paths.Nodes`) and outcomes of each group: euclidean, manifold,
    and for each metric its geodesics, called as it is, and those of the paper's solver, neural_<metric>.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    pairs = draw_pairs(
        space,
        int(job.settings["pairs"]),
        seeds.derive(int(job.seed or 0), str(job.dataset), "pairs"),
        measured=int(job.settings["neural"]["pairs"]),
    )
    away = far(space, pairs)
    chosen = {name: metrics.build(space, name) for name in job.settings["metrics"]}
    measured = {
        name: measure(
            space,
            pairs,
            name,
            metric,
            job.settings["follow_radius"],
            on_step=lambda step, value, name=name: job.progress(step, None, f"{name} metric, mean length {value:.4g}"),
        )
        for name, metric in chosen.items()
    }
    solved_too = job.settings["neural_metrics"] if job.settings["neural"]["pairs"] else []
    neural = {name: _neural(job, space, pairs, name, metric) for name, metric in chosen.items() if name in solved_too}

    rows = [paths.rows for solver in (measured, neural) for paths in solver.values()]
    ends = space.encodings[pairs]
    # the line and the manifold path are the same in all metrics
    any_of = next(iter(measured.values()))
    groups = [(path, path, any_of) for path in ("euclidean", "manifold") if path in any_of.nodes]
    groups += [(metric, "geodesic", paths) for metric, paths in measured.items()]
    groups += [(f"neural_{metric}", "neural", paths) for metric, paths in neural.items()]
    arrays = {name: array for group, path, paths in groups for name, array in _arrays(group, path, paths).items()}
    artifacts.write_npz(
        job.outputs["geodesics"],
        t=np.linspace(0.0, 1.0, NODES),
        z0=ends[:, 0].cpu().numpy(),
        z1=ends[:, 1].cpu().numpy(),
        pairs=pairs.numpy(),
        far=away,
        **arrays,
    )
    table = pd.concat(rows, ignore_index=True)
    artifacts.write_csv(job.outputs["pairs"], table.assign(far=away[table["pair"]]))
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


def _neural(job: Job, space: LatentSpace, pairs: Tensor, name: str, metric: lg.Metric) -> MeasuredPaths:
    """The paper's solver on the first pairs, as many as the settings say."""
    settings = dict(job.settings["neural"])
    count = int(settings.pop("pairs"))
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "neural", name)
    return neural_curve(
        space,
        pairs[:count],
        name,
        metric,
        job.settings["follow_radius"],
        lg.NeuralCurve(generator=generator, **settings),
        on_step=lambda step, value: job.progress(step, None, f"the paper's solver, {name} metric, length {value:.4g}"),
    )
