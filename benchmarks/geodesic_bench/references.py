"""Reference lengths as data, each with the certificate of two solvers: references/<case>.csv, a row a pair.

`first` and `check` are lengths by the two solvers that the case names; `length` is the first where that is known
exactly, and else the least that anybody found; `error` says how far apart they are. `line` is the straight line's
length: by it a solver's process knows that its case is the one that the references are of.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

__all__ = ["COLUMNS", "FOLDER", "Reference", "certified", "read"]

FOLDER = Path(__file__).parent / "references"
COLUMNS = ("pair", "line", "length", "first", "check", "error")


@dataclass(frozen=True)
class Reference:
    """A case's lengths, (pairs,) each, in observation units.

    Attributes:
        line: Of the straight lines.
        length: What solvers are judged by.
        first: By the first solver.
        check: By the second; NaN where it found none.
        error: Relative, what the two leave open: the farther of them from `length`. NaN without both.
    """

    line: Tensor
    length: Tensor
    first: Tensor
    check: Tensor
    error: Tensor


def read(case: str, folder: Path = FOLDER) -> Reference:
    """A case's references.

    Raises:
        ValueError: It has none.
    """
    path = folder / f"{case}.csv"
    if not path.is_file():
        raise ValueError(
            f"no references of {case!r} in {folder}: make them by python -m benchmarks.geodesic_bench.certify"
        )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Reference(
        *(torch.tensor([float(row[name] or "nan") for row in rows], dtype=torch.float64) for name in COLUMNS[1:])
    )


def certified(line: Tensor, first: Tensor, check: Tensor, exact: bool, found: Tensor | None = None) -> Reference:
    """References from what two solvers found.

    Args:
        line: Lengths of the straight lines, (pairs,).
        first: By the first solver.
        check: By the second.
        exact: The first are distances, not curves: nothing shorter replaces them.
        found: The least that further solvers found, where it counts.
    """
    error_of = torch.stack([first, check])
    length = (
        first
        if exact
        else torch.stack([first, check, *([] if found is None else [found])]).nan_to_num(nan=torch.inf).amin(0)
    )
    return Reference(line, length, first, check, (error_of / length - 1).abs().amax(0))
