"""Tables, the verdict's file, index.md and report.html from the artifacts."""

import html
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from replication import animations, figures, tables
from replication.evidence import reported
from replication.evidence.rounding import number
from replication.files import needs
from replication.files.artifacts import read_csv, write_bytes
from replication.looks.panels.plane import distance_to_ring, project
from replication.report import claims, markup
from replication.report.page import html_table
from replication.stages import Job
from replication.stages import index as index_stage
from replication.stages import table as table_stage
from replication.stages import verdict as verdict_stage
from replication_fixtures import DATASETS, INPUTS, NEURAL, SEEDS, write_tree


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tree of artifacts, half of it on stand-ins, with what the report's stages make of it."""
    folder = tmp_path_factory.mktemp("report")
    results = write_tree(folder / "smoke", "standin")
    settings = {"results": str(results), "datasets": DATASETS, "seeds": SEEDS}
    verdict = {"verdict": results / "verdict.csv"}
    verdict_stage.run(Job(settings=settings, inputs=INPUTS, outputs=verdict))
    out = folder / "paper_figures"
    for name in figures.available(DATASETS):
        write_bytes(out / f"{name}.png", b"drawn elsewhere")
    for name in animations.available(DATASETS):
        write_bytes(out / f"{name}.gif", b"drawn elsewhere")
    for name in tables.available(DATASETS):
        outputs = {suffix: out / f"{name}.{suffix}" for suffix in ("csv", "md")}
        table_stage.run(Job(settings={**settings, "name": name}, inputs={**INPUTS, **verdict}, outputs=outputs))
    outputs = {"index": out / "index.md", "report": results / "report.html"}
    index_stage.run(Job(settings=settings, inputs={**INPUTS, **verdict}, outputs=outputs))
    return folder


def test_verdict_file_has_the_agreed_columns(folder):
    rows = read_csv(folder / "smoke" / "verdict.csv")
    assert tuple(rows.columns) == reported.COLUMNS
    assert len(rows) == len(reported.load()["items"])


def test_lengths_stand_beside_the_papers(folder):
    rows = read_csv(folder / "paper_figures" / "tab01_lengths.csv").set_index(["dataset", "metric", "path"])
    assert rows.loc[("pendulum", "smoothed", "geodesic"), "paper_mean"] == 0.319
    assert rows.loc[("mnist", "raw", "euclidean"), "paper_pair"] == 74.3
    assert rows.loc[("motion", "raw", "euclidean"), "to_geodesic"] == pytest.approx(2.0)
    assert rows.loc[("motion", "raw", "euclidean"), "to_neural"] == pytest.approx(2.0 / 1.05)
    assert rows.loc[("pendulum", "smoothed_1", "neural"), ["paper_mean", "n"]].tolist() == [0.319, NEURAL * len(SEEDS)]


def test_settings_stand_beside_the_papers(folder):
    rows = read_csv(folder / "paper_figures" / "tab02_settings.csv").set_index("setting")
    assert rows.loc["hidden layers", "mnist"] == "128 x 128"
    assert str(rows.loc["curve network: units in each of 2 hidden layers", "mnist"]) == "150"
    assert "5 [0], 50 [0.85]" in set(rows["pendulum"])


def test_training_table_compares_sigma_with_the_noise(folder):
    rows = read_csv(folder / "paper_figures" / "tab03_training.csv").set_index("dataset")
    assert rows.loc["pendulum", "sigma_to_noise"] == pytest.approx(0.031 / 0.03)
    assert pd.isna(rows.loc["mnist", "sigma"])


def test_verdict_table_is_a_short_row_a_claim_by_both_judges(folder):
    rows = read_csv(folder / "paper_figures" / "tab04_verdict.csv").set_index("claim")
    assert list(rows.columns) == ["paper", "ours", "shortest", "verdict", "figure"]
    ratio = rows[rows.index.str.startswith("Pendulum: On average over 100 pairs the Euclidean line is 2.57")].iloc[0]
    assert (ratio.ours, ratio.shortest) == ("1.90 [1.90, 1.90]", "2.00 [2.00, 2.00]")
    lines = rows[rows.index.str.startswith("Pendulum: Mean length of the Euclidean line")].iloc[0]
    assert lines.shortest == "–"
    assert not rows.apply(lambda row: row.astype(str).str.contains("=").any(), axis=1).any()


def test_another_verdict_of_the_shortest_path_is_named():
    paper = reported.load()
    row = {"item": paper["items"][0]["item"], "dataset": "pendulum", "paper": 2.571, "verdict": "reproduced"}
    row |= {"ours": 2.5, "ci_low": 2.4, "ci_high": 2.6, "shortest": 3.9, "shortest_low": 3.7, "shortest_high": 4.0}
    verdict = pd.DataFrame([{**row, "shortest_verdict": words} for words in ("not reproduced", "reproduced", np.nan)])
    built = tables.load("tab04_verdict").build(needs.Needs({}, paper, verdict))
    assert built["verdict"].tolist() == ["reproduced (shortest: not reproduced)", "reproduced", "reproduced"]
    assert built["shortest"][0] == "3.90 [3.70, 4.00]"
    assert claims.short(built)["verdict"].tolist() == ["reproduced"] * 3


def test_verdict_table_needs_the_verdict():
    with pytest.raises(ValueError, match="run the stage verdict first"):
        tables.load("tab04_verdict").build(needs.Needs({}, reported.load()))


def test_both_open_with_stand_ins_and_missing_files(folder):
    top = (folder / "paper_figures" / "index.md").read_text().split("## ")[0]
    page = (folder / "smoke" / "report.html").read_text().split("<h2>")[0]
    for text in (top, page):
        assert "STAND-IN data in place of the real ones: mnist, motion, motion_clean." in text
        assert "STAND-IN (no network)" in text
        assert "missing: 35_03.amc" in text
        assert "Its numbers prove nothing about the paper" in text


def test_both_end_with_what_did_not_converge(folder):
    for file in ("paper_figures/index.md", "smoke/report.html"):
        end = (folder / file).read_text().split("Diagnostics: what did not converge")[-1]
        assert "curves of our solver converged" in end
        assert re.search(r"MNIST\W.*raw\W.*24\W.*22\W.*2\W.*0\.0200 %", end)


def test_index_shows_every_figure_animation_and_table(folder):
    text = (folder / "paper_figures" / "index.md").read_text()
    suffixes = {"png": figures, "gif": animations, "csv": tables}
    for name, suffix in [(name, suffix) for suffix, kind in suffixes.items() for name in kind.available(DATASETS)]:
        link = f"{name}.{suffix}"
        assert f'<a id="{name}"></a>' in text
        assert f"({link})" in text
        assert (folder / "paper_figures" / link).is_file()


def test_report_needs_no_other_file(folder):
    page = (folder / "smoke" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == len(figures.available(DATASETS))
    assert page.count("data:image/gif;base64,") == len(animations.available(DATASETS))
    assert all(html.escape(animations.load(name).CAPTION) in page for name in animations.available(DATASETS))
    assert not re.findall(r'src="(?!data:)[^"]*"|https?://', page)
    assert "light-dark(" in page
    assert 'class="verdict not-run"' in page


def test_tables_name_stand_ins(folder):
    assert (
        "**data: stand-in (mnist, motion, motion_clean)**"
        in (folder / "paper_figures" / "tab01_lengths.md").read_text()
    )


def test_html_escapes_and_markdown_escapes():
    frame = pd.DataFrame({"verdict": ["not run"], "note": ["<it's|b>"]})
    marked = '<td class="verdict not-run"><span aria-hidden="true">–</span> not run</td>'
    assert f"{marked}<td>&lt;it&#x27;s|b&gt;</td>" in html_table(frame)
    assert markup.markdown_table(frame).splitlines()[-1] == "| not run | <it's\\|b> |"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.31901, "0.319"),
        (0.99996, "1.00"),
        (74.31, "74.3"),
        (1234.5, "1234"),
        (999.96, "1000"),
        (-133.34, "-133.3"),
        (99.96, "100.0"),
        (0, "0"),
        (float("nan"), "–"),
        (1e-7, "1.00e-07"),
    ],
)
def test_numbers_have_three_digits_and_a_decimal_below_a_thousand(value, words):
    assert number(value) == words


def test_circle_seen_straight_on_is_round():
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.stack([0.4 * np.cos(t), 0.24 * np.sin(t) + 1, 0.32 * np.sin(t)], axis=-1)
    assert np.linalg.norm(project(ring, ring), axis=-1) == pytest.approx(np.full(400, 0.4))
    assert distance_to_ring(ring[:5], ring) == pytest.approx(np.zeros(5), abs=1e-12)
    assert distance_to_ring(np.array([[0.0, 1.0, 0.0]]), ring) == pytest.approx([0.4], rel=1e-3)


def test_reporting_loads_neither_torch_nor_the_librarys_geometry():
    code = (
        "import sys; from replication import animations, figures, tables; "
        "from replication.stages import animation, figure, index, table, verdict; "
        "[folder.load(name) for folder in (animations, figures, tables) for name in folder.names()]; "
        "print(sorted({'torch', 'latentgeo.geometry'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
