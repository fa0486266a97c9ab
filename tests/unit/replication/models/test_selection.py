"""What is chosen of the candidates: by the validation bound, at equal bounds by cost, and by nothing else."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from replication.evidence import fits
from replication.files.artifacts import read_csv
from replication.models import selection
from replication.workflow import config
from replication.workflow.dependencies import closure


def record(**changes: object) -> dict[str, object]:
    model = {"hidden": [8], "activation": "tanh"}
    train = {"samples": [[0, 10]], "steps": 100, "batch": 10, "learning_rate": 1e-3, "gradient": "plain"}
    for key, value in changes.items():
        (train if key in (*train, "bfloat16") else model)[key] = value
    return {
        "config": {"model": model, "train": train},
        "architecture": {"latent": 2, "hidden": model["hidden"], "obs": 5},
    }


def history(*bounds: float) -> pd.DataFrame:
    return pd.DataFrame({"bound_valid": bounds, "seconds": range(1, len(bounds) + 1)})


def tabulate(
    bounds: dict[str, list[float]], records: dict[str, dict], may_win: dict[str, bool] | None = None
) -> pd.DataFrame:
    return selection.tabulate(
        may_win or dict.fromkeys(bounds, True),
        {model: [records.get(model, record())] * len(bounds[model]) for model in bounds},
        {model: [history(bound - 5, bound, bound - 1) for bound in found] for model, found in bounds.items()},
        tied=0.02,
    )


def winner(frame: pd.DataFrame) -> str:
    assert frame["chosen"].sum() == 1
    return str(frame.loc[frame["chosen"], "model"].item())


def test_the_best_mean_bound_is_chosen() -> None:
    frame = tabulate({"a": [1.0, 3.0], "b": [2.2, 2.2], "c": [0.0, 4.1]}, {})
    assert winner(frame) == "b"
    assert frame["model"].tolist() == ["b", "c", "a"]
    assert frame.loc[1, ["bound_least", "bound_largest"]].tolist() == [0.0, 4.1]


def test_of_equal_bounds_the_cheaper_is_chosen() -> None:
    dear = {"a": record(steps=200)}
    assert winner(tabulate({"a": [2.0, 2.0], "b": [1.99, 1.99]}, dear)) == "b"
    assert winner(tabulate({"a": [2.0, 2.0], "b": [1.97, 1.97]}, dear)) == "a"


def test_what_departs_from_the_paper_cannot_win() -> None:
    frame = tabulate({"a": [5.0], "b": [1.0]}, {}, {"a": False, "b": True})
    assert winner(frame) == "b"
    with pytest.raises(ValueError, match="expected a candidate among the models; none of these is one: a"):
        tabulate({"a": [5.0]}, {}, {"a": False})


def test_cost_counts_products_of_the_whole_training() -> None:
    assert selection.cost(record()) == (2 * 8 + 8 * 5) * 10 * 10 * 100
    assert selection.cost(record(samples=[[0, 5], [0.75, 25]])) == pytest.approx((2 * 8 + 8 * 5) * 10 * 10 * 100)


def test_no_step_of_the_selection_reads_a_length() -> None:
    for stage in ("selection", "train", "preprocess"):
        assert [module for module in closure(f"replication.stages.{stage}") if "geometry" in str(module)] == []


def test_candidates_do_what_the_paper_states() -> None:
    samples = {"pendulum": 50, "mnist": 50, "robot_arm": 15, "motion": 15}
    found = config.load({"profile": "study"})["datasets"]
    for one in found.values():
        faithful = one["train"]["samples"] == [[0, samples[one["loader"]]]] and one["train"]["gradient"] == "plain"
        assert one["model"]["activation"] in ("tanh", "sigmoid", "softplus")
        assert faithful or not one["candidate"]
    assert {one["loader"] for one in found.values() if one["candidate"]} == set(samples)


@pytest.mark.parametrize("file", sorted((config.FOLDER.parent / "results/study/selection").glob("*.csv")))
def test_the_data_sets_hold_what_was_chosen(file: Path) -> None:
    frame, study = read_csv(file), config.load({"profile": "study"})["datasets"]
    listed = {name for name, one in study.items() if one["loader"] == file.stem and one["candidate"] is not None}
    assert set(frame["model"]) == listed
    assert winner(frame) == selection.chosen(frame, config.load({"profile": "study"})["selection"]["tied"])
    assert fits.SELECTED.get(file.stem, winner(frame)) == winner(frame)
    own, best = config.load()["datasets"][file.stem], study[winner(frame)]
    assert (own["model"], own["train"]) == (best["model"], best["train"])


def test_no_seed_is_both_selected_on_and_judged() -> None:
    study = yaml.safe_load((config.FOLDER / "study.yaml").read_text(encoding="utf-8"))
    assert not {*study["seeds"]} & {*config.load()["seeds"]}
