"""Where the data behind the results came from: stand-ins and missing parts are named wherever results are shown."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from replication.files import needs

__all__ = ["KIND_WORDS", "Source", "outcomes", "read_sources", "stamp_of"]

Source = Mapping[str, Any]  # kind, reason, missing

KIND_WORDS = {
    "public": "the public source",
    "mirror": "a mirror of the public source",
    "simulated": "simulated, as in the paper",
    "standin": "STAND-IN",
}


def read_sources(results: Path, datasets: Sequence[str], seeds: Sequence[int]) -> dict[str, Source]:
    """Kind, reason and missing parts of each data set's data; a data set without scores.json is left out."""
    evidence = needs.evidence(results, datasets, seeds, ["scores.json"])
    return {
        dataset: {
            "kind": scores.get("data_source", "unknown"),
            "reason": scores.get("data_source_reason"),
            "missing": scores.get("missing") or [],
        }
        for dataset, by_seed in evidence.items()
        for scores in [by_seed[min(by_seed)]["scores.json"]]
    }


def stamp_of(results: Path, datasets: Sequence[str], seeds: Sequence[int]) -> str:
    """What to write on a figure of these data sets: `data: stand-in (mnist)`, or nothing."""
    sources = read_sources(results, datasets, seeds)
    standins = [dataset for dataset, source in sources.items() if source["kind"] == "standin"]
    return f"data: stand-in ({', '.join(standins)})" if standins else ""


def outcomes(results: Path, datasets: Sequence[str], seeds: Sequence[int]) -> pd.DataFrame:
    """Solved curves by outcome: columns dataset, path, metric, outcome, pairs, excess; every outcome is counted.

    The excess is the estimated relative excess length that 95 % of the pairs stay below; NaN where it is not known.
    """
    evidence = needs.evidence(results, datasets, seeds, ["pairs.csv"])
    frames = [
        files["pairs.csv"].assign(dataset=dataset)
        for dataset, by_seed in evidence.items()
        for files in by_seed.values()
    ]
    if not frames:
        return pd.DataFrame(columns=["dataset", "path", "metric", "outcome", "pairs", "excess"])
    rows = pd.concat(frames)
    solved = rows.loc[rows["path"].isin(["geodesic", "neural"])]
    return solved.groupby(["dataset", "path", "metric", "outcome"], sort=False, as_index=False).agg(
        pairs=("pair", "size"), excess=("residual", _excess)
    )


def _excess(residual: pd.Series) -> float:
    """What 95 % stay below; NaN where one of the two values that it lies between is infinite, not judged."""
    known = math.isfinite(residual.quantile(0.95, interpolation="higher"))
    return residual.quantile(0.95) if known else math.nan
