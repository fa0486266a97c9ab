"""The project in a folder of its own with a paper that takes half a minute: one data set, one seed, a few steps.

Configuration, rules, sources, git and DVC are those of the real one; dvc.yaml too, of the small paper's data set alone.
"""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from compare import artifact_files, content
from replication.workflow import config
from workflow_fixtures import PARTS, ROOT

__all__ = ["Project", "pipeline_of"]

Ended = subprocess.CompletedProcess[str]

#: file -> section -> values
SMALL: Mapping[str, Mapping[str, Any]] = {
    "config/paper.yaml": {
        "datasets": ["robot_arm"],
        "seeds": [0],
        "geometry": {
            "pairs": 4,
            "encodings": 200,
            "grid": {"size": 24, "map": 30},
            "precision": {"centres": 16},
            "study": {"pairs": 2, "variants": [{"metric": ["raw", "conformal"], "neural": 1}]},
            "neural": {"pairs": 1, "units": 10, "points": 50, "candidates": 1, "steps": 10},
            "frames": 4,
            "film": 6,
        },
    },
    "config/datasets/robot_arm.yaml": {
        "data": {"steps": 600, "ring": 60},
        "model": {"hidden": [16]},
        "train": {"steps": 200, "samples": [[0, 5]], "validations": 2},
    },
}


def pipeline_of(datasets: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """Our dvc.yaml, of these data sets and seeds alone."""
    ours = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    of_others = tuple(f"results/paper/{name}" for name in config.load()["datasets"] if name not in datasets)
    for stage in ours["stages"].values():
        for part in ("deps", "outs"):
            stage[part] = [path for path in stage[part] if _name(path) not in of_others]
    ours["metrics"] = [f"results/paper/{name}/seed{seed}/scores.json" for name in datasets for seed in seeds]
    return ours


def _name(path: str | Mapping[str, Any]) -> str:
    return path if isinstance(path, str) else next(iter(path))


class Project:
    """A clone and how to use it; every command is run on the clone's own sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home = folder.parent / f"home-{folder.name}"
        home.mkdir(exist_ok=True)
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "DVC_", "PYTEST_"))}
        self.env = {
            **mine,
            "HOME": str(home),
            "PYTHONPATH": str(folder / "src"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{mine['PATH']}",
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(home / "site"),
            "DVC_GLOBAL_CONFIG_DIR": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    @classmethod
    def new(cls, folder: Path) -> "Project":
        """Sources and small configuration, committed; nothing has been run."""
        folder.mkdir(parents=True)
        for part in (*PARTS, ".gitignore", ".dvcignore"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / part)
        project = cls(folder)
        for file, values in SMALL.items():
            project.configure(file, values)
        project.git("init", "--quiet")
        project.dvc("init", "--quiet")
        shutil.copy(ROOT / ".dvc" / "config", folder / ".dvc" / "config")
        (folder / "dvc.yaml").write_text(yaml.safe_dump(pipeline_of(["robot_arm"], [0]), sort_keys=False))
        project.commit("sources")
        return project

    def copy(self, folder: Path) -> "Project":
        """The same in another folder, with everything that lies there."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return type(self)(folder)

    def clone(self, folder: Path) -> "Project":
        """What git has of it."""
        self.git("clone", "--quiet", str(self.folder), str(folder))
        return type(self)(folder)

    def run(self, *words: str, check: bool = True) -> Ended:
        """Run a command to its end.

        Raises:
            AssertionError: It failed, and `check` is set.
        """
        ended = subprocess.run(words, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False)
        assert not check or ended.returncode == 0, f"{' '.join(words)}\n{ended.stdout[-3000:]}\n{ended.stderr[-5000:]}"
        return ended

    def start(self, *words: str, log: Path | None = None) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own, its output to a pipe or to a file."""
        with contextlib.ExitStack() as stack:
            return subprocess.Popen(
                words,
                cwd=self.folder,
                env=self.env,
                stdout=stack.enter_context(log.open("w")) if log else subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                # what a shell starts in the background ignores Ctrl-C, and so would all that it starts
                preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler),
            )

    @property
    def workflow(self) -> tuple[str, ...]:
        """The command that makes everything."""
        return (sys.executable, "-m", "snakemake", "--cores", "2")

    def snakemake(self, *words: str, check: bool = True) -> Ended:
        return self.run(*self.workflow, *words, check=check)

    def dvc(self, *words: str, check: bool = True) -> Ended:
        return self.run(sys.executable, "-m", "dvc", *words, check=check)

    def git(self, *words: str) -> Ended:
        return self.run("git", *words)

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def configure(self, file: str, values: Mapping[str, Any]) -> None:
        """Change some values of a configuration file."""
        path = self.folder / file
        path.write_text(yaml.safe_dump(_merged(yaml.safe_load(path.read_text()), values), sort_keys=False))

    def artifacts(self) -> dict[str, Any]:
        """What every artifact says, by name, without measured seconds."""
        return {name: content(self.folder / name) for name in sorted(artifact_files(self.folder))}

    def records(self) -> dict[str, str]:
        """The record of each run, by name: it is written anew when a stage runs, not when it finds nothing to do."""
        found = (path for part in ("data", "results") for path in (self.folder / part).rglob("*.run.json"))
        return {str(path.relative_to(self.folder)): path.read_text() for path in found}

    def ran_since(self, before: Mapping[str, str]) -> set[str]:
        """Which records were written since `before`, by file name: `train` for a seed's train.run.json."""
        return {
            Path(name).name.removesuffix(".run.json")
            for name, text in self.records().items()
            if before.get(name) != text
        }

    def is_up_to_date(self) -> bool:
        """Whether both DVC and Snakemake say so."""
        status = self.dvc("status").stdout
        plan = self.snakemake("--dry-run")
        return "Data and pipelines are up to date" in status and "Nothing to be done" in plan.stdout + plan.stderr


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(old.get(name) or {}, value) if isinstance(value, Mapping) else value
        for name, value in new.items()
    }
    return {**old, **both}
