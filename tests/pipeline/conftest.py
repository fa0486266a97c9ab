"""Runs of the workflow that several tests look at: profile smoke, and a paper that is smaller still."""

import os
from pathlib import Path

import pytest

from tiny_project import Project
from workflow_fixtures import Run, Smoke, copy_workflow


@pytest.fixture
def workflow(tmp_path: Path) -> tuple[Path, Run]:
    """A clean copy to break, and how to run it."""
    return tmp_path, copy_workflow(tmp_path)


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    """The smoke profile, on real data where REPLICATION_MIRROR has them and on the stand-ins otherwise."""
    folder = tmp_path_factory.mktemp("smoke")
    run = copy_workflow(folder)
    real = bool(os.environ.get("REPLICATION_MIRROR"))
    done = run("--cores", "2", "--config", "profile=smoke", f"standin={'never' if real else 'always'}")
    assert done.returncode == 0, done.stderr[-5000:]
    return Smoke(folder, done.stdout + done.stderr, real, run)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny project, run on two cores, recorded by DVC and committed: tests copy it, or leave it as it was."""
    project = Project.new(tmp_path_factory.mktemp("tiny") / "made")
    project.snakemake()
    project.dvc("commit", "--force", "--quiet")
    project.commit("configuration A")
    assert project.is_up_to_date()
    return project
