"""The report's two forms, markdown beside the figures and one HTML file that needs nothing else.

Both open with what the run is, the verdict and the recommended metric's figure; then comes each data set, and at the
end what did not converge. What differs from one run of the same to another (when, for how long, on which machine)
is in the HTML alone, so that the markdown, which git keeps, changes with the results only.
"""

import base64
import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from replication.evidence.dataset_names import name_of
from replication.report import claims, diagnostics, templates
from replication.report.behaviour import SCRIPT
from replication.report.contents import Contents, Item, Listed, Shown, label, source_words
from replication.report.links import Places, href
from replication.report.markup import cells, markdown_table
from replication.report.run_facts import in_words
from replication.report.style_sheet import STYLE

__all__ = ["as_html", "as_markdown", "html_table"]


def as_markdown(contents: Contents, places: Places) -> str:
    """index.md, of the folder of figures; images are links to the files beside it."""
    linked = _linked(contents)
    verdict = None
    if contents.judged is not None:
        verdict = claims.short(contents.judged.frame)
        verdict["verdict"] = verdict["verdict"].map(claims.marked)
        verdict["figure"] = [f"[{name}](#{linked[name]})" if name in linked else name for name in verdict["figure"]]
    page = href(places.results / "report.html", places.report)
    common = _common(contents, places, places.report)
    return _MARKDOWN.from_string(templates.INDEX).render(common, verdict=verdict, table=markdown_table, report=page)


def as_html(contents: Contents, places: Places) -> str:
    """report.html, of the folder of results, with every image inside."""
    linked = _linked(contents)

    def image(figure: Shown) -> str:
        return base64.b64encode((places.report / f"{figure.name}.{figure.suffix}").read_bytes()).decode("ascii")

    def table(frame: pd.DataFrame, name: str) -> Markup:
        return html_table(frame, name, linked)

    common = _common(contents, places, places.results)
    facts = {
        "Profile": f"{contents.profile}, {common['seeds']}",
        **(in_words(contents.run) if contents.run else {}),
        **{f"Data of {name}": words for name, words in common["sources"].items()},
    }
    return _HTML.from_string(templates.REPORT).render(
        common,
        facts=facts,
        verdict=None if contents.judged is None else claims.short(contents.judged.frame),
        table=table,
        image=image,
        style=Markup(STYLE),
        script=Markup(SCRIPT),
    )


def html_table(frame: pd.DataFrame, name: str = "table", linked: Mapping[str, str] | None = None) -> Markup:
    """An HTML table; every cell is escaped.

    Args:
        frame: What it holds.
        name: Of the table, for those who hear it.
        linked: Names of figures and tables by their labels; in a column `figure` these become links.
    """
    head = [str(column) for column in frame.columns]

    def cell(column: str, words: str) -> Markup | str:
        if column == "figure" and linked and words in linked:
            return Markup('<a href="#{}">{}</a>').format(linked[words], words)
        mark = claims.MARKS.get(words) if column == "verdict" else None
        return Markup('<span aria-hidden="true">{}</span> {}').format(mark, words) if mark else words

    rows = cells(frame)
    return Markup(
        _HTML.from_string(templates.TABLE).render(head=head, rows=rows, name=name, cell=cell, columns=claims.COLUMNS)
    )


def _common(contents: Contents, places: Places, folder: Path) -> dict[str, Any]:
    """What both forms are made of."""
    return {
        "title": "Metrics for Deep Generative Models, replicated",
        "about": contents,
        "notes": claims.notes(contents),
        "seeds": f"{'seeds' if len(contents.seeds) > 1 else 'seed'} {', '.join(map(str, contents.seeds))}",
        "sources": {name_of(dataset): source_words(source) for dataset, source in contents.families},
        "summary": claims.summary(contents.verdict),
        "how": claims.HOW,
        "measured": href(places.results / "verdict.csv", folder),
        "explorer": href(places.results / "explorer.html", folder),
        "diagnostics": diagnostics.table(contents.outcomes),
        "converged": diagnostics.told(contents.outcomes),
        "explained": diagnostics.EXPLAINED,
        "label": label,
        "links": lambda item: places.links(item, folder),
        "numbers": _numbers,
        "is_table": lambda item: isinstance(item, Listed),
    }


def _linked(contents: Contents) -> dict[str, str]:
    """Names of all that is shown, by label."""
    shown: list[Item] = [item for item in (contents.judged, contents.lead) if item is not None]
    return {label(item.name): item.name for item in (*shown, *contents.items)}


def _numbers(figure: Shown) -> pd.DataFrame:
    return pd.DataFrame({"number": list(figure.numbers), "value": list(figure.numbers.values())})


def _escaped(value: Any) -> Markup:
    """Escaped as the standard library does it, so that a report keeps its bytes: Jinja spells quotes another way."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))


_COMMON: Mapping[str, Any] = {"trim_blocks": True, "keep_trailing_newline": True, "undefined": StrictUndefined}
_MARKDOWN = Environment(**_COMMON)
_HTML = Environment(**_COMMON, autoescape=True, finalize=_escaped)
