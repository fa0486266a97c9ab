"""The report's two forms, markdown beside the figures and one HTML file that needs nothing else.

At the top stand the things that a reader must know before any number: where the data came from, what is missing, and
which geodesics did not converge.
"""

import base64
import html
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from replication.evidence.data_sources import KIND_WORDS, Source
from replication.evidence.rounding import number
from replication.report import templates
from replication.report.markup import cells, markdown_table

__all__ = ["Listed", "Shown", "Top", "as_html", "as_markdown", "html_table"]


@dataclass(frozen=True)
class Shown:
    """A figure or an animation: file name without suffix, caption, numbers behind it in words, the image's suffix."""

    name: str
    caption: str
    numbers: Mapping[str, str]
    suffix: Literal["png", "gif"] = "png"


@dataclass(frozen=True)
class Listed:
    """A table: file name without suffix, caption, rows."""

    name: str
    caption: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class Top:
    """What stands at the top: profile, seeds, each data set's source, and the geodesics by outcome."""

    profile: str
    seeds: Sequence[int]
    sources: Mapping[str, Source]
    outcomes: pd.DataFrame


def as_markdown(top: Top, verdict: pd.DataFrame, shown: Sequence[Shown], listed: Sequence[Listed]) -> str:
    """index.md; images are links to the files beside it."""
    content = {"title": _title(top), "facts": _facts(top, verdict), "shown": shown, "listed": listed}
    return _MARKDOWN.from_string(templates.INDEX).render(content, numbers=_numbers, table=markdown_table)


def as_html(top: Top, verdict: pd.DataFrame, shown: Sequence[Shown], listed: Sequence[Listed], folder: Path) -> str:
    """report.html with every image inside.

    Args:
        top: What stands at the top.
        verdict: Rows of verdict.csv.
        shown: Figures and animations.
        listed: Tables.
        folder: Where their images lie.
    """

    def image(figure: Shown) -> str:
        return base64.b64encode((folder / f"{figure.name}.{figure.suffix}").read_bytes()).decode("ascii")

    content = {"title": _title(top), "facts": _facts(top, verdict), "shown": shown, "listed": listed}
    page = _HTML.from_string(templates.REPORT)
    return page.render(content, numbers=_numbers, table=html_table, image=image)


def html_table(frame: pd.DataFrame) -> Markup:
    """An HTML table; every cell is escaped."""
    head = [str(column) for column in frame.columns]
    return Markup(_HTML.from_string(templates.TABLE).render(head=head, rows=cells(frame)))


def _title(top: Top) -> str:
    return f"Metrics for Deep Generative Models: replication, profile {top.profile}"


def _facts(top: Top, verdict: pd.DataFrame) -> list[str]:
    shortest = [word for word in verdict["shortest_verdict"] if isinstance(word, str)]
    lines = [
        f"Seeds: {', '.join(map(str, top.seeds))}.",
        f"Verdicts, by the paper's solver: {_counted(list(verdict['verdict']))}, of {len(verdict)} items.",
        f"Of the shortest paths: {_counted(shortest)}, of the {len(shortest)} items that read a geodesic.",
    ]
    for dataset, source in top.sources.items():
        words = f"Data of {dataset}: {KIND_WORDS.get(source['kind'], source['kind'])}"
        words += f" ({source['reason']})" if source["reason"] else ""
        words += f"; missing: {', '.join(map(str, source['missing']))}" if source["missing"] else ""
        lines.append(words + ".")
    lines.extend(_outcome_lines(top.outcomes))
    return lines


def _counted(verdicts: Sequence[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(verdicts).most_common())


def _outcome_lines(outcomes: pd.DataFrame) -> list[str]:
    """One line a data set, path and metric: how many curves converged, and what became of the others."""
    groups: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = {}
    for row in outcomes.to_dict("records"):
        groups.setdefault((row["dataset"], row["path"], row["metric"]), {})[row["outcome"]] = row
    lines = []
    for (dataset, path, metric), rows in groups.items():
        kind = "Geodesics" if path == "geodesic" else "Geodesics by the paper's solver"
        converged = rows["converged"]["pairs"] if "converged" in rows else 0
        others = ", ".join(_count(row) for outcome, row in rows.items() if outcome != "converged")
        line = f"{kind}, {dataset}, {metric}: {converged} of {sum(row['pairs'] for row in rows.values())} converged"
        lines.append(line + (f" ({others})." if others else "."))
    return lines


def _count(row: Mapping[str, Any]) -> str:
    """How many curves had an outcome; of those stopped early also how much too long most of them may be."""
    words = f"{row['pairs']} {row['outcome']}"
    if row["outcome"] != "max_iterations" or not np.isfinite(row["excess"]):
        return words
    return f"{words}, 95 % of them estimated to be less than {number(100 * row['excess'])} % too long"


def _numbers(figure: Shown) -> pd.DataFrame:
    return pd.DataFrame({"number": list(figure.numbers), "value": list(figure.numbers.values())})


def _escaped(value: Any) -> Markup:
    """Escaped as the standard library does it, so that a report keeps its bytes: Jinja spells quotes another way."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))


_COMMON: Mapping[str, Any] = {"trim_blocks": True, "keep_trailing_newline": True, "undefined": StrictUndefined}
_MARKDOWN = Environment(**_COMMON)
_HTML = Environment(**_COMMON, autoescape=True, finalize=_escaped)
