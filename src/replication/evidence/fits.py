"""Every model of the study: how far its bound is from the truth, and what comes of its lengths."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from replication.evidence.columns import select, several_paths, two_paths
from replication.files.needs import Need, Needs
from replication.models.selection import options
from replication.workflow import config_files

__all__ = [
    "LOADERS",
    "NEEDS",
    "SELECTED",
    "UNDERFITTED",
    "gap",
    "models",
    "of_seed",
    "per_model",
    "ratio",
    "words",
]

LOADERS = ("pendulum", "robot_arm")
ARTIFACTS = ("model.json", "pairs.csv", "scores.json")
UNDERFITTED = {"pendulum": "pendulum_glorot_k5", "robot_arm": "robot_arm_glorot_k5"}
"""The study's nearest to the models of the first round: Glorot weights, K = 5."""


SELECTED = {"pendulum": "pendulum_torch10_fast", "robot_arm": "robot_arm_torch10_batch100"}
"""What the selection chose (a test holds this to its tables, and to the data sets' files)."""


@cache
def models() -> dict[str, str]:
    """The models of its tables whose lengths the study measures by both solvers: name -> data set."""
    return {
        name: one["extends"]
        for name, one in config_files.variants("study").items()
        if one["extends"] in LOADERS and one["candidate"] is not None and one["geometry"]["neural"]["pairs"]
    }


NEEDS = [Need(model, artifact) for model in models() for artifact in ARTIFACTS]


def per_model(needs: Needs) -> pd.DataFrame:
    """One row a model and seed: its options (see `selection.options`) and the columns of `of_seed`."""
    rows = []
    for model, loader in models().items():
        scores, pairs = needs.all(model, "scores.json"), needs.all(model, "pairs.csv")
        for seed, record in needs.all(model, "model.json").items():
            head = {"dataset": loader, "model": model, "seed": seed, **options(record)}
            rows.append({**head, **of_seed(scores[seed], pairs[seed])})
    return pd.DataFrame(rows)


def of_seed(scores: Mapping[str, Any], pairs: pd.DataFrame) -> dict[str, float]:
    """The numbers of one trained model, ratios being those of mean lengths over its pairs.

    `gap` is the true log-likelihood of the test set less the model's bound (nats); `neural` is the paper's solver,
    `shortest` ours, both smoothed; `in order` is 1 where they come in the paper's order, geodesic < manifold path <
    straight line; `follow` the share of the far pairs' paths that stay with the data.
    """
    found = {"bound": float(scores["test_bound"]), "gap": gap(scores)}
    for metric, column in (("raw", "length_raw"), ("smoothed", "length")):
        found[f"manifold / line, {metric}"] = ratio(pairs, "manifold", "euclidean", column)
    for name, path in (("paper's solver", "neural"), ("shortest", "geodesic")):
        found[f"line / geodesic, {name}"] = ratio(pairs, "euclidean", path)
        found[f"manifold / geodesic, {name}"] = ratio(pairs, "manifold", path)
        means = several_paths({"pairs.csv": pairs}, (path, "manifold", "euclidean"), metric="smoothed").mean(axis=0)
        found[f"in order, {name}"] = float((np.diff(means) > 0).all())
    for name, path in (("paper's solver", "neural"), ("shortest", "geodesic"), ("line", "euclidean")):
        rows = select(pairs, path, "smoothed")
        far = rows["distance"].to_numpy() > pairs["distance"].max() / 2
        found[f"follow, {name}"] = float(rows["follow"].to_numpy(float)[far].mean())
    rows = select(pairs, "geodesic", "smoothed")
    found["bounded"] = float(np.mean(rows["outcome"].to_numpy() == "bounded"))
    return found


def gap(scores: Mapping[str, Any]) -> float:
    """True log-likelihood less bound on the test set, nats; how far the model is from fitting its data."""
    return float(scores["true_log_likelihood"]) - float(scores["test_bound"])


def words(row: Mapping[str, Any]) -> str:
    """A model's options in a few words."""
    start = "Glorot" if row["initialisation"] == "glorot" else "torch"
    gain = f" × {row['gain']:g}" if row["gain"] != 1 else ""
    return f"{start}{gain}, {row['hidden']} {row['activation']}, K {row['samples']}, {row['steps'] // 1000}k steps"


def ratio(pairs: pd.DataFrame, over: str, under: str, column: str = "length") -> float:
    """Ratio of two smoothed paths' mean lengths over the pairs that have both."""
    return float(np.divide(*two_paths({"pairs.csv": pairs}, over, under, column, metric="smoothed").mean(axis=0)))
