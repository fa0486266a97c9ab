"""dvc.lock is compared without git, and what keeps it from that is one line."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from replication.files import artifacts
from replication.workflow.locked import Locked, locked
from replication.workflow.verify import main

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "DVC_"))}


def run(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, env=PLAIN, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an archive of the project has: DVC's files with a lock and its outputs, and nothing of git."""
    folder = tmp_path_factory.mktemp("made")
    stages = {name: {"cmd": f"echo {name} > {name}.txt", "outs": [f"{name}.txt"]} for name in ("model", "report")}
    (folder / "dvc.yaml").write_text(json.dumps({"stages": stages}))
    for words in (["init", "--no-scm", "--quiet"], ["repro", "--quiet"]):
        run(folder, sys.executable, "-m", "dvc", *words)
    (folder / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """One to spoil."""
    return shutil.copytree(made, tmp_path / "above" / "copy")


def alone(folder: Path) -> None:
    pass


def within_another_repository(folder: Path) -> None:
    run(folder.parent, "git", "init", "--quiet")


def within_another_dvc_project(folder: Path) -> None:
    run(folder.parent, sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet")


def a_checkout(folder: Path) -> None:
    run(folder, "git", "init", "--quiet")


SURROUNDINGS = [alone, within_another_repository, within_another_dvc_project, a_checkout]


@pytest.mark.parametrize("surround", SURROUNDINGS)
def test_the_lock_is_compared_with_git_or_without(
    copy: Path, surround: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    surround(copy)
    assert main(["--root", str(copy)]) == 0
    assert capsys.readouterr().out == "0 records: every artifact and input is as recorded\ndvc.lock agrees\n"
    (copy / "model.txt").write_text("another\n")
    assert main(["--root", str(copy)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [
        "dvc.lock: 1 output(s) as locked",
        "made here since it was locked; `dvc commit` takes it over: model.txt",
    ]


def test_what_was_never_pulled_is_one_line_and_no_problem(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "model.txt").unlink()
    assert main(["--root", str(copy)]) == 0
    assert capsys.readouterr().out.endswith("not here; `dvc pull` brings it: model.txt\n")


def test_a_folder_that_holds_only_what_git_keeps_is_not_here(copy: Path) -> None:
    stages = {"runs": {"cmd": "mkdir -p runs && touch runs/model runs/scores.json", "outs": ["runs"]}}
    (copy / "dvc.yaml").write_text(json.dumps({"stages": stages}))
    run(copy, sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet", "--force")
    run(copy, sys.executable, "-m", "dvc", "repro", "--quiet")
    (copy / "runs/model").unlink()
    found = locked(copy)
    assert found is not None
    assert found.absent == ("runs",)


def test_without_a_lock_it_has_nothing_to_say(tmp_path: Path) -> None:
    assert locked(tmp_path) is None


def test_it_finds_what_dvc_status_finds(copy: Path) -> None:
    a_checkout(copy)
    (copy / "model.txt").write_text("another\n")
    (copy / "dvc.yaml").write_text((copy / "dvc.yaml").read_text().replace("echo report", "echo other"))
    status = json.loads(run(copy, sys.executable, "-m", "dvc", "status", "--json"))
    assert status == {"model": [{"changed outs": {"model.txt": "modified"}}], "report": ["changed command"]}
    assert locked(copy) == Locked(same=("report.txt",), other=("model.txt",))


@pytest.mark.parametrize("surround", SURROUNDINGS)
def test_without_dvcs_folder_the_records_are_compared_and_one_line_says_so(
    copy: Path, surround: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    surround(copy)
    shutil.rmtree(copy / ".dvc")
    (copy / "results").mkdir()
    artifacts.write_json(copy / "results/model.run.json", {"artifacts": {"model.txt": "0"}, "inputs": {}})
    assert main(["--root", str(copy)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "model.txt: was changed since results/model.run.json"
    assert len(said) == 3
    assert "dvc.lock could not be compared: there is no folder .dvc beside it; take it from the repository" in said[2]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"stages: 3", b"stages: {a: b}", b"stages: {a: {outs: [b]}}", b"\xff\xfe", b"a: \t- b"],
)
def test_a_broken_lock_is_one_line(copy: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "dvc.lock").write_bytes(content)
    assert main(["--root", str(copy)]) == 1
    _, said = capsys.readouterr().out.splitlines()
    assert "dvc.lock could not be compared: it is none that DVC wrote (" in said
    assert said.endswith("take it from the repository, or delete it and `dvc repro` writes it again")


def broken_stages(folder: Path) -> None:
    (folder / "dvc.yaml").write_text("stages: [")


def broken_configuration(folder: Path) -> None:
    (folder / ".dvc" / "config").write_text("[core")


def unknown_to_the_lock(folder: Path) -> None:
    (folder / "dvc.lock").write_text("schema: '9'\nstages: {}\n")


@pytest.mark.parametrize(
    ("spoil", "home", "said"),
    [
        (broken_stages, "", "dvc.yaml"),
        (broken_configuration, "", "config"),
        (unknown_to_the_lock, "", "dvc.lock"),
        (alone, "/dev/null", "Not a directory: '/dev/null/"),
    ],
)
def test_what_dvc_itself_cannot_read_is_one_line_and_no_traceback(
    copy: Path, spoil: Callable[[Path], None], home: str, said: str
) -> None:
    spoil(copy)
    done = subprocess.run(
        [sys.executable, "-m", "replication.workflow.verify"],
        cwd=copy,
        env={**PLAIN, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": home or PLAIN["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stdout.partition("dvc.lock could not be compared: `dvc status` failed: ")[2]
    assert len(done.stdout.splitlines()) == 2
    assert not done.stderr
