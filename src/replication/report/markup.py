"""Tables as words: what stands in a cell, and the whole as markdown."""

from typing import Any

import numpy as np
import pandas as pd

from replication.evidence.rounding import number

__all__ = ["cell", "cells", "markdown_table"]


def cell(value: Any) -> str:
    """A value in a table: three significant digits or more for what is not whole, a dash for nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        exact = float(value)
        return str(int(exact)) if exact.is_integer() and abs(exact) < 1e9 else number(exact)
    return str(value)


def cells(frame: pd.DataFrame) -> list[list[str]]:
    """The rows of a table in words."""
    return [[cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]


def markdown_table(frame: pd.DataFrame) -> str:
    """A GitHub table; pipes in cells are escaped."""
    rows = [[words.replace("|", "\\|").replace("\n", " ") for words in row] for row in cells(frame)]
    head = [str(column) for column in frame.columns]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines)
