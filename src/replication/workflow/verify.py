"""`make verify`: every artifact held against the record of the run that made it, and against dvc.lock.

A record (`*.run.json`) has the hash of each artifact of its run and of each input. An artifact that was edited,
truncated or exchanged no longer has the recorded hash; one that was made from another model or other data than lie
beside it now has an input with another hash.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replication.files import artifacts
from replication.workflow.locked import in_words, locked
from replication.workflow.provenance import Hashes

__all__ = ["Problem", "check_records", "main"]

# in characters, of another program's message
_LONGEST = 300

RECORD = ".run.json"


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


def main(arguments: list[str] | None = None) -> int:
    """Print every problem, whether all is as recorded, and the verdicts on the paper; 0 without a problem, else 1."""
    parser = argparse.ArgumentParser(prog="replication.workflow.verify", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    root = parser.parse_args(arguments).root
    if not root.is_dir():
        parser.error(f"--root: expected the repository's folder; {root} is none")
    problems = list(check_records(root))
    for problem in problems:
        print(f"{problem.file}: {problem.what}")
    count = len(records(root))
    if problems:
        print(f"{len(problems)} problems beside {count} records; {_advice(root, problems)}")
    else:
        print(f"{count} records: every artifact and input is as recorded")
    unread = False
    try:
        for line in in_words(locked(root)):
            print(line)
    except RuntimeError as error:
        unread = True
        print(f"dvc.lock could not be compared: {error}")
    for path in sorted((root / "results").glob("*/verdict.csv")):
        print(f"{path.relative_to(root)}: {_verdicts(path)}")
    return 1 if problems or unread else 0


def _advice(root: Path, problems: list[Problem]) -> str:
    """The command that makes anew what is wrong: of the profiles that it is about, or of those that were run here."""
    folders = [Path(problem.file).parts[:2] for problem in problems]
    about = {parts[1] for parts in folders if len(parts) == 2 and parts[0] == "results"}
    run = {path.relative_to(root).parts[1] for path in records(root) if path.relative_to(root).parts[0] == "results"}
    profiles = sorted(about or run) or ["paper"]
    commands = {"paper": "snakemake --cores all", "study": "snakemake --cores all study"}
    named = [f"`{commands.get(name, f'snakemake --cores all --config profile={name}')}`" for name in profiles]
    return f"{' and '.join(named)} makes what is named here anew"


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
