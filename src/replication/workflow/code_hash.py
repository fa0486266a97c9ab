"""A source file's hash: that of what it does, so that results do not go stale by prose or layout."""

import ast
import hashlib
from contextlib import suppress
from pathlib import Path

__all__ = ["code_sha256"]


def code_sha256(path: Path) -> str:
    """SHA-256 of a source's syntax tree, which has neither comments nor layout; its docstrings are left out.

    The tree is written here and not by `ast.dump` or `ast.unparse`, whose texts differ between versions of Python: of
    code that they all can read, 3.11 to 3.14 give the same hash. What is no Python is hashed as it is.
    """
    content = path.read_bytes()
    if path.suffix == ".py":
        with suppress(SyntaxError, ValueError):
            words: list[str] = []
            _write(ast.parse(content), words)
            content = " ".join(words).encode()
    return hashlib.sha256(content).hexdigest()


def _write(node: ast.AST, words: list[str]) -> None:
    """Add a node's type and its fields, by name; empty ones are left out, as a newer Python may know more of them."""
    words.append(f"{type(node).__name__}(")
    for name in node._fields:
        value = getattr(node, name, None)
        absent = value == [] or (value is None and not isinstance(node, ast.Constant))
        if absent or name == "kind":  # of a string: whether it was written u"..."
            continue
        words.append(f"{name}=")
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, ast.AST):
                words.append(repr(part))
            elif not _is_idle(part, node):
                _write(part, words)
    words.append(")")


def _is_idle(part: ast.AST, node: ast.AST) -> bool:
    """Whether it is a statement that is only a string, or an empty piece of an f-string, which Python 3.12 adds."""
    if isinstance(node, ast.JoinedStr):
        return isinstance(part, ast.Constant) and part.value == ""
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)
