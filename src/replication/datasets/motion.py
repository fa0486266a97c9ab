"""Human motion: walks of the CMU Graphics Lab Motion Capture Database, joint angles (paper, section 4.4)."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray

from replication.datasets import Processed
from replication.raw.fetch import SourceOptions, obtain, raw_files, read_record, record_of, standin_record
from replication.raw.gait import write_standin
from replication.raw.mocap import read_amc, read_asf
from replication.raw.skeleton import ROOT, Skeleton, channel_names, from_json, stick_figure, to_json
from replication.raw.splits import gaussian

__all__ = ["fetch", "preprocess", "view"]

log = logging.getLogger(__name__)

#: A channel that moves less than this in all frames is constant (the files' rounding is about 1e-14), rad.
STILL = 1e-6


def fetch(
    settings: dict[str, Any], folder: Path, source: SourceOptions, on_step: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Put the skeleton and the walks of the settings' trials into `folder`.

    Returns:
        Provenance. Walks that cannot be had are named in `missing`; without the skeleton, or without any walk, the
        stand-in serves.
    """
    skeleton, walks = _names(settings)
    found = None
    if source.standin != "always":
        listed = {file.name: file for file in raw_files(settings["sources"])}
        unknown = [name for name in (skeleton, *walks.values()) if name not in listed]
        if unknown:
            raise ValueError(f"data.sources lists no {', '.join(unknown)}, which data.subject and data.trials ask for")
        found = obtain([listed[skeleton]], folder, source, on_step)
        if not found.missing:
            found = obtain([listed[name] for name in (skeleton, *walks.values())], folder, source, on_step)
            if len(found.hashes) > 1:
                if found.missing:
                    log.warning("motion: without %s", ", ".join(sorted(found.missing)))
                return record_of(found)
    if source.standin == "never":
        return standin_record("motion", found, source, [])
    written = write_standin(folder / "standin", settings["subject"], settings["trials"])
    return standin_record("motion", found, source, written)


def preprocess(settings: dict[str, Any], folder: Path, generator: torch.Generator) -> Processed:
    """Read the walks, keep the joint angles that move, centre them and augment them with noise.

    The 62 channels lose the root's 6 (where the body is and how it is turned) and those that never move. Whole walks
    are held out for validation and test. `noise_copies` noisy copies replace each training frame, one replaces each
    held-out frame; with 0 all frames stay clean.

    Returns:
        Arrays train, valid, test (n, channels): rad, minus the training mean; trial_* and frame_* (n,) int64.

    Raises:
        ValueError: Another number of channels moves than the settings say, or a part has no walk.
    """
    record = read_record(folder)
    raw = folder / "standin" if record["kind"] == "standin" else folder
    skeleton_name, walks = _names(settings)
    skeleton = read_asf(raw / skeleton_name)
    present = {trial: name for trial, name in walks.items() if name not in record["missing"]}
    motions = {trial: read_amc(raw / name, skeleton) for trial, name in present.items()}
    parts = _split(settings, list(motions))
    columns, fixed = _moving(skeleton, {trial: motion for trial, (motion, _) in motions.items()}, settings["channels"])
    clean = {role: np.concatenate([motions[t][0][:, columns] for t in trials]) for role, trials in parts.items()}
    means = clean["train"].mean(axis=0)
    copies, std = settings["noise_copies"], settings["noise"]
    arrays: dict[str, ndarray] = {}
    for role, trials in parts.items():
        repeats = max(1, copies if role == "train" else 1)
        rows = np.tile(clean[role] - means, (repeats, 1))
        if copies:
            rows = rows + gaussian(rows.shape, std, generator)
        arrays[role] = rows.astype(np.float32)
        lengths = [len(motions[trial][1]) for trial in trials]
        arrays[f"trial_{role}"] = np.tile(np.repeat(np.array(trials, dtype=np.int64), lengths), repeats)
        arrays[f"frame_{role}"] = np.tile(np.concatenate([motions[trial][1] for trial in trials]), repeats)
    names = channel_names(skeleton)
    meta = {
        "noise": float(std) if copies else 0.0,
        "obs_shape": [len(columns)],
        "data_source": record["kind"],
        "data_source_reason": record["reason"],
        "missing": record["missing"],
        "frames": sum(len(numbers) for _, numbers in motions.values()),
        "channels": [names[column] for column in columns],
        "channel_means": means.tolist(),
        "fixed_channels": fixed,
        "skeleton": to_json(skeleton),
    }
    return Processed(arrays, meta)


def view(decoded: Float[ndarray, "time obs"], meta: dict[str, Any]) -> dict[str, ndarray]:
    """Stick figures (time, bones, 2, 3) in metres of decoded joint angles.

    The body stands where the skeleton puts it before any motion; CMU's at the origin, facing +z.
    """
    skeleton = from_json(meta["skeleton"])
    index = {name: column for column, name in enumerate(channel_names(skeleton))}
    motion = np.zeros((len(decoded), len(index)))
    for name, value in meta["fixed_channels"].items():
        motion[:, index[name]] = value
    motion[:, [index[name] for name in meta["channels"]]] = decoded + np.asarray(meta["channel_means"])
    return {"segments": stick_figure(skeleton, motion)}


def _names(settings: dict[str, Any]) -> tuple[str, dict[int, str]]:
    """The skeleton's file name, and the walks' by trial."""
    subject = f"{settings['subject']:02d}"
    return f"{subject}.asf", {trial: f"{subject}_{trial:02d}.amc" for trial in settings["trials"]}


def _held_out(settings: dict[str, Any]) -> list[int]:
    held_out = [*settings["valid_trials"], *settings["test_trials"]]
    unknown = sorted(set(held_out) - set(settings["trials"]))
    if unknown:
        raise ValueError(f"data.valid_trials and data.test_trials must be among data.trials; {unknown} are not")
    return held_out


def _split(settings: dict[str, Any], present: list[int]) -> dict[str, list[int]]:
    """Trials of each part, of those that are present."""
    held_out = _held_out(settings)
    parts = {
        "train": [trial for trial in present if trial not in held_out],
        "valid": [trial for trial in present if trial in settings["valid_trials"]],
        "test": [trial for trial in present if trial in settings["test_trials"]],
    }
    for role, trials in parts.items():
        if not trials:
            raise ValueError(f"motion: no walk left for {role}; present are trials {present}")
    return parts


def _moving(skeleton: Skeleton, motions: dict[int, ndarray], wanted: int) -> tuple[list[int], dict[str, float]]:
    """Columns of the joint angles that move, and the value of those that do not."""
    names = channel_names(skeleton)
    every = np.concatenate(list(motions.values()))
    still = np.ptp(every, axis=0) < STILL
    joints = [column for column, name in enumerate(names) if not name.startswith(f"{ROOT}.")]
    columns = [column for column in joints if not still[column]]
    fixed = {names[column]: float(every[0, column]) for column in joints if still[column]}
    if len(columns) != wanted:
        raise ValueError(
            f"motion: {len(columns)} of {len(names)} channels are joint angles that move, expected data.channels = "
            f"{wanted}; constant are {', '.join(fixed) or 'none'}"
        )
    return columns, fixed
