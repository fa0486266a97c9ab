"""A clean copy of the workflow, and one smoke run in it that several tests look at."""

import os
from pathlib import Path

import pytest

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
