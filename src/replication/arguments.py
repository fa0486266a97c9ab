"""What the command line was given: an error is one line, and names every option that a stage asks for and did not get.

What a stage asks for stands in its own file, which is read here and not imported: an error must not wait for torch.
"""

import argparse
import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from replication import stages
from replication.workflow.declared import declared
from replication.workflow.suggestions import meant

__all__ = ["Parser", "checked", "missing", "purpose"]


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end with code 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def purpose(package: ModuleType, name: str) -> str:
    """The first line of a stage's or command's file, without its name."""
    source = Path(str(package.__file__)).with_name(f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].partition(": ")[2]


def checked(stage: str, job: stages.Job) -> stages.Job:
    """The job, with mappings that name the option behind a key which only turns out to be missing at work.

    Raises:
        ValueError: Options or files are missing; the message names all of them and says how Snakemake calls the stage.
    """
    if lacking := missing(stage, job):
        call = f"snakemake --dry-run --printshellcmds --forcerun {stage}"
        raise ValueError(f"needs {', '.join(lacking)}; whole calls: {call}")
    if absent := [_absent(name, path) for name, path in job.inputs.items() if not path.exists()]:
        raise ValueError("; ".join(absent))
    return replace(
        job,
        settings=_settings(job.settings),
        inputs=_Given(job.inputs, "--input {}=PATH".format),
        outputs=_Given(job.outputs, "--output {}=PATH".format),
    )


def missing(stage: str, job: stages.Job) -> list[str]:
    """The options that a stage declares and that the job has not."""
    asked = declared()[stage]
    needed = {"dataset": asked.per in ("raw data", "data", "model"), "seed": asked.per in ("data", "model")}
    lacking = [f"--{name}" for name, wanted in needed.items() if wanted and getattr(job, name) is None]
    inputs = [name for name in asked.artifacts if name not in job.inputs]
    lacking += [f"--input {name}=PATH" for name in inputs]
    lacking += [f"--output {name}=PATH" for name in asked.makes if name not in job.outputs]
    keys = [key for key in asked.settings if key not in job.settings]
    return lacking + ([f"--settings JSON with {', '.join(keys)}"] if keys else [])


def _absent(name: str, path: Path) -> str:
    beside = [other.name for other in path.parent.glob("*")]
    guess = meant(path.name, beside)
    advice = f"did you mean {path.with_name(guess)}?" if guess else f"to make it: snakemake {path}"
    return f"input {name}: no file {path}; {advice}"


class _Given(dict[str, Any]):
    """A mapping whose missing key is the user's error, in the words of the option that gives it."""

    def __init__(self, values: Mapping[str, Any], words: Callable[[str], str]) -> None:
        super().__init__(values)
        self._words = words

    def __missing__(self, key: str) -> NoReturn:
        raise ValueError(f"needs {self._words(key)}")


def _settings(value: Any, path: str = "") -> Any:
    """Settings and the mappings within them, each knowing where it stands."""
    if isinstance(value, list):
        return [_settings(inner, f"{path}{number}.") for number, inner in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    inner = {key: _settings(each, f"{path}{key}.") for key, each in value.items()}
    return _Given(inner, lambda key: f"--settings JSON with {path}{key}")
