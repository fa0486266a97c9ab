"""Acclaim motion capture files: the motion (AMC), and from `replication.raw.asf` the skeleton (ASF) that it moves.

A file that is damaged is refused with one line that names the file, the line, what was expected and what was found.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from replication.raw.acclaim import ANGLES, checked, folded, lines, numbers, unexpected
from replication.raw.asf import read_asf
from replication.raw.skeleton import ROOT, Skeleton, channel_names

__all__ = ["read_amc", "read_asf"]

# of a frame number
_MOST_DIGITS = 15


def read_amc(path: Path, skeleton: Skeleton) -> tuple[Float[ndarray, "time channels"], Int[ndarray, " time"]]:
    """Read a motion.

    Args:
        path: The file; its frames are numbered one by one, from any number. Angles are in the skeleton's unit unless
            `:DEGREES` or `:RADIANS` says otherwise.
        skeleton: The skeleton that it moves.

    Returns:
        One column for each of the skeleton's `channel_names` (angles in rad, the root's position in metres), and the
        frame numbers.

    Raises:
        ValueError: The file is empty, a frame is cut short or lacks a bone, a bone is unknown or has another number
            of channels, a value is not a finite number, frame numbers have a gap, or the unit of the angles changes.
    """
    expected = {ROOT: skeleton.root_order} | {bone.name: bone.dof for bone in skeleton.bones if bone.dof}
    unit: str | None = None
    frames: list[dict[str, list[float]]] = []
    ids: list[int] = []
    last = 0
    for last, words in lines(path, "frames"):
        if words[0].startswith(":"):
            unit = _motion_unit(path, last, words[0], unit, begun=bool(frames))
        elif len(checked(path, last, words)) == 1 and words[0].isdigit():
            _require_complete(path, last, frames, ids, expected)
            if len(words[0]) > _MOST_DIGITS:
                raise unexpected(path, last, f"a frame number of at most {_MOST_DIGITS} digits", words[0])
            if ids and int(words[0]) != ids[-1] + 1:
                raise ValueError(f"{path}, line {last}: frame {words[0]} follows frame {ids[-1]}")
            ids.append(int(words[0]))
            frames.append({})
        else:
            name = folded(words[0])
            if not frames:
                raise unexpected(path, last, "a frame number", " ".join(words))
            if name not in expected:
                raise ValueError(f"{path}, line {last}: bone {name!r} is not one that the skeleton moves")
            if name in frames[-1]:
                raise ValueError(f"{path}, line {last}: bone {name!r} comes twice in frame {ids[-1]}")
            if len(words) - 1 != len(expected[name]):
                raise ValueError(
                    f"{path}, line {last}: bone {name!r} has {len(words) - 1} channels, expected "
                    f"{len(expected[name])} ({' '.join(expected[name])})"
                )
            frames[-1][name] = numbers(path, last, words[1:], count=len(expected[name]))
    if not frames:
        raise ValueError(f"{path}: no frames; expected an AMC motion")
    _require_complete(path, last, frames, ids, expected)
    motion = np.array([[value for name in expected for value in frame[name]] for frame in frames])
    turns = np.array([name.rpartition(".")[2].startswith("r") for name in channel_names(skeleton)])
    in_degrees = skeleton.in_degrees if unit is None else unit == ":degrees"
    motion[:, turns] *= ANGLES["deg"] if in_degrees else 1.0
    motion[:, ~turns] *= skeleton.scale
    return motion, np.array(ids, dtype=np.int64)


def _motion_unit(path: Path, line: int, word: str, before: str | None, begun: bool) -> str | None:
    """The unit of the motion's angles, `:degrees` or `:radians`, after one of the file's keywords."""
    unit = word.lower()
    if unit not in (":degrees", ":radians"):
        return before
    if begun or before not in (None, unit):
        raise unexpected(path, line, "one of :DEGREES and :RADIANS, before the first frame", word)
    return unit


def _require_complete(path: Path, line: int, frames: list, ids: list[int], expected: dict) -> None:
    """Every bone of the frame before this line is there."""
    if not frames:
        return
    lacking = [name for name in expected if name not in frames[-1]]
    if lacking:
        raise ValueError(
            f"{path}, line {line}: frame {ids[-1]} has {len(frames[-1])} of {len(expected)} bones, "
            f"without {', '.join(lacking[:5])}{' ...' if len(lacking) > 5 else ''}"
        )
