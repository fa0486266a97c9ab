"""Numbers in legends and captions: the shown pair's length with the mean over all pairs beside it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.evidence.columns import select
from replication.evidence.rounding import number, with_interval
from replication.files.needs import Needs
from replication.looks import style

__all__ = ["SHOWN", "estimates", "legend_label", "legend_title", "lengths", "not_converged", "outcome_note"]

SHOWN = (
    "the shown pair (of the first seed's that both solvers measured the one whose true distance, or latent distance "
    "where there is none, is nearest to two thirds of the largest)"
)
"""What captions say of it; `replication.measuring.pairs` chooses it."""


def legend_label(needs: Needs, dataset: str, path: str, metric: str) -> str:
    """Name of a path with the shown pair's length and, in brackets, the mean over the pairs of all seeds."""
    shown = _length(needs, dataset, "shown_pair", path, metric)
    mean = _length(needs, dataset, "mean", path, metric)
    outcome = select(needs.first(dataset, "pairs.csv"), path, metric)["outcome"].iloc[0]
    return f"{style.LABELS[path]}: {number(shown.value)} ({number(mean.value)}){outcome_note(outcome)}"


def outcome_note(outcome: str) -> str:
    """What to say of a drawn path: nothing if it is a geodesic or was not solved for, else why it is not."""
    notes = {"converged": "", "baseline": "", "bounded": ", held by the border"}
    return notes.get(outcome, ", not converged")


def legend_title(needs: Needs, dataset: str, paths: Sequence[str], metric: str) -> str:
    """What the numbers of `legend_label` are, and how many geodesics behind them did not converge."""
    counts = [_length(needs, dataset, "mean", path, metric).n for path in paths]
    fewer = f"; paper's {counts[-1]}" if counts[-1] != counts[0] else ""
    title = f"length: this pair (mean of {counts[0]}{fewer})"
    note = not_converged(needs.all(dataset, "pairs.csv").values(), metric, "\n")
    return f"{title}\n{note}" if note else title


def not_converged(frames: Iterable[pd.DataFrame], metric: str | None = None, separator: str = ", ") -> str:
    """How many geodesics of all seeds did not converge or lean on the border, in words; empty if none.

    Args:
        frames: Rows of pairs.csv or sweep.csv.
        metric: Count in this metric only.
        separator: Between the two counts.
    """
    rows = pd.concat(list(frames)).query("path == 'geodesic'")
    outcomes = rows["outcome"] if metric is None else rows["outcome"][rows["metric"] == metric]
    bounded = sum(outcome == "bounded" for outcome in outcomes)
    failed = sum(outcome not in ("bounded", "converged") for outcome in outcomes)
    counts = {"not converged": failed, "held by the border": bounded}
    return separator.join(f"{count} of {len(outcomes)} {what}" for what, count in counts.items() if count)


def estimates(needs: Needs, dataset: str, specs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The named quantities as words; one that the artifacts cannot give says why."""
    found = {}
    for name, spec in specs.items():
        try:
            found[name] = with_interval(quantities.estimate(spec, needs.artifacts[dataset]))
        except quantities.MissingEvidence as error:
            found[name] = f"not available: {error}"
    return found


def lengths(needs: Needs, dataset: str, metrics: tuple[str, ...] = ("raw", "smoothed")) -> dict[str, str]:
    """Length of the shown pair and mean of all pairs, each path and metric, and the ratios to the geodesic."""
    specs: dict[str, Mapping[str, Any]] = {}
    frame = needs.first(dataset, "pairs.csv")
    for metric in metrics:
        present = [path for path in style.LABELS if ((frame["path"] == path) & (frame["metric"] == metric)).any()]
        for path in present:
            here = {"path": path, "metric": metric}
            specs[f"{style.LABELS[path]}, {metric}, shown pair"] = {"name": "shown_pair", **here}
            specs[f"{style.LABELS[path]}, {metric}, mean of all pairs"] = {"name": "mean", **here}
        for path in present:
            if path != "geodesic":
                spec = {"name": "path_ratio", "over": path, "under": "geodesic", "metric": metric}
                specs[f"{style.LABELS[path]} / geodesic, {metric}"] = spec
    return estimates(needs, dataset, specs)


def _length(needs: Needs, dataset: str, name: str, path: str, metric: str) -> Estimate:
    return quantities.estimate({"name": name, "path": path, "metric": metric}, needs.artifacts[dataset], resamples=2)
