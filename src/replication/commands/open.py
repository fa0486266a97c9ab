"""Open: the report or the explorer of a profile in a browser; prints where it is."""

import os
import sys
import webbrowser
from pathlib import Path

from replication.arguments import Parser
from replication.commands import clone

__all__ = ["run"]

PAGES = ("report", "explorer")


def run(words: list[str]) -> int:
    """Print the page's path and show it where there is a browser; 1 where the page has not been made."""
    parser = Parser(prog="replication open", description=__doc__)
    parser.add_argument("page", choices=PAGES)
    parser.add_argument("--profile", help="of the configuration, e.g. smoke (default: whose page is the newest)")
    options = parser.parse_args(words)
    page = _page(clone() / "results", options.page, options.profile)
    if not page.is_file():
        chosen = "" if page.parent.name == "paper" else f" --config profile={page.parent.name}"
        sys.stderr.write(f"replication open: no file {page}; to make it: snakemake --cores all{chosen}\n")
        return 1
    print(page)
    if _has_browser():
        webbrowser.open(page.resolve().as_uri())
    return 0


def _page(results: Path, name: str, profile: str | None) -> Path:
    """The page of this profile, or the newest there is; the paper's where there is none."""
    if profile is not None:
        return results / profile / f"{name}.html"
    made = sorted(results.glob(f"*/{name}.html"), key=lambda page: page.stat().st_mtime)
    return made[-1] if made else results / "paper" / f"{name}.html"


def _has_browser() -> bool:
    """Whether there is a screen for one; without, Python would start one that takes over the terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
