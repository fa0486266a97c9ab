"""The simulated walks."""

from pathlib import Path

import numpy as np

from replication.raw.gait import write_standin
from replication.raw.mocap import read_amc, read_asf
from replication.raw.skeleton import channel_names, stick_figure


def test_the_walks_have_the_channels_of_the_real_ones_and_look_like_a_body(tmp_path: Path):
    skeleton_path, *walks = write_standin(tmp_path, 35, [1, 2])
    assert [path.name for path in walks] == ["35_01.amc", "35_02.amc"]
    skeleton = read_asf(skeleton_path)
    assert len(channel_names(skeleton)) == 62
    for path in walks:
        motion, frames = read_amc(path, skeleton)
        assert frames.tolist() == list(range(1, 321))
        figure = stick_figure(skeleton, motion)
        height = np.ptp(figure[..., 1], axis=(1, 2))
        assert height.min() > 1.4
        assert height.max() < 1.9
        assert -0.1 < figure[..., 1].min() < 0.15  # metres, the feet are near the ground
        assert figure[-1, 0, 0, 2] - figure[0, 0, 0, 2] > 2  # and it walks forward


def test_a_trial_is_the_same_whatever_the_others(tmp_path: Path):
    write_standin(tmp_path / "one", 35, [1, 2])
    write_standin(tmp_path / "two", 35, [2])
    assert (tmp_path / "one" / "35_02.amc").read_bytes() == (tmp_path / "two" / "35_02.amc").read_bytes()
    assert (tmp_path / "one" / "35_01.amc").read_bytes() != (tmp_path / "one" / "35_02.amc").read_bytes()
