"""What a run shows to people: a line a job, where the report is, and three lines after Ctrl-C."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tiny_project import Project

FIGURE = "paper_figures/fig08_robot_arm_mf.png"


@pytest.mark.slow
def test_what_is_forced_is_made_anew_and_told_in_a_line_a_job(made: Project, tmp_path: Path) -> None:
    """The command that the report names beside each figure."""
    project = made.copy(tmp_path / "copy")
    before, image = project.records(), (project.folder / FIGURE).read_bytes()
    page = (project.folder / "results/paper/report.html").read_text(encoding="utf-8")
    assert f"snakemake --cores 1 --forcerun {FIGURE}" in page
    done = project.snakemake("--forcerun", FIGURE)
    lines = done.stderr.splitlines()[1:]
    assert re.fullmatch(r"profile paper: 2 jobs; (less than a minute|about \d+ min), as recorded", lines[0])
    assert re.match(r"1 of 2  figure fig08_robot_arm_mf  .+ s   .+ left", lines[1])
    assert re.fullmatch(r"2 of 2  index  .+ s", lines[2])
    assert re.fullmatch(r"2 jobs in .+", lines[3])
    assert lines[4] == "report: results/paper/report.html"
    assert lines[-1] == "to open it: python -m replication open report"
    assert done.stdout == ""
    assert project.ran_since(before) == {"fig08_robot_arm_mf"}
    assert (project.folder / FIGURE).read_bytes() == image
    assert "rule figure:" in newest_log(project)

    again = project.run("env", "VERBOSE=1", *project.workflow)
    assert "Building DAG of jobs..." in again.stderr
    assert "Nothing to be done" in again.stderr


def newest_log(project: Project) -> str:
    logs = (project.folder / ".snakemake" / "log").glob("*.snakemake.log")
    return max(logs, key=lambda path: path.stat().st_mtime).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_failed_job_is_two_lines_and_the_code_says_so(made: Project, tmp_path: Path) -> None:
    project = made.copy(tmp_path / "copy")
    figure = project.folder / "src/replication/figures/fig08_robot_arm_mf.py"
    with figure.open("a") as source:
        source.write('\n\ndef draw(needs: Needs) -> Figure:\n    raise ValueError("expected a ring; got none")\n')
    done = project.snakemake(check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-5:-1] == [
        "failed: figure fig08_robot_arm_mf: expected a ring; got none",
        "    its log: results/paper/logs/figure/fig08_robot_arm_mf.log",
        "1 failed, 0 of 2 done; what is done is kept",
        "to go on once the cause is gone: the same command again",
    ]


@pytest.mark.slow
def test_ctrl_c_ends_in_three_lines(sources: Project, tmp_path: Path) -> None:
    project = sources.copy(tmp_path / "copy")
    log = tmp_path / "printed"
    run = project.start(*project.workflow, log=log)
    while not list(project.folder.glob("results/**/*.log")):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(timeout=120) == 1
    *_, first, second, third = log.read_text().splitlines()
    assert re.fullmatch(r"stopped, with \d+ of \d+ jobs done", first)
    assert second.startswith("nothing is lost")
    assert third == "to go on: the same command again"
    assert "Traceback" not in log.read_text()
    assert "Error" not in log.read_text()
