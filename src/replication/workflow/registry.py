"""Folders where adding a file adds a thing: modules found by their file name, which is their name in config and CLI."""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from replication.workflow.suggestions import no_such

__all__ = ["Registry"]


@dataclass(frozen=True)
class Registry:
    """The modules of a package.

    Attributes:
        package: Its name.
        kind: What one of its modules is, in words.
        prefix: How the names of those begin that count.
    """

    package: str
    kind: str
    prefix: str = ""

    def names(self) -> list[str]:
        """All of them, sorted."""
        places = [str(Path(str(importlib.import_module(self.package).__file__)).parent)]
        return sorted(module.name for module in pkgutil.iter_modules(places) if module.name.startswith(self.prefix))

    def load(self, name: str) -> ModuleType:
        """The module of this name.

        Raises:
            ValueError: There is none; the message lists what there is, and says what may have been meant.
        """
        if name not in self.names():
            raise ValueError(no_such(self.kind, name, self.names()))
        return importlib.import_module(f"{self.package}.{name}")
