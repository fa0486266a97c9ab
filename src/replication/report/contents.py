"""What both forms of the report show, in the order in which it is read: figures, tables and films by data set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from replication.evidence.data_sources import KIND_WORDS, Source
from replication.evidence.dataset_names import family, name_of
from replication.report.run_facts import Run

__all__ = ["ACROSS", "Contents", "Item", "Listed", "Section", "Shown", "label", "sections", "source_words"]

ACROSS = "Across the data sets"
_KINDS = {"fig": "Figure", "tab": "Table", "anim": "Film"}


@dataclass(frozen=True)
class Item:
    """What a figure, a table and an animation have in common.

    Attributes:
        name: Of its module, and of its files without their suffix.
        title: In words, for a heading.
        caption: What is seen.
        datasets: Which it is made from; several families of them belong to no data set's section.
    """

    name: str
    title: str
    caption: str
    datasets: Sequence[str] = ()


@dataclass(frozen=True)
class Shown(Item):
    """A figure or an animation, the numbers behind it in words, and its image's suffix."""

    numbers: Mapping[str, str] = field(default_factory=dict)
    suffix: Literal["png", "gif"] = "png"


@dataclass(frozen=True)
class Listed(Item):
    """A table."""

    frame: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Section:
    """The items of one data set and its variants, or of several.

    Attributes:
        key: For links.
        title: The data set in words.
        source: Where its data came from, in words; empty of several.
    """

    key: str
    title: str
    source: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Contents:
    """The whole report.

    Attributes:
        profile: Of the configuration.
        seeds: Of the models.
        sources: Where each data set's data came from.
        verdict: Rows of verdict.csv.
        judged: The verdict as people read it, a row a claim; None where there is none.
        lead: The recommended metric's figure; None where the data sets do not suffice for it.
        items: Everything else that is shown.
        outcomes: The geodesics by outcome, see `data_sources.outcomes`.
        run: When and where it was run; None where no record tells.
    """

    profile: str
    seeds: Sequence[int]
    sources: Mapping[str, Source]
    verdict: pd.DataFrame
    judged: Listed | None
    lead: Shown | None
    items: Sequence[Item]
    outcomes: pd.DataFrame
    run: Run | None = None

    @property
    def sections(self) -> list[Section]:
        """The items by data set."""
        return sections(self.items, self.sources)

    @property
    def families(self) -> list[tuple[str, Source]]:
        """The data sets and their sources, without the variants, which have the same."""
        return [(name, source) for name, source in self.sources.items() if family(name, self.sources) == name]


def label(name: str) -> str:
    """`Figure 1` of `fig01_pendulum_mf`."""
    kind = name.partition("_")[0].rstrip("0123456789")
    return f"{_KINDS[kind]} {int(name.partition('_')[0].removeprefix(kind))}"


def sections(items: Iterable[Item], sources: Mapping[str, Source]) -> list[Section]:
    """Items by the data set that they are made from, variants with theirs; what is made from several comes last."""
    found: dict[str, list[Item]] = {family(dataset, sources): [] for dataset in sources}
    several: list[Item] = []
    for item in items:
        families = {family(dataset, sources) for dataset in item.datasets}
        of_one = found.get(families.pop()) if len(families) == 1 else None
        (several if of_one is None else of_one).append(item)
    by_data = [Section(key, name_of(key), source_words(sources[key]), own) for key, own in found.items() if own]
    return [*by_data, *([Section("across", ACROSS, "", several)] if several else [])]


def source_words(source: Source) -> str:
    """Where data came from, why, and what is missing of it."""
    words = KIND_WORDS.get(source["kind"], str(source["kind"]))
    words += f" ({source['reason']})" if source["reason"] else ""
    return words + (f"; missing: {', '.join(map(str, source['missing']))}" if source["missing"] else "")
