"""The geodesics of far pairs, and what they are measured against: the ring, and where the prior has mass."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from replication.evidence.columns import select

__all__ = ["ARTIFACTS", "PRIOR_MASS", "prior_radius", "rows", "traces"]

ARTIFACTS = ("radii.npz", "geodesics.npz", "pairs.csv")
PRIOR_MASS = (0.95, 0.99)
_GROUPS = {"neural": "neural_smoothed", "geodesic": "smoothed"}


def traces(artifacts: Mapping[str, Any], path: str) -> np.ndarray:
    """The smoothed geodesics of far pairs, (pairs, nodes, 2), latent units.

    Args:
        artifacts: One seed's `ARTIFACTS`.
        path: Whose geodesics: `neural` (the paper's solver) or `geodesic` (ours).
    """
    return artifacts["geodesics.npz"][f"traces_{_GROUPS[path]}"][_far(artifacts, path)]


def rows(artifacts: Mapping[str, Any], path: str) -> pd.DataFrame:
    """Their rows of pairs.csv."""
    return select(artifacts["pairs.csv"], path, "smoothed").iloc[np.flatnonzero(_far(artifacts, path))]


def prior_radius(mass: float) -> float:
    """Radius of the disc that holds so much of a standard normal in the plane, latent units."""
    return float(np.sqrt(-2 * np.log(1 - mass)))


def _far(artifacts: Mapping[str, Any], path: str) -> np.ndarray:
    pairs = artifacts["pairs.csv"]
    return select(pairs, path, "smoothed")["distance"].to_numpy() > pairs["distance"].max() / 2
