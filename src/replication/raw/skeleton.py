"""A motion-capture skeleton, and where its bones are in space for given joint angles.

The conventions are those of Acclaim's ASF: every bone turns about axes of its own, which are given in the rest pose,
and "XYZ" means that X is turned first (Lander, "Working with motion capture file formats", 1998).
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

__all__ = ["Bone", "Skeleton", "channel_names", "from_json", "in_xyz_order", "stick_figure", "to_json"]

ROOT = "root"
# what a skeleton need not say
_PLACE = ("position", "orientation", "in_degrees")


@dataclass(frozen=True)
class Bone:
    """One bone in the rest pose.

    Attributes:
        name: As in the file.
        parent: Name of the bone that it hangs on, or "root".
        direction: Unit vector from its near to its far end, global axes.
        length: Metres.
        axis: Rotations (rad) about X, Y, Z that turn the global axes into the bone's own.
        dof: What can turn, in the order of its channels, e.g. ("rx", "rz"); empty for a stiff bone.
    """

    name: str
    parent: str
    direction: tuple[float, float, float]
    length: float
    axis: tuple[float, float, float]
    dof: tuple[str, ...]


@dataclass(frozen=True)
class Skeleton:
    """What moves.

    Attributes:
        bones: All bones, each after its parent.
        root_order: The root's channels, e.g. ("tx", "ty", "tz", "rx", "ry", "rz").
        scale: Metres for one unit of length of the files.
        position: Where the root stands before any motion, metres.
        orientation: Rotations (rad) about X, Y, Z that turn the body before any motion.
        in_degrees: Whether motions count angles in degrees, where they do not say.
    """

    bones: tuple[Bone, ...]
    root_order: tuple[str, ...]
    scale: float
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    orientation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    in_degrees: bool = True


def channel_names(skeleton: Skeleton) -> list[str]:
    """All channels, the root's first, as `lfemur.rx`."""
    names = [f"{ROOT}.{channel}" for channel in skeleton.root_order]
    return names + [f"{bone.name}.{channel}" for bone in skeleton.bones for channel in bone.dof]


def stick_figure(skeleton: Skeleton, motion: Float[ndarray, "time channels"]) -> Float[ndarray, "time bones 2 3"]:
    """Both ends of every bone in metres, for all frames at once.

    A bone's global rotation is its parent's times C M C^-1, with C its own axes and M the turn about them. All motion,
    the root's too, is relative to the skeleton's position and orientation (Acclaim's definition; programs differ where
    both the orientation and the motion turn the root): what moves is turned and shifted as a whole.

    Args:
        skeleton: The skeleton.
        motion: One column for each of `channel_names`: angles in rad, the root's position in metres.

    Raises:
        ValueError: The number of channels does not fit the skeleton.
    """
    names = channel_names(skeleton)
    if motion.ndim != 2 or motion.shape[1] != len(names):
        raise ValueError(f"motion must have shape (time, {len(names)}) for this skeleton; got {motion.shape}")
    columns = {name: motion[:, index] for index, name in enumerate(names)}
    origin = np.stack([columns.get(f"{ROOT}.t{axis}", np.zeros(len(motion))) for axis in "xyz"], axis=-1)
    turned = {ROOT: _turn(columns, ROOT, skeleton.root_order, len(motion))}
    ends = {ROOT: origin}
    segments = np.empty((len(motion), len(skeleton.bones), 2, 3))
    for index, bone in enumerate(skeleton.bones):
        axes = _axes(bone.axis)
        local = axes @ _turn(columns, bone.name, bone.dof, len(motion)) @ axes.T
        turned[bone.name] = turned[bone.parent] @ local
        start = ends[bone.parent]
        ends[bone.name] = start + turned[bone.name] @ (bone.length * np.asarray(bone.direction))
        segments[:, index, 0], segments[:, index, 1] = start, ends[bone.name]
    if any(skeleton.position) or any(skeleton.orientation):
        segments = np.asarray(skeleton.position) + segments @ _axes(skeleton.orientation).T
    return segments


def in_xyz_order(angles: tuple[float, float, float], order: str) -> tuple[float, float, float]:
    """Angles about X, Y, Z that, turned in this order, are the rotation of the given ones in theirs.

    Args:
        angles: About X, Y and Z, rad.
        order: Which is turned first, e.g. "ZYX" for Z; "XYZ" leaves the angles as they are.
    """
    if order == "XYZ":
        return angles
    R = np.eye(3)
    for axis in order:
        R = _rotation("XYZ".index(axis), angles["XYZ".index(axis)]) @ R
    x = math.atan2(R[2, 1], R[2, 2])
    y = math.atan2(-R[2, 0], math.hypot(R[0, 0], R[1, 0]))
    # from the rotation that is left without x: where y is 90 degrees, x and z are not determined one by one
    left = R @ _rotation(0, -x)
    return x, y, math.atan2(-left[0, 1], left[1, 1])


def to_json(skeleton: Skeleton) -> dict[str, Any]:
    """The skeleton as plain lists and numbers; without what is as `Skeleton` has it where nothing is said."""
    bones = [asdict(bone) for bone in skeleton.bones]
    plain = {"scale": skeleton.scale, "root_order": list(skeleton.root_order), "bones": bones}
    silent = Skeleton((), (), 1.0)
    return plain | {name: value for name in _PLACE if (value := getattr(skeleton, name)) != getattr(silent, name)}


def from_json(value: dict[str, Any]) -> Skeleton:
    """The skeleton that `to_json` wrote."""
    bones = []
    for entry in value["bones"]:
        direction, axis = tuple(entry["direction"]), tuple(entry["axis"])
        bones.append(Bone(entry["name"], entry["parent"], direction, entry["length"], axis, tuple(entry["dof"])))
    skeleton = Skeleton(tuple(bones), tuple(value["root_order"]), value["scale"])
    said = {name: value[name] for name in _PLACE if name in value}
    return replace(skeleton, **{name: tuple(of) if isinstance(of, list) else of for name, of in said.items()})


def _axes(angles: tuple[float, float, float]) -> ndarray:
    """Rotation matrix (3, 3) of angles about X, Y, Z, turned in this order."""
    return _rotation(2, angles[2]) @ _rotation(1, angles[1]) @ _rotation(0, angles[0])


def _turn(columns: dict[str, ndarray], name: str, order: tuple[str, ...], frames: int) -> ndarray:
    """Rotation (time, 3, 3) of a bone about its own axes: the first channel is turned first."""
    turn = np.broadcast_to(np.eye(3), (frames, 3, 3))
    for channel in order:
        if channel[0] == "r":
            turn = _rotation("xyz".index(channel[1]), columns[f"{name}.{channel}"]) @ turn
    return turn


def _rotation(axis: int, angle: ndarray | float) -> ndarray:
    """Rotation matrices (*angle.shape, 3, 3) about one coordinate axis."""
    angle = np.asarray(angle, dtype=float)
    c, s = np.cos(angle), np.sin(angle)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((*angle.shape, 3, 3))
    matrix[..., axis, axis] = 1.0
    matrix[..., i, i], matrix[..., i, j], matrix[..., j, i], matrix[..., j, j] = c, -s, s, c
    return matrix
