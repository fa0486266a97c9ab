"""The commit in a record is that of the checkout that the sources are in, or none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from replication.files import artifacts

ROOT = Path(__file__).parents[4]
RECORD = """
from pathlib import Path
from replication.workflow.provenance import Asked, Clock, record
asked = Asked(stage="train", dataset=None, seed=0, settings={}, device="cpu", threads=1, sources=[], inputs=[])
record(Path("model.run.json"), asked, outputs=[], clock=Clock(), facts={})
"""


#: also where the tests themselves are run by a hook of git's
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def git(folder: Path, *words: str) -> str:
    me = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    done = subprocess.run(
        ["git", *me, "-C", str(folder), *words], check=True, capture_output=True, text=True, env=PLAIN
    )
    return done.stdout.strip()


def committed(folder: Path) -> str:
    """Make the folder a repository of all that lies in it; its commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


def recorded(project: Path, **environment: str) -> str | None:
    """The commit in the record of a run in this copy of the project."""
    env = {**PLAIN, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    subprocess.run([sys.executable, "-c", RECORD], cwd=project, env=env, check=True)
    return artifacts.read_json(project / "model.run.json")["commit"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the sources that record a run, two folders down."""
    folder = tmp_path / "other" / "copy"
    ours = (
        "__init__",
        "files/__init__",
        "files/artifacts",
        "workflow/__init__",
        "workflow/provenance",
        "workflow/code_hash",
        "workflow/machine",
    )
    for name in ours:
        target = folder / "src" / "replication" / f"{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / target.relative_to(folder), target)
    return folder


def test_the_commit_of_a_checkout_is_recorded_and_whether_sources_differ(project: Path) -> None:
    commit = committed(project)
    assert recorded(project) == commit
    (project / "notes.txt").write_text("not tracked")
    assert recorded(project) == commit
    with (project / "src/replication/workflow/provenance.py").open("a") as source:
        source.write("# edited\n")
    assert recorded(project) == f"{commit}+changes"


def test_no_commit_is_recorded_outside_a_repository(project: Path) -> None:
    assert recorded(project, GIT_CEILING_DIRECTORIES=str(project.parents[1])) is None


def untracked(project: Path) -> None:
    (project.parent / "readme.txt").write_text("another project")
    git(project.parent, "init", "--quiet")
    git(project.parent, "add", "readme.txt")
    git(project.parent, "commit", "--quiet", "--message", "another project")


def tracked(project: Path) -> None:
    committed(project.parent)


def two_above(project: Path) -> None:
    committed(project.parents[1])


@pytest.mark.parametrize("surround", [untracked, tracked, two_above])
def test_a_copy_within_another_repository_has_not_that_ones_commit(
    project: Path, surround: Callable[[Path], None]
) -> None:
    surround(project)
    assert recorded(project) is None


def test_a_repository_without_a_commit_has_none(project: Path) -> None:
    git(project, "init", "--quiet")
    assert recorded(project) is None


def test_the_repository_that_git_was_called_for_is_not_asked(project: Path, tmp_path: Path) -> None:
    (tmp_path / "third").mkdir()
    committed(tmp_path / "third")
    variables = {"GIT_DIR": str(tmp_path / "third" / ".git"), "GIT_WORK_TREE": str(project)}
    assert recorded(project, GIT_CEILING_DIRECTORIES=str(tmp_path), **variables) is None
    commit = committed(project)
    assert recorded(project, **variables) == commit


def test_a_worktree_and_a_checkout_behind_a_link_have_their_commit(project: Path, tmp_path: Path) -> None:
    commit = committed(project)
    git(project, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    assert recorded(tmp_path / "tree") == commit
    (tmp_path / "link").symlink_to(project)
    assert recorded(tmp_path / "link") == commit


def test_without_git_there_is_none(project: Path) -> None:
    committed(project)
    assert recorded(project, PATH="") is None
