"""What a killed run leaves in a folder: processes that nobody waits for any more, and parts of files.

`kill -9` of Snakemake ends neither its stages nor its lock. Before the lock goes, what still runs has to be known: two
runs would write the same artifacts.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Running", "orphans", "remove_parts", "still_running", "workflows"]

#: what `artifacts.write_bytes` calls a file that it has not finished; a download's `file.part` is kept, to go on from
PART = re.compile(r"\..+\.[a-z0-9_]{8}\.part")


@dataclass(frozen=True)
class Running:
    """A process.

    Attributes:
        what: Its part of the replication, in words.
    """

    pid: int
    what: str


def orphans(folder: Path) -> list[Running]:
    """Stages that run in this folder without a Snakemake above them; of other users and machines nothing is known."""
    return [Running(process.pid, what) for process, what in _stages(folder) if not _under_snakemake(process)]


def workflows(folder: Path) -> list[Running]:
    """Snakemakes that run in this folder, this process and those that wait for it excepted."""
    mine = {process.pid for process in (psutil.Process(), *psutil.Process().parents())}
    return [
        Running(process.pid, "snakemake")
        for process, words in _processes(folder)
        if _is_snakemake(words) and process.pid not in mine
    ]


def still_running(found: Iterable[Running]) -> str:
    """What to tell the user about processes that are in the way."""
    named = list(found)
    listed = ", ".join(f"{running.what} (process {running.pid})" for running in named)
    pids = " ".join(str(running.pid) for running in named)
    return (
        f"still running in this folder: {listed}. Wait for the end or stop it with `kill {pids}`, which keeps a "
        "training's checkpoint; then give the same command again."
    )


def remove_parts(folders: Iterable[Path]) -> list[Path]:
    """Remove the parts of files that killed stages left; to be called where no stage runs. Returns what was removed."""
    parts = {path for folder in folders for path in folder.rglob(".*.part") if PART.fullmatch(path.name)}
    for path in parts:
        path.unlink(missing_ok=True)
    return sorted(parts)


def _stages(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    for process, words in _processes(folder):
        if "-m" in words and (after := words[words.index("-m") + 1 :])[:1] == ["replication"]:
            named = [after[at + 1] for at, word in enumerate(after[:-1]) if word in ("--dataset", "--seed")]
            yield process, " ".join([*after[1:2], *named])


def _processes(folder: Path) -> Iterator[tuple[psutil.Process, list[str]]]:
    """Python's processes in this folder and their command lines."""
    here = str(folder.resolve())
    for process in psutil.process_iter():
        words = _words(process)
        with contextlib.suppress(psutil.Error):  # ended meanwhile, or another user's
            if words and "python" in Path(words[0]).name and process.cwd() == here:
                yield process, words


def _under_snakemake(process: psutil.Process) -> bool:
    try:
        parents = process.parents()
    except psutil.NoSuchProcess:  # ended meanwhile: in nobody's way
        return True
    return any(_is_snakemake(_words(parent)) for parent in parents)


def _words(process: psutil.Process) -> list[str]:
    """The command line; none of a process that has ended or is another user's."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _is_snakemake(words: list[str]) -> bool:
    return words[1:3] == ["-m", "snakemake"] or any(Path(word).name == "snakemake" for word in words[1:2])
