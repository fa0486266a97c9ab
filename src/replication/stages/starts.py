"""Starts: where the paper's solver ends, by how many Bezier curves it starts from and over restarts on far pairs."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import distances_between, draw_pairs
from replication.measuring.paths import MeasuredPaths, measure, neural_curve
from replication.measuring.ring_side import side_of_ring
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"starts": "starts.csv"}
SETTINGS = ("pairs", "follow_radius", "neural")
ASKED_BY = "starts"


def run(job: Job) -> dict[str, Any]:
    """Outputs: starts (starts.csv), under the smoothed metric.

    A row a pair and run of the paper's solver: `candidates` Bezier curves, `restart` (0 but for the far pairs that are
    restarted with one candidate each), `length`, `max_velocity`, `start_score` (maximal velocity plus length of the
    curve that it started from; restarts only), `side` of the ring (along, inside, outside), `outcome`; beside them the
    pair's `distance`, and the lengths `shortest` (ours), `manifold` and `euclidean`.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    drawn = draw_pairs(
        space,
        int(job.settings["pairs"]),
        seeds.derive(int(job.seed or 0), str(job.dataset), "pairs"),
        measured=int(job.settings["neural"]["pairs"]),
    )
    settings, metric = job.settings["starts"], metrics.build(space, "smoothed")
    pairs = drawn[: int(settings["pairs"])]
    known = measure(space, pairs, "smoothed", metric, job.settings["follow_radius"], with_statistics=False).rows
    told = known.pivot(index="pair", columns="path", values="length").rename(columns={"geodesic": "shortest"})
    told["distance"] = distances_between(space, pairs)
    frames = []
    for done, candidates in enumerate(settings["candidates"]):
        job.progress(done, len(settings["candidates"]), f"{candidates} Bezier curves")
        solved = _solve(job, space, pairs, metric, int(candidates), restart=0)
        frames.append(_rows(space, solved, candidates, 0).join(told, on="pair"))
    far = np.flatnonzero(told["distance"] > told["distance"].max() / 2)[: int(settings["far"])]
    for restart in range(1, int(settings["restarts"]) + 1):
        job.progress(restart, int(settings["restarts"]), "restarts")
        started = _solve(job, space, pairs[far], metric, 1, restart, steps=0)
        solved = _solve(job, space, pairs[far], metric, 1, restart)
        score = (started.rows["max_velocity"] + started.rows["length"]).to_numpy()
        rows = _rows(space, solved, 1, restart).assign(start_score=score)
        frames.append(rows.assign(pair=far[rows["pair"]]).join(told, on="pair"))
    artifacts.write_csv(job.outputs["starts"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}


def _solve(
    job: Job, space: LatentSpace, pairs: Tensor, metric: lg.Metric, candidates: int, restart: int, **changes: int
) -> MeasuredPaths:
    settings = {key: value for key, value in job.settings["neural"].items() if key not in ("pairs", "candidates")}
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "starts", str(candidates), str(restart))
    solver = lg.NeuralCurve(generator=generator, candidates=candidates, **{**settings, **changes})
    return neural_curve(space, pairs, "smoothed", metric, job.settings["follow_radius"], solver)


@torch.no_grad()
def _rows(space: LatentSpace, solved: MeasuredPaths, candidates: int, restart: int) -> pd.DataFrame:
    frame = solved.rows[["pair", "length", "max_velocity", "outcome", "follow"]]
    side = np.where(frame["follow"] == 1, "along", _side(space, solved.nodes["neural"].trace))
    return frame.assign(candidates=candidates, restart=restart, start_score=np.nan, side=side)


def _side(space: LatentSpace, traces: Tensor) -> np.ndarray:
    return side_of_ring(space.manifold.cpu().numpy(), traces.cpu().numpy())
