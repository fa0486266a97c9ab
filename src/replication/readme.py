"""The README's tables, verdict and peers, taken from the committed ones: `python -m replication.readme`."""

from pathlib import Path

from replication import artifacts

__all__ = ["PARTS", "with_parts"]

ROOT = Path(__file__).parents[2]
# what stands between the markers, by the word in them: the table's file and the command that makes it
PARTS = {
    "verdict": ("paper_figures/tab04_verdict.md", "make readme"),
    "peers": ("paper_figures/peers_pareto.md", "make peers"),
}


def with_parts(readme: str, root: Path = ROOT) -> str:
    """The README's text with each table between its two markers.

    Raises:
        ValueError: A marker is missing.
    """
    for name, (file, command) in PARTS.items():
        text = (root / file).read_text(encoding="utf-8")
        readme = _between(readme, f"<!-- {name}: made by `{command}` -->", f"<!-- end of {name} -->", text)
    return readme


def _between(readme: str, start: str, stop: str, text: str) -> str:
    before, found, rest = readme.partition(start)
    _, end, after = rest.partition(stop)
    if not (found and end):
        raise ValueError(f"README.md: expected the markers {start!r} and {stop!r}")
    return f"{before}{start}\n\n{text.strip()}\n\n{stop}{after}"


if __name__ == "__main__":
    path = ROOT / "README.md"
    artifacts.write_text(path, with_parts(path.read_text(encoding="utf-8")))
