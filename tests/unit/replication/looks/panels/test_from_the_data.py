"""Which of the data are nearest to what was decoded, and the poses that were recorded."""

import numpy as np
import pytest

from replication.files.artifacts import read_json, read_npz
from replication.looks.panels.from_the_data import nearest, recorded_poses
from replication_fixtures import SKELETON, write_tree


def test_the_nearest_is_found_and_its_distance_is_a_root_mean_square_over_the_places() -> None:
    data = np.zeros((3, 4, 2)) + np.array([0.0, 1.0, 5.0])[:, None, None]
    which, distance = nearest(np.stack([data[1], data[2] - [0.3, 0.4]]), data)
    assert which.tolist() == [1, 2]
    np.testing.assert_allclose(distance, [0, 0.5], atol=1e-12)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write_tree(folder / "results" / "tiny", datasets=("motion",))
    processed = folder / "data" / "processed" / "tiny"
    return read_npz(processed / "motion.npz"), read_json(processed / "motion.json")


def test_recorded_poses_are_the_frames_with_their_noisy_copies_averaged(walk) -> None:
    data, meta = walk
    poses = recorded_poses(data, meta)
    assert poses.shape == (100, len(SKELETON.bones), 2, 3)
    upright = poses[0]  # nothing is swung in the first frame; its copies are 0.01 rad too far and too short
    np.testing.assert_allclose(upright[:, 1, 2], 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(poses[:, 1, 1] - poses[:, 1, 0], axis=-1), 0.8)


def test_means_and_fixed_channels_are_put_back(walk) -> None:
    data, meta = walk
    moved = {**meta, "channel_means": [0.3, 0, 0, 0], "fixed_channels": {"root.ty": 2.0}}
    plain, other = recorded_poses(data, meta), recorded_poses(data, moved)
    np.testing.assert_allclose(other[:, 0, 0] - plain[:, 0, 0], np.tile([0, 2, 0], (100, 1)))
    leg = other[0, 1, 1] - other[0, 1, 0]
    assert np.arctan2(abs(leg[2]), -leg[1]) == pytest.approx(0.3, abs=1e-6)
