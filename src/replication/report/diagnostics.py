"""What did not converge: a row a data set, path and metric, and how many curves ended how."""

from collections.abc import Mapping

import numpy as np
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
    seen = [*_OUTCOMES, *sorted(set(outcomes["outcome"]) - _OUTCOMES.keys())]
    seen = [outcome for outcome in seen if outcome == "converged" or (outcomes["outcome"] == outcome).any()]
    rows = []
    for (dataset, path, metric), group in outcomes.groupby(["dataset", "path", "metric"], sort=False):
        pairs = group.set_index("outcome")["pairs"]
        excess = group.loc[group["outcome"] == "max_iterations", "excess"].to_numpy(dtype=float)
        rows.append(
            {
                "data set": name_of(str(dataset)),
                "curves of": _SOLVERS.get(str(path), path),
                "metric": metric,
                "pairs": int(pairs.sum()),
                **{_OUTCOMES.get(name, name.replace("_", " ")): int(pairs.get(name, 0)) for name in seen},
                _EXCESS: f"{number(100 * excess[0])} %" if excess.size and np.isfinite(excess[0]) else "–",
            }
        )
    return pd.DataFrame(rows)


def told(outcomes: pd.DataFrame) -> str:
    """In one line: how many curves of each solver converged."""
    words = []
    for path, solver in _SOLVERS.items():
        of_path = outcomes[outcomes["path"] == path]
        done = int(of_path.loc[of_path["outcome"] == "converged", "pairs"].sum())
        words += [f"{done} of {int(of_path['pairs'].sum())} curves of {solver} converged"] if len(of_path) else []
    return "; ".join(words) or "no curve was sought"
