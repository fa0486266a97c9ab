"""Retrainings: distances between the same observations in one of several models that were trained alike."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import angles_between, distances_between
from replication.measuring.path_statistics import follow
from replication.measuring.paths import NODES, MeasuredPaths, measure
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["fixed_pairs", "run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"retrainings": "retrainings.csv"}
SETTINGS = ("follow_radius",)
ASKED_BY = "retrainings"

COLUMNS = ("pair", "path", "metric", "length", "follow", "outcome", "residual")


def run(job: Job) -> dict[str, Any]:
    """Outputs: retrainings (retrainings.csv).

    A row a pair, path and metric: `row0` and `row1` of the test set, the same for every model of the data; `angle` and
    `distance` between their poses; `length`, `follow`, `outcome` and `residual` as in pairs.csv. Further metrics are
    `latent`, the Euclidean distance of the encodings, and `members`, an ensemble's members drawn for each of `points`
    points of a curve (see `latentgeo.ensemble_energy`).
    """
    # what fits precision and ensemble is drawn anew for each model, as its training is
    own = seeds.derive(int(job.seed or 0), str(job.dataset), "retrainings").initial_seed()
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, own)
    settings, radius = job.settings["retrainings"], float(job.settings["follow_radius"])
    pairs = fixed_pairs(len(space.encodings), int(settings["pairs"]), str(space.meta["loader"]))
    ensemble = metrics.build(space, "ensemble")
    if not isinstance(ensemble, lg.EnsembleMetric):
        raise TypeError(f"expected the metric of an ensemble; got {type(ensemble).__name__}")
    measured: dict[str, MeasuredPaths] = {}
    for done, name in enumerate(settings["metrics"]):
        job.progress(done, len(settings["metrics"]) + 1, f"{name} metric")
        metric = ensemble if name == "ensemble" else metrics.build(space, name)
        measured[name] = measure(space, pairs, name, metric, radius, with_statistics=False)
    job.progress(len(measured), len(measured) + 1, "members drawn for each point")
    frames = [paths.rows for paths in measured.values()]
    frames += [_latent(space, pairs, radius), *_drawn(space, ensemble, measured, int(settings["points"]), radius)]
    told = {"row0": space.rows[pairs[:, 0].numpy()], "row1": space.rows[pairs[:, 1].numpy()]}
    told |= {"angle": angles_between(space, pairs), "distance": distances_between(space, pairs)}
    rows = pd.concat([frame[list(COLUMNS)] for frame in frames], ignore_index=True)
    artifacts.write_csv(job.outputs["retrainings"], rows.join(pd.DataFrame(told), on="pair"))
    return {"data_source": space.meta["data_source"]}


def fixed_pairs(encodings: int, pairs: int, loader: str) -> Tensor:
    """Index pairs (pairs, 2) of distinct encodings; they depend on the data set alone, never on a model or its seed."""
    generator = seeds.derive(0, loader, "retrainings", "pairs")
    first = torch.randint(encodings, (pairs,), generator=generator)
    second = torch.randint(encodings - 1, (pairs,), generator=generator)
    return torch.stack([first, second + (second >= first)], dim=1)


def _latent(space: LatentSpace, pairs: Tensor, radius: float) -> pd.DataFrame:
    """The Euclidean distance."""
    ends = space.encodings[pairs]
    lengths = torch.linalg.vector_norm(ends[:, 1] - ends[:, 0], dim=1)
    return _rows(space, ends, "euclidean", "latent", lengths, radius)


def _drawn(
    space: LatentSpace, ensemble: lg.EnsembleMetric, measured: dict[str, MeasuredPaths], points: int, radius: float
) -> list[pd.DataFrame]:
    """Line, manifold path and the curve of least energy, sought from the best of the line and the known geodesics."""
    any_of = next(iter(measured.values()))
    given = {
        path: _resampled(any_of.nodes[path].curve, points) for path in ("euclidean", "manifold") if path in any_of.nodes
    }
    starts = [given["euclidean"], *(_resampled(paths.nodes["geodesic"].curve, points) for paths in measured.values())]
    found = lg.ensemble_geodesic(ensemble, starts[0][:, 0], starts[0][:, -1], points, start=starts)
    frames = [
        _rows(space, curve, path, "members", lg.ensemble_length(ensemble, curve), radius)
        for path, curve in given.items()
    ]
    solved = _rows(space, found.points, "geodesic", "members", found.length, radius)
    outcome = [one.value for one in found.outcome]
    return [*frames, solved.assign(outcome=outcome, residual=found.residual.cpu().numpy())]


def _resampled(curves: Tensor, points: int) -> Tensor:
    """So many points at equidistant times of curves that are known at others, (pairs, points, 2)."""
    return torch.nn.functional.interpolate(curves.mT, size=points, mode="linear", align_corners=True).mT.contiguous()


def _rows(space: LatentSpace, points: Tensor, path: str, metric: str, lengths: Tensor, radius: float) -> pd.DataFrame:
    traces = lg.Polyline(points)(torch.linspace(0.0, 1.0, NODES).to(points))
    frame = pd.DataFrame({"pair": np.arange(len(points)), "path": path, "metric": metric})
    return frame.assign(
        length=lengths.cpu().numpy(), outcome="baseline", residual=np.nan, follow=follow(space.manifold, traces, radius)
    )
