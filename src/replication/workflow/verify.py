"""`make verify`: every artifact held against the record of the run that made it, and against dvc.lock.

A record (`*.run.json`) has the hash of each artifact of its run and of each input. An artifact that was edited,
truncated or exchanged no longer has the recorded hash; one that was made from another model or other data than lie
beside it now has an input with another hash.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from replication.files import artifacts
from replication.workflow.provenance import Hashes

__all__ = ["Problem", "check_dvc", "check_records", "main"]

# in characters, of another program's message
_LONGEST = 300

RECORD = ".run.json"
# as `dvc status --json`, which asks for a git checkout that it does not need
STATUS = """
import json, sys
from dvc.exceptions import DvcException
from dvc.repo import Repo, lock_repo
try:
    repo = Repo(config={"core": {"no_scm": True}})
    with lock_repo(repo):
        print(json.dumps(repo.status()))
except (DvcException, OSError) as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was recorded.

    Attributes:
        file: Relative to the repository.
        what: What is wrong, and beside which record.
    """

    file: str
    what: str


def records(root: Path) -> list[Path]:
    """The records of all runs below `data/` and `results/`, sorted."""
    return sorted(path for folder in ("data", "results") for path in (root / folder).rglob(f"*{RECORD}"))


def check_records(root: Path) -> Iterator[Problem]:
    """Artifacts and inputs whose content is not what a record says.

    Args:
        root: The repository; paths in records are relative to it.
    """
    hashes = Hashes()
    for path in records(root):
        name = str(path.relative_to(root))
        try:
            record = artifacts.read_json(path)
            made, used = record["artifacts"].items(), record["inputs"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            yield Problem(
                name, f"is no record of a run ({type(error).__name__}: {error}); delete it, and it is made anew"
            )
            continue
        yield from _elsewhere(name, path, record)
        for file, recorded in made:
            yield from _compare(root, file, recorded, hashes, f"was changed since {name}")
        for file, recorded in used:
            yield from _compare(root, file, recorded, hashes, f"is not the one that {name} was made from")


def check_dvc(root: Path) -> Iterator[Problem]:
    """What `dvc status` finds changed, but for `absent_stages`; nothing without dvc.lock. Git is not needed.

    Raises:
        RuntimeError: dvc.lock cannot be read, or DVC failed.
    """
    if not (root / "dvc.lock").is_file():
        return
    absent = absent_stages(root)
    if not (root / ".dvc").is_dir():
        # DVC would look for one further up, which is another project's
        raise RuntimeError("there is no folder .dvc beside it; take it from the repository, or `dvc init --no-scm`")
    ended = subprocess.run([sys.executable, "-c", STATUS], cwd=root, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip() or ended.stdout.strip() or f"exit code {ended.returncode}"
        if "Traceback" in said:
            said = said.splitlines()[-1]
        raise RuntimeError(f"`dvc status` failed: {' '.join(said.split())[:_LONGEST]}")
    for stage, changes in json.loads(ended.stdout or "{}").items():
        for change in [] if stage in absent else changes:
            for kind, files in change.items() if isinstance(change, dict) else [(change, {})]:
                for file, state in files.items() or [(stage, "")]:
                    yield Problem(str(file), f"{kind} of DVC stage {stage}: {state}".rstrip(": "))


def absent_stages(root: Path) -> list[str]:
    """Stages of dvc.lock that have no record of a run here, or no output at all: neither pulled nor made.

    Raises:
        RuntimeError: dvc.lock cannot be read.
    """
    lock = root / "dvc.lock"
    try:
        stages = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"] if lock.is_file() else {}
        outputs = {name: [root / out["path"] for out in stage.get("outs", [])] for name, stage in stages.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise RuntimeError(
            f"it is none that DVC wrote ({what[:_LONGEST]}); take it from the repository, or delete it and `dvc repro` "
            "writes it again"
        ) from error
    found = []
    for name, outs in outputs.items():
        vouching = [path for path in outs if path.name.endswith(RECORD)] or outs
        if vouching and not any(path.exists() for path in vouching):
            found.append(name)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print every problem, whether all is as recorded, and the verdicts on the paper; 0 without a problem, else 1."""
    parser = argparse.ArgumentParser(prog="replication.workflow.verify", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    root = parser.parse_args(arguments).root
    if not root.is_dir():
        parser.error(f"--root: expected the repository's folder; {root} is none")
    problems = list(check_records(root))
    absent: list[str] = []
    unread = ""
    try:
        problems += check_dvc(root)
        absent = absent_stages(root)
    except RuntimeError as error:
        unread = f"; dvc.lock could not be compared: {error}"
    for problem in problems:
        print(f"{problem.file}: {problem.what}")
    count = len(records(root))
    if absent:
        print(f"{len(absent)} stage(s) of dvc.lock are not here; `dvc pull` brings them: {', '.join(absent)}")
    if problems:
        again = "`snakemake --cores all` makes what is named here anew"
        print(f"{len(problems)} problems beside {count} records; {again}{unread}")
    else:
        lock = ", and dvc.lock agrees" if (root / "dvc.lock").is_file() else "; there is no dvc.lock"
        print(f"{count} records: every artifact and input is as recorded{unread or lock}")
    for path in sorted((root / "results").glob("*/verdict.csv")):
        print(f"{path.relative_to(root)}: {_verdicts(path)}")
    return 1 if problems or unread else 0


def _verdicts(path: Path) -> str:
    """How many of the paper's items came out how."""
    try:
        counts = artifacts.read_csv(path)["verdict"].value_counts()
    except (OSError, ValueError, KeyError) as error:
        return f"is no table of verdicts ({' '.join(f'{type(error).__name__}: {error}'.split())[:_LONGEST]})"
    return ", ".join(f"{count} {word}" for word, count in counts.items()) + f" (of {counts.sum()} items)"


def _compare(root: Path, file: str, recorded: str, hashes: Hashes, otherwise: str) -> Iterator[Problem]:
    path = root / file
    try:
        if not path.is_file():
            yield Problem(file, "is missing")
        elif hashes.of(path) != recorded:
            yield Problem(file, otherwise)
    except OSError as error:
        yield Problem(file, f"cannot be read ({error.strerror})")


def _elsewhere(name: str, path: Path, record: dict[str, Any]) -> Iterator[Problem]:
    """A record that lies in another seed's or data set's folder than it was made for."""
    seed, dataset = record.get("seed"), record.get("dataset")
    if path.parent.name.startswith("seed"):
        lies = path.parent.parent.name, path.parent.name
        made = str(dataset), f"seed{seed}"
        if lies != made:
            yield Problem(name, f"is the record of {'/'.join(made)}")


if __name__ == "__main__":
    sys.exit(main())
