"""What did not converge: a row a data set, path and metric, and how many curves ended how."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from replication.evidence.dataset_names import name_of
from replication.evidence.rounding import number

__all__ = ["EXPLAINED", "table", "told"]

EXPLAINED = (
    "Curves of all seeds by how the solver ended. On the border: the curve leans on the box in which it is sought, and "
    "is the shortest within it. Out of steps: it was still moving when the steps were used up; 95 % of these curves "
    "are estimated to be too long by less than the last column says. Line is shorter: no curve was found that is "
    "shorter than the straight line, which stands in its place. Every curve counts in the results, whatever its end."
)
_SOLVERS = {"geodesic": "our solver", "neural": "the paper's solver"}
# outcome -> column, in the order in which they stand
_OUTCOMES: Mapping[str, str] = {
    "converged": "converged",
    "bounded": "on the border",
    "max_iterations": "out of steps",
    "line_is_shorter": "line is shorter",
}
_EXCESS = "too long by, at most"


def table(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The outcomes of `data_sources.outcomes`, in words and a column each; those that never came are left out."""
    groups: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = {}
    for row in outcomes.to_dict("records"):
        groups.setdefault((row["dataset"], row["path"], row["metric"]), {})[row["outcome"]] = row
    came = {outcome for group in groups.values() for outcome in group}
    shown = [name for name in (*_OUTCOMES, *sorted(came - _OUTCOMES.keys())) if name in {*came, "converged"}]
    rows = []
    for (dataset, path, metric), group in groups.items():
        pairs = {name: group[name]["pairs"] if name in group else 0 for name in shown}
        excess = group["max_iterations"]["excess"] if "max_iterations" in group else math.nan
        rows.append(
            {
                "data set": name_of(dataset),
                "curves of": _SOLVERS.get(path, path),
                "metric": metric,
                "pairs": sum(pairs.values()),
                **{_OUTCOMES.get(name, name.replace("_", " ")): count for name, count in pairs.items()},
                _EXCESS: f"{number(100 * excess)} %" if math.isfinite(excess) else "–",
            }
        )
    return pd.DataFrame(rows)


def told(outcomes: pd.DataFrame) -> str:
    """In one line: how many curves of each solver converged."""
    words = []
    for path, solver in _SOLVERS.items():
        rows = [row for row in outcomes.to_dict("records") if row["path"] == path]
        done = sum(row["pairs"] for row in rows if row["outcome"] == "converged")
        if rows:
            words.append(f"{done} of {sum(row['pairs'] for row in rows)} curves of {solver} converged")
    return "; ".join(words) or "no curve was sought"
