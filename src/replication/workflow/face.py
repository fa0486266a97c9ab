"""The library's face: which modules are behind the names that `import latentgeo as lg` gives.

They are imported when a name is first used, by `latentgeo/__init__.pyi`, so that no import statement says it.
"""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["face_modules"]


def face_modules(source: str) -> set[str]:
    """The modules of the library behind the names of its face that a source uses, as `lg.geodesic`."""
    tree = ast.parse(source)
    imports = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names = {alias.asname or alias.name for alias in imports if alias.name == "latentgeo"}
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "latentgeo":
            used |= {alias.name for alias in node.names}
    return {module for name, module in _behind().items() if name in used}


@cache
def _behind() -> dict[str, str]:
    """Name -> the module that it is imported from."""
    spec = find_spec("latentgeo")
    stub = Path(str(spec and spec.origin)).with_suffix(".pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: f"latentgeo.{node.module or alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
