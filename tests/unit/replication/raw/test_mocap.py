"""Reading skeletons and motions, whole and damaged."""

import math
from pathlib import Path

import numpy as np
import pytest

from replication.raw.mocap import read_amc, read_asf
from replication.raw.skeleton import channel_names
from small_skeleton import AMC, ASF

UNIT = 20 * 0.0254  # metres


@pytest.fixture
def asf(tmp_path: Path) -> Path:
    (tmp_path / "arm.asf").write_text(ASF)
    return tmp_path / "arm.asf"


def amc(folder: Path, text: str) -> Path:
    (folder / "arm_01.amc").write_text(text)
    return folder / "arm_01.amc"


def test_a_skeleton_is_read_in_metres_and_radians(asf: Path):
    skeleton = read_asf(asf)
    assert [(bone.name, bone.parent) for bone in skeleton.bones] == [
        ("upper", "root"),
        ("lower", "upper"),
        ("tip", "lower"),
    ]
    lower = skeleton.bones[1]
    assert lower.length == pytest.approx(3 * UNIT)
    assert lower.direction == (0, -1, 0)
    assert lower.axis == pytest.approx((0, 0, math.pi / 2))
    assert lower.dof == ("rx", "rz")
    assert channel_names(skeleton)[5:] == ["root.rz", "upper.rx", "upper.ry", "upper.rz", "lower.rx", "lower.rz"]


def test_a_motion_is_read_with_its_frame_numbers(asf: Path):
    motion, frames = read_amc(amc(asf.parent, AMC), read_asf(asf))
    assert frames.tolist() == [7, 8]
    degrees = np.rad2deg(motion)
    np.testing.assert_allclose(motion[:, :3], np.array([[1, 2, 3], [1, 2, 4]]) * UNIT)
    np.testing.assert_allclose(degrees[:, 3:], [[0, 0, 0, 1, 2, 3, 10, 20], [0, 0, 90, 0, 0, 90, 11, 21]], atol=1e-12)


def test_a_motion_in_radians_is_not_converted(asf: Path):
    motion, _ = read_amc(amc(asf.parent, AMC.replace(":DEGREES", ":RADIANS")), read_asf(asf))
    assert motion[0, -2:].tolist() == [10, 20]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "arm_01.amc: empty; expected frames"),
        (":DEGREES\n", "no frames"),
        (AMC.replace("lower 10 20\n", ""), "line 7: frame 7 has 2 of 3 bones, without lower"),
        (AMC.replace("lower 10 20", "lower 10"), r"line 6: bone 'lower' has 1 channels, expected 2 \(rx rz\)"),
        (AMC.replace("lower 10 20", "lower 10 20 30"), "line 6: bone 'lower' has 3 channels, expected 2"),
        (AMC.replace("lower 10 20", "lower 10 nan"), "line 6: expected a finite number, found 'nan'"),
        (AMC.replace("lower 10 20", "lower 10 -inf"), "line 6: expected a finite number, found '-inf'"),
        (AMC.replace("lower 10 20", "lower 10 2O"), "line 6: expected a finite number, found '2O'"),
        (AMC.replace("lower 10", "elbow 10"), "line 6: bone 'elbow' is not one that the skeleton moves"),
        (AMC.replace("lower 10 20", "lower 10 20\nlower 10 20"), "line 7: bone 'lower' comes twice in frame 7"),
        (AMC.removesuffix("upper 0 0 90\n"), "line 10: frame 8 has 2 of 3 bones, without upper"),
        (AMC.removesuffix(" 90\n"), "line 11: bone 'upper' has 2 channels, expected 3"),
        (AMC + "10\nroot 1 2 4 0 0 90\n", "line 12: frame 10 follows frame 8"),
        (AMC.replace("\n7\n", "\n"), "line 4: expected a frame number, found 'root 1 2 3 0 0 0'"),
        ("<html>\n", "line 1: expected a frame number"),
    ],
)
def test_a_damaged_motion_is_refused_in_one_line(asf: Path, text: str, said: str):
    skeleton = read_asf(asf)
    with pytest.raises(ValueError, match=said) as caught:
        read_amc(amc(asf.parent, text), skeleton)
    assert "arm_01.amc" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "arm.asf: empty; expected a skeleton"),
        (ASF.split(":hierarchy")[0], "no section ':hierarchy'"),
        (ASF.replace("     length 3\n", ""), "the bone that ends at line 21 lacks 'length'"),
        (ASF.replace("length 3", "length three"), "line 17: expected a finite number, found 'three'"),
        (ASF.replace("direction 0 -2 0", "direction 0 -2"), "line 16: expected 3 numbers, found 2"),
        (ASF.replace("direction 0 -2 0", "direction 0 0 0"), "bone 'lower' has the direction 0 0 0"),
        (ASF.replace("90 XYZ", "90 XYX"), "line 18: expected an order of turns, X, Y and Z once each .* found 'XYX'"),
        (ASF.replace("90 XYZ", "90"), "line 18: expected an order of turns, .* found ''"),
        (ASF.replace("dof rx rz", "dof rx rw"), "line 19: expected channels of rx ry rz, found 'rx rw'"),
        (ASF.replace("dof rx rz", "dof rx tz"), "line 19: expected channels of rx ry rz, found 'rx tz'"),
        (ASF.replace("dof rx rz", "dof rx l"), "line 19: expected channels of rx ry rz, found 'rx l'"),
        (ASF.replace("dof rx rz", "dof rx RX"), "line 19: expected each channel once, found 'rx RX'"),
        (ASF.replace("TX TY TZ", "TX TY L"), "line 8: expected channels of tx ty tz rx ry rz, found 'TX TY L"),
        (ASF.replace("upper lower\n", "\n"), "bone 'lower' is not in the hierarchy"),
        (ASF.replace("lower tip", "lower tip toe"), "the hierarchy joins 'toe' to 'lower'"),
        (ASF.replace("lower tip", "lower tip upper"), "bone 'upper' has two parents"),
        (ASF.replace("root upper", "tip upper"), "the hierarchy has a loop"),
        (ASF.replace("name tip", "name lower"), "line 37: bone 'lower' comes twice in :bonedata"),
        (ASF.replace("     length 3\n", "     length 3\n" * 2), "line 18: expected 'length' once, as at line 17"),
        (ASF.replace("axis XYZ", "position 1 0 0"), "line 10: expected 'position' once, as at line 9"),
        (ASF.replace("  end\n  begin\n     id 1", "     id 1"), "line 23: expected 'name' once, as at line 15"),
        (ASF.replace("  end\n  begin\n     id 1", "  begin\n     id 1"), "line 22: expected 'end' of the bone before"),
        (ASF.replace("  begin\n     id 1", "     id 1"), "line 23: expected 'begin' of a bone, found 'id 1'"),
        (ASF.replace("  end\n:hierarchy", ":hierarchy"), "line 36: expected 'end' of the last bone"),
        (ASF.replace(":bonedata", ":root"), "line 12: expected one section ':root', which begins at line 7"),
        (ASF.replace("name tip", "name Root"), "line 33: expected one word other than 'root' as name, found 'Root'"),
    ],
)
def test_a_damaged_skeleton_is_refused_in_one_line(asf: Path, text: str, said: str):
    asf.write_text(text)
    with pytest.raises(ValueError, match=said) as caught:
        read_asf(asf)
    assert "arm.asf" in str(caught.value)
    assert "\n" not in str(caught.value)
