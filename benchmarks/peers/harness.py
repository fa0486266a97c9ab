"""One library on one case: timed, measured and with every failure named."""

import importlib
import pkgutil
import time
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from alarm import alarm
from benchmarks.peers import cases, libraries
from benchmarks.peers.cases import Case
from benchmarks.peers.measure import measure
from benchmarks.peers.setting import Setting, Solve, Solved

__all__ = ["TimedOut", "distribution", "names", "run", "settings"]

# of the distance between the end points: a curve that misses them by more connects something else
_GAP = 1e-3


class TimedOut(BaseException):
    """The time for a case is over. No library's `except Exception` catches it."""


def names() -> list[str]:
    """The libraries that have a file."""
    return sorted(module.name for module in pkgutil.iter_modules(libraries.__path__))


def settings(library: str) -> Mapping[str, Setting]:
    """A library's settings by name; imports the library.

    Raises:
        ValueError: It has no file.
    """
    return _module(library).SETTINGS


def distribution(library: str) -> str:
    """The name that a library is installed by."""
    return _module(library).DISTRIBUTION


def run(
    library: str, setting: str, case: str, seconds: float, pairs: int | None = None, measured: bool = True
) -> list[dict[str, Any]]:
    """Solve a case's first pairs and measure what came.

    Args:
        library: A name of `names()`.
        setting: One of its settings.
        case: A name of `cases.load`.
        seconds: For all pairs together; those that are not done by then have timed out.
        pairs: At most so many, whatever the setting says.
        measured: Without, only the times are told: a repetition gives the same curves.

    Returns:
        A row for each pair: pair, outcome (converged, untold, unconverged, ends missed, not finite, timed out, raised
        and what), length and doubt (see `measure`), reference, line (the straight line's length) and seconds, the
        call's time shared evenly among its pairs.
    """
    chosen, problem = settings(library)[setting], cases.load(case)
    count = min(chosen.pairs_of(problem), len(problem.z0) if pairs is None else pairs)
    solve = chosen.prepare(problem)
    rows: list[dict[str, Any]] = []
    left = seconds
    for first in range(0, count, chosen.at_once or count):
        part = slice(first, min(count, first + (chosen.at_once or count)))
        solved, outcome, took = _timed(solve, problem.z0[part], problem.z1[part], left)
        left -= took
        rows += _rows(problem, part, solved if measured else None, outcome, took)
    return rows


def _module(library: str) -> ModuleType:
    if library not in names():
        raise ValueError(f"no library {library!r}; found: {', '.join(names())}")
    return importlib.import_module(f"benchmarks.peers.libraries.{library}")


def _timed(solve: Solve, z0: Tensor, z1: Tensor, seconds: float) -> tuple[Solved | None, str, float]:
    """What came, why nothing came, and how long it took."""
    if seconds <= 0:
        return None, "timed out", 0.0
    started = time.perf_counter()
    solved, outcome = None, ""
    try:
        with alarm(seconds, TimedOut()):
            solved = solve(z0, z1)
    except TimedOut:
        outcome = "timed out"
    except Exception as error:  # whatever a library raises is counted against it
        outcome = f"raised {type(error).__name__}"
    return solved, outcome, time.perf_counter() - started


def _rows(case: Case, part: slice, solved: Solved | None, outcome: str, took: float) -> Iterator[dict[str, Any]]:
    z0, z1, nan = case.z0[part], case.z1[part], float("nan")
    lines = _lines(case.name)
    found = None if solved is None else measure(case, solved, z0, z1)
    for k, pair in enumerate(range(case.z0.shape[0])[part]):
        row = {"pair": pair, "outcome": outcome, "length": nan, "doubt": nan}
        if solved is not None and found is not None:
            row |= {"length": float(found.length[k]), "doubt": float(found.doubt[k])}
            row["outcome"] = _outcome(row["length"], float(found.gap[k]), solved.converged[k])
        yield row | {
            "reference": float(case.reference[pair]),
            "line": float(lines[pair]),
            "seconds": nan if outcome == "timed out" else took / len(z0),
        }


@cache
def _lines(name: str) -> Tensor:
    """Lengths of a case's straight lines."""
    case = cases.load(name)
    z0, step = case.z0[:, None], (case.z1 - case.z0)[:, None]
    return measure(case, Solved(lambda t: z0 + t[:, None] * step, [None] * len(z0)), case.z0, case.z1).length


def _outcome(length: float, gap: float, told: bool | None) -> str:
    if not torch.isfinite(torch.tensor(length)):
        return "not finite"
    if gap > _GAP:
        return "ends missed"
    return {None: "untold", True: "converged", False: "unconverged"}[told]
