"""Which files each phase of an experiment makes, by name; the workflow and DVC both read them here."""

from collections.abc import Mapping
from typing import Any

__all__ = ["geometry_files", "model_files", "processed_files"]


def processed_files(dataset: str) -> list[str]:
    """Files of one experiment under data/processed/{profile}."""
    return [f"{dataset}.npz", f"{dataset}.json", f"{dataset}.run.json"]


def model_files() -> list[str]:
    """Files of one trained model, under results/{profile}/{dataset}/seed{n}."""
    return ["model.safetensors", "model.json", "training.csv", "model.run.json"]


def geometry_files(geometry: Mapping[str, Any]) -> list[str]:
    """Files of one model's geometry, beside the model; with a sweep, a study or a distance field where it asks.

    Args:
        geometry: The experiment's section of that name.
    """
    files = ["metric_grid.npz", "grid.run.json", "pairs.csv", "geodesics.npz", "pairs.run.json", "shown.npz"]
    files += ["shown.run.json", "scores.json", "scores.run.json"]
    files += ["sweep.csv", "sweep.run.json"] if geometry["sweep"] else []
    files += ["study.csv", "study.run.json"] if geometry["study"] else []
    files += ["distance_field.npz", "distances.run.json"] if geometry["distance_field"] else []
    return files
