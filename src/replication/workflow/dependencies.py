"""Which source files a stage depends on: the closure of its imports within this repository.

A rule lists them as inputs, so that editing a module reruns what imports it, directly or not, and nothing else. A
package's `__init__` counts where the package itself is imported, not where only a module inside it is. Of the
library's face, which imports a name only when it is used, what is used counts. The explorer's page is no module, and
counts with the module that puts it together.
"""

from functools import cache
from pathlib import Path

import grimp

from replication.workflow.face import face_modules

__all__ = ["PAGE", "closure", "page_files"]

ROOT = Path(__file__).parents[2]
FACE = "latentgeo"
PAGE = "src/latentgeo/explorer/assemble.py"
"""The module that puts the explorer's page together."""


def closure(*modules: str) -> list[str]:
    """Files of the modules and of all that they import here, sorted, relative to the repository.

    Raises:
        ValueError: A module does not exist.
    """
    for module in modules:
        if module not in _graph().modules:
            raise ValueError(f"no module {module!r} under {ROOT}")
    found = set(modules).union(*map(_imported, modules))
    return sorted(str(_file(module).relative_to(ROOT.parent)) for module in found)


def page_files() -> list[str]:
    """The files of the explorer's page, sorted, relative to the repository."""
    folder = ROOT.parent.joinpath(PAGE).parent / "page"
    return sorted(str(file.relative_to(ROOT.parent)) for file in folder.rglob("*") if file.is_file())


@cache
def _imported(module: str) -> set[str]:
    return _graph().find_upstream_modules(module)


@cache
def _graph() -> grimp.ImportGraph:
    """All imports of both packages; who imports the library's face imports the modules behind the names it uses."""
    graph = grimp.build_graph(FACE, "replication", cache_dir=None)
    for importer in graph.find_modules_that_directly_import(FACE):
        for behind in face_modules(_file(importer).read_text(encoding="utf-8")):
            graph.add_import(importer=importer, imported=behind)
    return graph


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
