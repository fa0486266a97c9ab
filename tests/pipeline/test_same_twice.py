"""Commit, configuration, seed, device type and number of threads decide every byte: in any folder, on any cores."""

from pathlib import Path

import pytest

from compare import TIMES, artifact_files, judge
from tiny_project import Project

pytestmark = pytest.mark.slow

#: What tells of measured seconds, and what is drawn or written from that.
TIMED = {
    *("pairs.csv", "study.csv", "sweep.csv", "training.csv", "scores.json"),
    *("tab03_training.csv", "tab03_training.md", "tab16_data_factors.csv", "tab16_data_factors.md"),
    *("report.html", "index.md"),
}


def test_two_folders_and_one_core_or_two(made: Project, tmp_path: Path) -> None:
    again = Project.new(tmp_path / "another folder")
    again.run(*again.workflow[:-1], "1")
    names = artifact_files(made.folder)
    assert artifact_files(again.folder) == names
    judged = {name: judge(made.folder / name, again.folder / name) for name in names}
    assert {name for name, outcome in judged.items() if outcome == "different"} == set()
    timed = {name for name in names if Path(name).name in TIMED}
    assert {name for name, outcome in judged.items() if outcome == "values"} <= timed, TIMES
    figures = {name for name in names if name.endswith((".png", ".pdf", ".gif"))}
    assert len(figures) == 9  # four figures, each twice, and an animation
    assert {judged[name] for name in figures} == {"bytes"}
