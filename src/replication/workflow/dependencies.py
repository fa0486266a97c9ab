"""Which source files a stage depends on: the closure of its imports within this repository.

A rule lists them as inputs, so that editing a module reruns what imports it, directly or not, and nothing else. A
package's `__init__` counts where the package itself is imported, not where only a module inside it is:
`latentgeo/__init__.py` re-exports everything, but imports a name only when it is used.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["closure"]

ROOT = Path(__file__).parents[2]
PACKAGES = ("latentgeo", "replication")


def closure(*modules: str) -> list[str]:
    """Files of the modules and of all that they import here, sorted, relative to the repository.

    Raises:
        ValueError: A module does not exist.
    """
    for module in modules:
        if _file(module) is None:
            raise ValueError(f"no module {module!r} under {ROOT}")
    return list(_closure(modules))


@cache
def _closure(modules: tuple[str, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(_imports(module))
    files = (_file(module) for module in found)
    return tuple(sorted(str(file.relative_to(ROOT.parent)) for file in files if file is not None))


@cache
def _imports(module: str) -> tuple[str, ...]:
    file = _file(module)
    if file is None:
        return ()
    # a package that imports lazily names its modules in a stub beside it
    sources = [source for source in (file, file.with_suffix(".pyi")) if source.is_file()]
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in sources]
    return tuple(name for tree in trees for name in _named(tree, module, file) if name.split(".")[0] in PACKAGES)


def _named(tree: ast.AST, module: str, file: Path) -> Iterator[str]:
    """Modules that the import statements name; `from package import x` names package.x where that is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            submodules = [f"{base}.{alias.name}" for alias in node.names if _file(f"{base}.{alias.name}")]
            yield from submodules
            if len(submodules) < len(node.names):
                yield base


@cache
def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None
