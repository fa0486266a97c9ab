"""Tables as markdown and HTML."""

import html
from typing import Any

import numpy as np
import pandas as pd

from replication.evidence.rounding import number

__all__ = ["cell", "html_table", "markdown_table"]


def cell(value: Any) -> str:
    """A value in a table: three significant digits or more for what is not whole, a dash for nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        exact = float(value)
        return str(int(exact)) if exact.is_integer() and abs(exact) < 1e9 else number(exact)
    return str(value)


def markdown_table(frame: pd.DataFrame) -> str:
    """A GitHub table; pipes in cells are escaped."""
    rows = [[cell(value).replace("|", "\\|").replace("\n", " ") for value in row] for row in _values(frame)]
    head = [str(column) for column in frame.columns]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines)


def html_table(frame: pd.DataFrame) -> str:
    """An HTML table; every cell is escaped, and a verdict carries a class of its own for its colour."""
    head = "".join(f"<th>{html.escape(str(column))}</th>" for column in frame.columns)
    body = "".join(
        "<tr>"
        + "".join(_html_cell(str(column), value) for column, value in zip(frame.columns, row, strict=True))
        + "</tr>"
        for row in _values(frame)
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _html_cell(column: str, value: Any) -> str:
    words = cell(value)
    # what stands in brackets is another's
    kind = f' class="{words.partition(" (")[0].replace(" ", "-")}"' if column == "verdict" else ""
    return f"<td{kind}>{html.escape(words)}</td>"


def _values(frame: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in frame.itertuples(index=False, name=None)]
