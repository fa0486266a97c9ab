"""Every data set through fetch, preprocess and view, on simulated data and stand-ins; no network."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from replication import datasets
from replication.datasets import Processed
from replication.files.artifacts import write_json
from replication.raw.fetch import SourceOptions

NAMES = ["mnist", "motion", "pendulum", "robot_arm"]
STANDIN = SourceOptions(standin="always")
OBS = {"mnist": 784, "motion": 50, "pendulum": 256, "robot_arm": 6}
CHEAP = {"pendulum": {"images": 400}, "robot_arm": {"steps": 300}, "motion": {"trials": [1, 2, 15, 16]}, "mnist": {}}


def processed(name: str, data: dict, folder: Path, source: SourceOptions = STANDIN, seed: int = 0) -> Processed:
    module = datasets.load(name)
    write_json(folder / "source.json", module.fetch(data, folder, source))
    return module.preprocess(data, folder, torch.Generator().manual_seed(seed))


def test_the_folder_is_the_list():
    assert datasets.names() == NAMES


def test_every_raw_file_and_its_hash_is_documented(settings):
    readme = (Path(__file__).parents[4] / "data" / "README.md").read_text()
    for name in ("mnist", "motion"):
        for place in settings(name)["sources"]:
            assert place["url"] in readme
            for file, sha256 in place["files"].items():
                assert f"| {place['folder']}/{file} | {f'`{sha256}`' if sha256 else 'not pinned'}" in readme


@pytest.mark.parametrize("name", ["pendulm", "", "../mnist", "__init__"])
def test_an_unknown_name_lists_what_exists(name: str):
    with pytest.raises(ValueError, match="found: mnist, motion, pendulum, robot_arm") as caught:
        datasets.load(name)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_and_facts_of_every_data_set(settings, tmp_path: Path, name: str):
    data = settings(name) | CHEAP[name]
    result = processed(name, data, tmp_path)
    for role in ("train", "valid", "test"):
        assert result.arrays[role].shape[1] == OBS[name] == np.prod(result.meta["obs_shape"])
        assert len(result.arrays[role]) > 0
        assert np.isfinite(result.arrays[role]).all()
        assert result.arrays[role].dtype == (np.uint8 if name == "mnist" else np.float32)
    facts = {"noise", "obs_shape", "data_source", "data_source_reason", "missing"}
    assert facts <= set(json.loads(json.dumps(result.meta, allow_nan=False)))
    simulated = name in ("pendulum", "robot_arm")
    assert result.meta["data_source"] == ("simulated" if simulated else "standin")
    assert (result.meta["data_source_reason"] is None) == simulated


@pytest.mark.parametrize("name", NAMES)
def test_the_same_generator_gives_the_same_data(settings, tmp_path: Path, name: str):
    data = settings(name) | CHEAP[name] | ({"limit_train": 50} if name == "mnist" else {})
    first, again, other = (
        processed(name, data, tmp_path / folder, seed=seed).arrays for folder, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    for key, array in first.items():
        np.testing.assert_array_equal(array, again[key])
    assert (first["train"] != other["train"]).any()


def test_the_pendulums_images_turn_with_the_angle(settings, tmp_path: Path):
    data = settings("pendulum") | {"images": 1000}
    result = processed("pendulum", data, tmp_path)
    ring = datasets.load("pendulum").view(result.arrays["ring"], result.meta)["images"]
    assert ring.shape == (400, 16, 16)
    x, y = np.meshgrid(np.linspace(-1, 1, 16), np.linspace(1, -1, 16))
    for row, (bob_x, bob_y) in {0: (0, -0.5), 100: (0.5, 0), 200: (0, 0.5)}.items():
        weight = ring[row] ** 8 / (ring[row] ** 8).sum()
        np.testing.assert_allclose([(weight * x).sum(), (weight * y).sum()], [bob_x, bob_y], atol=0.02)
    module = datasets.load("pendulum")
    noise = result.arrays["train"] - module.render(result.arrays["angle_train"], data)
    assert noise.std() == pytest.approx(0.05, rel=0.01)
    assert result.meta["noise"] == 0.05


def test_the_pendulums_noise_may_be_read_as_a_variance(settings, tmp_path: Path):
    data = settings("pendulum") | {"images": 100, "noise_reading": "variance"}
    assert processed("pendulum", data, tmp_path).meta["noise"] == pytest.approx(0.05**0.5)
    with pytest.raises(ValueError, match="noise_reading must be std or variance; got 'sd'"):
        processed("pendulum", data | {"noise_reading": "sd"}, tmp_path)


def test_the_arms_view_is_the_circle(settings, tmp_path: Path):
    data = settings("robot_arm") | {"steps": 500}
    result = processed("robot_arm", data, tmp_path)
    view = datasets.load("robot_arm").view(result.arrays["ring"], result.meta)["effector"]
    np.testing.assert_allclose(view, result.arrays["ring_effector"], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(view - result.meta["centre"], axis=1), 0.4, atol=1e-5)
    assert result.meta["ik_residual_max"] < 1e-6
    clean = np.linalg.norm(result.arrays["effector_train"] - result.meta["centre"], axis=1)
    np.testing.assert_allclose(clean, 0.4, atol=1e-6)


def test_digits_have_labels_that_follow_a_subsample(settings, tmp_path: Path):
    every = processed("mnist", settings("mnist"), tmp_path)
    some = processed("mnist", settings("mnist") | {"limit_test": 40, "limit_train": 60}, tmp_path)
    assert len(some.arrays["train"]) == 60
    assert len(some.arrays["label_test"]) == len(some.arrays["test"]) == 40
    assert set(every.arrays["label_test"].tolist()) == set(range(10))
    labels = {row.tobytes(): label for row, label in zip(every.arrays["test"], every.arrays["label_test"], strict=True)}
    assert [labels[row.tobytes()] for row in some.arrays["test"]] == some.arrays["label_test"].tolist()


def test_walks_are_centred_copied_and_split_by_trial(settings, tmp_path: Path):
    data = settings("motion") | CHEAP["motion"]
    noisy = processed("motion", data, tmp_path).arrays
    clean = processed("motion", data | {"noise_copies": 0}, tmp_path)
    assert clean.meta["noise"] == 0
    assert len(noisy["train"]) == 4 * len(clean.arrays["train"])
    assert len(noisy["test"]) == len(clean.arrays["test"])
    assert np.abs(clean.arrays["train"].mean(axis=0)).max() < 1e-6
    for role in ("train", "test"):
        rows = np.tile(clean.arrays[role], (len(noisy[role]) // len(clean.arrays[role]), 1))
        assert (noisy[role] - rows).std() == pytest.approx(0.03, rel=0.02)
    assert set(noisy["trial_train"].tolist()) == {1, 2}
    assert set(noisy["trial_valid"].tolist()) == {15}
    assert set(noisy["trial_test"].tolist()) == {16}
    assert len(noisy["frame_train"]) == len(noisy["train"])


def test_the_view_of_a_walk_is_a_body(settings, tmp_path: Path):
    result = processed("motion", settings("motion") | CHEAP["motion"] | {"noise_copies": 0}, tmp_path)
    figures = datasets.load("motion").view(result.arrays["test"], result.meta)["segments"]
    assert figures.shape == (len(result.arrays["test"]), 30, 2, 3)
    heights = np.ptp(figures[..., 1], axis=(1, 2))
    assert 1.4 < heights.min() < heights.max() < 1.9


def test_another_number_of_moving_channels_is_an_error(settings, tmp_path: Path):
    with pytest.raises(ValueError, match=r"50 of 62 channels.*expected data.channels = 49; constant are .*clavicle"):
        processed("motion", settings("motion") | CHEAP["motion"] | {"channels": 49}, tmp_path)


def test_held_out_walks_must_be_among_the_trials(settings, tmp_path: Path):
    with pytest.raises(ValueError, match=r"must be among data.trials; \[16\] are not"):
        processed("motion", settings("motion") | {"trials": [1, 2, 15]}, tmp_path)


@pytest.mark.parametrize("name", ["mnist", "motion"])
def test_without_network_and_mirror_the_standin_serves_with_the_reason(settings, site, tmp_path: Path, name: str):
    data = settings(name) | CHEAP[name]
    data["sources"] = [place | {"url": f"{site.url}/gone"} for place in data["sources"]]
    result = processed(name, data, tmp_path, SourceOptions())
    assert result.meta["data_source"] == "standin"
    assert "cannot be had" in result.meta["data_source_reason"]
    assert "status 404" in result.meta["data_source_reason"]
    with pytest.raises(ValueError, match=f"{name}: .*standin is never: set mirror"):
        processed(name, data, tmp_path / "never", SourceOptions(standin="never"))


def test_walks_that_are_not_in_the_mirror_are_named(settings, site, tmp_path: Path):
    data = settings("motion") | CHEAP["motion"]
    standin = tmp_path / "made"
    datasets.load("motion").fetch(data, standin, STANDIN)
    (standin / "standin" / "35_02.amc").unlink()
    (standin / "standin").rename(tmp_path / "walks")
    names = dict.fromkeys(["35.asf", *(f"35_{trial:02d}.amc" for trial in data["trials"])])
    data["sources"] = [{"folder": "walks", "url": f"{site.url}/gone", "files": names}]
    result = processed("motion", data, tmp_path / "raw", SourceOptions(str(tmp_path)))
    assert result.meta["data_source"] == "mirror"
    assert result.meta["missing"] == ["35_02.amc"]
    assert set(result.arrays["trial_train"].tolist()) == {1}
    (tmp_path / "walks" / "35_01.amc").unlink()
    with pytest.raises(ValueError, match=r"no walk left for train; present are trials \[15, 16\]"):
        processed("motion", data, tmp_path / "less", SourceOptions(str(tmp_path)))


def test_a_trial_without_a_source_is_an_error(settings, tmp_path: Path):
    with pytest.raises(ValueError, match=r"lists no 35_17\.amc"):
        processed("motion", settings("motion") | {"trials": [1, 15, 16, 17]}, tmp_path, SourceOptions())
