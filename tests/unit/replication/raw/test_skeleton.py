"""Where bones are, for poses whose answer is plain."""

import json

import numpy as np
import pytest

from replication.raw.skeleton import Bone, Skeleton, channel_names, from_json, stick_figure, to_json

RIGHT = np.pi / 2
ARM = Skeleton(
    bones=(
        Bone("upper", "root", (1, 0, 0), 2.0, (0, 0, 0), ("rx", "ry", "rz")),
        Bone("lower", "upper", (1, 0, 0), 1.0, (0, 0, 0), ("rz",)),
    ),
    root_order=("tx", "ty", "tz", "rx", "ry", "rz"),
    scale=1.0,
)


def ends(skeleton: Skeleton, **channels: float) -> np.ndarray:
    """Far ends of the bones for one pose, channels given as bone_channel."""
    names = channel_names(skeleton)
    motion = np.zeros((1, len(names)))
    for name, value in channels.items():
        motion[0, names.index(name.replace("_", "."))] = value
    return stick_figure(skeleton, motion)[0, :, 1]


def test_the_rest_pose_is_the_files():
    np.testing.assert_allclose(ends(ARM), [[2, 0, 0], [3, 0, 0]])


def test_a_bone_carries_what_hangs_on_it():
    np.testing.assert_allclose(ends(ARM, upper_rz=RIGHT), [[0, 2, 0], [0, 3, 0]], atol=1e-12)
    np.testing.assert_allclose(ends(ARM, lower_rz=RIGHT), [[2, 0, 0], [2, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(ends(ARM, upper_ry=RIGHT, lower_rz=RIGHT), [[0, 0, -2], [0, 1, -2]], atol=1e-12)


def test_x_is_turned_before_z():
    # x first leaves the bone along x alone, then z lifts it; the other order would end at [0, 0, 2].
    np.testing.assert_allclose(ends(ARM, upper_rx=RIGHT, upper_rz=RIGHT)[0], [0, 2, 0], atol=1e-12)


def test_the_root_moves_and_turns_everything():
    moved = ends(ARM, root_tx=1, root_tz=5, root_rz=RIGHT)
    np.testing.assert_allclose(moved, [[1, 2, 5], [1, 3, 5]], atol=1e-12)


def test_a_bone_turns_about_its_own_axes():
    # Axes turned by 90 degrees about z: the bone's own x is the global y, about which the bone along x swings to -z.
    bone = Bone("upper", "root", (1, 0, 0), 2.0, (0, 0, RIGHT), ("rx",))
    np.testing.assert_allclose(ends(Skeleton((bone,), (), 1.0), upper_rx=RIGHT), [[0, 0, -2]], atol=1e-12)


def test_bones_keep_their_lengths_and_joints_meet():
    motion = np.random.default_rng(0).normal(0, 2, (50, 10))
    segments = stick_figure(ARM, motion)
    assert segments.shape == (50, 2, 2, 3)
    lengths = np.linalg.norm(segments[:, :, 1] - segments[:, :, 0], axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to([2.0, 1.0], (50, 2)))
    np.testing.assert_allclose(segments[:, 0, 1], segments[:, 1, 0])
    np.testing.assert_allclose(segments[:, 0, 0], motion[:, :3])


def test_another_number_of_channels_is_an_error():
    with pytest.raises(ValueError, match=r"\(time, 10\).*got \(4, 9\)"):
        stick_figure(ARM, np.zeros((4, 9)))


def test_json_keeps_the_skeleton():
    assert from_json(json.loads(json.dumps(to_json(ARM)))) == ARM
