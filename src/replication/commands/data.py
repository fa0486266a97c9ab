"""Data: what is fetched, from where, how big it is, under which licence, and what is here already."""

import os
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from replication.arguments import Parser
from replication.commands import clone
from replication.files.artifacts import read_json
from replication.workflow import config

__all__ = ["documented", "of_dataset", "run"]

_KINDS = {"mirror": "from a mirror", "public": "from the public source", "standin": "a stand-in: none could be had"}


def run(words: list[str]) -> int:
    """Print a paragraph a data set, and where raw files are looked for."""
    Parser(prog="replication data", description=__doc__).parse_args(words)
    root = clone()
    settings = config.load(folder=root / "config")
    licences, sizes = documented((root / "data" / "README.md").read_text(encoding="utf-8"))
    loaders = {one["loader"]: one for one in reversed(settings["datasets"].values())}
    for loader in sorted(loaders):
        lines = of_dataset(loader, loaders[loader]["data"], sizes, root / "data" / "raw" / loader)
        print("\n".join([loader, *lines, *_paragraph("licence", licences.get(loader, "none is named"))]), end="\n\n")
    mirror = os.environ.get("REPLICATION_MIRROR") or settings["mirror"]
    places = ["data/raw", *([f"the mirror {mirror}"] if mirror else []), "at these addresses"]
    print(f"Files are looked for in {', then '.join(places)}.")
    if not mirror:
        print("REPLICATION_MIRROR may name a folder or address to look in before that; data/README.md has its layout.")
    return 0


def documented(readme: str) -> tuple[dict[str, str], dict[str, int]]:
    """What data/README.md's tables say: each data set's licence, and by path in a mirror each file's size in bytes."""
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in readme.splitlines() if line.startswith("| ")
    ]
    licences = {row[0]: _plain(row[2]) for row in rows if len(row) == 3 and "/" not in row[0]}
    sizes = {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[2].isdigit()}
    return licences, sizes


def of_dataset(loader: str, data: Mapping[str, Any], sizes: Mapping[str, int], folder: Path) -> list[str]:
    """Where a data set's files come from, how big they are, and which of them are in this folder."""
    if "sources" not in data:
        return _paragraph("from", f"simulated: src/replication/datasets/{loader}.py; nothing is fetched")
    lines, files = [], []
    for place in data["sources"]:
        known = [sizes[path] for name in place["files"] if (path := f"{place['folder']}/{name}") in sizes]
        unknown = f", {len(place['files']) - len(known)} of unknown size" * (len(known) < len(place["files"]))
        amount = f"{len(place['files'])} files, {_bytes(sum(known))}{unknown}"
        lines += _paragraph("from" if not lines else "", f"{place['url']} ({amount})")
        files += place["files"]
    return [*lines, *_paragraph("here", _here(files, folder))]


def _here(files: Sequence[str], folder: Path) -> str:
    """How many of the files there are, where they came from, and which could not be had."""
    found = [name for name in files if (folder / name).is_file()]
    words = f"{len(found)} of {len(files)} files"
    if found:
        words += f", {_bytes(sum((folder / name).stat().st_size for name in found))} in data/raw/{folder.name}"
    if not (folder / "source.json").is_file():
        return f"{words}; `snakemake --cores 1 data` fetches them"
    source = read_json(folder / "source.json")
    words += f", {_KINDS.get(source['kind'], source['kind'])}"
    return words + (f"; not to be had: {', '.join(source['missing'])}" if source["missing"] else "")


def _bytes(count: int) -> str:
    return f"{count / 1e6:.3g} MB" if count >= 1e6 else f"{count / 1e3:.3g} kB"


def _paragraph(name: str, words: str) -> list[str]:
    """Words beside their name, wrapped."""
    return textwrap.wrap(
        words,
        width=110,
        initial_indent=f"  {name:9}",
        subsequent_indent=" " * 11,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(markdown: str) -> str:
    """A cell without its marks."""
    return re.sub(r"[`<>]", "", re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"\1 (\2)", markdown))
