"""Units of skeletons and motions: applied, or refused with what to do."""

import re
from pathlib import Path

import numpy as np
import pytest

from replication.raw.gait import write_standin
from replication.raw.mocap import read_amc, read_asf
from small_skeleton import AMC, ASF

#: What one unit is in metres -> the value of `length` for it.
LENGTHS = {0.0254: "1", 0.01: "2.54", 1.0: "0.0254", 0.001: "25.4", 0.3048: "0.0833333333333", 0.0254 / 0.45: "0.45"}


def body(folder: Path, unit: float, length: str) -> Path:
    """The stand-in's body of 1.6 m, counted in this unit of so many metres and labelled with this length."""
    (path,) = write_standin(folder, 35, [])
    lines = path.read_text().splitlines()
    for at, line in enumerate(lines):
        words = line.split()
        if words[0] == "length":
            lines[at] = f"length {length}" if at < 6 else f"length {float(words[1]) / unit!r}"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(("unit", "length"), LENGTHS.items())
def test_a_body_in_any_unit_is_as_tall_if_its_length_says_so(tmp_path: Path, unit: float, length: str):
    bones = read_asf(body(tmp_path, unit, length)).bones
    assert {bone.name: bone.length for bone in bones}["lfemur"] == pytest.approx(0.42)


@pytest.mark.parametrize("unit", LENGTHS)
@pytest.mark.parametrize("length", LENGTHS.values())
def test_a_body_whose_length_says_another_unit_is_refused(tmp_path: Path, unit: float, length: str):
    path = body(tmp_path, unit, length)
    if LENGTHS[unit] == length:
        read_asf(path)
        return
    size = 1.63663671 * 0.0254 / unit / float(length)
    said = f"line 5: expected a unit of length with which the body is 1 to 2.5 m large, found 'length {length}'"
    with pytest.raises(
        ValueError, match=re.escape(f"35.asf, {said}; with it the rest pose is {size:.3g} m large")
    ) as caught:
        read_asf(path)
    assert "1 for inches, 2.54 for centimetres, 0.0254 for metres, 0.45 in CMU's files" in str(caught.value)


def test_where_the_root_stands_is_no_part_of_the_bodys_size(tmp_path: Path):
    path = tmp_path / "arm.asf"
    path.write_text(ASF.replace("position 0 0 0", "position 900 0 0").replace("orientation 0", "orientation 45"))
    assert read_asf(path).position == pytest.approx((900 * 20 * 0.0254, 0, 0))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            ":units\n  mass 1.0\n  length 0.05\n  angle deg\n",
            "",
            r"no section ':units'.*add one with .*'length L' \(one ",
        ),
        ("  length 0.05\n", "", r":units lacks 'length'; add 'length L' \(one unit of the file is 0.0254 m / length"),
        ("  angle deg\n", "", ":units lacks 'angle'; add 'angle deg' or 'angle rad'"),
        ("length 0.05", "length cm", "line 5: expected a finite number, found 'cm'; one unit of the file is 0.0254 m"),
        ("length 0.05", "length", "line 5: expected 1 numbers, found 0; one unit of the file is 0.0254 m"),
        ("length 0.05", "length 0", "line 5: expected a unit of length of 1e-09 or more, found '0'; one unit"),
        ("length 0.05", "length -0.05", "line 5: expected a unit of length of 1e-09 or more, found '-0.05'"),
        ("angle deg", "angle grad", "line 6: expected angles in deg or rad, found 'grad'"),
        ("angle deg", "angle", "line 6: expected angles in deg or rad, found ''"),
    ],
)
def test_units_that_say_nothing_are_refused_with_what_to_write(tmp_path: Path, old: str, new: str, said: str):
    path = tmp_path / "arm.asf"
    path.write_text(ASF.replace(old, new))
    with pytest.raises(ValueError, match=said):
        read_asf(path)


def motion(folder: Path, asf: str, amc: str) -> np.ndarray:
    for name, text in (("arm.asf", asf), ("arm.amc", amc)):
        (folder / name).write_text(text)
    return read_amc(folder / "arm.amc", read_asf(folder / "arm.asf"))[0]


@pytest.mark.parametrize(
    ("angle", "keyword", "in_degrees"),
    [
        ("deg", ":DEGREES", True),
        ("deg", ":RADIANS", False),
        ("rad", ":DEGREES", True),
        ("rad", ":radians", False),
        ("deg", ":anything", True),
        ("rad", ":anything", False),
    ],
)
def test_a_motion_that_names_no_unit_has_its_skeletons(tmp_path: Path, angle: str, keyword: str, in_degrees: bool):
    found = motion(tmp_path, ASF.replace("angle deg", f"angle {angle}"), AMC.replace(":DEGREES", keyword))
    np.testing.assert_allclose(found[0, -2:], np.deg2rad([10, 20]) if in_degrees else [10, 20])


@pytest.mark.parametrize(
    ("amc", "line"),
    [
        (AMC.replace(":DEGREES", ":DEGREES\n:RADIANS"), 4),
        (AMC.replace(":DEGREES", ":radians\n:degrees"), 4),
        (AMC.replace("\n8\n", "\n:RADIANS\n8\n"), 8),
        (AMC.replace("\n8\n", "\n:DEGREES\n8\n"), 8),
    ],
)
def test_a_motion_that_changes_its_unit_is_refused(tmp_path: Path, amc: str, line: int):
    with pytest.raises(ValueError, match=f"line {line}: expected one of :DEGREES and :RADIANS, before the first frame"):
        motion(tmp_path, ASF, amc)
