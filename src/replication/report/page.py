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

from replication.evidence.data_sources import KIND_WORDS, Source
from replication.evidence.rounding import number
from replication.report.markup import html_table, markdown_table

__all__ = ["Listed", "Shown", "Top", "as_html", "as_markdown"]


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
    parts = [f"# {_title(top)}", *(f"- {line}" for line in _facts(top, verdict))]
    text = parts[0] + "\n\n" + "\n".join(parts[1:]) + "\n"
    for figure in shown:
        image = f"![{figure.name}]({figure.name}.{figure.suffix})"
        linked = f"[{image}]({figure.name}.pdf)" if figure.suffix == "png" else image
        text += f"\n## {figure.name}\n\n{linked}\n\n{figure.caption}\n"
        if figure.numbers:
            text += "\n" + markdown_table(_numbers(figure)) + "\n"
    for table in listed:
        text += f"\n## {table.name}\n\n{table.caption} ([csv]({table.name}.csv))\n\n{markdown_table(table.frame)}\n"
    return text


def as_html(top: Top, verdict: pd.DataFrame, shown: Sequence[Shown], listed: Sequence[Listed], folder: Path) -> str:
    """report.html with every image inside.

    Args:
        top: What stands at the top.
        verdict: Rows of verdict.csv.
        shown: Figures and animations.
        listed: Tables.
        folder: Where their images lie.
    """
    facts = "".join(f"<li>{html.escape(line)}</li>" for line in _facts(top, verdict))
    links = "".join(f'<li><a href="#{entry.name}">{entry.name}</a></li>' for entry in [*shown, *listed])
    sections = [_figure_section(figure, folder) for figure in shown] + [_table_section(table) for table in listed]
    return _PAGE.format(
        title=html.escape(_title(top)), style=_STYLE, facts=facts, links=links, body="\n".join(sections)
    )


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


def _figure_section(figure: Shown, folder: Path) -> str:
    image = base64.b64encode((folder / f"{figure.name}.{figure.suffix}").read_bytes()).decode("ascii")
    caption = html.escape(figure.caption)
    numbers = html_table(_numbers(figure)) if figure.numbers else ""
    return (
        f'<section id="{figure.name}"><h2>{figure.name}</h2><figure><img alt="{caption}" '
        f'src="data:image/{figure.suffix};base64,{image}"><figcaption>{caption}</figcaption></figure>{numbers}</section>'
    )


def _table_section(table: Listed) -> str:
    return (
        f'<section id="{table.name}"><h2>{table.name}</h2><p>{html.escape(table.caption)}</p>'
        f"{html_table(table.frame)}</section>"
    )


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1b1b1b, #e6e6e6); background: light-dark(#fff, #16181c); }
a { color: light-dark(#0b57a4, #7db8f5); }
nav ul { columns: 3 14rem; padding-left: 1.2rem; }
figure { margin: 0; } img { max-width: 100%; width: 40rem; background: #fff; padding: .5rem; border-radius: 4px; }
figcaption { max-width: 40rem; color: light-dark(#444, #bbb); }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid light-dark(#ddd, #3a3d44); }
th { border-bottom-width: 2px; white-space: nowrap; }
.reproduced { color: light-dark(#00694a, #4fd1a1); font-weight: 600; }
.partly { color: light-dark(#7a5200, #f0c060); font-weight: 600; }
.not-reproduced { color: light-dark(#a3310b, #ff9d76); font-weight: 600; }
.not-run { color: light-dark(#555, #aaa); }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><h1>{title}</h1><ul>{facts}</ul><nav><ul>{links}</ul></nav>
{body}
</body></html>
"""
