"""The peers' benchmark in words and numbers: its rows judged, as one table and a few sentences.

The rows are made by `make peers` (benchmarks/peers): `lengths` has a row for each curve, `runs` one for each
timing. A true distance is the reference where one is known; for a decoder it is the shortest curve that any of the
solvers found between the pair, the straight line included. `benchmarks.peers.publish` writes the table and the
figure into paper_figures/.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from replication.evidence.rounding import number
from replication.files import artifacts
from replication.report.markup import markdown_table

__all__ = ["CAPTION", "GROUPS", "KEYS", "Rows", "as_markdown", "judge", "read", "split", "summary"]

RESULTS = Path(__file__).parent / "results"
CAPTION = (
    "Time for a geodesic (of a batch, where the library has one; median over the runs, mean over the cases) against "
    "the error of its length, relative to the true distance or, for a decoder, to the shortest curve that any solver, "
    "or a long search, found. Nz: latent dimensions. The pairs are the same, the first n of them where a library is "
    "slow. Failed: raised an error, ran out of time (20 s a surface, 60 s a decoder, 180 s the one of convolutions), "
    "did not report convergence (stochman does for a batch as a whole), missed its end points, or came out longer "
    "than the straight line or over 10 % too long. In the figure, markers with failures are hollow, and a library's "
    "settings are joined by a line."
)
KEYS = {
    "lengths": ("group", "latent", "case", "library", "setting", "pair"),
    "runs": ("group", "latent", "case", "library", "setting", "repeat"),
}
GROUPS = ("closed forms", "trained decoder", "convolutional decoder", "many dimensions")
OURS = "latentgeo"
# a curve this much longer than the reference is no geodesic
_OFF = 0.1
# lengths that differ by less are equal
_EQUAL = 1e-6
_GOOD = ("converged", "untold")


@dataclass(frozen=True)
class Rows:
    """What `make peers` left.

    Attributes:
        lengths: library, setting, role, case, group, latent, pair, outcome, length, doubt, reference, line.
        runs: library, setting, role, case, group, latent, repeat, pairs, seconds (a geodesic).
        machine: For each library its version, its settings in full, date, processor, cores and threads.
    """

    lengths: pd.DataFrame
    runs: pd.DataFrame
    machine: Mapping[str, Mapping[str, Any]]


def read(folder: Path = RESULTS) -> Rows:
    """The rows in a folder."""
    return Rows(
        artifacts.read_csv(folder / "lengths.csv"),
        artifacts.read_csv(folder / "runs.csv"),
        artifacts.read_json(folder / "machine.json"),
    )


def split(done: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of a run, one a curve and repeat, as the two tables that are kept."""
    lengths = done.query("repeat == 0").drop(columns=["repeat", "seconds", "batch"])
    keys = ["library", "setting", "role", "case", "group", "latent", "repeat"]
    runs = done.groupby(keys, sort=False).agg(pairs=("pair", "size"), seconds=("seconds", "mean")).reset_index()
    return {"lengths": lengths, "runs": runs}


def judge(lengths: pd.DataFrame) -> pd.DataFrame:
    """The curves with their `best` (the reference), `error` (relative to it) and `failure` (empty, or the reason)."""
    judged = lengths.copy()
    usable = judged.length.where(~judged.outcome.isin(["ends missed", "not finite"]))
    shortest = usable.groupby([judged.case, judged.pair]).transform("min")
    found = shortest.clip(upper=judged.line)
    known = judged.group == "closed forms"
    judged["best"] = judged.reference.where(known, found.clip(upper=judged.reference.fillna(found)))
    judged["error"] = (usable / judged.best - 1).abs()
    judged["failure"] = judged.outcome.where(~judged.outcome.isin(_GOOD), "")
    sound = judged.failure == ""
    judged.loc[sound & (judged.error > _OFF), "failure"] = "over 10 % long"
    judged.loc[sound & (judged.length > judged.line * (1 + _EQUAL)), "failure"] = "longer than the line"
    return judged


def summary(rows: Rows) -> pd.DataFrame:
    """A row for each group of cases and number of latent dimensions, library and setting.

    Returns:
        group, latent, library, setting, role, pairs, runs (of the timing), milliseconds (a geodesic: median of runs,
        mean of the cases), median and largest relative error, failed (how many), why.
    """
    judged = judge(rows.lengths)
    timed = rows.runs.groupby(["group", "latent", "library", "setting", "case"]).agg(
        seconds=("seconds", "median"), runs=("repeat", "size")
    )
    keys = ["group", "latent", "library", "setting", "role"]
    found = []
    for key, curves in judged.groupby(keys, sort=False):
        group, latent, library, setting, role = key if isinstance(key, tuple) else (key,) * 5
        failures = curves.failure[curves.failure != ""]
        times = timed.loc[(group, latent, library, setting)]
        found.append(
            {
                "group": group,
                "latent": latent,
                "library": library,
                "setting": setting,
                "role": role,
                "pairs": len(curves),
                "runs": int(times.runs.min()),
                "milliseconds": 1000 * times.seconds.mean(),
                "median_error": curves.error.median(),
                "largest_error": curves.error.max(),
                "failed": len(failures),
                "why": ", ".join(f"{count} {why}" for why, count in failures.value_counts().items()),
            }
        )
    frame = pd.DataFrame(found)
    order = pd.DataFrame(
        {
            "group": frame.group.map(GROUPS.index),
            "latent": frame.latent,
            "role": frame.role == "reference",
            "library": frame.library != OURS,
            "name": frame.library,
            "setting": frame.setting != "default",
        }
    ).sort_values(by=["group", "latent", "role", "library", "name", "setting"], kind="stable")
    return frame.loc[order.index].reset_index(drop=True)


def as_markdown(rows: Rows) -> str:
    """The README's part: the caption, the table, ours beside each peer, and what it was measured with."""
    frame = summary(rows)
    shown = pd.DataFrame(
        {
            "cases": frame.group,
            "Nz": frame.latent,
            "library": [
                f"{rows.machine[name]['distribution']} {rows.machine[name]['version']}" for name in frame.library
            ],
            "setting": frame.setting.where(frame.role == "compared", frame.setting + " (reference)"),
            "pairs": frame.pairs,
            "runs": frame.runs,
            "ms a geodesic": frame.milliseconds,
            "median error": [_error(value) for value in frame.median_error],
            "largest error": [_error(value) for value in frame.largest_error],
            "failed": [f"{row['failed']} ({row['why']})" if row["failed"] else "0" for row in frame.to_dict("records")],
        }
    )
    return "\n\n".join([CAPTION, markdown_table(shown), " ".join(_sentences(rows)), _conditions(rows)]) + "\n"


def _error(value: float) -> str:
    """Two digits with an exponent; a dash where no curve came."""
    return "–" if value != value else "< 1e-12" if value < 1e-12 else f"{value:.1e}"


def _sentences(rows: Rows) -> list[str]:
    """Our default beside each peer that solved the same pairs of a decoder."""
    judged, words = judge(rows.lengths), []
    ours = _curves(judged, OURS, "default")
    for group in [group for group in GROUPS[1:] if group in set(ours.group)]:
        mine = ours[ours.group == group].set_index("pair")
        total = _total(rows.runs, OURS, "default", group)
        words.append(
            f"{group.capitalize()}, {len(mine)} pairs: latentgeo takes {number(total)} s in all; its longest curve "
            f"is {number(100 * mine.error.max())} % longer than the best that any solver found."
        )
        for library, setting in _peers(judged, group, len(mine)):
            other = _curves(judged, library, setting)
            other = other[other.group == group].set_index("pair")
            ratio = _total(rows.runs, library, setting, group) / total
            longer = int((mine.length > other.length * (1 + _EQUAL)).sum())
            words.append(
                f"{rows.machine[library]['distribution']} ({setting}) takes {number(ratio)} times as long, for curves "
                f"{number(100 * (other.length.sum() / mine.length.sum() - 1))} % longer in sum (shorter than ours for "
                f"{longer} pairs)."
            )
    return words


def _curves(judged: pd.DataFrame, library: str, setting: str) -> pd.DataFrame:
    return judged.query("library == @library and setting == @setting")


def _peers(judged: pd.DataFrame, group: str, pairs: int) -> list[tuple[str, str]]:
    """Peers' settings that gave a curve for as many pairs."""
    here = judged.query("group == @group and library != @OURS and length.notna()")
    counted = Counter(zip(here.library, here.setting, strict=True))
    return [named for named, count in counted.items() if count == pairs]


def _total(runs: pd.DataFrame, library: str, setting: str, group: str) -> float:
    mine = runs[(runs.library == library) & (runs.setting == setting) & (runs.group == group)]
    return float((mine.seconds * mine.pairs).median())


def _conditions(rows: Rows) -> str:
    """Machines and dates, each with its libraries."""
    places: dict[str, list[str]] = {}
    for record in rows.machine.values():
        place = f"{record['processor']}, {record['cores']} cores, torch {record['torch']}"
        place += f" with {record['threads']} threads on the decoder and one on the surfaces"
        place += f", load average {record['load']}" if "load" in record else ""
        places.setdefault(f"{place}, {record['date']}", []).append(record["distribution"])
    measured = "; ".join(f"{', '.join(names)}: {place}" for place, names in places.items())
    return f"Measured on: {measured}."
