"""Where an item's files, script and record lie as seen from a document, and the command that makes it anew."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from replication.report.contents import Item, Listed, Shown

__all__ = ["File", "Links", "Places", "href"]

_FOLDERS = {"fig": "figures", "tab": "tables", "anim": "animations"}


class File(NamedTuple):
    """A file of an item."""

    suffix: str
    href: str


@dataclass(frozen=True)
class Links:
    """All that leads from an item to what it is made of."""

    files: Sequence[File]
    script: str
    record: str
    command: str


@dataclass(frozen=True)
class Places:
    """The folders of a run, as its stages name them: relative to the repository.

    Attributes:
        results: results/{profile}, where report.html lies.
        report: The folder of figures and tables, where index.md lies.
    """

    results: Path
    report: Path

    def links(self, item: Item, folder: Path) -> Links:
        """The links of an item in a document of this folder."""
        suffixes = _suffixes(item)
        kind = item.name.partition("_")[0].rstrip("0123456789")
        profile = self.results.name
        chosen = "" if profile == "paper" else f" --config profile={profile}"
        first = self.report / f"{item.name}.{suffixes[0]}"
        return Links(
            files=[File(suffix, href(self.report / f"{item.name}.{suffix}", folder)) for suffix in suffixes],
            script=href(Path(f"src/replication/{_FOLDERS[kind]}/{item.name}.py"), folder),
            record=href(self.results / "records" / f"{item.name}.run.json", folder),
            command=f"snakemake --cores 1{chosen} --forcerun {first}",
        )


def href(file: Path, folder: Path) -> str:
    """The address of a file in a document of this folder."""
    return Path(os.path.relpath(file, folder)).as_posix()


def _suffixes(item: Item) -> tuple[str, ...]:
    """Of an item's files, the one that is looked at first."""
    if isinstance(item, Listed):
        return ("csv", "md")
    return ("png", "pdf") if isinstance(item, Shown) and item.suffix == "png" else ("gif",)
