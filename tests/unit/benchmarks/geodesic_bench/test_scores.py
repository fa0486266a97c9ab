"""Scores are right on hand-made rows; tables and figure are those of the committed ones, and no failure is left out."""

import re
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.geodesic_bench import figure as pareto
from benchmarks.geodesic_bench import files, page, references, scores
from replication.files.artifacts import read_csv
from replication.looks import style

ROOT = Path(__file__).parents[4]
NAN = float("nan")


def curves(*rows):
    """Rows of lengths: (solver, pair, outcome, length); references are 1 and every line is 2 long."""
    frame = pd.DataFrame(rows, columns=["solver", "pair", "outcome", "length"])
    return frame.assign(case="mnist", reference=1.0, line=2.0, doubt=0.0)


def test_failures_have_a_reason():
    judged = scores.judge(
        curves(
            ("a", 0, "converged", 1.0),
            ("a", 1, "untold", 1.05),
            ("a", 2, "unconverged", 1.0),
            ("a", 3, "converged", 1.2),
            ("a", 4, "converged", 2.1),
            ("a", 5, "timed out", NAN),
            ("a", 6, "ends missed", 0.5),
            ("a", 7, "process died", NAN),
        )
    )
    assert list(judged.failure) == [
        "", "", "unconverged", "over 10 % long", "longer than the line", "timed out", "ends missed", "process died",
    ]  # fmt: skip
    assert judged.excess[1] == pytest.approx(0.05)
    assert judged.excess[[5, 6, 7]].isna().all()


def test_a_curve_shorter_than_the_reference_says_so():
    assert scores.judge(curves(("a", 0, "converged", 0.9))).excess[0] == pytest.approx(-0.1)


def test_scores_of_hand_made_rows():
    """Two cases of a group: medians of runs within a case, their mean over cases, excesses of all pairs."""
    known = {name: references.read(name).length.tolist() for name in ("sphere", "torus")}
    rows = [("x", "sphere", k, "converged", known["sphere"][k] * (1 + e)) for k, e in enumerate((1e-7, 2e-7))]
    rows += [("x", "torus", k, "converged", known["torus"][k] * (1 + e)) for k, e in enumerate((3e-7, 4e-7))]
    rows += [("x", "torus", 2, "raised ValueError", NAN)]
    lengths = pd.DataFrame(rows, columns=["solver", "case", "pair", "outcome", "length"]).assign(doubt=0.0)
    times = [
        ("x", "sphere", 0, 2, 0.5),
        ("x", "sphere", 1, 2, 0.1),
        ("x", "sphere", 2, 2, 0.2),
        ("x", "torus", 0, 3, 0.4),
    ]
    runs = pd.DataFrame(times, columns=["solver", "case", "repeat", "pairs", "seconds"])
    record = {"x": {"library": "lib", "setting": "default", "role": "compared"}}
    made = scores.joined(lengths, runs, record)
    (one,) = scores.scores(made).to_dict("records")
    assert (one["group"], one["latent"], one["pairs"], one["runs"]) == ("closed forms", 2, 5, 1)
    assert one["milliseconds"] == pytest.approx(1000 * (0.2 + 0.4) / 2)
    assert one["median_excess"] == pytest.approx(2.5e-7, rel=1e-6)
    assert one["largest_excess"] == pytest.approx(4e-7, rel=1e-6)
    assert (one["failed"], one["why"]) == (1, "1 raised ValueError")
    by_case = scores.scores(made, by="case").set_index("case")
    assert by_case.milliseconds.to_dict() == pytest.approx({"sphere": 200, "torus": 400})
    assert by_case.failed.to_dict() == {"sphere": 0, "torus": 1}


def test_the_committed_tables_are_those_of_the_committed_rows():
    rows, folder = scores.read(), ROOT / "paper_figures"
    told = "run `make geodesic-bench`, or python -m benchmarks.geodesic_bench.publish"
    assert (folder / "geodesic_bench.md").read_text(encoding="utf-8") == page.groups(rows), told
    assert (folder / "geodesic_bench_cases.md").read_text(encoding="utf-8") == page.cases(), told
    assert (folder / "geodesic_bench_solved.md").read_text(encoding="utf-8") == page.solved(rows), told
    table = read_csv(folder / "geodesic_bench.csv")
    made = scores.scores(rows, by="case").replace({"why": {"": NAN}})
    pd.testing.assert_frame_equal(table, made, check_dtype=False)


def test_the_page_holds_every_case_and_every_solver_of_the_rows():
    text = (ROOT / "docs" / "explanation" / "geodesic_bench.md").read_text(encoding="utf-8")
    for case in files.cases():
        assert re.search(rf"^\| {case.name} \| {re.escape(case.about)} \|", text, re.MULTILINE), case.name
    rows = scores.read()
    for one in scores.scores(rows, by="case").to_dict("records"):
        record = rows.solvers[one["solver"]]
        start = f"| {one['case']} | {one['latent']} | {record['library']} {record['version']} | {one['setting']}"
        assert start in text, start
    unmeasured = {case.name for case in files.cases()} - set(rows.runs.case)
    assert all(name in text.partition("Not measured yet: ")[2].partition("\n")[0] for name in unmeasured)


def test_every_library_is_in_the_committed_rows():
    rows = scores.read()
    assert set(rows.lengths.library) == {"geomstats", "latent-geometry", "latentgeo", "stochman"}
    assert set(rows.solvers) == set(rows.runs.solver) <= set(files.solvers())
    assert rows.lengths[rows.lengths.outcome == "converged"].length.notna().all()


@pytest.mark.slow
def test_the_figure_is_drawn_from_the_committed_rows(tmp_path):
    with style.context():
        figure = pareto.draw(scores.read())
        style.save(figure, tmp_path / "a.png", tmp_path / "a.pdf")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    panels = figure.axes
    assert all(panel.get_ylabel() for panel in panels)
    assert panels[-1].get_xlabel()
