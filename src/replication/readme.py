"""The README's verdict table, taken from the committed tables: `python -m replication.readme`."""

from pathlib import Path

from replication import artifacts

__all__ = ["with_verdict"]

ROOT = Path(__file__).parents[2]
START, STOP = "<!-- verdict: made by `make readme` -->", "<!-- end of verdict -->"


def with_verdict(readme: str, table: str) -> str:
    """The README's text with the table between its two markers.

    Raises:
        ValueError: A marker is missing.
    """
    before, start, rest = readme.partition(START)
    _, stop, after = rest.partition(STOP)
    if not (start and stop):
        raise ValueError(f"README.md: expected the markers {START!r} and {STOP!r}")
    return f"{before}{START}\n\n{table.strip()}\n\n{STOP}{after}"


if __name__ == "__main__":
    path = ROOT / "README.md"
    table = (ROOT / "paper_figures" / "tab04_verdict.md").read_text(encoding="utf-8")
    artifacts.write_text(path, with_verdict(path.read_text(encoding="utf-8"), table))
