"""src/ stands alone: it imports nothing of tests/, tools/ and benchmarks/ and opens no file under tests/."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
# tests/ itself is on pytest's path, so its modules are importable there by their bare names
NAMES = {"tools", "benchmarks", "tests", *(path.stem for path in (ROOT / "tests").iterdir())}


def reaches_out(tree: ast.Module) -> list[str]:
    """Imports of those folders' modules, and strings that name files under tests/, docstrings apart."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    described = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, owners) and ast.get_docstring(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in NAMES]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found += [node.module] if node.module.split(".")[0] in NAMES else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            found += [node.value] if "tests" in node.value.split("/") else []
    return found


def test_src_needs_nothing_of_tests_tools_and_benchmarks() -> None:
    files = list((ROOT / "src").rglob("*.py"))
    found = {str(path): reaches_out(ast.parse(path.read_text(encoding="utf-8"))) for path in files}
    assert files
    assert {path: words for path, words in found.items() if words} == {}


def test_an_import_and_a_path_of_tests_are_seen() -> None:
    source = '"""About tests/."""\nimport surfaces\nfrom tests import x\nplace = root / "tests" / "a"\nfile = "tests/b"'
    assert sorted(reaches_out(ast.parse(source))) == ["surfaces", "tests", "tests", "tests/b"]
