"""The workflow end to end on one small data set: what `test_smoke.py` asks of all of them, in every `make test`."""

import re
from pathlib import Path

import numpy as np

from replication import animations, figures, tables
from replication.files import artifacts
from replication.workflow.verify import check_records
from tiny_project import Project

DATASETS = ["robot_arm"]
RUN = Path("results/paper/robot_arm/seed0")
FIGURE = Path("src/replication/figures/fig08_robot_arm_mf.py")


def test_every_figure_animation_and_table_is_there(made: Project) -> None:
    expected = {f"{name}.{suffix}" for name in figures.available(DATASETS) for suffix in ("png", "pdf")}
    expected |= {f"{name}.gif" for name in animations.available(DATASETS)}
    expected |= {f"{name}.{suffix}" for name in tables.available(DATASETS) for suffix in ("csv", "md")}
    found = {file.name: file.stat().st_size for file in (made.folder / "paper_figures").iterdir()}
    assert {name for name, size in found.items() if size} >= expected | {"index.md"}


def test_the_report_is_of_simulated_data_and_opens_without_a_network(made: Project) -> None:
    page = (made.folder / "results/paper/report.html").read_text(encoding="utf-8")
    assert "STAND-IN" not in page
    assert "http-equiv" not in page
    assert 'src="http' not in page


def test_lengths_are_sane(made: Project) -> None:
    pairs = artifacts.read_csv(made.folder / RUN / "pairs.csv")
    lengths = pairs.pivot_table(index=["pair", "metric"], columns="path", values="length")
    assert (lengths.geodesic <= lengths.euclidean * (1 + 1e-9)).all()
    solved = artifacts.read_npz(made.folder / RUN / "geodesics.npz")
    np.testing.assert_allclose(solved["curves_raw"][:, 0], solved["z0"], atol=1e-9)
    np.testing.assert_allclose(solved["curves_raw"][:, -1], solved["z1"], atol=1e-9)


def test_every_record_agrees_with_what_lies_there_until_that_is_altered(made: Project, tmp_path: Path) -> None:
    project = made.copy(tmp_path / "copy")
    assert list(check_records(project.folder)) == []
    scores = project.folder / RUN / "scores.json"
    scores.write_text("{}")
    assert str(RUN / "scores.json") in {problem.file for problem in check_records(project.folder)}


def test_an_edited_figure_makes_itself_and_the_index_stale(made: Project, tmp_path: Path) -> None:
    """That all was current before is the fixture's own check."""
    project = made.copy(tmp_path / "copy")
    with (project.folder / FIGURE).open("a") as source:
        source.write("\nEDITED = True\n")
    planned = project.snakemake("--dry-run", "--quiet", "rules")
    jobs = dict(re.findall(r"^(\w+)\s+(\d+)$", planned.stdout + planned.stderr, flags=re.MULTILINE))
    del jobs["total"]
    assert jobs == {"figure": "1", "index": "1", "all": "1"}
