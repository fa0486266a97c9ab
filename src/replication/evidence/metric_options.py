"""The study's variants, and numbers of them from study.csv of all seeds."""

from typing import Any

import numpy as np

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.files.needs import Needs

__all__ = ["NAMES", "NOTHING", "chosen", "estimate", "estimate_if_measured", "outcomes", "present", "values"]

NAMES = {
    "raw": "raw",
    "smoothed, multiplier=1": r"smoothed, $\mu = 1$",
    "smoothed": r"smoothed, $\mu = 1000$",
    "expected": "expected",
    "ensemble": "ensemble",
    "kernels": "kernels",
    "mixture": "mixture",
    "conformal": "conformal",
    "conformal, multiplier=1": r"conformal, $\mu = 1$",
}
"""The variants that figures and tables compare, with their names there; mu is lambda_s over the metric's own scale."""
NOTHING = Estimate(np.nan, np.nan, np.nan, 0)
"""Where nothing was measured: a table's cell stays empty."""


def present(needs: Needs, dataset: str, variant: str, path: str) -> bool:
    """Whether a variant was measured along a path."""
    frame = needs.first(dataset, "study.csv")
    return bool(((frame["variant"] == variant) & (frame["path"] == path)).any())


def estimate(needs: Needs, dataset: str, variant: str, drawn: str = "uniform", **spec: Any) -> Estimate:
    """A quantity of one variant (see `quantities`), over the pairs of all seeds.

    Raises:
        MissingEvidence: The variant has no such path or column.
    """
    return quantities.estimate({**spec, "variant": variant, "drawn": drawn}, needs.artifacts[dataset])


def estimate_if_measured(needs: Needs, dataset: str, variant: str, drawn: str, spec: dict[str, Any]) -> Estimate:
    """The same, or `NOTHING` where the variant has no such path or column."""
    try:
        return estimate(needs, dataset, variant, drawn, **spec)
    except quantities.MissingEvidence:
        return NOTHING


def outcomes(needs: Needs, dataset: str, variant: str, drawn: str = "uniform") -> dict[str, int]:
    """How many geodesics of all seeds there are under a variant (n), and how they ended."""
    found: list[str] = []
    for frame in needs.all(dataset, "study.csv").values():
        rows = (frame["variant"] == variant) & (frame["drawn"] == drawn) & (frame["path"] == "geodesic")
        found += frame.loc[rows, "outcome"].tolist()
    converged, bounded = found.count("converged"), found.count("bounded")
    return {
        "n": len(found),
        "converged": converged,
        "bounded": bounded,
        "unconverged": len(found) - converged - bounded,
    }


def values(needs: Needs, dataset: str, metric: str, option: str) -> dict[float, str]:
    """value -> variant, for the variants of a metric of which only this option was chosen, sorted."""
    frame = needs.first(dataset, "study.csv")
    found = frame[(frame["metric"] == metric) & frame["variant"].str.fullmatch(rf"{metric}, {option}=\S+")]
    return dict(sorted(zip(found[option].astype(float), found["variant"], strict=True)))


def chosen(needs: Needs, dataset: str, metric: str, option: str) -> float:
    """What the settings choose for a metric's option."""
    frame = needs.first(dataset, "study.csv")
    return float(frame.loc[frame["variant"] == metric, option].iloc[0])
