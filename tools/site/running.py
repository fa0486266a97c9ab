"""Code as a reader would run it, and what it shows: printed text and pictures."""

import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt

__all__ = ["Shown", "run"]

_DPI = 110


@dataclass(frozen=True)
class Shown:
    """What a piece of code showed.

    Attributes:
        text: What it printed.
        pictures: PNG files, one for each figure that it drew.
    """

    text: str
    pictures: tuple[bytes, ...]


def run(code: str, names: dict[str, Any], place: str) -> Shown:
    """Run code among these names, which it may add to; its figures are closed.

    Args:
        code: Python.
        names: Of what was run before.
        place: What tracebacks call it.
    """
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, place, "exec"), names)
    pictures = []
    for number in plt.get_fignums():
        stream = io.BytesIO()
        plt.figure(number).savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
        pictures.append(stream.getvalue())
    plt.close("all")
    return Shown(printed.getvalue(), tuple(pictures))
