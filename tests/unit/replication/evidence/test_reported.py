"""reported.yaml: its own consistency, the rules, and the verdict."""

import numpy as np
import pandas as pd
import pytest
import yaml

from replication import figures, tables
from replication.evidence import quantities, reported
from replication.evidence.bootstrap import Estimate
from replication.files import needs
from replication_fixtures import DATASETS, NEURAL, PAIRS, SEEDS, write_tree

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
    rows = verdict_of(write_tree(tmp_path / "results" / "tiny", "mirror"))
    assert set(rows["verdict"]) <= {"reproduced", "partly", "not reproduced"}
    assert set(rows["shortest_verdict"].dropna()) <= {"reproduced", "partly", "not reproduced"}
    ratio = rows.loc["pendulum_euclidean_over_geodesic"]
    assert ratio.ours == pytest.approx(2.0 / 1.05)
    assert ratio.shortest == pytest.approx(2.0)
    assert (ratio.n, ratio.shortest_n, ratio.unit_n) == (NEURAL * len(SEEDS), PAIRS * len(SEEDS), NEURAL * len(SEEDS))
    assert ratio.verdict == ratio.shortest_verdict == "partly"
    assert rows.loc["mnist_classes_crossed", "data_source"] == "mirror"
    assert list(reported.COLUMNS) == ["item", *rows.columns]


def by_hand(pairs=10, measured=6):
    """One seed whose two solvers' curves differ: the paper's follow smoothed, ours at 1; far pairs never do."""
    far = (np.arange(pairs) % 2).astype(int)
    lengths = {("euclidean", "smoothed"): 6.0, ("geodesic", "smoothed"): 4.0, ("neural", "smoothed"): 2.0}
    frames = []
    for metric in ("raw", "smoothed", "smoothed_1"):
        for path in ("euclidean", "geodesic", "neural", "manifold"):
            count = measured if path == "neural" else pairs
            stays = (path == "neural") & (metric == "smoothed") & (far[:count] == 0)
            frames.append(
                pd.DataFrame(
                    {
                        "pair": np.arange(count),
                        "path": path,
                        "metric": metric,
                        "far": far[:count],
                        "length": lengths.get((path, metric), 1.0) * (1 + np.arange(count)),
                        "follow": stays.astype(int),
                    }
                )
            )
    return {0: {"pairs.csv": pd.concat(frames), "scores.json": {"data_source": "simulated"}}}


def item_of(name, quantity, rule):
    named = {
        "item": name,
        "dataset": "pendulum",
        "claim": "",
        "where": "P",
        "paper": None,
        "figure": "fig01_pendulum_mf",
    }
    return {**named, "quantity": quantity, "rule": rule}


def test_each_judge_reads_its_own_solver_on_the_pairs_of_both_paths():
    ratio = {"name": "path_ratio", "over": "euclidean", "under": "geodesic", "metric": "smoothed"}
    item = item_of("ratio", ratio, {"above": {"threshold": 2}})
    paper = {"judges": {"paper": "neural", "shortest": "geodesic"}, "items": [item], "targets": [item]}
    row = reported.verdict(paper, {"pendulum": by_hand()}).iloc[0]
    assert (row.ours, row.n, row.verdict) == (pytest.approx(3.0), 6, "reproduced")
    assert (row.shortest, row.shortest_n, row.shortest_verdict) == (pytest.approx(1.5), 10, "not reproduced")
    assert (row.unit, row.unit_n, row.unit_verdict) == (pytest.approx(1.0), 6, "not reproduced")
    assert "under=neural" in row.quantity
    assert pd.isna(row.far_verdict)
    # a target is our solver's alone
    target = reported.targets(paper, {"pendulum": by_hand()})
    assert (target.ours[0], target.n[0]) == (pytest.approx(1.5), 10)
    assert not [column for column in target if column.startswith(("shortest", "unit", "far"))]
    # who judges is said once
    turned = {**paper, "judges": {"paper": "geodesic", "shortest": "neural"}}
    assert reported.verdict(turned, {"pendulum": by_hand()}).ours[0] == pytest.approx(1.5)


def test_what_follows_the_data_is_also_judged_on_far_pairs():
    follows = {"name": "mean", "path": "geodesic", "metric": "smoothed", "column": "follow"}
    needed = {"name": "metric_difference", "path": "geodesic", "over": "smoothed", "under": "raw", "column": "follow"}
    rule = {"above": {"threshold": 0}}
    items = [item_of("follows", follows, rule), item_of("needed", needed, rule)]
    paper = {"judges": PAPER["judges"], "items": items}
    for _, row in reported.verdict(paper, {"pendulum": by_hand()}).iterrows():
        assert (row.ours, row.verdict) == (0.5, "reproduced")
        assert (row.far, row.far_n, row.far_verdict) == (0.0, 3, "not reproduced")
        assert (row.far_shortest, row.far_shortest_n, row.far_shortest_verdict) == (0.0, 5, "not reproduced")
        assert (row.shortest, row.shortest_n) == (0.0, 10)
        assert (row.unit, row.unit_n) == (0.0, 6)


def test_what_would_ask_nothing_else_is_empty():
    line = {"name": "path_ratio", "over": "manifold", "under": "euclidean", "metric": "raw"}
    smoothed = {**line, "metric": "smoothed"}
    rule = {"above": {"threshold": 0}}
    items = [item_of("raw", line, rule), item_of("smoothed", smoothed, rule)]
    rows = reported.verdict({"judges": PAPER["judges"], "items": items}, {"pendulum": by_hand()})
    assert rows.n.tolist() == [10, 10]
    assert (
        rows[["shortest", "shortest_n", "shortest_verdict", "far", "far_verdict", "far_shortest"]].isna().all(axis=None)
    )
    assert pd.isna(rows.unit[0])
    assert rows.unit[1] == pytest.approx(1.0)


def test_without_the_papers_solver_only_the_shortest_path_is_judged():
    item = item_of("mean", {"name": "mean", "path": "geodesic", "metric": "smoothed"}, {"above": {"threshold": 0}})
    evidence = by_hand()
    frame = evidence[0]["pairs.csv"]
    evidence[0]["pairs.csv"] = frame[frame["path"] != "neural"]
    row = reported.verdict({"judges": PAPER["judges"], "items": [item]}, {"pendulum": evidence}).iloc[0]
    assert (row.verdict, row.n, row.shortest_verdict) == ("not run", 0, "reproduced")
    assert row.note.startswith("no path 'neural' under the smoothed metric in pairs.csv of seed 0")


def test_every_claim_about_a_geodesic_names_no_solver():
    named = [item["item"] for item in PAPER["items"] if "neural" in item["quantity"].values()]
    assert named == []


def test_judges_are_named(tmp_path):
    path = tmp_path / "reported.yaml"
    path.write_text(yaml.safe_dump({"items": [], "targets": [], "judges": {"paper": "neural"}}))
    with pytest.raises(ValueError, match="judges: missing key 'shortest'"):
        reported.load(path)


def test_stand_ins_are_never_judged(tmp_path):
    rows = verdict_of(write_tree(tmp_path / "results" / "tiny", "standin"))
    touched = rows[rows["dataset"].isin(["mnist", "motion"])]
    assert set(touched["verdict"]) == {"not run"}
    assert set(touched[["shortest_verdict", "unit_verdict", "far_verdict"]].stack().dropna()) == {"not run"}
    assert touched["note"].str.contains("is a stand-in (no network)", regex=False).all()
    assert "not run" not in set(rows[rows["dataset"] == "pendulum"]["verdict"])


def test_what_is_missing_is_not_run_with_the_reason(tmp_path):
    results = write_tree(tmp_path / "results" / "tiny", datasets=("pendulum", "motion"))
    (results / "pendulum" / "seed1" / "sweep.csv").unlink()
    rows = verdict_of(results)
    assert rows.loc["mnist_equidistance", "note"] == "no results of mnist"
    assert rows.loc["motion_noise_smooths_mf", "note"] == "no results of motion_clean"
    assert rows.loc["pendulum_some_lambda_orders", "note"] == "no sweep.csv for seed 1"
    assert set(rows.loc[["mnist_equidistance", "pendulum_some_lambda_orders"], "verdict"]) == {"not run"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rule": {"near": {"relative": 0.2}}}, "rule: unknown key 'near'; expected one of: above, below, close"),
        ({"rule": {}}, "rule: expected one of close, above, below; got none"),
        (
            {"rule": {"above": {"threshold": 1}, "below": {"threshold": 2}}},
            "one of close, above, below; got above, below",
        ),
        ({"rule": {"above": None}}, "rule: expected one of close, above, below"),
        ({"rule": {"above": {"limit": 1}}}, "rule.above: unknown key 'limit'; expected one of: threshold"),
        ({"rule": {"close": {"relative": 0.2, "form": 1}}}, "rule.close: unknown key 'form'; did you mean 'from'"),
        ({"rule": {"close": {"relative": 0.2}}}, "rule.close: missing key 'partly'"),
        ({"paper": "two"}, "paper: expected a number; got 'two'"),
        ({"rule": {"close": {"relative": 0.2, "partly": 0.5}}, "paper": None}, "needs the paper's number"),
        ({"quantity": {"name": "men"}}, r"quantity.name: .*; got 'men'; did you mean 'mean'\?"),
        ({"quantity": {"name": "mean", "paht": "geodesic"}}, r"quantity: unknown key 'paht'; did you mean 'path'\?"),
        ({"quantity": {"name": "mean", "metric": "raw"}}, "quantity: missing key 'path', which mean needs"),
        ({"beside": [{"name": "score", "kei": "sigma"}]}, r"beside.0: unknown key 'kei'; did you mean 'key'\?"),
        ({"colour": "red"}, "unknown key 'colour'; expected one of: beside, claim"),
        ({"clam": "that"}, r"unknown key 'clam'; did you mean 'claim'\?"),
    ],
)
def test_a_bad_item_is_named(tmp_path, change, words):
    path = tmp_path / "reported.yaml"
    items = [{**PAPER["items"][0], **change}]
    path.write_text(yaml.safe_dump({"items": items, "targets": [], "judges": PAPER["judges"]}))
    with pytest.raises(ValueError, match=words):
        reported.load(path)


def test_two_items_of_one_name_are_refused(tmp_path):
    path = tmp_path / "reported.yaml"
    path.write_text(yaml.safe_dump({"items": PAPER["items"][:1] * 2, "targets": [], "judges": PAPER["judges"]}))
    with pytest.raises(ValueError, match="taken already"):
        reported.load(path)
