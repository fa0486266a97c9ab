"""Damaged skeletons and motions: what is read has to be a skeleton that can move, and finite channels."""

import codecs
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from fuzz.effort import parser_inputs
from fuzz.endings import answer
from fuzz.mutations import damaged
from replication.raw.mocap import read_amc, read_asf
from replication.raw.skeleton import Skeleton, channel_names, from_json, stick_figure, to_json
from small_skeleton import AMC, ASF

SKELETON, MOTION = ASF.encode(), AMC.encode()
ASF_WORDS = [
    *b":units :root begin end name length axis dof order root upper lower tip direction rx tx l XYZ".split(),
    *b":documentation BEGIN END ROOT position orientation zyx deg rad".split(),
    *(b"\n", b"\x1a", codecs.BOM_UTF8, codecs.BOM_UTF16),
]
AMC_WORDS = [*b"root upper lower ROOT :RADIANS :DEGREES 7 8 9".split(), b"\n", b"\x1a", codecs.BOM_UTF8]
CHANNELS = {"tx", "ty", "tz", "rx", "ry", "rz"}


@pytest.fixture(scope="module")
def skeleton(folder: Path) -> Skeleton:
    path = folder / "whole.asf"
    path.write_bytes(SKELETON)
    return read_asf(path)


@parser_inputs(300, 25_000)
@given(damaged(SKELETON, ASF_WORDS))
def test_a_damaged_skeleton_is_read_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "damaged.asf"
    path.write_bytes(content)
    found = answer(lambda: read_asf(path), "damaged.asf", plain=True)
    if found is None:
        return
    assert 0 < found.scale < math.inf
    before = {"root"}
    for bone in found.bones:
        assert bone.parent in before
        assert bone.name not in before
        before.add(bone.name)
        assert math.hypot(*bone.direction) == pytest.approx(1)
        assert 0 <= bone.length < math.inf
        assert all(math.isfinite(angle) for angle in bone.axis)
    names = channel_names(found)
    assert len(set(names)) == len(names)
    assert {name.rpartition(".")[2] for name in names} <= CHANNELS
    pose = stick_figure(found, np.linspace(-3, 3, 2 * len(names)).reshape(2, -1))
    reach = sum(bone.length for bone in found.bones)
    far = float(np.abs(found.position).max())
    assert (np.linalg.norm(pose - pose[:, :1, :1], axis=-1) <= reach * (1 + 1e-9) + 1e-12 * far).all()
    at_rest = replace(found, position=(0.0, 0.0, 0.0), orientation=(0.0, 0.0, 0.0))
    rest = stick_figure(at_rest, np.zeros((1, len(names))))
    assert 1 <= np.ptp(rest.reshape(-1, 3), axis=0).max() <= 2.5
    assert from_json(to_json(found)) == found


@parser_inputs(300, 25_000)
@given(damaged(MOTION, AMC_WORDS))
def test_a_damaged_motion_is_read_or_refused(folder: Path, skeleton: Skeleton, content: bytes) -> None:
    path = folder / "damaged.amc"
    path.write_bytes(content)
    found = answer(lambda: read_amc(path, skeleton), "damaged.amc", plain=True)
    if found is None:
        return
    motion, frames = found
    assert motion.shape == (len(frames), len(channel_names(skeleton)))
    assert np.isfinite(motion).all()
    assert (np.diff(frames) == 1).all()
    path.write_text(written(motion, frames, skeleton))
    again, numbers = read_amc(path, skeleton)
    np.testing.assert_allclose(again, motion, rtol=1e-12)
    np.testing.assert_array_equal(numbers, frames)
    assert np.isin(np.abs(motion[:, :3] / skeleton.scale).round(6), numbers_of(content)).all()


def written(motion: np.ndarray, frames: np.ndarray, skeleton: Skeleton) -> str:
    """The motion as text, in radians."""
    lines = [":RADIANS"]
    for number, row in zip(frames.tolist(), motion, strict=True):
        root, rest = row[:6].copy(), iter(row[6:].tolist())
        root[:3] /= skeleton.scale
        lines += [str(number), "root " + " ".join(map(repr, root.tolist()))]
        lines += [" ".join([bone.name, *(repr(next(rest)) for _ in bone.dof)]) for bone in skeleton.bones if bone.dof]
    return "\n".join(lines)


def numbers_of(content: bytes) -> np.ndarray:
    """The sizes of all plain numbers in a text."""
    found = []
    for word in content.decode("ascii", "replace").split():
        try:
            found.append(abs(round(float(word), 6)))
        except ValueError:
            continue
    return np.array(found)


def test_what_is_no_file_is_refused(folder: Path, skeleton: Skeleton) -> None:
    assert answer(lambda: read_asf(folder / "none.asf"), "none.asf") is None
    assert answer(lambda: read_amc(folder / "none.amc", skeleton), "none.amc") is None
    assert answer(lambda: read_amc(folder, skeleton), folder.name) is None
