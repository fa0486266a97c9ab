"""The configuration: merged as documented, and every mistake is one line with file, key and what was expected."""

import shutil
from pathlib import Path

import pytest

from replication.workflow import config


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(config.FOLDER, tmp_path / "config"))


def test_paper_holds_every_experiment_with_the_shared_geometry() -> None:
    loaded = config.load()
    assert list(loaded["datasets"])[:5] == ["pendulum", "mnist", "robot_arm", "motion", "motion_clean"]
    pairs = {name: experiment["geometry"]["pairs"] for name, experiment in loaded["datasets"].items()}
    assert pairs == {**dict.fromkeys(pairs, 100), "mnist": 50, "pendulum_underfitted": 50, "robot_arm_underfitted": 50}


def test_every_data_set_is_smoothed_alike_and_measured_at_one_beside() -> None:
    loaded = config.load()["datasets"]
    assert {experiment["geometry"]["lambda_multiplier"] for experiment in loaded.values()} == {1000}
    for name in ("pendulum", "mnist", "robot_arm", "motion"):
        geometry = loaded[name]["geometry"]
        assert {"smoothed", "smoothed_1"} <= {*geometry["metrics"]} & {*geometry["neural_metrics"]}
        assert geometry["neural"]["pairs"] >= 50


def test_an_experiment_takes_what_it_extends() -> None:
    loaded = config.load()["datasets"]
    assert loaded["motion_clean"]["loader"] == "motion"
    assert loaded["motion_clean"]["data"] == {**loaded["motion"]["data"], "noise_copies": 0}
    assert loaded["motion_clean"]["train"] == loaded["motion"]["train"]


def test_smoke_is_an_overlay_on_the_same_experiments() -> None:
    paper, smoke = config.load(), config.load({"profile": "smoke"})
    assert smoke["seeds"] == [0]
    assert smoke["datasets"].keys() == paper["datasets"].keys()
    assert smoke["datasets"]["mnist"]["train"]["steps"] < paper["datasets"]["mnist"]["train"]["steps"]
    assert smoke["datasets"]["mnist"]["model"] == paper["datasets"]["mnist"]["model"]


def test_the_shared_geometry_may_be_changed_below_what_a_data_set_says() -> None:
    found = config.load({"geometry": {"radii": 3, "pairs": 7}})["datasets"]
    assert found["motion"]["geometry"]["pairs"] == 7
    assert found["pendulum"]["geometry"]["radii"] == 2
    assert found["motion"]["geometry"]["radii"] == 3
    with pytest.raises(config.ConfigError, match="command line: geometry"):
        config.load({"geometry": {"pairs": "many"}})


def test_overrides_come_last_and_may_choose_data_sets() -> None:
    loaded = config.load({"datasets": ["motion_clean"], "seeds": [3]})
    assert list(loaded["datasets"]) == ["motion_clean"]
    assert loaded["seeds"] == [3]
    nested = config.load({"datasets": {"mnist": {"train": {"steps": 7}}}})
    assert nested["datasets"]["mnist"]["train"]["steps"] == 7


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"datasets": ["pendulm"]}, r"no data set 'pendulm'; found: .*pendulum"),
        ({"datasets": {"mnst": {}}}, r"no data set 'mnst'; found: mnist"),
        ({"seedz": [1]}, r"unknown key 'seedz'; expected one of: .*seeds"),
        ({"seeds": []}, r"seeds"),
        ({"standin": "maybe"}, r"standin: expected one of: auto, never, always; got 'maybe'"),
        ({"profile": "huge"}, r"no profile 'huge'; expected paper, smoke or study"),
        ({"datasets": {"mnist": {"train": {"steps": "many"}}}}, r"mnist: train.steps: expected integer; got 'many'"),
        ({"datasets": {"mnist": {"model": {"depth": 3}}}}, r"mnist: model: unknown key 'depth'"),
        ({"datasets": {"pendulum": {"data": {"sise": 3}}}}, r"pendulum: data.*unknown key 'sise'"),
    ],
)
def test_a_bad_override_is_named(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(config.ConfigError, match=message):
        config.load(overrides)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("paper.yaml", "seeds: [5, 6, 7, 8, 9]", "seeds: five", r"paper.yaml: seeds: expected array; got 'five'"),
        ("paper.yaml", "data_seed: 0", "data_sed: 0", r"paper.yaml: "),
        ("datasets/mnist.yaml", "batch:", "batsch:", r"mnist.yaml: train: "),
        ("datasets/mnist.yaml", "train:", "train: [", r"mnist.yaml: not YAML"),
    ],
)
def test_a_bad_file_is_named(folder: Path, file: str, old: str, new: str, message: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(config.ConfigError, match=message):
        config.load(folder=folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "datasets" / "mnist.yaml").unlink()
    with pytest.raises(config.ConfigError, match=r"no data set 'mnist'; found: "):
        config.load(folder=folder)
