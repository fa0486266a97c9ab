"""Tables in the README and in the pages of docs/, taken from the committed ones (`make readme`)."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from replication.files import artifacts
from replication.report.by_dataset import by_dataset
from replication.report.markup import markdown_table

__all__ = ["DOCUMENTS", "with_parts"]

ROOT = Path(__file__).parents[3]


def _as_it_is(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _small(file: Path) -> str:
    return markdown_table(by_dataset(pd.read_csv(file)))


Part = tuple[str, str, Callable[[Path], str]]
# document -> what stands between its markers, by the word in them: a file, the command that makes the part, and how
DOCUMENTS: Mapping[str, Mapping[str, Part]] = {
    "README.md": {"found": ("results/paper/verdict.csv", "make readme", _small)},
    "docs/replication/verdict.md": {
        "verdict": ("paper_figures/tab04_verdict.md", "make readme", _as_it_is),
        "targets": ("paper_figures/tab06_targets.md", "make readme", _as_it_is),
    },
    "docs/explanation/peers.md": {"peers": ("paper_figures/geodesic_bench.md", "make geodesic-bench", _as_it_is)},
    "docs/explanation/geodesic_bench.md": {
        "cases": ("paper_figures/geodesic_bench_cases.md", "make geodesic-bench", _as_it_is),
        "scores": ("paper_figures/geodesic_bench_solved.md", "make geodesic-bench", _as_it_is),
    },
    "docs/REPLICATION.md": {
        "lambda": ("paper_figures/tab07_paper_lambda.md", "make readme", _as_it_is),
        "readings": ("paper_figures/tab08_mnist_lengths.md", "make readme", _as_it_is),
        "fits": ("paper_figures/tab09_poor_fits.md", "make readme", _as_it_is),
    },
}


def with_parts(text: str, parts: Mapping[str, Part], root: Path = ROOT) -> str:
    """A document's text with each table between its two markers.

    Args:
        text: The document.
        parts: Its entry of `DOCUMENTS`.
        root: Where the files are.

    Raises:
        ValueError: A marker is missing.
    """
    for name, (file, command, made_of) in parts.items():
        table = made_of(root / file)
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
