"""Geodesics: the three paths of every drawn pair, in the raw and in the smoothed metric."""

from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

import latentgeo as lg
from replication import artifacts, seeds
from replication.latent_space import LatentSpace, draw_pairs, open_latent_space
from replication.paths import MeasuredPaths, measure, neural_curve
from replication.stages import Job

__all__ = ["run"]

METRICS = ("raw", "smoothed")


def run(job: Job) -> dict[str, Any]:
    """Inputs: model, data. Outputs: pairs (pairs.csv), geodesics (geodesics.npz)."""
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
    artifacts.write_csv(job.outputs["pairs"], pd.concat(rows, ignore_index=True))
    arrays = {f"curves_{metric}": measured[metric].curves["geodesic"].cpu().numpy() for metric in METRICS}
    arrays |= {f"neural_{metric}": neural[metric].curves["neural"].cpu().numpy() for metric in METRICS}
    arrays |= {f"outcome_curves_{metric}": _outcomes(measured[metric], "geodesic") for metric in METRICS}
    arrays |= {f"outcome_neural_{metric}": _outcomes(neural[metric], "neural") for metric in METRICS}
    if "manifold" in measured["raw"].curves:
        arrays["manifold"] = measured["raw"].curves["manifold"].cpu().numpy()
    line = measured["raw"].curves["euclidean"].cpu().numpy()
    count = line.shape[1]
    artifacts.write_npz(
        job.outputs["geodesics"],
        t=np.linspace(0.0, 1.0, count),
        z0=line[:, 0],
        z1=line[:, -1],
        pairs=pairs.numpy(),
        **arrays,
    )
    outcomes = {
        metric: pd.Series(_outcomes(measured[metric], "geodesic")).value_counts().to_dict() for metric in METRICS
    }
    return {"data_source": space.meta["data_source"], "outcomes": outcomes}


def _outcomes(paths: MeasuredPaths, path: str) -> np.ndarray:
    return paths.rows.outcome[paths.rows.path == path].to_numpy(dtype="U32")


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
        lg.NeuralCurve(generator=generator, **settings),
        on_step=lambda step, value: job.progress(
            step, None, f"the paper's solver, {metric} metric, length {value:.4g}"
        ),
    )
