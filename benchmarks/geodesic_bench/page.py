"""The scores in words: what stands in docs/explanation/peers.md and docs/explanation/geodesic_bench.md."""

from collections import Counter

import pandas as pd
import torch

from benchmarks.geodesic_bench import files, references
from benchmarks.geodesic_bench.interface import GROUPS, Case
from benchmarks.geodesic_bench.scores import OURS, Rows, judge, scores
from replication.evidence.rounding import number
from replication.report.markup import markdown_table

__all__ = ["CAPTION", "cases", "groups", "solved"]

CAPTION = (
    "Time for a geodesic (of a batch, where the library has one; median over the runs, mean over the cases) against "
    "its excess length, relative to the true distance or, for a decoder, to the shortest curve that any solver, or a "
    "long search, found. Nz: latent dimensions. The pairs are the same, the first n of them where a library is "
    "slow. Failed: raised an error, ran out of time (20 s a surface, 60 s a decoder, 120 s that of MNIST in 32 "
    "dimensions, 180 s the one of convolutions), did not report convergence (stochman does for a batch as a whole), "
    "missed its end points, or came out longer "
    "than the straight line or over 10 % too long. In the figure, markers with failures are hollow, and a library's "
    "settings are joined by a line."
)
# lengths that differ by less are equal
_EQUAL = 1e-6
# groups whose curves are compared in words
_COMPARED = GROUPS[1:]


def groups(rows: Rows) -> str:
    """The caption, the scores by groups of cases, ours beside each peer, and what it was measured with."""
    frame = scores(rows)
    shown = pd.DataFrame({"cases": frame.group, "Nz": frame.latent} | _shown(rows, frame))
    return "\n\n".join([CAPTION, markdown_table(shown), " ".join(_sentences(rows)), _conditions(rows)]) + "\n"


def solved(rows: Rows) -> str:
    """Every solver on every case, the cases that wait for a run too, and what it was measured with."""
    frame = scores(rows, by="case")
    waiting = [case for case in files.cases() if case.name not in set(frame.case)]
    shown = pd.DataFrame({"case": frame.case, "Nz": frame.latent} | _shown(rows, frame))
    parts = [markdown_table(shown), _conditions(rows)]
    if waiting:
        parts.insert(1, f"Not measured yet: {', '.join(case.name for case in waiting)}.")
    return "\n\n".join(parts) + "\n"


def cases() -> str:
    """The cases, with what their references are from and what the two solvers leave open."""
    table = markdown_table(pd.DataFrame([_case(case) for case in files.cases()]))
    return f"{table}\n\n{_checked()}\n"


def _checked() -> str:
    """How the check fared on decoders, where its curve may be the shorter one."""
    known = [references.read(case.name) for case in files.cases() if case.distance is None]
    over = torch.cat([one.check / one.first - 1 for one in known])
    over = over[~over.isnan()]
    shorter = over < -_EQUAL
    least = f", by {_relative(-float(over.min()))} at most" if shorter.any() else ""
    within = {most: int((over.abs() <= most).sum()) for most in (_EQUAL, 1e-3)}
    return (
        f"Of {len(over)} pairs of decoders that were checked, the check's curve is shorter for {int(shorter.sum())}"
        f"{least}; the two agree to {', '.join(f'{most:.0e} for {count}' for most, count in within.items())}. Where it "
        "is longer, its chain was too coarse or ended in another valley."
    )


def _case(case: Case) -> dict[str, object]:
    reference = references.read(case.name)
    checked = reference.error[~reference.error.isnan()]
    few = "" if len(checked) == len(reference.length) else f" (of {len(checked)})"
    return {
        "case": case.name,
        "what": case.about,
        "Nz": case.latent,
        "pairs": len(reference.length),
        "seconds": case.seconds,
        "reference": f"{case.certified[0]}, checked by {case.certified[1]}",
        "median error": _relative(float(checked.median())) + few if len(checked) else "not checked",
        "largest error": _relative(float(checked.max())) + few if len(checked) else "not checked",
    }


def _shown(rows: Rows, frame: pd.DataFrame) -> dict[str, object]:
    return {
        "library": [f"{rows.solvers[name]['library']} {rows.solvers[name]['version']}" for name in frame.solver],
        "setting": frame.setting.where(frame.role == "compared", frame.setting + " (reference)"),
        "pairs": frame.pairs,
        "runs": frame.runs,
        "ms a geodesic": frame.milliseconds,
        "median excess": [_relative(value) for value in frame.median_excess],
        "largest excess": [_relative(value) for value in frame.largest_excess],
        "failed": [f"{row['failed']} ({row['why']})" if row["failed"] else "0" for row in frame.to_dict("records")],
    }


def _relative(value: float) -> str:
    """Two digits with an exponent; a dash where no curve came."""
    return "–" if value != value else "< 1e-12" if abs(value) < 1e-12 else f"{value:.1e}"


def _sentences(rows: Rows) -> list[str]:
    """Our default beside each peer that solved the same pairs of a group."""
    judged, words = judge(rows.lengths), []
    ours = judged[(judged.library == OURS) & (judged.setting == "default")]
    for group in [group for group in _COMPARED if group in set(ours.group)]:
        mine = ours[ours.group == group].set_index(["case", "pair"])
        total = _total(rows.runs, mine.solver.iloc[0], group)
        words.append(
            f"{group.capitalize()}, {len(mine)} pairs: latentgeo takes {number(total)} s in all; its longest curve "
            f"is {number(100 * mine.excess.max())} % longer than the reference."
        )
        for name in _peers(judged, group, len(mine)):
            other = judged[(judged.solver == name) & (judged.group == group)].set_index(["case", "pair"])
            both = mine.length.to_frame("ours").join(other.length.rename("theirs"))
            ratio = _total(rows.runs, name, group) / total
            longer = int((both.ours > both.theirs * (1 + _EQUAL)).sum())
            words.append(
                f"{rows.solvers[name]['library']} ({rows.solvers[name]['setting']}) takes {number(ratio)} times as "
                f"long, for curves {number(100 * (both.theirs.sum() / both.ours.sum() - 1))} % longer in sum (shorter "
                f"than ours for {longer} pairs)."
            )
    return words


def _peers(judged: pd.DataFrame, group: str, pairs: int) -> list[str]:
    """Solvers of other libraries that gave a curve for as many pairs."""
    here = judged.query("group == @group and library != @OURS and length.notna()")
    return sorted(name for name, count in Counter(here.solver).items() if count == pairs)


def _total(runs: pd.DataFrame, solver: str, group: str) -> float:
    """Seconds for all pairs of a group: the median run of each case."""
    mine = runs[(runs.solver == solver) & (runs.group == group)]
    return float((mine.seconds * mine.pairs).groupby(mine.case).median().sum())


def _conditions(rows: Rows) -> str:
    """Machines and dates, each with its libraries."""
    places: dict[str, set[str]] = {}
    for record in rows.solvers.values():
        place = f"{record['processor']}, {record['cores']} cores, torch {record['torch']}"
        place += f" with {record['threads']} threads on the decoder and one on the surfaces"
        place += f", load average {record['load']}" if "load" in record else ""
        places.setdefault(f"{place}, {record['date']}", set()).add(record["library"])
    measured = "; ".join(f"{', '.join(sorted(names))}: {place}" for place, names in places.items())
    return f"Measured on: {measured}."
