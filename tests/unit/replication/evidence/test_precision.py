"""bfloat16 beside float32, counted from small artifacts with known answers."""

import math
from pathlib import Path

import pandas as pd
import pytest

from replication.files import needs
from replication.files.artifacts import write_csv, write_json
from replication.tables import tab17_precision
from replication.workflow import config

SEEDS = (20, 21)


def rows(neural: float, follow: float) -> pd.DataFrame:
    """Two pairs, of which the second is far; the paper's solver stays with the data on that alone."""
    lengths = {"euclidean": 6.0, "neural": neural, "geodesic": 2.0}
    return pd.DataFrame(
        [
            {"pair": pair, "path": path, "metric": "smoothed", "length": length, "far": pair, "follow": follow * pair}
            for path, length in lengths.items()
            for pair in (0, 1)
        ]
    )


def test_each_chosen_model_in_bfloat16_has_its_like_in_float32() -> None:
    study, ours = config.load({"profile": "study"})["datasets"], config.load()["datasets"]
    chosen = {name for name in ("pendulum", "mnist", "robot_arm", "motion") if ours[name]["train"].get("bfloat16")}
    both = {(name, products) for name in chosen for products in ("bfloat16", "float32")}
    assert set(tab17_precision.models()) == both
    for (name, products), model in tab17_precision.models().items():
        there, here = study[model], ours[name]
        assert there["model"] == here["model"]
        assert there["train"]["bfloat16"] is (products == "bfloat16")
        same = set(here["train"]) - {"bfloat16", *(("steps", "validations") if name == "mnist" else ())}
        assert {key: there["train"][key] for key in same} == {key: here["train"][key] for key in same}


def test_numbers_are_means_over_seeds(tmp_path: Path) -> None:
    for (dataset, products), model in tab17_precision.models().items():
        for seed in SEEDS:
            run = tmp_path / model / f"seed{seed}"
            bound = 1.0 + (products == "float32") + 0.1 * (seed - 20)
            write_json(run / "scores.json", {"test_bound": bound, "train_seconds": 10.0})
            follow = math.nan if dataset == "mnist" else 1.0
            pairs = rows(3.0 if products == "bfloat16" else 2.0, follow)
            # classes lie everywhere
            write_csv(run / "pairs.csv", pairs.drop(columns="follow") if dataset == "mnist" else pairs)
    found = tab17_precision.build(needs.collect(tab17_precision.NEEDS, tmp_path, [], SEEDS))
    found = found.set_index(["data", "products"])
    assert len(found) == 6
    bounds = found.loc[("Pendulum", "float32"), ["bound", "bound_low", "bound_high"]]
    assert bounds.tolist() == pytest.approx([2.05, 2, 2.1])
    assert found.loc[("Human motion", "bfloat16"), ["paper's solver", "shortest"]].tolist() == [2.0, 3.0]
    stays = found["follow"].unstack(0)
    assert stays[["Pendulum", "Human motion"]].eq(1.0).all(axis=None)
    assert stays["MNIST"].isna().all()
