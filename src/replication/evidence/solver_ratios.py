"""Ratios of lengths by the paper's solver, where it was asked: raw and at the two strengths of the smoothing."""

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.files.needs import Need, Needs

__all__ = ["of_papers_solver", "reads"]

METRICS = ("raw", "smoothed_1", "smoothed")


def reads(dataset: str) -> list[Need]:
    """What the ratios of a data set are made from."""
    return [Need(dataset, "pairs.csv"), Need(dataset, "metric_grid.npz", "first")]


def of_papers_solver(needs: Needs, dataset: str, over: str) -> dict[float, Estimate]:
    """Smoothing lambda_s over the metric's own scale -> mean length of a path over that of the solver's curves.

    Args:
        needs: With what `reads` lists.
        dataset: Whose pairs: the first of each seed, as many as the solver was asked for.
        over: The path, a name of pairs.csv; one that was not measured has no ratios.
    """
    frame, scale = needs.first(dataset, "pairs.csv"), float(needs.first(dataset, "metric_grid.npz")["lambda_scale"])
    found = {}
    for metric in METRICS:
        rows = frame[frame["metric"] == metric]
        if {over, "neural"} <= set(rows["path"]):
            spec = {"name": "path_ratio", "over": over, "under": "neural", "metric": metric}
            found[float(rows["lambda_s"].iloc[0]) / scale] = quantities.estimate(spec, needs.artifacts[dataset])
    return found
