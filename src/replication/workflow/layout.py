"""Which files each phase of an experiment makes, by name; the workflow and DVC both read them here."""

from collections.abc import Mapping
from typing import Any

__all__ = ["GEOMETRY", "geometry_files", "geometry_stages", "model_files", "processed_files"]


def processed_files(dataset: str) -> list[str]:
    """Files of one experiment under data/processed/{profile}."""
    return [f"{dataset}.npz", f"{dataset}.json", f"{dataset}.run.json"]


def model_files() -> list[str]:
    """Files of one trained model, under results/{profile}/{dataset}/seed{n}."""
    return ["model.safetensors", "model.json", "training.csv", "model.run.json"]


GEOMETRY: Mapping[str, tuple[str, ...]] = {
    "grid": ("metric_grid.npz", "grid.run.json"),
    "geodesics": ("pairs.csv", "geodesics.npz", "pairs.run.json"),
    "shown": ("shown.npz", "shown.run.json"),
    "score": ("scores.json", "scores.run.json"),
    "sweep": ("sweep.csv", "sweep.run.json"),
    "radii": ("radii.npz", "radii.run.json"),
    "starts": ("starts.csv", "starts.run.json"),
    "retrainings": ("retrainings.csv", "retrainings.run.json"),
    "domains": ("domains.csv", "domains.run.json"),
    "options": ("study.csv", "options.run.json"),
    "distances": ("distance_field.npz", "distances.run.json"),
    "neighbours": ("neighbours.csv", "neighbours.run.json"),
}
"""Each stage of a model's geometry, and its files beside the model."""
ASKED_BY: Mapping[str, str] = {
    "sweep": "sweep",
    "radii": "radii",
    "starts": "starts",
    "retrainings": "retrainings",
    "domains": "domains",
    "options": "study",
    "distances": "distance_field",
    "neighbours": "neighbours",
}
"""Stages that run only where the configuration's geometry section has this key."""


def geometry_stages(geometry: Mapping[str, Any]) -> list[str]:
    """The stages of one model's geometry.

    Args:
        geometry: The experiment's section of that name.
    """
    return [stage for stage in GEOMETRY if stage not in ASKED_BY or geometry[ASKED_BY[stage]]]


def geometry_files(geometry: Mapping[str, Any]) -> list[str]:
    """Files of one model's geometry, beside the model; see `geometry_stages`."""
    return [file for stage in geometry_stages(geometry) for file in GEOMETRY[stage]]
