"""Kill -9 and Ctrl-C at random moments, then the documented resume: the same command, and what its message asks for.

By default one moment for each victim, the same every time. FAULTS=full (`make faults`) takes 30 fresh ones; FAULTS_SEED
takes those of an earlier run again.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.image
import psutil
import pytest
from safetensors.numpy import load_file

from compare import artifact_files, content
from latentgeo.generative import TrainingSettings
from replication.files import artifacts
from replication.workflow import config
from replication.workflow.leftovers import orphans, workflows
from replication.workflow.verify import check_records
from tiny_project import Project
from workflow_fixtures import ROOT

FULL = os.environ.get("FAULTS") == "full"
# the same in all processes of one run
FRESH = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID")).randrange(10**6)
SEED = int(os.environ.get("FAULTS_SEED") or (FRESH if FULL else 4))
pytestmark = pytest.mark.slow
REFUSED = "still running in this folder"

DVC = (sys.executable, "-m", "dvc", "repro")
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "2")

Run = subprocess.Popen[str]
Kill = Callable[[Run], bool]


def leader(run: Run) -> bool:
    """Kill -9 of the command alone; what it started goes on."""
    run.kill()
    return True


def stage(run: Run) -> bool:
    """Kill -9 of a stage; False while there is none."""
    with contextlib.suppress(psutil.NoSuchProcess):  # ended before it was killed
        for process in stages(run):
            process.kill()
            return True
    return False


def ctrl_c(run: Run) -> bool:
    """What a terminal does: every process of the foreground group is told."""
    os.killpg(run.pid, signal.SIGINT)
    return True


VICTIMS: dict[str, tuple[tuple[str, ...], Kill]] = {
    "snakemake": (SNAKEMAKE, leader),
    "stage": (SNAKEMAKE, stage),
    "dvc": (DVC, leader),
    "ctrl-c": (SNAKEMAKE, ctrl_c),
    "ctrl-c-dvc": (DVC, ctrl_c),
}


def cases() -> Iterator[Any]:
    """Victims and moments, as parts of the way from nothing to the last record but one; the test's name has both."""
    draw = random.Random(SEED)
    for _ in range(6 if FULL else 1):
        for victim in VICTIMS:
            moment = draw.random()
            yield pytest.param(victim, moment, id=f"{victim}-{moment:.3f}-of-seed-{SEED}")


@dataclass(frozen=True)
class Whole:
    """A project before and after a run that nobody disturbed, what it made, and the seconds between two records."""

    project: Project
    ran: Project
    made: Mapping[str, Any]
    records: int
    between: float


@pytest.fixture(scope="module")
def whole(sources: Project, made: Project, seconds: float) -> Whole:
    count = len(made.records())
    return Whole(sources, made, made.artifacts(), count, seconds / count)


@pytest.mark.parametrize(("victim", "moment"), list(cases()))
def test_killed_at_any_moment(whole: Whole, tmp_path: Path, victim: str, moment: float) -> None:
    command, kill = VICTIMS[victim]
    project = whole.project.copy(tmp_path / "project")
    with started(project, command) as run:
        await_moment(moment, run, project, whole)
        while run.poll() is None and not kill(run):
            time.sleep(0.05)
        if kill is not leader:
            run.wait(timeout=300)
            assert orphans(project.folder) == []
        if run.wait() == 0:  # it had come to its end: once more, earlier
            test_killed_at_any_moment(whole, tmp_path / "again", victim, moment / 2)
            return
        assert_whole_files(project.folder)
        messages = resume(project, command, by_waiting=moment < 0.5)
        if kill is not leader:
            assert messages == []

    assert project.artifacts() == whole.made
    project.run(sys.executable, "-m", "replication.workflow.verify")
    if command is DVC:
        assert "up to date" in project.dvc("status").stdout
    assert leftovers(project.folder) == []


def test_an_orphan_is_named_before_anything_is_unlocked(whole: Whole, tmp_path: Path) -> None:
    project = whole.project.copy(tmp_path / "project")
    locks = project.folder / ".snakemake" / "locks"
    with started(project, SNAKEMAKE) as run:
        while not (left := next(stages(run, "train"), None)):
            assert run.poll() is None
            time.sleep(0.05)
        left.suspend()
        run.kill()
        run.wait()
        part = project.folder / "results/paper/robot_arm/seed0/.model.safetensors.0a1b2c3d.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        for words in (SNAKEMAKE, (*SNAKEMAKE, "--unlock"), DVC):
            refused = project.run(*words, check=False)
            assert refused.returncode != 0
            assert f"(process {left.pid})" in refused.stdout + refused.stderr
            assert any(locks.iterdir())
            assert part.exists()
        left.terminate()
        left.resume()
        gone(left.pid)
        project.run(*SNAKEMAKE, "--unlock")
    assert list(locks.glob("*.lock")) == []
    project.snakemake("--dry-run")
    assert not part.exists()


def test_a_snakemake_that_runs_keeps_its_lock(whole: Whole, tmp_path: Path) -> None:
    project = whole.project.copy(tmp_path / "project")
    with started(project, DVC) as run:
        while not (running := workflows(project.folder)) or not any(project.folder.glob(".snakemake/locks/*.lock")):
            assert run.poll() is None
            time.sleep(0.05)
        process = psutil.Process(running[0].pid)
        process.suspend()
        refused = project.run(*SNAKEMAKE, "--unlock", check=False)
        process.resume()
        assert refused.returncode != 0
        assert f"snakemake (process {process.pid})" in refused.stdout + refused.stderr


@pytest.mark.parametrize("torn", ["dvc.lock", ".dvc/tmp/rwlock"])
def test_what_dvc_half_wrote_is_named_and_may_be_deleted(whole: Whole, tmp_path: Path, torn: str) -> None:
    """DVC empties its own files before it writes them."""
    project = whole.ran.copy(tmp_path / "project")
    before = project.records()
    (project.folder / torn).write_text("")
    refused = project.dvc("repro", "data", check=False)
    assert refused.returncode != 0
    assert torn_by_dvc(refused.stdout + refused.stderr) == torn
    (project.folder / torn).unlink()
    project.dvc("repro", "data")
    assert project.records() == before


@pytest.mark.parametrize("profile", ["paper", "smoke"])
def test_a_training_loses_less_than_a_minute(profile: str) -> None:
    """Between two checkpoints; that it goes on from one is `test_resume.py`'s."""
    experiments = config.load({"profile": profile}, ROOT / "config")["datasets"].values()
    assert max(TrainingSettings(**experiment["train"]).checkpoint_seconds for experiment in experiments) <= 60


def await_moment(moment: float, run: Run, project: Project, whole: Whole) -> None:
    """Wait for a number of records and then a part of the time between two; a machine's load moves both alike."""
    records, part = divmod(moment * (whole.records - 1), 1)
    while run.poll() is None and len(project.records()) < records:
        time.sleep(0.05)
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(part * whole.between)


@contextlib.contextmanager
def started(project: Project, command: tuple[str, ...]) -> Iterator[Run]:
    """A run whose whole group is gone afterwards, whatever happened."""
    run = project.start(*command, log=project.folder.with_suffix(".log"))
    try:
        yield run
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def resume(project: Project, command: tuple[str, ...], *, by_waiting: bool) -> list[str]:
    """The same command until it succeeds; in between only what the last message asked for. Returns the messages."""
    messages: list[str] = []
    words = command
    while True:
        before = orphans(project.folder)
        ended = project.run(*words, check=False)
        said = ended.stdout + ended.stderr
        if ended.returncode == 0 and words == command:
            return messages
        messages.append(said)
        assert len(messages) < 6, said
        if REFUSED in said:
            for pid in map(int, re.findall(r"\(process (\d+)\)", said)):
                if not by_waiting:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
                gone(pid)
            words = command
        elif torn := torn_by_dvc(said):
            (project.folder / torn).unlink()
        else:
            assert not set(before) & set(orphans(project.folder)), said
            assert ended.returncode == 0 or "--unlock" in said, said
            words = command if words != command else (*SNAKEMAKE, "--unlock")


def torn_by_dvc(said: str) -> str | None:
    """The file of its own that DVC finds half written."""
    found = re.search(r"'(?:\./)?(dvc\.lock)' (?:validation failed|is invalid)|RWLock-file '(\S+)'", said)
    return found and (found[1] or found[2])


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process, deadline = psutil.Process(pid), time.monotonic() + 300
        while process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def stages(run: Run, *name: str) -> Iterator[psutil.Process]:
    """The stages that run, or those of a name."""
    for process in psutil.Process(run.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # ended since they were listed
            if process.cmdline()[1 : 3 + len(name)] == ["-m", "replication", *name]:
                yield process


def assert_whole_files(folder: Path) -> None:
    """Every record agrees with its artifacts, and what has no record yet can be read to its end."""
    assert list(check_records(folder)) == []
    for name in artifact_files(folder):
        if not name.endswith((".part", ".lock")):
            READERS.get(Path(name).suffix, content)(folder / name)


def pdf(path: Path) -> None:
    assert path.read_bytes().rstrip().endswith(b"%%EOF")


READERS: dict[str, Callable[[Path], Any]] = {
    ".npz": artifacts.read_npz,
    ".safetensors": load_file,
    ".png": matplotlib.image.imread,
    ".pdf": pdf,
}


def leftovers(folder: Path) -> list[Path]:
    """Parts of files, checkpoints and locks."""
    patterns = ("data/**/*.part", "results/**/*.part", "paper_figures/**/*.part", "results/**/training_state.*")
    return [path for pattern in (*patterns, ".snakemake/locks/*.lock") for path in folder.glob(pattern)]
