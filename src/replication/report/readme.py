"""Tables in the README and in docs/REPLICATION.md, taken from the committed ones (`make readme`)."""

from collections.abc import Mapping
from pathlib import Path

from replication.files import artifacts

__all__ = ["DOCUMENTS", "with_parts"]

ROOT = Path(__file__).parents[3]
# document -> what stands between its markers, by the word in them: the table's file and the command that makes it
DOCUMENTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "README.md": {
        "verdict": ("paper_figures/tab04_verdict.md", "make readme"),
        "targets": ("paper_figures/tab06_targets.md", "make readme"),
        "peers": ("paper_figures/peers_pareto.md", "make peers"),
    },
    "docs/REPLICATION.md": {
        "lambda": ("paper_figures/tab07_paper_lambda.md", "make readme"),
        "readings": ("paper_figures/tab08_mnist_lengths.md", "make readme"),
        "fits": ("paper_figures/tab09_poor_fits.md", "make readme"),
    },
}


def with_parts(text: str, parts: Mapping[str, tuple[str, str]], root: Path = ROOT) -> str:
    """A document's text with each table between its two markers.

    Args:
        text: The document.
        parts: Its entry of `DOCUMENTS`.
        root: Where the tables' files are.

    Raises:
        ValueError: A marker is missing.
    """
    for name, (file, command) in parts.items():
        table = (root / file).read_text(encoding="utf-8")
        text = _between(text, f"<!-- {name}: made by `{command}` -->", f"<!-- end of {name} -->", table)
    return text


def _between(text: str, start: str, stop: str, table: str) -> str:
    before, found, rest = text.partition(start)
    _, end, after = rest.partition(stop)
    if not (found and end):
        raise ValueError(f"expected the markers {start!r} and {stop!r} in the document, found one at most")
    return f"{before}{start}\n\n{table.strip()}\n\n{stop}{after}"


if __name__ == "__main__":
    for document, its_parts in DOCUMENTS.items():
        path = ROOT / document
        artifacts.write_text(path, with_parts(path.read_text(encoding="utf-8"), its_parts))
