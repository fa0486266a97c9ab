"""Acclaim motion capture files: the skeleton (ASF) and its motion (AMC).

A file that is damaged is refused with one line that names the file, the line, what was expected and what was found.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from replication.skeleton import ROOT, Bone, Skeleton, channel_names

__all__ = ["read_amc", "read_asf"]

INCH = 0.0254
_CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz", "l")
_ANGLES = {"deg": math.pi / 180, "rad": 1.0}
# of a frame number; and in size, of a number in any unit
_MOST_DIGITS = 15
_LARGEST = 1e9
_LONGEST_WORD = 80


def read_asf(path: Path) -> Skeleton:
    """Read a skeleton; lengths become metres (the file counts in inches times its length unit), angles radians.

    Raises:
        ValueError: The file is empty or lacks a section, a bone lacks an entry, or a bone hangs on nothing.
    """
    sections = _sections(path)
    for name in ("units", "root", "bonedata", "hierarchy"):
        if name not in sections:
            raise ValueError(f"{path}: no section ':{name}'; expected an ASF skeleton")
    units = {words[0]: (number, words[1:]) for number, words in sections["units"]}
    root = {words[0]: (number, words[1:]) for number, words in sections["root"]}
    scale = INCH / _length_unit(path, *_entry(path, units, "length", ":units"))
    angle = _angle_unit(path, *_entry(path, units, "angle", ":units"))
    order = _channels(path, ROOT, _entry(path, root, "order", ":root")[1])
    parents = _parents(path, sections["hierarchy"])
    bones: dict[str, Bone] = {}
    for bone in _bones(path, sections["bonedata"], parents, scale, angle):
        if bone.name in bones:
            raise ValueError(f"{path}: bone {bone.name!r} comes twice in :bonedata")
        bones[bone.name] = bone
    for name, parent in parents.items():
        if name not in bones or (parent != ROOT and parent not in bones):
            raise ValueError(f"{path}: the hierarchy joins {name!r} to {parent!r}, but :bonedata lacks one of them")
    return Skeleton(tuple(_parents_first(path, bones)), order, scale)


def read_amc(path: Path, skeleton: Skeleton) -> tuple[Float[ndarray, "time channels"], Int[ndarray, " time"]]:
    """Read a motion.

    Args:
        path: The file; its frames are numbered one by one, from any number.
        skeleton: The skeleton that it moves.

    Returns:
        One column for each of the skeleton's `channel_names` (angles in rad, the root's position in metres), and the
        frame numbers.

    Raises:
        ValueError: The file is empty, a frame is cut short or lacks a bone, a bone is unknown or has another number
            of channels, a value is not a finite number, or frame numbers have a gap.
    """
    expected = {ROOT: skeleton.root_order} | {bone.name: bone.dof for bone in skeleton.bones if bone.dof}
    degrees = True
    frames: list[dict[str, list[float]]] = []
    numbers: list[int] = []
    last = 0
    for last, words in _lines(path):
        if words[0].startswith(":"):
            degrees = degrees and words[0].lower() != ":radians"
        elif len(words) == 1 and words[0].isdigit():
            _require_complete(path, last, frames, numbers, expected)
            if len(words[0]) > _MOST_DIGITS:
                raise ValueError(
                    f"{path}, line {last}: expected a frame number of at most {_MOST_DIGITS} digits, "
                    f"found {words[0][:20]!r}"
                )
            if numbers and int(words[0]) != numbers[-1] + 1:
                raise ValueError(f"{path}, line {last}: frame {words[0]} follows frame {numbers[-1]}")
            numbers.append(int(words[0]))
            frames.append({})
        else:
            name = words[0]
            if not frames:
                raise ValueError(f"{path}, line {last}: expected a frame number, found {' '.join(words)[:40]!r}")
            if name not in expected:
                raise ValueError(f"{path}, line {last}: bone {name!r} is not one that the skeleton moves")
            if name in frames[-1]:
                raise ValueError(f"{path}, line {last}: bone {name!r} comes twice in frame {numbers[-1]}")
            if len(words) - 1 != len(expected[name]):
                raise ValueError(
                    f"{path}, line {last}: bone {name!r} has {len(words) - 1} channels, expected "
                    f"{len(expected[name])} ({' '.join(expected[name])})"
                )
            frames[-1][name] = _numbers(path, last, words[1:], count=len(expected[name]))
    if not frames:
        raise ValueError(f"{path}: no frames; expected an AMC motion")
    _require_complete(path, last, frames, numbers, expected)
    motion = np.array([[value for name in expected for value in frame[name]] for frame in frames])
    turns = np.array([name.rpartition(".")[2].startswith("r") for name in channel_names(skeleton)])
    motion[:, turns] *= math.pi / 180 if degrees else 1.0
    motion[:, ~turns] *= skeleton.scale
    return motion, np.array(numbers, dtype=np.int64)


def _require_complete(path: Path, line: int, frames: list, numbers: list[int], expected: dict) -> None:
    """Every bone of the frame before this line is there."""
    if not frames:
        return
    lacking = [name for name in expected if name not in frames[-1]]
    if lacking:
        raise ValueError(
            f"{path}, line {line}: frame {numbers[-1]} has {len(frames[-1])} of {len(expected)} bones, "
            f"without {', '.join(lacking[:5])}{' ...' if len(lacking) > 5 else ''}"
        )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines as words, without comments and blank lines."""
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: empty; expected {'a skeleton' if path.suffix == '.asf' else 'frames'}")
    with path.open(encoding="ascii", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            words = line.split("#", 1)[0].split()
            longest = max(map(len, words), default=0)
            if longest > _LONGEST_WORD:
                raise ValueError(
                    f"{path}, line {number}: expected words up to {_LONGEST_WORD} characters, found one of {longest}"
                )
            if words:
                yield number, words


def _sections(path: Path) -> dict[str, list[tuple[int, list[str]]]]:
    """The file's `:name` sections, each as its numbered lines."""
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    current: list[tuple[int, list[str]]] = []
    for number, words in _lines(path):
        if words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        else:
            current.append((number, words))
    return sections


def _numbers(path: Path, line: int, words: list[str], count: int) -> list[float]:
    values = []
    for word in words:
        try:
            # Python's digit groups are none of this format
            values.append(math.nan if "_" in word else float(word))
        except ValueError:
            values.append(math.nan)
        if not math.isfinite(values[-1]):
            raise ValueError(f"{path}, line {line}: expected a finite number, found {word[:20]!r}")
        if abs(values[-1]) > _LARGEST:
            raise ValueError(f"{path}, line {line}: expected a number up to {_LARGEST:g} in size, found {word[:20]!r}")
    if len(values) != count:
        raise ValueError(f"{path}, line {line}: expected {count} numbers, found {len(values)}")
    return values


def _bones(path: Path, lines: list, parents: dict[str, str], scale: float, angle: float) -> Iterator[Bone]:
    entries: dict[str, tuple[int, list[str]]] = {}
    for number, words in lines:
        if words[0] == "begin":
            entries = {}
        elif words[0] == "end":
            where = f"the bone that ends at line {number}"
            name = _name(path, *_entry(path, entries, "name", where))
            direction = np.array(_numbers(path, *_entry(path, entries, "direction", where), count=3))
            length_line, length_words = _entry(path, entries, "length", where)
            length = _numbers(path, length_line, length_words, count=1)[0]
            if length < 0:
                raise ValueError(f"{path}, line {length_line}: expected a length of 0 or more, found {length:g}")
            axis_line, axis = _entry(path, entries, "axis", where)
            if axis[3:] != ["XYZ"]:
                raise ValueError(f"{path}, line {axis_line}: expected axis 'x y z XYZ', found {' '.join(axis)[:40]!r}")
            dof = _channels(path, name, entries.get("dof", (0, []))[1])
            if name not in parents:
                raise ValueError(f"{path}: bone {name!r} is not in the hierarchy")
            if not direction.any():
                raise ValueError(f"{path}: bone {name!r} has the direction 0 0 0")
            # unlike a sum of squares, hypot is not zero for tiny numbers
            x, y, z = (direction / math.hypot(*direction)).tolist()
            a, b, c = (angle * value for value in _numbers(path, axis_line, axis[:3], count=3))
            yield Bone(name, parents[name], (x, y, z), length * scale, (a, b, c), dof)
        else:
            entries[words[0]] = (number, words[1:])


def _length_unit(path: Path, line: int, words: list[str]) -> float:
    unit = _numbers(path, line, words, count=1)[0]
    if unit < 1 / _LARGEST:
        raise ValueError(
            f"{path}, line {line}: expected a unit of length of {1 / _LARGEST:g} or more, found {words[0]!r}"
        )
    return unit


def _angle_unit(path: Path, line: int, words: list[str]) -> float:
    if words[:1] not in [[name] for name in _ANGLES]:
        raise ValueError(f"{path}, line {line}: expected angles in deg or rad, found {' '.join(words)[:20]!r}")
    return _ANGLES[words[0]]


def _name(path: Path, line: int, words: list[str]) -> str:
    if len(words) != 1 or words[0] == ROOT:
        raise ValueError(f"{path}, line {line}: expected one word other than {ROOT!r} as name, found {words[:3]}")
    return words[0]


def _channels(path: Path, name: str, words: list[str]) -> tuple[str, ...]:
    channels = tuple(word.lower() for word in words)
    if set(channels) - set(_CHANNELS):
        raise ValueError(f"{path}: bone {name!r} has unknown channels {' '.join(channels)[:40]!r}")
    if len(set(channels)) < len(channels):
        raise ValueError(f"{path}: bone {name!r} has a channel twice: {' '.join(channels)[:40]!r}")
    return channels


def _entry(path: Path, entries: dict, key: str, where: str) -> tuple[int, list[str]]:
    if key not in entries:
        raise ValueError(f"{path}: {where} lacks {key!r}")
    return entries[key]


def _parents(path: Path, lines: list[tuple[int, list[str]]]) -> dict[str, str]:
    parents = {}
    for number, words in lines:
        if words[0] not in ("begin", "end"):
            for child in words[1:]:
                if child in parents:
                    raise ValueError(f"{path}, line {number}: bone {child!r} has two parents")
                parents[child] = words[0]
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
