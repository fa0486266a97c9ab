"""The rows of a run judged: time, excess length over the reference, failures.

`lengths` has a row for each curve, `runs` one for each timing. What a curve exceeds is the reference of its pair in
references/, so that a solver's scores do not depend on who else ran since these were certified.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.geodesic_bench import files, references
from benchmarks.geodesic_bench.interface import GROUPS
from replication.files import artifacts

__all__ = ["NO_CURVE", "OURS", "RESULTS", "Rows", "joined", "judge", "read", "scores"]

RESULTS = Path(__file__).parent / "results"
OURS = "latentgeo"
# outcomes of what is no curve between the two points
NO_CURVE = ("ends missed", "not finite")
# a curve this much longer than the reference is no geodesic
_OFF = 0.1
# lengths that differ by less are equal
_EQUAL = 1e-6
_GOOD = ("converged", "untold")


@dataclass(frozen=True)
class Rows:
    """What a run left, joined with what its cases and solvers say of themselves.

    Attributes:
        lengths: solver, library, setting, role, case, group, latent, pair, outcome, length, doubt, reference, line.
        runs: solver, library, setting, role, case, group, latent, repeat, pairs, seconds (a geodesic).
        solvers: For each solver its library, version, setting, call, date, processor, cores and threads.
    """

    lengths: pd.DataFrame
    runs: pd.DataFrame
    solvers: Mapping[str, Mapping[str, Any]]


def read(folder: Path = RESULTS) -> Rows:
    """The rows in a folder."""
    return joined(
        artifacts.read_csv(folder / "lengths.csv"),
        artifacts.read_csv(folder / "runs.csv"),
        artifacts.read_json(folder / "solvers.json"),
    )


def joined(lengths: pd.DataFrame, runs: pd.DataFrame, solvers: Mapping[str, Mapping[str, Any]]) -> Rows:
    """The rows with the references, and with what the cases and the solvers' records say."""
    known = []
    for name in sorted(set(lengths.case)):
        reference = references.read(name)
        pairs = pd.DataFrame({"reference": reference.length.numpy(), "line": reference.line.numpy()})
        known.append(pairs.assign(case=name, pair=range(len(pairs))))
    lengths = lengths.merge(pd.concat(known), on=["case", "pair"], how="left", validate="many_to_one")
    return Rows(_described(lengths, solvers), _described(runs, solvers), solvers)


def judge(lengths: pd.DataFrame) -> pd.DataFrame:
    """The curves with their `excess` (relative to the reference) and `failure` (empty, or the reason)."""
    judged = lengths.copy()
    usable = judged.length.where(~judged.outcome.isin(NO_CURVE))
    judged["excess"] = usable / judged.reference - 1
    judged["failure"] = judged.outcome.where(~judged.outcome.isin(_GOOD), "")
    sound = judged.failure == ""
    judged.loc[sound & (judged.excess > _OFF), "failure"] = "over 10 % long"
    judged.loc[sound & (judged.length > judged.line * (1 + _EQUAL)), "failure"] = "longer than the line"
    return judged


def scores(rows: Rows, by: str = "group") -> pd.DataFrame:
    """A row for each solver on each case, or on each group of cases with as many latent dimensions.

    Args:
        rows: Of a run.
        by: "case" or "group".

    Returns:
        group, latent, case (if asked for), solver, library, setting, role, pairs, runs (of the timing), milliseconds (a
        geodesic: median of runs, mean of the cases), median_excess, largest_excess (relative), failed (how many), why.
    """
    keys = ["group", "latent", *(["case"] if by == "case" else []), "solver", "library", "setting", "role"]
    times = rows.runs.groupby([*keys, *([] if by == "case" else ["case"])]).agg(
        seconds=("seconds", "median"), runs=("repeat", "size")
    )
    times = times.groupby(keys).agg(seconds=("seconds", "mean"), runs=("runs", "min"))
    found = []
    for key, curves in judge(rows.lengths).groupby(keys, sort=False):
        named = dict(zip(keys, key if isinstance(key, tuple) else (key,), strict=True))
        failures = curves.failure[curves.failure != ""]
        found.append(
            named
            | {
                "pairs": len(curves),
                "runs": int(times.runs[key]),
                "milliseconds": 1000 * times.seconds[key],
                "median_excess": curves.excess.median(),
                "largest_excess": curves.excess.max(),
                "failed": len(failures),
                "why": ", ".join(f"{count} {why}" for why, count in failures.value_counts().items()),
            }
        )
    frame = pd.DataFrame(found)
    order = pd.DataFrame(
        {
            "group": frame.group.map(GROUPS.index),
            "latent": frame.latent,
            "case": frame.get("case", ""),
            "role": frame.role == "reference",
            "ours": frame.library != OURS,
            "library": frame.library,
            "other": frame.setting != "default",
            "setting": frame.setting,
        }
    )
    return frame.loc[order.sort_values(by=list(order.columns)).index].reset_index(drop=True)


def _described(frame: pd.DataFrame, solvers: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    words = {word: [solvers[name][word] for name in frame.solver] for word in ("library", "setting", "role")}
    found = {name: files.case(name) for name in set(frame.case)}
    of_cases = {
        "group": [found[name].group for name in frame.case],
        "latent": [found[name].latent for name in frame.case],
    }
    return frame.assign(**words, **of_cases)
