"""A script in jupytext's percent format as a page: its text, its code, and what the code shows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.site.running import Shown, run

__all__ = ["Cell", "cells", "page", "written"]

_START = "# %%"
_TEXT = "[markdown]"


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    Attributes:
        title: Of a code cell: what its picture shows. Of text: `[markdown]`.
        source: Its lines, those of text without comment signs.
    """

    title: str
    source: str

    @property
    def is_text(self) -> bool:
        return self.title == _TEXT


def cells(script: str) -> list[Cell]:
    """The cells of a script; what stands before the first is jupytext's header."""
    found: list[Cell] = []
    for part in script.split(f"\n{_START}")[1:]:
        title, _, body = part.partition("\n")
        cell = Cell(title.strip(), body.strip())
        if cell.is_text:
            lines = (line.removeprefix("#").removeprefix(" ") for line in cell.source.splitlines())
            cell = Cell(cell.title, "\n".join(lines))
        found.append(cell)
    return found


def page(script: Path, pictures: Path, link: str) -> tuple[str, dict[str, Any]]:
    """Run a script and write its page.

    Args:
        script: In percent format.
        pictures: The folder that pictures are written to.
        link: Where the page finds that folder.

    Returns:
        The page in Markdown, and the names that the script left behind.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    parts: list[str] = []
    for number, cell in enumerate(cells(script.read_text(encoding="utf-8"))):
        if cell.is_text:
            parts.append(cell.source)
            continue
        shown = run(cell.source, names, f"{script.name}, cell {number}")
        parts.append(f"```python\n{cell.source}\n```")
        parts.extend(written(shown, cell.title, f"{script.stem}-{number}", pictures, link))
    return "\n\n".join(parts) + "\n", names


def written(shown: Shown, title: str, name: str, pictures: Path, link: str) -> list[str]:
    """What was shown, in Markdown; its pictures are written to files of that name.

    Args:
        shown: Printed text and pictures.
        title: What the pictures show, for those who do not see them.
        name: Of the files, without a number and the extension.
        pictures: The folder that they are written to.
        link: Where the page finds that folder.
    """
    parts = [f"```text\n{shown.text.rstrip()}\n```"] if shown.text.strip() else []
    for number, picture in enumerate(shown.pictures):
        file = f"{name}-{number}.png"
        (pictures / file).write_bytes(picture)
        parts.append(f"![{title}]({link}/{file})")
    return parts
