"""What is here of the outputs in dvc.lock; asked of DVC without git."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["Locked", "in_words", "locked"]

# in characters, of another program's message
_LONGEST = 300
_KEPT_BY_GIT = ("scores.json",)
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
class Locked:
    """The outputs in dvc.lock, by what is here of them.

    Attributes:
        same: As locked.
        other: Made here, or changed, since.
        absent: Neither pulled nor made.
    """

    same: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def locked(root: Path) -> Locked | None:
    """The outputs in dvc.lock against those that are here; None without dvc.lock. Git is not needed.

    Another content is no fault: a run of one's own has other seconds in it. The records tell what was changed by hand.

    Raises:
        RuntimeError: dvc.lock cannot be read, or DVC failed.
    """
    if not (root / "dvc.lock").is_file():
        return None
    outs = _outputs(root)
    if not (root / ".dvc").is_dir():
        # DVC would look for one further up, which is another project's
        raise RuntimeError("there is no folder .dvc beside it; take it from the repository, or `dvc init --no-scm`")
    ended = subprocess.run([sys.executable, "-c", STATUS], cwd=root, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip() or ended.stdout.strip() or f"exit code {ended.returncode}"
        if "Traceback" in said:
            said = said.splitlines()[-1]
        raise RuntimeError(f"`dvc status` failed: {' '.join(said.split())[:_LONGEST]}")
    changes = [change for of_stage in json.loads(ended.stdout or "{}").values() for change in of_stage]
    other = {file for change in changes if isinstance(change, dict) for file in change.get("changed outs", {})}
    absent = [out for out in outs if out in other and not _holds_anything(root / out)]
    return Locked(
        same=tuple(out for out in outs if out not in other),
        other=tuple(out for out in outs if out in other and out not in absent),
        absent=tuple(absent),
    )


def _outputs(root: Path) -> list[str]:
    """Paths of all outputs in dvc.lock.

    Raises:
        RuntimeError: It cannot be read.
    """
    try:
        stages = yaml.safe_load((root / "dvc.lock").read_text(encoding="utf-8"))["stages"]
        return [out["path"] for stage in stages.values() for out in stage.get("outs", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise RuntimeError(
            f"it is none that DVC wrote ({what[:_LONGEST]}); take it from the repository, or delete it and `dvc repro` "
            "writes it again"
        ) from error


def _holds_anything(out: Path) -> bool:
    """Whether a file is there, or a folder with more than git keeps of it."""
    return out.is_file() or any(path.is_file() and path.name not in _KEPT_BY_GIT for path in out.rglob("*"))


def in_words(found: Locked | None) -> list[str]:
    """What to say of dvc.lock."""
    if found is None:
        return []
    if not found.other and not found.absent:
        return ["dvc.lock agrees"]
    lines = [f"dvc.lock: {len(found.same)} output(s) as locked"]
    if found.other:
        lines.append(f"made here since it was locked; `dvc commit` takes it over: {', '.join(found.other)}")
    if found.absent:
        lines.append(f"not here; `dvc pull` brings it: {', '.join(found.absent)}")
    return lines
