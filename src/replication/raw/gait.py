"""The stand-in for CMU's walks: a simulated gait of a simple body, in the same 62 channels and file formats.

Joint angles are two harmonics of the stride's phase with amplitudes of common gait curves (hip 25, knee 60 degrees of
flexion); the walks differ a little in tempo, stride and posture. It shows that the pipeline works, and nothing about
people.
"""

from pathlib import Path

import numpy as np

__all__ = ["write_standin"]

SEED = 20180413
FRAMES = 320
STRIDE_FRAMES = 132  # 1.1 s at the 120 frames a second of CMU's files

#: name, parent, direction, length in metres, channels
_TRUNK = [
    ("lowerback", "root", (0, 1, 0), 0.115, "rx ry rz"),
    ("upperback", "lowerback", (0, 1, 0), 0.115, "rx ry rz"),
    ("thorax", "upperback", (0, 1, 0), 0.115, "rx ry rz"),
    ("lowerneck", "thorax", (0, 1, 0), 0.095, "rx ry rz"),
    ("upperneck", "lowerneck", (0, 1, 0), 0.095, "rx ry rz"),
    ("head", "upperneck", (0, 1, 0), 0.1, "rx ry rz"),
]
#: Of the left side; x is mirrored for the right one.
_SIDE = [
    ("hipjoint", "root", (0.67, -0.72, 0), 0.14, ""),
    ("femur", "hipjoint", (0, -1, 0), 0.42, "rx ry rz"),
    ("tibia", "femur", (0, -1, 0), 0.44, "rx"),
    ("foot", "tibia", (0, -0.3, 0.95), 0.13, "rx rz"),
    ("toes", "foot", (0, 0, 1), 0.065, "rx"),
    ("clavicle", "thorax", (0.95, 0.28, 0), 0.2, "ry rz"),
    ("humerus", "clavicle", (0.1, -1, 0), 0.29, "rx ry rz"),
    ("radius", "humerus", (0, -1, 0), 0.2, "rx"),
    ("wrist", "radius", (0, -1, 0), 0.1, "ry"),
    ("hand", "wrist", (0, -1, 0), 0.03, "rx rz"),
    ("fingers", "hand", (0, -1, 0), 0.025, "rx"),
    ("thumb", "wrist", (0, -0.7, 0.7), 0.04, "rx rz"),
]
#: Channel of the left side -> mean, amplitude and phase of the stride, the same of its second harmonic (degrees, rad).
_SWING = {
    "femur.rx": (-8, 24, 0.0, 4, 1.0),
    "femur.ry": (0, 5, 0.6, 1, 0.2),
    "femur.rz": (0, 4, 1.6, 1.5, 0.4),
    "tibia.rx": (26, 24, 1.9, 14, 0.3),
    "foot.rx": (-4, 10, 2.6, 7, 1.4),
    "foot.rz": (0, 3, 0.8, 1, 2.0),
    "toes.rx": (-6, 9, 2.2, 8, 2.4),
    "humerus.rx": (4, 17, 3.1, 2, 0.5),
    "humerus.ry": (0, 5, 2.7, 2, 1.1),
    "humerus.rz": (6, 4, 0.4, 1, 0.9),
    "radius.rx": (-24, 10, 2.9, 2, 0.1),
    "wrist.ry": (0, 4, 1.2, 1, 0.3),
    "hand.rx": (-5, 5, 2.4, 2, 1.7),
    "hand.rz": (4, 4, 0.9, 1, 2.6),
    "thumb.rx": (8, 4, 2.0, 1, 0.8),
    "thumb.rz": (-8, 5, 1.4, 2, 1.9),
}
_TURN = {"rx": (2, 1.0, 0.7, 1.5, 0.9), "ry": (0, 3.0, 0.2, 0.6, 1.3), "rz": (0, 2.0, 1.5, 0.5, 0.4)}


def write_standin(folder: Path, subject: int, trials: list[int]) -> list[Path]:
    """Write a skeleton and one walk a trial, and return their paths; the same trials give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    bones = _body()
    paths = [folder / f"{subject:02d}.asf"]
    paths[0].write_text(_asf(bones), encoding="ascii")
    for trial in trials:
        paths.append(folder / f"{subject:02d}_{trial:02d}.amc")
        paths[-1].write_text(_amc(bones, np.random.default_rng([SEED, trial])), encoding="ascii")
    return paths


def _body() -> list[tuple]:
    bones = list(_TRUNK)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        for name, parent, (x, y, z), length, dof in _SIDE:
            above = parent if parent in ("root", "thorax") else side + parent
            bones.append((side + name, above, (sign * x, y, z), length, dof))
    return bones


def _asf(bones: list[tuple]) -> str:
    lines = [":version 1.10", ":name SIMULATED", ":units", "  mass 1.0", f"  length {0.0254}", "  angle deg"]
    lines += [
        ":root",
        "  order TX TY TZ RX RY RZ",
        "  axis XYZ",
        "  position 0 0 0",
        "  orientation 0 0 0",
        ":bonedata",
    ]
    for number, (name, _, direction, length, dof) in enumerate(bones, start=1):
        lines += ["  begin", f"    id {number}", f"    name {name}", "    direction {} {} {}".format(*direction)]
        lines += [f"    length {length}", "    axis 0 0 0 XYZ", *([f"    dof {dof}"] if dof else []), "  end"]
    children: dict[str, list[str]] = {}
    for name, parent, *_ in bones:
        children.setdefault(parent, []).append(name)
    lines += [":hierarchy", "  begin", *(f"    {parent} {' '.join(names)}" for parent, names in children.items())]
    return "\n".join([*lines, "  end", ""])


def _amc(bones: list[tuple], rng: np.random.Generator) -> str:
    tempo, vigour = 1 + 0.06 * rng.standard_normal(2)
    time = np.arange(FRAMES)
    phase = 2 * np.pi * (time * tempo / STRIDE_FRAMES + rng.random()) + 0.05 * np.sin(2 * np.pi * time / 170)
    speed = 1.3 * tempo * vigour / 120
    columns: dict[str, np.ndarray] = {
        "root": np.stack(
            [
                0.02 * np.sin(phase),
                0.95 + 0.02 * np.cos(2 * phase),
                speed * time,
                2 * np.cos(2 * phase),
                4 * np.sin(phase),
                2 * np.sin(phase + 1),
            ],
            axis=1,
        )
    }
    for depth, (name, _, _, _, dof) in enumerate(bones):
        side = name[0] if name[1:] in {bone[0] for bone in _SIDE} else ""
        shifted = phase + (np.pi if side == "r" else 0.3 * depth * (not side))
        channels = []
        for channel in dof.split():
            curve = _SWING.get(f"{name[1:]}.{channel}") if side else _TURN[channel]
            if curve is None:  # clavicles and fingers, which do not move in CMU's walks either
                channels.append(np.zeros(FRAMES))
                continue
            mean, first, lag, second, second_lag = curve
            mirrored = -1.0 if side == "r" and channel != "rx" else 1.0
            posture = mean + 1.5 * rng.standard_normal()
            swing = first * np.sin(shifted + lag) + second * np.sin(2 * (shifted + second_lag))
            channels.append(mirrored * (posture + vigour * swing))
        if channels:
            columns[name] = np.stack(channels, axis=1)
    lines = [":FULLY-SPECIFIED", ":DEGREES"]
    for frame in range(FRAMES):
        lines.append(str(frame + 1))
        lines += [f"{name} {' '.join(f'{value:.6g}' for value in rows[frame])}" for name, rows in columns.items()]
    return "\n".join([*lines, ""])
