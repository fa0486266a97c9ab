"""A tiny synthetic tree of artifacts, as the geometry stages write it, for tests of all that is drawn and judged.

The numbers are made up but have the shape of the real ones: a ring for the pendulum, the arm and the walk, ten blobs
for the digits. Known answers: Euclidean lines are twice as long as geodesics, manifold paths 1.1 times.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replication.evidence import reported
from replication.files.artifacts import write_csv, write_json, write_npz
from replication.raw import kuka
from replication.raw.skeleton import Bone, Skeleton, channel_names, stick_figure, to_json
from replication.workflow import config

__all__ = ["DATASETS", "INPUTS", "SEEDS", "write_tree"]

STUDIED = ("pendulum", "mnist", "robot_arm", "motion")
PENDULUMS = ("pendulum", "pendulum_underfitted")
DATASETS = (*STUDIED, "motion_clean", *PENDULUMS[1:], "robot_arm_underfitted")
SEEDS = (0, 1)
INPUTS = {"reported": reported.FILE}
"""What the stages of the report read beside the artifacts."""
PAIRS = 12
NEURAL = 5  # of them by the paper's solver
# the metrics of each data set, and those in which the paper's solver seeks: as the configuration has them
GEOMETRY = {name: one["geometry"] for name, one in config.load()["datasets"].items()}
METRICS = {name: one["metrics"] for name, one in GEOMETRY.items()}
SOUGHT = {
    name: [metric for metric in METRICS[name] if one["neural"]["pairs"] and metric in one["neural_metrics"]]
    for name, one in GEOMETRY.items()
}
TIMES = 200
FRAMES = 12
FILM = 61
RATIOS = {"euclidean": 2.0, "geodesic": 1.0, "manifold": 1.1, "neural": 1.05}
MULTIPLIERS = (0.0, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
ARMS = ("robot_arm", "robot_arm_underfitted")
RINGS = (*PENDULUMS, *ARMS)


# of a walker with two stiff legs and two stiff arms
_HANGING = {name: Bone(name, parent, (0, -1, 0), 0.8, (0, 0, 0), ("rx",)) for name, parent in (
    ("left leg", "root"), ("right leg", "root"), ("left arm", "trunk"), ("right arm", "trunk"))}  # fmt: skip
_TRUNK = Bone("trunk", "root", (0, 1, 0), 0.6, (0, 0, 0), ())
SKELETON = Skeleton((_TRUNK, *_HANGING.values()), ("tx", "ty", "tz", "rx", "ry", "rz"), 1.0)
SWINGS = [name for name in channel_names(SKELETON) if not name.startswith("root")]


def write_tree(results: Path, source: str = "simulated", datasets: tuple[str, ...] = DATASETS) -> Path:
    """Write every artifact of every data set and seed under `results`, and return that folder.

    What is of a data set and no seed lies where the workflow has it: of results/tiny, in data/processed/tiny.
    """
    for dataset in datasets:
        _write_data(results.parents[1] / "data" / "processed" / results.name, dataset)
        for seed in SEEDS:
            _write_run(results / dataset / f"seed{seed}", dataset, seed, source)
    return results


def _write_run(folder: Path, dataset: str, seed: int, source: str) -> None:
    rng = np.random.default_rng([seed, DATASETS.index(dataset)])
    grid = _grid(dataset, rng)
    pairs = _pairs(dataset, rng)
    write_npz(folder / "metric_grid.npz", **grid)
    write_csv(folder / "pairs.csv", pairs)
    write_npz(folder / "geodesics.npz", **_geodesics(dataset, rng))
    write_npz(folder / "shown_pair.npz", **_shown(dataset))
    write_json(folder / "scores.json", _scores(dataset, source))
    write_json(folder / "model.json", _model())
    write_json(folder / "train.run.json", {"device": "cpu", "threads": 1})
    neural = {"units": 150, "points": 500, "steps": 300}
    write_json(folder / "geodesics.run.json", {"settings": {"pairs": PAIRS, "rank": 2, "neural": neural}})
    if dataset == "pendulum":
        write_csv(folder / "sweep.csv", _sweep(rng))
    if dataset in STUDIED:
        write_csv(folder / "study.csv", _study(dataset, rng))
    if dataset == "mnist":
        write_npz(folder / "distance_field.npz", **_distance_field(grid))
        write_csv(folder / "neighbours.csv", _neighbours(rng))
        write_csv(folder / "class_laws.csv", _class_laws(rng))
    if dataset in ("mnist", "motion"):
        write_csv(folder / "statistics.csv", _statistics(dataset, rng))


def _write_data(folder: Path, dataset: str) -> None:
    """What figures read of a data set: what was recorded, or the ring of noise-free observations."""
    angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    if dataset.startswith("motion"):
        # each frame twice, once a little too far and once as much too short
        swings = np.concatenate([_swings(angle) + noise for noise in (0.01, -0.01)])
        named = {"trial_train": np.ones(200, dtype=int), "frame_train": np.tile(np.arange(100), 2)}
        write_npz(folder / f"{dataset}.npz", train=swings.astype("f4"), **named)
        meta = {"skeleton": to_json(SKELETON), "channels": SWINGS, "channel_means": [0.0] * 4, "fixed_channels": {}}
        write_json(folder / f"{dataset}.json", meta)
    elif dataset in PENDULUMS:
        write_npz(folder / f"{dataset}.npz", ring=_blobs(angle, 16).reshape(100, -1), ring_angle=angle)
    elif dataset in ARMS:
        joints = np.deg2rad([0, -45, 90, -110, 75, 140]) + 0.1 * np.sin(angle[:, None] + np.arange(6))
        effector = kuka.forward(joints)[0]
        write_npz(folder / f"{dataset}.npz", ring=joints, ring_effector=effector, ring_angle=angle)


def _grid(dataset: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    axis = np.linspace(-3, 3, 40)
    x, y = np.meshgrid(axis, axis)
    radius = np.hypot(x, y)
    sharp = 2.5 if dataset == "motion_clean" else 1.5
    MF = 10 ** (sharp * np.exp(-((radius - 0.8) ** 2) / 0.3) + 0.3 * np.cos(3 * np.arctan2(y, x)))
    angle = rng.uniform(0, 2 * np.pi, 300)
    encodings = 1.5 * _circle(angle) + rng.normal(0, 0.05, (300, 2))
    arrays = {
        "z": np.stack([x, y], axis=-1),
        "G": np.eye(2) * MF[..., None, None],
        "MF": MF,
        "MF_smoothed": MF**3 / (MF**2 + 100),
        "MF_conformal": MF * (1 + 29 * (1 - np.exp(-((radius - 1.5) ** 2)))),
        "lambda_s": np.array(10.0),
        "lambda_scale": np.array(10.0),
        "encodings": encodings,
    }
    if dataset in RINGS:
        ring_angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
        arrays |= {"angle": angle, "ring": 1.5 * _circle(ring_angle), "ring_angle": ring_angle}
    if dataset == "mnist":
        label = rng.integers(0, 10, 300)
        arrays |= {"label": label, "encodings": 1.8 * _circle(label * 0.63) + rng.normal(0, 0.2, (300, 2))}
    return arrays


def _pairs(dataset: str, rng: np.random.Generator) -> pd.DataFrame:
    angle = rng.uniform(0.1, np.pi, PAIRS)
    frames = [
        _rows(dataset, metric, path, angle, rng)
        for metric in METRICS[dataset]
        for path in (
            *(("euclidean", "geodesic", "manifold") if dataset in RINGS else ("euclidean", "geodesic")),
            *(["neural"] if metric in SOUGHT[dataset] else []),
        )
    ]
    rows = pd.concat(frames, ignore_index=True)
    return rows[(rows["path"] != "neural") | (rows["pair"] < NEURAL)]


def _rows(dataset: str, metric: str, path: str, angle: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    length = RATIOS[path] * angle * (10 if metric == "raw" else 0.2)
    frame = pd.DataFrame(
        {
            "pair": np.arange(PAIRS),
            "angle": angle if dataset in RINGS else np.nan,
            "distance": 2 * angle if dataset in RINGS else np.nan,
            "far": (angle > angle.max() / 2).astype(int),
            "path": path,
            "metric": metric,
            "lambda_s": 0.0 if metric == "raw" else 10.0,
            "rank": 2,
            "solver": "spline",
            "length": length,
            "length_raw": RATIOS[path] * angle * 10,
            "max_velocity": length * 1.5,
            "max_velocity_raw": RATIOS[path] ** 2 * angle * 15,
            "outcome": ["max_iterations" if path == "geodesic" and pair == 3 else "converged" for pair in range(PAIRS)],
            "residual": [2e-4 if path == "geodesic" and pair == 3 else 1e-7 for pair in range(PAIRS)],
            "seconds": 0.01,
        }
    )
    uneven = RATIOS[path] * rng.uniform(0.9, 1.1, PAIRS)
    if dataset != "mnist":
        frame["follow"] = 0 if path == "euclidean" or (metric == "raw" and path == "geodesic") else 1
    if dataset in PENDULUMS:
        for which in ("", "_latent", "_metric"):
            frame[f"angular_speed_cv{which}"] = 0.1 * uneven
    if dataset in ARMS:
        frame["circle_distance"] = 0.02 * uneven**2
    if dataset == "mnist":
        frame["classes_crossed"] = np.round(2 * uneven)
        frame["crossing_velocity"] = 1.4 * uneven
        frame["shuffled_velocity"] = 1.1 * uneven
    if dataset.startswith("motion"):
        frame["data_distance"] = 0.05 * uneven
    return frame


def _sweep(rng: np.random.Generator) -> pd.DataFrame:
    angle = rng.uniform(0.1, np.pi, PAIRS)
    frames = []
    for multiplier in MULTIPLIERS:
        for path, ratio in list(RATIOS.items())[:3]:
            reversal = {"euclidean": 1.2, "manifold": 1.6, "geodesic": 1.0}[path] if multiplier < 0.05 else ratio
            frame = _rows("pendulum", "smoothed" if multiplier else "raw", path, angle, rng)
            frame["length"] = reversal * angle / np.sqrt(1 + 10 * multiplier)
            frames.append(frame.assign(lambda_s=10 * multiplier, lambda_multiplier=multiplier))
    return pd.concat(frames, ignore_index=True)


def _study(dataset: str, rng: np.random.Generator) -> pd.DataFrame:
    """Some variants of each metric; whoever wants another option finds one value of it beside the chosen one."""
    chosen = {"kappa": 30.0, "centres": 256.0, "bandwidth": 1.0, "multiplier": 0.0, "rank": 2}
    variants: list[tuple[str, dict[str, float]]] = [("raw", {}), ("smoothed", {}), ("conformal", {})]
    variants += [("smoothed", {"multiplier": mu, "rank": 1}) for mu in (1.0, 1000.0)]
    variants += [(metric, {"multiplier": mu}) for metric in ("smoothed", "conformal") for mu in (1.0, 1000.0)]
    variants += [("logits", {}), ("fisher", {})] if dataset == "mnist" else [("expected", {}), ("ensemble", {})]
    variants += [("conformal", {option: 2 * value}) for option, value in chosen.items() if option != "rank" and value]
    angle = rng.uniform(0.1, np.pi, PAIRS)
    paths = ["euclidean", "geodesic", *(["manifold"] if dataset in RINGS else []), "neural"]
    frames = []
    drawn = "opposite" if dataset.startswith("motion") else "uniform"
    for metric, options in variants:
        words = ", ".join([metric, *(f"{key}={value:g}" for key, value in options.items())])
        rows = pd.concat([_rows(dataset, metric, path, angle, rng) for path in paths])
        rows = rows[(rows["path"] != "neural") | (rows["pair"] < 2)]
        rows = rows[rows["pair"] < 2] if options.get("rank") == 1 else rows
        frames.append(rows.assign(drawn=drawn, variant=words, **{**chosen, **options}))
    return pd.concat(frames, ignore_index=True)


def _neighbours(rng: np.random.Generator) -> pd.DataFrame:
    share = rng.uniform(0.4, 0.8, 50)
    return pd.concat(
        [
            pd.DataFrame({"metric": metric, "label": 1, "geodesic": share + 0.1, "euclidean": share})
            for metric in ("raw", "smoothed", "conformal")
        ]
    )


def _statistics(dataset: str, rng: np.random.Generator) -> pd.DataFrame:
    """Geodesic distances are right a tenth more often than latent ones."""
    chance = rng.uniform(0, 1, 100)
    frames = []
    for metric, gain in {"latent": 0.0, "raw": 0.1, "smoothed": 0.1, "conformal": 0.1}.items():
        per_point = {"accuracy": chance < 0.6 + gain} if dataset == "mnist" else {"phase_error": chance * (0.5 - gain)}
        once = {"ari": [0.3 + gain], "nmi": [0.4 + gain]} if dataset == "mnist" else {}
        frames += [
            pd.DataFrame({"metric": metric, "measure": name, "value": np.asarray(value, dtype=float)})
            for name, value in {**per_point, **once}.items()
        ]
    return pd.concat(frames, ignore_index=True)


def _class_laws(rng: np.random.Generator) -> pd.DataFrame:
    """Adaptive laws know less than plain ones, and one in ten has not converged."""
    chance = rng.uniform(0, 1, 100)
    frames = []
    for metric, gain in {"latent": 0.0, "raw": -0.1, "conformal": -0.1}.items():
        values = {
            "log_density": chance - 2 + gain,
            "law_accuracy": chance < 0.7 + gain,
            "laws": np.arange(10) < 10 + 10 * gain,
        }
        frames += [
            pd.DataFrame({"metric": metric, "measure": name, "value": np.asarray(value, dtype=float)})
            for name, value in values.items()
        ]
    return pd.concat(frames, ignore_index=True)


def _geodesics(dataset: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    start, turn = rng.uniform(0, 2 * np.pi, PAIRS), rng.uniform(0.3, 3, PAIRS)
    t = np.linspace(0, 1, TIMES)
    arcs = 1.5 * _circle(start[:, None] + turn[:, None] * t)
    lines = arcs[:, :1] + (arcs[:, -1:] - arcs[:, :1]) * t[:, None]
    groups = {"euclidean": lines, **dict.fromkeys(METRICS[dataset], arcs)} | (
        {"manifold": arcs} if dataset in RINGS else {}
    )
    groups |= {f"neural_{metric}": 1.02 * arcs[:NEURAL] for metric in SOUGHT[dataset]}
    arrays = {f"{what}_{group}": nodes for group, nodes in groups.items() for what in ("curves", "traces")}
    return {"t": t, "z0": arcs[:, 0], "z1": arcs[:, -1], "far": (turn > turn.max() / 2).astype(int)} | arrays


def _shown(dataset: str) -> dict[str, np.ndarray]:
    t = np.linspace(0, 1, TIMES)
    solved = [f"geodesic_{metric}" for metric in METRICS[dataset]] + [f"neural_{metric}" for metric in SOUGHT[dataset]]
    angles = dict.fromkeys((*solved, "manifold"), 0.4 + 2.2 * t)
    angles["euclidean"] = 0.4 + 2.2 / (1 + np.exp(-14 * (t - 0.5)))
    arrays: dict[str, np.ndarray] = {"t": t}
    for path, angle in angles.items():
        if path == "manifold" and dataset not in RINGS:
            continue
        arc = {"geodesic_raw": 1.42, "geodesic_smoothed": 1.55, "manifold": 1.5}.get(path, 1.5) * _circle(angle)
        line = 1.5 * (_circle(np.array([0.4])) * (1 - t[:, None]) + _circle(np.array([2.6])) * t[:, None])
        arrays[f"{path}_curve"] = arrays[f"{path}_trace"] = line if path == "euclidean" else arc
        arrays[f"{path}_outcome"] = np.array("converged" if path in solved else "baseline")
        arrays[f"{path}_velocity_raw"] = np.abs(np.gradient(angle, t)) * 3
        arrays[f"{path}_velocity_smoothed"] = np.abs(np.gradient(angle, t)) * 0.1
        every = TIMES if dataset in ARMS else FRAMES
        arrays |= {f"{path}_{name}": value for name, value in _views(dataset, angle, every).items()}
        arrays |= {f"{path}_film_{name}": value for name, value in _views(dataset, angle, FILM).items()}
        if dataset == "mnist":
            arrays[f"{path}_class"] = np.digitize(angle, [0.9, 1.6, 2.3])
    if dataset in ARMS:
        arrays["ring_effector"] = _effector(np.linspace(0, 2 * np.pi, 400, endpoint=False))
    return arrays


def _views(dataset: str, angle: np.ndarray, frames: int) -> dict[str, np.ndarray]:
    at = np.linspace(0, TIMES - 1, frames).round().astype(int)
    chosen = angle[at]
    views: dict[str, Any] = {"t": at / (TIMES - 1)}
    if dataset in ARMS:
        views["effector"] = _effector(chosen)
    elif dataset.startswith("motion"):
        views["segments"] = _walker(chosen)
    else:
        views["images"] = _blobs(chosen, 16 if dataset in PENDULUMS else 28)
    return views


def _blobs(angle: np.ndarray, size: int) -> np.ndarray:
    """Images of a blob that turns, (n, size, size)."""
    axis = np.linspace(-1, 1, size)
    centre = 0.5 * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    squared = (axis - centre[:, :1])[:, None, :] ** 2 + (axis - centre[:, 1:])[:, :, None] ** 2
    return np.exp(-squared / 0.2)


def _swings(phase: np.ndarray) -> np.ndarray:
    """How far legs and arms are swung, (n, 4) rad."""
    return 0.5 * np.sin(phase)[:, None] * [1, -1, -1, 1]


def _walker(phase: np.ndarray) -> np.ndarray:
    """Stick figures (n, 5, 2, 3) of a walker that stands on the spot."""
    return stick_figure(SKELETON, np.concatenate([np.zeros((len(phase), 6)), _swings(phase)], axis=1))


def _effector(angle: np.ndarray) -> np.ndarray:
    return np.stack([0.6 + 0.4 * np.cos(angle), 0.4 * np.sin(angle), 0.3 + 0.1 * np.cos(angle)], axis=-1)


def _distance_field(grid: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    source = grid["encodings"][0]
    euclidean = np.linalg.norm(grid["z"] - source, axis=-1)
    turn = np.abs(np.arctan2(grid["z"][..., 1], grid["z"][..., 0]) - np.arctan2(source[1], source[0]))
    distance = euclidean + 5 * np.minimum(turn, 2 * np.pi - turn)
    return {
        "z": grid["z"],
        "distance": distance,
        "euclidean": euclidean,
        "source": source,
        "source_label": grid["label"][0],
        "metric": np.array("raw"),
    }


def _scores(dataset: str, source: str) -> dict[str, Any]:
    kind = source if dataset not in RINGS else "simulated"
    return {
        "test_bound": -100.0,
        "true_log_likelihood": -99.0 if dataset in RINGS else None,
        "test_bound_samples": 50,
        "sigma": None if dataset == "mnist" else 0.031,
        "noise": 0.03 if dataset != "mnist" else 0.0,
        "train_seconds": 60.0,
        "train_steps": 1000,
        "lambda_s": 10.0,
        "loop_turns_per_cycle": 1.02 if dataset.startswith("motion") else None,
        "data_source": kind,
        "data_source_reason": "no network" if kind == "standin" else None,
        "missing": ["35_03.amc"] if dataset.startswith("motion") else [],
    }


def _model() -> dict[str, Any]:
    model = {"latent": 2, "hidden": [128, 128], "activation": "tanh", "likelihood": "gaussian"}
    train = {"steps": 1000, "batch": 100, "learning_rate": 2e-3, "samples": [[0, 5], [0.85, 50]]}
    return {"architecture": {}, "seed": 0, "config": {"model": model, "train": train}}


def _circle(angle: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)
