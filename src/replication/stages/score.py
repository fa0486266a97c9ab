"""Score: one model's numbers, those of the bound on the test set and the summary of its pairs."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from latentgeo.generative import test_bound
from replication.files import artifacts
from replication.files.prepared import read_prepared
from replication.models import checkpoints
from replication.models.true_likelihood import true_log_likelihood
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
READS = ("model", "architecture", "data", "meta", "history", "pairs")
MAKES = {"scores": "scores.json"}
SETTINGS = ("score",)


def run(job: Job) -> dict[str, Any]:
    """Outputs: scores (scores.json)."""
    arrays, meta = read_prepared(job.inputs["data"])
    model = checkpoints.load(job.inputs["model"]).to(job.device)
    samples = int(job.settings["score"]["test_samples"])
    bound = test_bound(
        model,
        torch.from_numpy(arrays["test"]).to(job.device),
        samples,
        seeds.derive(int(job.seed or 0), str(job.dataset), "score"),
        batch=200,
    )
    history = artifacts.read_csv(job.inputs["history"])
    scores = {
        "test_bound": bound,
        "test_bound_samples": samples,
        "sigma": model.sigma,
        "noise": meta["noise"],
        "train_seconds": float(history.seconds.iloc[-1]),
        "train_steps": int(history.step.iloc[-1]),
        **_of_the_truth(arrays, meta),
        **_of_pairs(artifacts.read_csv(job.inputs["pairs"])),
        **_of_motion(model, arrays, meta, job.device),
        "data_source": meta["data_source"],
        "data_source_reason": meta["data_source_reason"],
        "missing": meta["missing"],
    }
    artifacts.write_json(job.outputs["scores"], scores)
    return {"data_source": meta["data_source"]}


def _of_the_truth(arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> dict[str, float]:
    """Mean log-likelihood of the test set under what made it, where that is known: the most that a bound can be."""
    if "ring" not in arrays:
        return {}
    return {"true_log_likelihood": float(true_log_likelihood(arrays["test"], arrays["ring"], meta["noise"]).mean())}


def _of_pairs(pairs: pd.DataFrame) -> dict[str, Any]:
    """Correlations with the angle, shares that follow the data, classes crossed and outcomes, by metric."""
    scores: dict[str, Any] = {"lambda_s": float(pairs.lambda_s.max())}
    for metric, rows in pairs.groupby("metric", sort=False):
        geodesics = rows[rows.path == "geodesic"]
        scores[f"unconverged_{metric}"] = int((~geodesics.outcome.isin(["converged", "bounded"])).sum())
        scores[f"bounded_{metric}"] = int((geodesics.outcome == "bounded").sum())
        if "follow" in rows:
            scores[f"follow_share_{metric}"] = float(geodesics.follow.mean())
            for path in ("geodesic", "manifold"):
                chosen = rows[rows.path == path]
                scores[f"correlation_{path}_{metric}"] = _correlation(chosen.angle, chosen.length)
        if "classes_crossed" in rows:
            scores[f"classes_crossed_geodesic_{metric}"] = float(geodesics.classes_crossed.mean())
    if "classes_crossed" in pairs:
        # the same in every metric
        line = pairs[pairs.path == "euclidean"].groupby("pair").classes_crossed.first()
        scores["classes_crossed_euclidean"] = float(line.mean())
    return scores


def _correlation(angle: pd.Series, length: pd.Series) -> float | None:
    """Pearson's correlation; None where it is not defined."""
    value = float(np.corrcoef(angle, length)[0, 1]) if len(angle) > 1 else float("nan")
    return value if np.isfinite(value) else None


def _of_motion(model: Any, arrays: dict[str, np.ndarray], meta: dict[str, Any], device: str) -> dict[str, float]:
    """Turns of the latent walk per gait cycle; the paper sees one turn for two steps, which are one cycle.

    A turn is 2 pi of the angle about the mean of all encodings; a cycle's frames are the first peak of the
    autocorrelation of the left hip's flexion, trial by trial.
    """
    if meta["loader"] != "motion":
        return {}
    frames = np.concatenate([arrays["valid"], arrays["test"]])
    trials = np.concatenate([arrays["trial_valid"], arrays["trial_test"]])
    with torch.no_grad():
        z = model.encode(torch.from_numpy(frames).to(device))[0].cpu().numpy()
    hip = frames[:, meta["channels"].index("lfemur.rx")]
    turns = cycles = 0.0
    for trial in np.unique(trials):
        chosen = trials == trial
        offset = z[chosen] - z.mean(axis=0)
        turns += abs(np.unwrap(np.arctan2(offset[:, 1], offset[:, 0]))[[0, -1]] @ [-1, 1]) / (2 * np.pi)
        cycles += chosen.sum() / _period(hip[chosen])
    return {"loop_turns_per_cycle": float(turns / cycles)}


def _period(signal: np.ndarray) -> int:
    """Frames of one cycle: the first peak of the autocorrelation after it has fallen below zero."""
    centred = signal - signal.mean()
    correlation = np.correlate(centred, centred, mode="full")[len(signal) - 1 :]
    below = int(np.argmax(correlation < 0))
    return below + int(np.argmax(correlation[below:]))
