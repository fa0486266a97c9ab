"""One solver on one case: timed, measured and with every failure named."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch
from torch import Tensor

from benchmarks.geodesic_bench import files, references
from benchmarks.geodesic_bench.alarm import alarm
from benchmarks.geodesic_bench.interface import Problem, Solved, Solver
from benchmarks.geodesic_bench.ruler import measure, straight

__all__ = ["TimedOut", "run"]

# of the distance between the end points: a curve that misses them by more connects something else
_GAP = 1e-3
# of a straight line's length: a case that differs by more from its references is another case
_SAME = 1e-9


class TimedOut(BaseException):
    """The time for a case is over. No library's `except Exception` catches it."""


def run(
    solver: Solver, case: str, seconds: float, pairs: int | None = None, measured: bool = True
) -> list[dict[str, Any]]:
    """Solve a case's first pairs and measure what came.

    Args:
        solver: Of a file.
        case: A name of `files.cases`.
        seconds: For all pairs together; those that are not done by then have timed out.
        pairs: At most so many, whatever the solver says.
        measured: Without, only the times are told: a repetition gives the same curves.

    Returns:
        A row for each pair: pair, outcome (converged, untold, unconverged, ends missed, not finite, timed out, raised
        and what), length and doubt (see `ruler`) and seconds, the call's time shared evenly among its pairs.

    Raises:
        RuntimeError: The case is not the one of the references.
    """
    problem = files.problem(case)
    _check(case)
    count = min(solver.pairs_of(problem), len(problem.z0) if pairs is None else pairs)
    made, outcome, _ = _timed(lambda: solver.prepare(problem), seconds)
    left, rows = seconds, list[dict[str, Any]]()
    for first in range(0, count, solver.at_once or max(count, 1)):
        part = slice(first, min(count, first + (solver.at_once or count)))
        z0, z1 = problem.z0[part], problem.z1[part]
        solved, why, took = None, outcome, 0.0
        if made is not None:
            solved, why, took = _timed(lambda z0=z0, z1=z1: made(z0, z1), left)
        left -= took
        rows += _rows(problem, part, solved if measured else None, why, took)
    return rows


def _timed(call: Callable[[], Any], seconds: float) -> tuple[Any, str, float]:
    """What came, why nothing came, and how long it took."""
    if seconds <= 0:
        return None, "timed out", 0.0
    started = time.perf_counter()
    came, outcome = None, ""
    try:
        with alarm(seconds, TimedOut()):
            came = call()
    except TimedOut:
        outcome = "timed out"
    except Exception as error:  # whatever a library raises is counted against it
        outcome = f"raised {type(error).__name__}"
    return came, outcome, time.perf_counter() - started


def _rows(problem: Problem, part: slice, solved: Solved | None, outcome: str, took: float) -> Iterator[dict[str, Any]]:
    z0, z1, nan = problem.z0[part], problem.z1[part], float("nan")
    found = None
    if solved is not None:
        try:
            found = measure(problem, solved, z0, z1)
        except Exception as error:  # a curve that cannot be asked for its points is none
            outcome = f"raised {type(error).__name__}"
    for k, pair in enumerate(range(len(problem.z0))[part]):
        row = {"pair": pair, "outcome": outcome, "length": nan, "doubt": nan}
        if solved is not None and found is not None:
            row |= {"length": float(found.length[k]), "doubt": float(found.doubt[k])}
            row["outcome"] = _outcome(found.length[k], found.gap[k], solved.converged[k])
        yield row | {"seconds": nan if outcome == "timed out" else took / len(z0)}


@cache
def _check(case: str) -> None:
    problem, line = files.problem(case), references.read(case).line
    here = measure(problem, straight(problem.z0, problem.z1), problem.z0, problem.z1).length
    if here.shape != line.shape or not torch.allclose(here, line, rtol=_SAME, atol=0):
        raise RuntimeError(
            f"{case} is not the case of references/{case}.csv here: of {len(here)} pairs, {len(line)} expected, "
            f"straight lines have other lengths. This torch ({torch.__version__}) may draw other numbers"
        )


def _outcome(length: Tensor, gap: Tensor, told: bool | None) -> str:
    if not torch.isfinite(length):
        return "not finite"
    if gap > _GAP:
        return "ends missed"
    return {None: "untold", True: "converged", False: "unconverged"}[told]
