"""reported.yaml: its own consistency, the rules, and the verdict."""

import pytest
import yaml

from replication import figures, needs, quantities, reported, tables
from replication.bootstrap import Estimate
from replication_fixtures import DATASETS, SEEDS, write_tree

PAPER = reported.load()
NAN = float("nan")


def verdict_of(results, datasets=DATASETS):
    rows = reported.verdict(PAPER, needs.evidence(results, datasets, SEEDS, quantities.needed()))
    return rows.set_index("item")


def test_every_item_names_an_existing_figure_or_table():
    known = {*figures.names(), *tables.names()}
    assert [item["item"] for item in [*PAPER["items"], *PAPER["targets"]] if item["figure"] not in known] == []


@pytest.mark.parametrize(
    ("value", "expected"), [(1.1, "reproduced"), (1.3, "partly"), (1.6, "not reproduced"), (0.95, "reproduced")]
)
def test_close(value, expected):
    rule = {"close": {"relative": 0.2, "partly": 0.5}}
    assert reported.judge(rule, 1.0, Estimate(value, NAN, NAN, 1)) == expected


def test_close_from_one_does_not_let_no_effect_pass():
    rule = {"close": {"relative": 0.2, "partly": 0.5, "from": 1}}
    assert reported.judge(rule, 1.18, Estimate(1.0, NAN, NAN, 9)) == "not reproduced"
    assert reported.judge(rule, 1.18, Estimate(1.15, NAN, NAN, 9)) == "reproduced"


@pytest.mark.parametrize(
    ("low", "value", "high", "above", "below"),
    [
        (1.1, 1.2, 1.3, "reproduced", "not reproduced"),
        (0.9, 1.2, 1.3, "partly", "not reproduced"),
        (0.9, 0.95, 1.3, "not reproduced", "partly"),
        (NAN, 1.2, NAN, "partly", "not reproduced"),
    ],
)
def test_directions(low, value, high, above, below):
    ours = Estimate(value, low, high, 9)
    assert reported.judge({"above": {"threshold": 1}}, None, ours) == above
    assert reported.judge({"below": {"threshold": 1}}, None, ours) == below


def test_verdict_judges_every_item(tmp_path):
    rows = verdict_of(write_tree(tmp_path, "mirror"))
    assert set(rows["verdict"]) <= {"reproduced", "partly", "not reproduced"}
    assert rows.loc["pendulum_euclidean_over_geodesic", "ours"] == pytest.approx(2.0)
    assert rows.loc["pendulum_euclidean_over_geodesic", "verdict"] == "partly"
    assert rows.loc["mnist_classes_crossed", "data_source"] == "mirror"
    assert list(reported.COLUMNS) == ["item", *rows.columns]


def test_stand_ins_are_never_judged(tmp_path):
    rows = verdict_of(write_tree(tmp_path, "standin"))
    touched = rows[rows["dataset"].isin(["mnist", "motion"])]
    assert set(touched["verdict"]) == {"not run"}
    assert touched["note"].str.contains("is a stand-in (no network)", regex=False).all()
    assert "not run" not in set(rows[rows["dataset"] == "pendulum"]["verdict"])


def test_what_is_missing_is_not_run_with_the_reason(tmp_path):
    results = write_tree(tmp_path, datasets=("pendulum", "motion"))
    (results / "pendulum" / "seed1" / "sweep.csv").unlink()
    rows = verdict_of(results)
    assert rows.loc["mnist_equidistance", "note"] == "no results of mnist"
    assert rows.loc["motion_noise_smooths_mf", "note"] == "no results of motion_clean"
    assert rows.loc["pendulum_some_lambda_orders", "note"] == "no sweep.csv for seed 1"
    assert set(rows.loc[["mnist_equidistance", "pendulum_some_lambda_orders"], "verdict"]) == {"not run"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rule": {"near": {"relative": 0.2}}}, "rule must be one of close, above, below"),
        ({"rule": {"above": {"limit": 1}}}, "rule above takes"),
        ({"rule": {"close": {"relative": 0.2, "partly": 0.5}}, "paper": None}, "needs the paper's number"),
        ({"quantity": {"name": "men"}}, "no quantity 'men'"),
        ({"colour": "red"}, r"unknown fields \['colour'\]"),
    ],
)
def test_a_bad_item_is_named(tmp_path, change, words):
    path = tmp_path / "reported.yaml"
    path.write_text(yaml.safe_dump({"items": [{**PAPER["items"][0], **change}], "targets": [], "settings": []}))
    with pytest.raises(ValueError, match=words):
        reported.load(path)


def test_two_items_of_one_name_are_refused(tmp_path):
    path = tmp_path / "reported.yaml"
    path.write_text(yaml.safe_dump({"items": PAPER["items"][:1] * 2, "targets": [], "settings": []}))
    with pytest.raises(ValueError, match="taken already"):
        reported.load(path)
