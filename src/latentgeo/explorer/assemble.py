"""One HTML file of the page's own files and of what it shows: opened from a disk, it asks for nothing else.

The modules stand in the page as text; `page/loader.js` makes modules of them, the same for the page and its worker.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

__all__ = ["MOST_BYTES", "page"]

MOST_BYTES = 6_000_000
"""Of a page."""

_FOLDER = files("latentgeo.explorer") / "page"


def page(payloads: Sequence[Mapping[str, Any]], title: str) -> str:
    """The file's text.

    Args:
        payloads: See `latentgeo.explorer.payload.payload`; one is shown at a time.
        title: Of the page.

    Raises:
        ValueError: No payload, two of one name, or a page that is larger than 6 MB.
    """
    names = [str(one["name"]) for one in payloads]
    if not names or len({*names}) != len(names):
        raise ValueError(f"a page needs models of different names; got {names}")
    parts = {
        "title": escape(title),
        "styles": _read("vendor/uPlot.min.css") + _read("style.css"),
        "licence": escape(_read("vendor/uPlot.LICENSE")),
        "payloads": "\n".join(_payload(one) for one in payloads),
        "modules": "\n".join(_module(name) for name in _modules()),
        "library": _script(_read("vendor/uPlot.iife.min.js")),
        "loader": _script(_read("loader.js")),
    }
    text = _read("index.html")
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part)
    size = len(text.encode())
    if size > MOST_BYTES:
        raise ValueError(
            f"the page is {size / 1e6:.1f} MB, and is to be {MOST_BYTES / 1e6:.0f} MB at most: give size=129 or less, "
            "or fewer models"
        )
    return text


def _modules() -> list[str]:
    """Names of the page's modules."""
    names = (file.name for file in _FOLDER.iterdir())
    return sorted(name for name in names if name.endswith(".js") and name != "loader.js")


def _read(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def _payload(one: Mapping[str, Any]) -> str:
    # no text within closes the script that it stands in
    text = json.dumps(one, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" class="payload" data-name="{escape(str(one["name"]))}">{text}</script>'


def _module(name: str) -> str:
    return f'<script type="text/plain" class="module" data-name="{name}">\n{_read(name)}</script>'


def _script(text: str) -> str:
    return f"<script>\n{text}</script>"
