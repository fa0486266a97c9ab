"""Acclaim's skeletons (ASF), read as their definition has them.

Schafer, "Acclaim Skeleton File Definition V1.10", 1995. A file that is damaged is refused with one line that names the
file, the line, what was expected and what was found.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from replication.raw.acclaim import ANGLES, LARGEST, Line, folded, is_word, numbers, sections, unexpected
from replication.raw.skeleton import ROOT, Bone, Skeleton, channel_names, in_xyz_order, stick_figure

__all__ = ["read_asf"]

INCH = 0.0254
#: Metres from end to end of a body's rest pose. An adult's is well within; read in a wrong unit (an inch for a
#: centimetre is 2.5 times too long, an inch for CMU's unit 2.2 times too short) it is not.
BODY = (1.0, 2.5)
_SHIFTS, _TURNS = ("tx", "ty", "tz"), ("rx", "ry", "rz")
_LENGTHS = (
    "one unit of the file is 0.0254 m / length: 1 for inches, 2.54 for centimetres, 0.0254 for metres, "
    "0.45 in CMU's files"
)

Entries = dict[str, Line]


def read_asf(path: Path) -> Skeleton:
    """Read the skeleton of a body; lengths become metres, angles radians. Words of the format may be in capitals.

    Warning:
        The files do not name their unit of length. CMU's count in inches times `length` of `:units`, and so it is taken
        here; a body that is not as large as one then (`BODY`) is refused.

    Raises:
        ValueError: The file is empty or lacks a section, a bone lacks an entry or hangs on nothing, something is said
            twice or cannot be read, or the body is not as large as one.
    """
    found = sections(path, "a skeleton", ("units", "root", "bonedata", "hierarchy"))
    for name in ("root", "bonedata", "hierarchy"):
        if name not in found:
            raise ValueError(f"{path}: no section ':{name}'; expected an ASF skeleton")
    if "units" not in found:
        raise ValueError(
            f"{path}: no section ':units', without which its numbers mean nothing; add one with the lines 'length L' "
            f"({_LENGTHS}) and 'angle deg' or 'angle rad'"
        )
    units = _entries(path, found["units"], ("length", "angle"))
    root = _entries(path, found["root"], ("order", "axis", "position", "orientation"))
    length = _entry(path, units, "length", ":units", f"add 'length L' ({_LENGTHS})")
    scale = INCH / _length_unit(path, *length)
    angle = _angle_unit(path, *_entry(path, units, "angle", ":units", "add 'angle deg' or 'angle rad'"))
    order = _channels(path, *_entry(path, root, "order", ":root", "add 'order TX TY TZ RX RY RZ'"), _SHIFTS + _TURNS)
    parents = _parents(path, found["hierarchy"])
    bones: dict[str, Bone] = {}
    for line, bone in _bones(path, found["bonedata"], parents, scale, angle):
        if bone.name in bones:
            raise ValueError(f"{path}, line {line}: bone {bone.name!r} comes twice in :bonedata")
        bones[bone.name] = bone
    for name, (line, parent) in parents.items():
        if name not in bones or (parent != ROOT and parent not in bones):
            raise ValueError(
                f"{path}, line {line}: the hierarchy joins {name!r} to {parent!r}, but :bonedata lacks one of them"
            )
    position, orientation = _placed(path, root, scale, angle)
    in_degrees = angle == ANGLES["deg"]
    skeleton = Skeleton(tuple(_parents_first(path, bones)), order, scale, position, orientation, in_degrees)
    _require_body(path, *length, skeleton)
    return skeleton


def _require_body(path: Path, line: int, unit: list[str], skeleton: Skeleton) -> None:
    """The rest pose is as large as a body along the axis that it reaches furthest along."""
    at_rest = replace(skeleton, position=(0.0, 0.0, 0.0), orientation=(0.0, 0.0, 0.0))
    ends = stick_figure(at_rest, np.zeros((1, len(channel_names(at_rest))))).reshape(-1, 3)
    size = float(np.ptp(ends, axis=0).max()) if len(ends) else 0.0
    if not BODY[0] <= size <= BODY[1]:
        raise unexpected(
            path,
            line,
            f"a unit of length with which the body is {BODY[0]:g} to {BODY[1]:g} m large",
            f"length {unit[0]}",
            f"with it the rest pose is {size:.3g} m large ({_LENGTHS})",
        )


def _blocks(path: Path, found: list[Line]) -> Iterator[tuple[int, list[Line]]]:
    """What stands between each `begin` and `end`, and the line of the end."""
    block: list[Line] | None = None
    for number, words in found:
        if block is None:
            if not is_word(words, "begin"):
                raise unexpected(path, number, "'begin' of a bone", " ".join(words))
            block = []
        elif is_word(words, "begin"):
            raise unexpected(path, number, "'end' of the bone before", " ".join(words))
        elif is_word(words, "end"):
            yield number, block
            block = None
        else:
            block.append((number, words))
    if block is not None:
        raise unexpected(path, found[-1][0], "'end' of the last bone", " ".join(found[-1][1]))


def _bones(
    path: Path, found: list[Line], parents: dict[str, tuple[int, str]], scale: float, angle: float
) -> Iterator[tuple[int, Bone]]:
    """The bones, each with the line that it ends at."""
    for number, block in _blocks(path, found):
        entries = _entries(path, block, ("name", "direction", "length", "axis", "dof"))
        where = f"the bone that ends at line {number}"
        name = _name(path, *_entry(path, entries, "name", where))
        direction_line, words = _entry(path, entries, "direction", where)
        direction = np.array(numbers(path, direction_line, words, count=3))
        length_line, words = _entry(path, entries, "length", where)
        length = numbers(path, length_line, words, count=1)[0]
        if length < 0:
            raise unexpected(path, length_line, "a length of 0 or more", words[0])
        axis_line, axis = _entry(path, entries, "axis", where)
        angles = [angle * value for value in numbers(path, axis_line, axis[:3], count=3)]
        turned = in_xyz_order((angles[0], angles[1], angles[2]), _order(path, axis_line, axis[3:]))
        dof = _channels(path, *entries.get("dof", (0, [])), _TURNS)
        if name not in parents:
            raise ValueError(f"{path}, line {number}: bone {name!r} is not in the hierarchy")
        if not direction.any():
            raise ValueError(f"{path}, line {direction_line}: bone {name!r} has the direction 0 0 0")
        # unlike a sum of squares, hypot is not zero for tiny numbers
        x, y, z = (direction / math.hypot(*direction)).tolist()
        yield number, Bone(name, parents[name][1], (x, y, z), length * scale, turned, dof)


def _placed(path: Path, root: Entries, scale: float, angle: float) -> tuple[tuple[float, float, float], ...]:
    """Where the root stands before any motion, in metres, and the angles about X, Y, Z by which it is turned."""
    nothing: Line = (0, ["0", "0", "0"])
    x, y, z = (scale * value for value in numbers(path, *root.get("position", nothing), count=3))
    a, b, c = (angle * value for value in numbers(path, *root.get("orientation", nothing), count=3))
    if (a, b, c) == (0, 0, 0) and "axis" not in root:
        return (x, y, z), (a, b, c)
    axis = _entry(path, root, "axis", ":root", "add the order in which its orientation is turned, 'axis XYZ'")
    return (x, y, z), in_xyz_order((a, b, c), _order(path, *axis))


def _order(path: Path, line: int, words: list[str]) -> str:
    """The order in which axes are turned about, `XYZ` where X is first."""
    order = "".join(words).upper()
    if sorted(order) != list("XYZ"):
        raise unexpected(path, line, "an order of turns, X, Y and Z once each such as XYZ", " ".join(words))
    return order


def _length_unit(path: Path, line: int, words: list[str]) -> float:
    try:
        unit = numbers(path, line, words, count=1)[0]
    except ValueError as error:
        raise ValueError(f"{error}; {_LENGTHS}") from None
    if unit < 1 / LARGEST:
        raise unexpected(path, line, f"a unit of length of {1 / LARGEST:g} or more", words[0], _LENGTHS)
    return unit


def _angle_unit(path: Path, line: int, words: list[str]) -> float:
    name = " ".join(words).lower()
    if name not in ANGLES:
        raise unexpected(path, line, "angles in deg or rad", " ".join(words))
    return ANGLES[name]


def _name(path: Path, line: int, words: list[str]) -> str:
    if len(words) != 1 or folded(words[0]) == ROOT:
        raise unexpected(path, line, f"one word other than {ROOT!r} as name", " ".join(words))
    return words[0]


def _channels(path: Path, line: int, words: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    channels = tuple(word.lower() for word in words)
    if set(channels) - set(known):
        raise unexpected(path, line, f"channels of {' '.join(known)}", " ".join(words), "leave others out")
    if len(set(channels)) < len(channels):
        raise unexpected(path, line, "each channel once", " ".join(words))
    return channels


def _entries(path: Path, found: list[Line], known: tuple[str, ...]) -> Entries:
    """Lines by their first word, of those that are known; it may be in capitals."""
    entries: Entries = {}
    for number, words in found:
        key = words[0].lower()
        if key in known:
            if key in entries:
                raise unexpected(path, number, f"{key!r} once, as at line {entries[key][0]}", " ".join(words))
            entries[key] = number, words[1:]
    return entries


def _entry(path: Path, entries: Entries, key: str, where: str, advice: str = "") -> Line:
    if key not in entries:
        raise ValueError(f"{path}: {where} lacks {key!r}{advice and f'; {advice}'}")
    return entries[key]


def _parents(path: Path, found: list[Line]) -> dict[str, tuple[int, str]]:
    """What each bone hangs on, and the line that says so."""
    parents: dict[str, tuple[int, str]] = {}
    for number, words in found:
        if not (is_word(words, "begin") or is_word(words, "end")):
            for child in words[1:]:
                if child in parents:
                    raise ValueError(f"{path}, line {number}: bone {child!r} has two parents")
                parents[child] = number, folded(words[0])
    return parents


def _parents_first(path: Path, bones: dict[str, Bone]) -> list[Bone]:
    """The bones in the file's order, save that none comes before its parent."""
    placed: dict[str, Bone] = {}
    while len(placed) < len(bones):
        ready = [b for b in bones.values() if b.name not in placed and (b.parent == ROOT or b.parent in placed)]
        if not ready:
            raise ValueError(f"{path}: the hierarchy has a loop")
        placed[ready[0].name] = ready[0]
    return list(placed.values())
