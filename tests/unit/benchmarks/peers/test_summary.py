"""The peers' table and figure are those of the committed rows, and no failure is left out."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.peers import figure as peers_figure
from benchmarks.peers import summary as peers
from replication.files.artifacts import read_csv
from replication.looks import style

ROOT = Path(__file__).parents[4]


def curves(*rows):
    """Rows of lengths: (library, setting, case, pair, outcome, length, reference); every line is 2 long."""
    frame = pd.DataFrame(rows, columns=["library", "setting", "case", "pair", "outcome", "length", "reference"])
    return frame.assign(line=2.0, doubt=0.0, role="compared", group="trained decoder")


def test_failures_have_a_reason():
    nan = float("nan")
    rows = curves(
        ("a", "x", "c", 0, "converged", 1.0, 1.0),
        ("a", "x", "c", 1, "untold", 1.05, 1.0),
        ("a", "x", "c", 2, "unconverged", 1.0, 1.0),
        ("a", "x", "c", 3, "converged", 1.2, 1.0),
        ("a", "x", "c", 4, "converged", 2.1, 1.0),
        ("a", "x", "c", 5, "timed out", nan, 1.0),
        ("a", "x", "c", 6, "ends missed", 0.5, 1.0),
    )
    judged = peers.judge(rows)
    assert list(judged.failure) == [
        "", "", "unconverged", "over 10 % long", "longer than the line", "timed out", "ends missed",
    ]  # fmt: skip
    assert judged.error[1] == pytest.approx(0.05)
    assert judged.error[[5, 6]].isna().all()


def test_without_a_known_distance_the_shortest_curve_of_all_is_the_reference():
    nan = float("nan")
    rows = curves(
        ("a", "x", "c", 0, "converged", 1.1, nan),
        ("b", "x", "c", 0, "unconverged", 1.0, nan),
        ("b", "y", "c", 0, "ends missed", 0.1, nan),
        ("a", "x", "c", 1, "converged", 2.5, nan),
    )
    assert list(peers.judge(rows).best) == [1.0, 1.0, 1.0, 2.0]


def test_the_committed_table_is_that_of_the_committed_rows():
    rows = peers.read()
    folder = ROOT / "paper_figures"
    assert (folder / "peers_pareto.md").read_text(encoding="utf-8") == peers.as_markdown(rows), "run `make peers`"
    table = read_csv(folder / "peers_pareto.csv")
    pd.testing.assert_frame_equal(table, peers.summary(rows).replace({"why": {"": float("nan")}}), check_dtype=False)


def test_every_library_is_in_the_committed_rows():
    rows = peers.read()
    assert set(rows.lengths.library) == {"geomstats", "latent_geometry", "latentgeo", "stochman"} == set(rows.machine)
    assert set(rows.lengths.group) >= {"closed forms"}
    assert rows.lengths[rows.lengths.outcome == "converged"].length.notna().all()


@pytest.mark.slow
def test_the_figure_is_drawn_from_the_committed_rows(tmp_path):
    with style.context():
        figure = peers_figure.draw(peers.read())
        style.save(figure, tmp_path / "a.png", tmp_path / "a.pdf")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    panels = figure.axes
    assert all(panel.get_ylabel() for panel in panels)
    assert panels[-1].get_xlabel()
