"""What a killed run left is found, and nothing else is touched."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from replication.workflow import leftovers
from replication.workflow.leftovers import Running

STAGE = ("-m", "replication", "train", "--dataset", "toy", "--seed", "1")
WAIT = "import sys; print(flush=True); sys.stdin.read()"
START = f"import subprocess, sys; subprocess.run([sys.executable, *{['-c', WAIT, *STAGE]}])"


@contextlib.contextmanager
def running(folder: Path, *words: str) -> Iterator[int]:
    """A Python that does nothing, under this command line; its number."""
    with subprocess.Popen(
        [sys.executable, *words], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.communicate()


def test_a_stage_that_nobody_waits_for(tmp_path: Path) -> None:
    with running(tmp_path, "-c", WAIT, *STAGE) as pid:
        assert leftovers.orphans(tmp_path) == [Running(pid, "train toy 1")]
        assert leftovers.orphans(tmp_path.parent) == []
        assert leftovers.workflows(tmp_path) == []
    assert leftovers.orphans(tmp_path) == []


def test_a_stage_under_snakemake_is_none(tmp_path: Path) -> None:
    snakemake = tmp_path / "snakemake"
    snakemake.write_text(START)
    with running(tmp_path, str(snakemake)) as pid:
        assert leftovers.orphans(tmp_path) == []
        assert leftovers.workflows(tmp_path) == [Running(pid, "snakemake")]


@pytest.mark.parametrize("words", [("-m", "replication.workflow.verify"), ("train",)])
def test_another_program_is_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    with running(tmp_path, "-c", WAIT, *words):
        assert leftovers.orphans(tmp_path) == []


def test_this_process_is_in_nobodys_way() -> None:
    assert os.getpid() not in {found.pid for found in leftovers.workflows(Path())}


def test_the_message_names_what_to_end() -> None:
    said = leftovers.still_running([Running(12, "train toy 1"), Running(13, "snakemake")])
    assert "train toy 1 (process 12), snakemake (process 13)" in said
    assert "kill 12 13" in said


def test_parts_of_artifacts_are_removed_and_those_of_downloads_kept(tmp_path: Path) -> None:
    left = tmp_path / "results" / "seed0" / ".model.safetensors.q3_x81ab.part"
    kept = [tmp_path / "data" / "raw" / "walk.amc.part", tmp_path / "results" / "model.safetensors"]
    for path in (left, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("...")
    assert leftovers.remove_parts([tmp_path / "data", tmp_path / "results", tmp_path / "missing"]) == [left]
    assert not left.exists()
    assert all(path.exists() for path in kept)
