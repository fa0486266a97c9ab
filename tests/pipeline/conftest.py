"""Runs of the workflow that several tests look at: profile smoke, and a paper that is smaller still."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tiny_project import Project
from workflow_fixtures import Run, Smoke, copy_workflow, workflow_in


@pytest.fixture
def workflow(tmp_path: Path) -> tuple[Path, Run]:
    """A clean copy to break, and how to run it."""
    return tmp_path, copy_workflow(tmp_path)


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    """The smoke profile, on real data where REPLICATION_MIRROR has them and on the stand-ins otherwise."""
    real = bool(os.environ.get("REPLICATION_MIRROR"))

    def make(folder: Path) -> None:
        folder.mkdir()
        run = copy_workflow(folder)
        done = run("--cores", "2", "--config", "profile=smoke", f"standin={'never' if real else 'always'}")
        assert done.returncode == 0, done.stderr[-5000:]
        (folder.parent / "printed").write_text(done.stdout + done.stderr, encoding="utf-8")

    folder = _once(tmp_path_factory, "smoke", make)
    return Smoke(folder, (folder.parent / "printed").read_text(encoding="utf-8"), real, workflow_in(folder))


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny project before any run: tests copy it."""
    return Project(_once(tmp_path_factory, "sources", lambda folder: Project.new(folder)))


@pytest.fixture(scope="session")
def made(sources: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny project, run on two cores, recorded by DVC and committed: tests copy it, or leave it as it was."""

    def make(folder: Path) -> None:
        project = sources.copy(folder)
        began = time.monotonic()
        project.snakemake()
        (folder.parent / "seconds").write_text(str(time.monotonic() - began))
        project.dvc("commit", "--force", "--quiet")
        project.commit("configuration A")
        assert project.is_up_to_date()

    return Project(_once(tmp_path_factory, "made", make)).copy(tmp_path_factory.mktemp("tiny") / "made")


@pytest.fixture(scope="session")
def seconds(made: Project, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the run of `made` took."""
    return float((_shared(tmp_path_factory) / "seconds").read_text())


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run of pytest, one for all of its workers."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def _once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker to ask for it makes, while the others wait."""
    folder = _shared(tmp_path_factory) / name
    done = folder.with_suffix(".done")
    with FileLock(folder.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder
