"""Where a skeleton puts its root before any motion, and the orders in which axes are turned."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from replication.raw.mocap import read_amc, read_asf
from replication.raw.skeleton import from_json, stick_figure, to_json
from small_skeleton import AMC, ASF

UNIT = 20 * 0.0254  # metres
ORDERS = ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]


def figure(folder: Path, asf: str, amc: str = AMC) -> np.ndarray:
    """Both ends of all bones, in all frames."""
    for name, text in (("arm.asf", asf), ("arm.amc", amc)):
        (folder / name).write_text(text)
    skeleton = read_asf(folder / "arm.asf")
    return stick_figure(skeleton, read_amc(folder / "arm.amc", skeleton)[0])


def test_the_roots_position_moves_the_whole_body(tmp_path: Path):
    moved = figure(tmp_path, ASF.replace("position 0 0 0", "position 1 -2 3.5"))
    np.testing.assert_allclose(moved, figure(tmp_path, ASF) + UNIT * np.array([1, -2, 3.5]), atol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "angles", [(30, -40, 50), (0, 90, 0), (20, 90, 70), (20, -90, 70), (90, 0, 180), (200, 300, 1)]
)
def test_the_roots_orientation_turns_what_moves_in_the_order_of_its_axis(tmp_path: Path, order: str, angles: tuple):
    asf = ASF.replace("axis XYZ\n   position 0 0 0", f"axis {order}\n   position 1 2 3")
    turned = figure(tmp_path, asf.replace("orientation 0 0 0", "orientation {} {} {}".format(*angles)))
    turn = Rotation.from_euler(order.lower(), [angles["XYZ".index(axis)] for axis in order], degrees=True)
    expected = UNIT * np.array([1, 2, 3]) + turn.apply(figure(tmp_path, ASF).reshape(-1, 3))
    np.testing.assert_allclose(turned.reshape(-1, 3), expected, atol=1e-12)


def test_an_orientation_in_radians_is_not_converted(tmp_path: Path):
    degrees = ASF.replace("orientation 0 0 0", "orientation 30 0 0")
    radians = ASF.replace("orientation 0 0 0", f"orientation {np.deg2rad(30)} 0 0").replace("angle deg", "angle rad")
    radians = radians.replace("0 0 90 XYZ", f"0 0 {np.pi / 2} XYZ")
    np.testing.assert_allclose(figure(tmp_path, radians), figure(tmp_path, degrees), atol=1e-12)


@pytest.mark.parametrize("axis", ["ZYX", "yxz", "Z X Y"])
def test_a_root_axis_without_an_orientation_changes_nothing(tmp_path: Path, axis: str):
    np.testing.assert_array_equal(figure(tmp_path, ASF.replace("axis XYZ\n", f"axis {axis}\n")), figure(tmp_path, ASF))


def test_a_root_without_axis_position_and_orientation_is_at_the_origin(tmp_path: Path):
    asf = ASF.replace("   axis XYZ\n   position 0 0 0\n   orientation 0 0 0\n", "")
    np.testing.assert_array_equal(figure(tmp_path, asf), figure(tmp_path, ASF))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ASF.replace("position 0 0 0", "position 0 0"), "line 10: expected 3 numbers, found 2"),
        (ASF.replace("position 0 0 0", "position 0 0 up"), "line 10: expected a finite number, found 'up'"),
        (ASF.replace("orientation 0 0 0", "orientation 0 0 nan"), "line 11: expected a finite number, found 'nan'"),
        (ASF.replace("axis XYZ\n", "axis XY\n"), "line 9: expected an order of turns, .* such as XYZ, found 'XY'"),
        (ASF.replace("axis XYZ\n", "axis UVW\n"), "line 9: expected an order of turns, .* such as XYZ, found 'UVW'"),
        (
            ASF.replace("   axis XYZ\n", "").replace("orientation 0 0 0", "orientation 9 0 0"),
            ":root lacks 'axis'; add the order in which its orientation is turned, 'axis XYZ'",
        ),
    ],
)
def test_a_root_that_cannot_be_placed_is_refused(tmp_path: Path, text: str, said: str):
    with pytest.raises(ValueError, match=said):
        figure(tmp_path, text)


@pytest.mark.parametrize("order", ORDERS)
def test_a_bones_axes_are_turned_in_the_order_that_it_gives(tmp_path: Path, order: str):
    angles = (25, -35, 65)
    asf = ASF.replace("axis 0 0 90 XYZ", "axis {} {} {} {}".format(*angles, order.lower()))
    amc = AMC.replace("upper 1 2 3", "upper 0 0 0")
    C = Rotation.from_euler(order.lower(), [angles["XYZ".index(axis)] for axis in order], degrees=True)
    M = Rotation.from_euler("xz", [10, 20], degrees=True)  # frame 7 of the motion
    start = UNIT * np.array([1 + 2, 2, 3])
    (lower,) = figure(tmp_path, asf, amc)[:1, 1]
    np.testing.assert_allclose(lower, [start, start + (C * M * C.inv()).apply([0, -3 * UNIT, 0])], atol=1e-12)


def test_json_keeps_where_the_root_is_and_says_nothing_of_a_root_at_the_origin(tmp_path: Path):
    path = tmp_path / "arm.asf"
    path.write_text(ASF)
    assert set(to_json(read_asf(path))) == {"scale", "root_order", "bones"}
    placed = ASF.replace("position 0 0 0", "position 1 2 3").replace("orientation 0 0 0", "orientation 10 20 30")
    path.write_text(placed.replace("angle deg", "angle rad"))
    skeleton = read_asf(path)
    assert from_json(json.loads(json.dumps(to_json(skeleton)))) == skeleton
