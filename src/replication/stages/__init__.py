"""The pipeline's stages, one file each: the file name is the stage's name, `run(job)` does the work.

What a stage reads and makes, and under which settings, stands in constants at the top of its file, which the workflow
reads (`replication.workflow.declared`). It reads the job's inputs and writes the job's outputs, nothing else; where it
finds more by itself, `reads(job)` lists these files. The command line writes the provenance.

To add a stage, add its file here and its rule in rules/.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replication.workflow.registry import Registry

__all__ = ["Job", "load", "names", "reads"]


@dataclass(frozen=True)
class Job:
    """One run of a stage.

    Attributes:
        dataset: The experiment's name, where the stage has one.
        seed: The run's seed, where the stage has one.
        settings: The part of the configuration that the stage depends on.
        inputs: Files to read, by name.
        outputs: Files to write, by name; a stage adds those whose names only it can know.
        device: A torch device name.
        progress: Called with (step, total, value) in long loops.
    """

    dataset: str | None = None
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Path] = field(default_factory=dict)
    outputs: dict[str, Path] = field(default_factory=dict)
    device: str = "cpu"
    progress: Callable[..., None] = lambda *_: None

    @property
    def folder(self) -> Path:
        """Where the outputs lie."""
        return next(iter(self.outputs.values())).parent


_REGISTRY = Registry(__name__, "stage")
names, load = _REGISTRY.names, _REGISTRY.load


def reads(name: str, job: Job) -> list[Path]:
    """The files that a stage finds by itself, beside the job's inputs."""
    module = load(name)
    return module.reads(job) if hasattr(module, "reads") else []
