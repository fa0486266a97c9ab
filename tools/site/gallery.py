"""The gallery: short scripts, each with its picture, that show every public name of the library."""

import ast
import re
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.site.running import run
from tools.site.tutorial import written

__all__ = ["Snippet", "page", "shown_in", "snippets"]


@dataclass(frozen=True)
class Snippet:
    """A short script.

    Attributes:
        name: Its file's.
        title: First line of its docstring.
        text: The rest of it.
        code: What follows.
    """

    name: str
    title: str
    text: str
    code: str

    @property
    def shows(self) -> list[str]:
        """The library's names that it uses, as they are first used; those that it imports with their module."""
        used = re.findall(r"\blg\.((?:plot\.)?\w+)", self.code)
        imports = re.findall(r"^from latentgeo\.(\w+) import (.+)$", self.code, re.MULTILINE)
        used += [f"{module}.{name.strip()}" for module, names in imports for name in names.split(",")]
        return list(dict.fromkeys(used))


def snippets(folder: Path) -> list[Snippet]:
    """The scripts of a folder, in the order of their names; what begins with `_` is none."""
    return [_read(file) for file in sorted(folder.glob("[!_]*.py"))]


def shown_in(found: Sequence[Snippet]) -> dict[str, list[Snippet]]:
    """For each of the library's names the snippets that use it."""
    names = sorted({name for snippet in found for name in snippet.shows}, key=str.lower)
    return {name: [snippet for snippet in found if name in snippet.shows] for name in names}


def page(found: Sequence[Snippet], names: dict[str, Any], pictures: Path, link: str) -> str:
    """Run all snippets and write their page.

    Args:
        found: The snippets.
        names: What each of them may use: a decoder, its encodings and what was imported. Each has a copy.
        pictures: The folder that pictures are written to, and in which snippets run.
        link: Where the page finds that folder.

    Raises:
        ValueError: A snippet drew nothing.
    """
    parts: list[str] = []
    for snippet in found:
        with chdir(pictures):
            shown = run(snippet.code, dict(names), f"gallery/{snippet.name}.py")
        if not shown.pictures:
            raise ValueError(f"docs/gallery/{snippet.name}.py drew no picture; every snippet of the gallery has one")
        block = "\n".join(f"    {line}".rstrip() for line in snippet.code.splitlines())
        parts += [
            f"## {snippet.title} {{ #{snippet.name} }}",
            snippet.text,
            *written(shown, snippet.title, f"gallery-{snippet.name}", pictures, link),
            f'??? example "The code"\n\n    ```python\n{block}\n    ```',
        ]
    index = [f"| `{name}` | {_links(mine)} |" for name, mine in shown_in(found).items()]
    parts += ["## Every name", "| name | shown in |\n|---|---|\n" + "\n".join(index)]
    return "\n\n".join(parts) + "\n"


def _links(found: Sequence[Snippet]) -> str:
    return ", ".join(f"[{snippet.title}](#{snippet.name})" for snippet in found)


def _read(file: Path) -> Snippet:
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    docstring = ast.get_docstring(tree)
    if not docstring:
        raise ValueError(f"{file} has no docstring; a snippet begins with its title and a sentence")
    title, _, text = docstring.partition("\n")
    body = "\n".join(source.splitlines()[tree.body[0].end_lineno :])
    return Snippet(file.stem, title.rstrip("."), " ".join(text.split()), body.strip())
