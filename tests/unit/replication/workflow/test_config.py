"""The configuration: merged as documented, and every mistake is one line with file, key and what was expected."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from latentgeo.generative import iwae, networks
from replication import metrics
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
        ({"datasets": ["pendulm"]}, r"no data set 'pendulm'; did you mean 'pendulum'\? found: mnist, .*"),
        ({"datasets": {"mnst": {}}}, r"no data set 'mnst'; did you mean 'mnist'\? found: mnist"),
        ({"seedz": [1]}, r"unknown key 'seedz'; did you mean 'seeds'\? expected one of: .*seeds"),
        ({"seeds": []}, r"seeds: expected 1 or more values; got \[\]"),
        ({"seeds": [3, 4, 3]}, r"seeds: expected each value once; got 3 twice"),
        ({"standin": "nevr"}, r"standin: expected one of: auto, never, always; got 'nevr'; did you mean 'never'\?"),
        ({"standin": "maybe"}, r"standin: expected one of: auto, never, always; got 'maybe'"),
        ({"profile": "huge"}, r"no profile 'huge'; found: paper, scaling, smoke, study"),
        ({"profile": "smok"}, r"no profile 'smok'; did you mean 'smoke'\?"),
        ({"profile": "reported"}, r"no profile 'reported'"),
        ({"datasets": {"mnist": {"train": {"steps": "many"}}}}, r"mnist: train.steps: expected an integer; got 'many'"),
        (
            {"datasets": {"mnist": {"train": {"steps": 0}}}},
            r"mnist: train: .*steps: expected a positive integer; got 0",
        ),
        ({"datasets": {"mnist": {"train": {"step": 9}}}}, r"train: unknown key 'step'; did you mean 'steps'\? "),
        (
            {"datasets": {"mnist": {"train": {"learning_rate": "1e-3"}}}},
            r"learning_rate: expected a number; got '1e-3'",
        ),
        ({"datasets": {"mnist": {"train": {"samples": [[0.5, 9]]}}}}, r"train: .*samples: expected pairs"),
        ({"datasets": {"mnist": {"model": {"activation": "tanhh"}}}}, r"model.activation: .*did you mean 'tanh'\?"),
        ({"datasets": {"mnist": {"loader": "mnits"}}}, r"mnist: loader: .*did you mean 'mnist'\?"),
        ({"datasets": {"pendulum": {"data": {"valid": 0.95}}}}, r"pendulum: data: .* leave some to train on"),
        ({"datasets": {"motion": {"data": {"test_trials": [17]}}}}, r"motion: data: .*some of trials; got \[17\]"),
        ({"datasets": {"motion": {"data": {"test_trials": [15]}}}}, r"motion: data: .*different walks; got \[15\]"),
        ({"datasets": {"motion": {"geometry": {"neighbours": {"points": 9}}}}}, r"neighbours: missing key 'nearest'"),
        (
            {"datasets": {"mnist": {"geometry": {"study": {"variants": [{"metric": ["raw", "ficher"]}]}}}}},
            r"geometry.study.variants.0.metric.1: expected one of: .*did you mean 'fisher'\?",
        ),
        (
            {"datasets": {"mnist": {"geometry": {"study": {"variants": [{"metric": "raw", "kappa": "9"}]}}}}},
            r"variants.0.kappa: expected a number or a list; got '9'",
        ),
        ({"device": 5}, r"device: expected text; got 5"),
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
        ("paper.yaml", "seeds: [5, 6, 7, 8, 9]", "seeds: five", r"paper.yaml: seeds: expected a list; got 'five'"),
        ("paper.yaml", "data_seed: 0", "data_sed: 0", r"paper.yaml: "),
        ("paper.yaml", "frames: 12", "", r"paper.yaml: geometry: missing key 'frames'"),
        (
            "datasets/mnist.yaml",
            "batch:",
            "batsch:",
            r"mnist.yaml: train: unknown key 'batsch'; did you mean 'batch'\? ",
        ),
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


def test_a_profiles_mistake_is_named_by_its_file(folder: Path) -> None:
    path = folder / "smoke.yaml"
    path.write_text(path.read_text().replace("steps: 400", "stepps: 400"))
    with pytest.raises(
        config.ConfigError, match=r"smoke.yaml: datasets.mnist.train: unknown key 'stepps'; did you mean"
    ):
        config.load({"profile": "smoke"}, folder)
    path = folder / "study.yaml"
    text = path.read_text()
    path.write_text(text.replace("extends: motion", "extends: moton"))
    with pytest.raises(config.ConfigError, match=r"study.yaml: variants.motion_glorot_128: .*did you mean 'motion'\?"):
        config.load({"profile": "study"}, folder)
    path.write_text(text.replace("gain: 1}", "gane: 1}", 1))
    with pytest.raises(
        config.ConfigError, match=r"study.yaml: variants.*.model: unknown key 'gane'; did you mean 'gain'"
    ):
        config.load({"profile": "study"}, folder)


def test_a_long_value_is_cut() -> None:
    for odd in ({"standin": "x" * 9999}, {"datasets": {"mnist": {"train": {"samples": [[0, 5]] * 999}}}}):
        with pytest.raises(config.ConfigError) as caught:
            config.load(odd)
        assert len(str(caught.value)) < 600


def test_the_words_that_torch_would_have_to_be_loaded_for_are_those_of_the_modules() -> None:
    def choices(field: str, section: str = "model") -> tuple[str, ...]:
        with pytest.raises(config.ConfigError) as caught:
            config.load({"datasets": {"mnist": {section: {field: "" if section == "model" else [""]}}}})
        listed = re.search(r"one of: (.*); got ''", str(caught.value))
        assert listed
        return tuple(listed[1].split(", "))

    assert choices("metrics", "geometry") == metrics.MEASURED
    assert choices("activation") == tuple(networks.SMOOTH_ACTIVATIONS)
    assert choices("initialisation") == networks.INITIALISATIONS
    assert choices("likelihood") == iwae.LIKELIHOODS


def test_reading_the_configuration_loads_no_torch() -> None:
    code = "import sys; from replication.workflow import config; config.load(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "datasets" / "mnist.yaml").unlink()
    with pytest.raises(config.ConfigError, match=r"no data set 'mnist'; found: "):
        config.load(folder=folder)
