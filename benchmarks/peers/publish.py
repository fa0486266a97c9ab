"""The peers' table and figure in paper_figures/, from the rows that `make peers` left."""

from pathlib import Path

from benchmarks.peers import figure, summary
from replication.files import artifacts
from replication.looks import style

__all__ = ["publish"]

FOLDER = Path(__file__).parents[2] / "paper_figures"


def publish(folder: Path = FOLDER) -> None:
    """Write peers_pareto.md, .csv, .png and .pdf."""
    rows = summary.read()
    artifacts.write_text(folder / "peers_pareto.md", summary.as_markdown(rows))
    artifacts.write_csv(folder / "peers_pareto.csv", summary.summary(rows))
    with style.context():
        style.save(figure.draw(rows), folder / "peers_pareto.png", folder / "peers_pareto.pdf")


if __name__ == "__main__":
    publish()
