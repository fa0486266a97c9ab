"""Commands beside the stages, for people: the file name is the command, `run(words)` does it and returns the exit code.

They look at the clone around them, and change nothing in it.
"""

from pathlib import Path

from replication.workflow.config_files import FOLDER
from replication.workflow.registry import Registry

__all__ = ["clone", "load", "names"]

_REGISTRY = Registry(__name__, "command")
names, load = _REGISTRY.names, _REGISTRY.load


def clone() -> Path:
    """The clone that is worked in: the folder here if it is one, else that which this package was installed from."""
    here = Path()
    return here if (here / "Snakefile").is_file() else FOLDER.parent
