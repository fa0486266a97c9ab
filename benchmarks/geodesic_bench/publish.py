"""GeodesicBench's tables and figure in paper_figures/, from the rows that `make geodesic-bench` left."""

from pathlib import Path

from benchmarks.geodesic_bench import figure, page, scores
from replication.files import artifacts
from replication.looks import style

__all__ = ["publish"]

FOLDER = Path(__file__).parents[2] / "paper_figures"


def publish(folder: Path = FOLDER) -> None:
    """Write geodesic_bench.md, .csv, .png and .pdf, and the tables of its page."""
    rows = scores.read()
    artifacts.write_text(folder / "geodesic_bench.md", page.groups(rows))
    artifacts.write_text(folder / "geodesic_bench_cases.md", page.cases())
    artifacts.write_text(folder / "geodesic_bench_solved.md", page.solved(rows))
    artifacts.write_csv(folder / "geodesic_bench.csv", scores.scores(rows, by="case"))
    with style.context():
        style.save(figure.draw(rows), folder / "geodesic_bench.png", folder / "geodesic_bench.pdf")


if __name__ == "__main__":
    publish()
