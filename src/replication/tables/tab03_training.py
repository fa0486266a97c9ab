"""Bounds, learned noise and training times, mean and standard deviation over the seeds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from replication.files.needs import EVERY, Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "How well the models fit, and how long training took"
CAPTION = (
    "Training: importance-weighted bound on the test set in nats, by how many samples, the learned standard "
    "deviation against the noise that was added, and the time it took; mean and standard deviation over the seeds."
)
NEEDS = [Need(EVERY, "scores.json"), Need(EVERY, "train.run.json")]


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set."""
    return pd.DataFrame([_row(needs, dataset) for dataset in needs.artifacts])


def _row(needs: Needs, dataset: str) -> dict[str, Any]:
    scores = list(needs.all(dataset, "scores.json").values())
    runs = list(needs.all(dataset, "train.run.json").values())
    noise = scores[0].get("noise")
    sigma, sigma_sd = _over_seeds(scores, "sigma")
    bound, bound_sd = _over_seeds(scores, "test_bound")
    seconds, seconds_sd = _over_seeds(scores, "train_seconds")
    return {
        "dataset": dataset,
        "seeds": len(scores),
        "test_bound": bound,
        "test_bound_sd": bound_sd,
        "samples": scores[0].get("test_bound_samples"),
        "sigma": sigma,
        "sigma_sd": sigma_sd,
        "noise": noise if sigma == sigma else None,
        "sigma_to_noise": sigma / noise if noise and sigma == sigma else None,
        "train_seconds": seconds,
        "train_seconds_sd": seconds_sd,
        "train_steps": _over_seeds(scores, "train_steps")[0],
        "device": "/".join(sorted({f"{run['device']}, threads: {run['threads']}" for run in runs})),
    }


def _over_seeds(scores: list[Mapping[str, Any]], key: str) -> tuple[float, float]:
    """Mean and sample standard deviation of a score; NaN where no seed, or only one, has it."""
    values = [score[key] for score in scores if score.get(key) is not None]
    nan = float("nan")
    return (float(np.mean(values)) if values else nan, float(np.std(values, ddof=1)) if len(values) > 1 else nan)
