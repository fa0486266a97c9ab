"""What people see of a run, from what Snakemake tells its loggers."""

import io
import logging
from pathlib import Path
from typing import Any

import pytest

from replication.terminal.events import Events

TRAIN = {"rule_name": "train", "wildcards": {"dataset": "mnist", "seed": "5"}, "benchmark": None}
FIGURE = {"rule_name": "figure", "wildcards": {"figure": "fig01_pendulum_mf"}, "benchmark": None}
ALL = {"rule_name": "all", "wildcards": {}, "benchmark": None, "log": []}


class Run:
    """Events of a run in a folder, and what was written."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder)
        self.now = 0.0
        self.stream = io.StringIO()
        self.events = Events(self.stream, lambda: self.now)

    def say(self, message: str = "", level: int = logging.INFO, **extra: Any) -> None:
        record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
        vars(record).update(extra)
        self.events.note(record)

    def start(self, **stats: int) -> None:
        self.say("profile smoke, in results/smoke", results="results/smoke")
        self.say("Workflow has started!", event="workflow_started")
        self.say("Provided cores: 2", event="resources_info", cores=2)
        self.say("Job stats:", event="run_info", stats={**stats, "all": 1, "total": 1 + sum(stats.values())})

    def job(self, number: int, what: dict[str, Any], seconds: float | None, log: Path | None = None) -> None:
        self.say("rule", event="job_info", jobid=number, **{**what, "log": [str(log)] if log else []})
        if seconds is not None:
            self.now += seconds
            self.say("Finished", event="job_finished", job_id=number)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(tmp_path, monkeypatch)


def log_of(folder: Path, *lines: str) -> Path:
    path = folder / "job.log"
    path.write_text("".join(f"2026-01-01 10:00:00,000 {line}\n" for line in lines))
    return path


def test_a_run_is_a_line_a_job_and_where_the_report_is(run: Run, tmp_path: Path) -> None:
    for name in ("report", "explorer"):
        (tmp_path / "results/smoke").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"results/smoke/{name}.html").touch()
    run.say("Building DAG of jobs...")
    run.start(train=1, figure=1)
    run.say("Select jobs to execute...")
    run.job(1, TRAIN, 451)
    run.job(2, FIGURE, 4)
    run.job(0, ALL, 0)
    run.say("3 of 3 steps (100%) done", event="progress", done=3, total=3)
    run.events.close()
    assert run.lines == [
        "profile smoke: 2 jobs; how long they take has not been recorded yet",
        "1 of 2  train mnist seed 5                       7 min 31 s",
        "2 of 2  figure fig01_pendulum_mf                        4 s",
        "2 jobs in 7 min 35 s",
        "report: results/smoke/report.html",
        "explorer: results/smoke/explorer.html",
        "to open it: python -m replication open report --profile smoke",
    ]


def test_what_was_recorded_before_tells_what_is_left(run: Run, tmp_path: Path) -> None:
    for rule, seconds in (("train", 600), ("figure", 1200)):
        file = tmp_path / f"results/smoke/benchmarks/{rule}/one.tsv"
        file.parent.mkdir(parents=True)
        file.write_text(f"s\th:m:s\n{seconds}\t-\n")
    run.start(train=1, figure=1)
    run.job(1, {**TRAIN, "benchmark": "results/smoke/benchmarks/train/one.tsv"}, 600)
    assert run.lines[0] == "profile smoke: 2 jobs; about 20 min, as recorded"
    assert run.lines[1].endswith("10 min 0 s   about 20 min left")


def test_a_failed_job_is_named_with_its_error_and_its_log(run: Run, tmp_path: Path) -> None:
    log = log_of(tmp_path, "INFO root: began", "ERROR root: train mnist seed 5: out of memory", "DEBUG root: after")
    run.start(train=2)
    run.job(1, TRAIN, None, log)
    run.say("RuleException:\nCalledProcessError in file rules/stage.smk", logging.ERROR)
    run.say("Error", logging.ERROR, event="job_error", jobid=1, rule_name="train", log=[str(log)])
    run.say("Restored previous version of results/x (updating job failed).", logging.WARNING)
    run.job(2, {**TRAIN, "wildcards": {"dataset": "motion", "seed": "5"}}, None)
    run.say("Error", logging.ERROR, event="job_error", jobid=2, rule_name="train", log=[])
    run.say("Exiting because a job execution failed. Look above for error messages", logging.ERROR)
    run.say("Complete log(s): /somewhere/a.snakemake.log")
    run.say("WorkflowError:\nAt least one job did not complete successfully.", logging.ERROR)
    run.events.close()
    assert run.lines[1:] == [
        "failed: train mnist seed 5: out of memory",
        f"    its log: {log}",
        "failed: train motion seed 5: ended without a word (killed, or out of memory?)",
        "2 failed, 0 of 2 done; what is done is kept",
        "to go on once the cause is gone: the same command again",
        "Snakemake's own log: /somewhere/a.snakemake.log",
    ]


def test_after_ctrl_c_there_are_three_lines(run: Run) -> None:
    run.start(train=2)
    run.job(1, TRAIN, 10)
    run.job(2, TRAIN, None)
    before = len(run.lines)
    run.say("Terminating processes on user request, this might take some time.")
    run.say("Error", logging.ERROR, event="job_error", jobid=2, rule_name="train", log=[])
    run.say("Complete log(s): /somewhere/a.snakemake.log")
    run.say("WorkflowError:\nAt least one job did not complete successfully.", logging.ERROR)
    run.events.close()
    assert run.lines[before:] == [
        "stopped, with 1 of 2 jobs done",
        "nothing is lost: what is done is kept, and a training goes on from its last checkpoint",
        "to go on: the same command again",
    ]


def test_our_own_warnings_are_shown_and_those_of_packages_stay_in_the_log(run: Run, tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        "WARNING replication.raw.fetch: mnist: the stand-in serves, as it cannot be had",
        "WARNING py.warnings: RuntimeWarning: overflow",
    )
    run.start(fetch=1)
    run.job(1, {"rule_name": "fetch", "wildcards": {"loader": "mnist"}, "benchmark": None}, 1, log)
    assert run.lines[-1] == "    warning: mnist: the stand-in serves, as it cannot be had"
    assert "overflow" not in run.stream.getvalue()


def test_of_many_stale_artifacts_three_are_named(run: Run) -> None:
    for number in range(5):
        run.say(f"{number} is stale: other sources", logging.WARNING, stale=str(number))
    run.start(figure=5)
    assert run.lines[:4] == [
        *(f"{number} is stale: other sources" for number in range(3)),
        "... and 2 more that are stale",
    ]


def test_errors_before_a_run_and_other_commands_are_shown_as_they_are(run: Run) -> None:
    run.say("Unlocked working directory.")
    run.say("LockException:\nError: Directory cannot be locked. ... --unlock", logging.ERROR)
    run.events.close()
    assert run.lines == [
        "Unlocked working directory.",
        "LockException:",
        "Error: Directory cannot be locked. ... --unlock",
    ]


def test_a_run_with_nothing_to_do_says_where_its_report_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "results/paper").mkdir(parents=True)
    (tmp_path / "results/paper/report.html").touch()
    run.say("profile paper, in results/paper", results="results/paper")
    run.say("Workflow has started!", event="workflow_started")
    run.say("Nothing to be done (all requested files are present and up to date).")
    run.events.close()
    assert run.lines[0].startswith("Nothing to be done")
    assert run.lines[1:] == ["report: results/paper/report.html", "to open it: python -m replication open report"]
