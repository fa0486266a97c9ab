"""A source's hash is that of its code: prose and layout do not change it, all else does."""

import re
import sys
from pathlib import Path

import pytest

from replication import animations, datasets, figures, stages, tables
from replication.files.artifacts import sha256
from replication.workflow.code_hash import code_sha256
from replication.workflow.dependencies import ROOT, closure

SOURCE = '''"""A module."""

from pathlib import Path

SIZE = 10  # in points


class Ring:
    """A ring."""

    radius: float = 0.5
    "Of its middle."

    async def turn(self, *others, by=None, **more):
        """Turn it."""
        return {"a": [1, 2.5], **more}


def name(path: Path) -> str:
    """Its name."""
    match path.suffix:
        case ".py":
            return f"{path.stem!r:>{SIZE}}"
    return "long " "text"
'''


def hashed(folder: Path, source: str) -> str:
    path = folder / "module.py"
    path.write_text(source, encoding="utf-8")
    return code_sha256(path)


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ('"""A module."""', '"""Another module, in\n\nother words."""'),
        ('"""A module."""\n', ""),
        ('    """A ring."""\n', ""),
        ('"Of its middle."', '"Of its outer edge."'),
        ('"""Turn it."""', '"""Turn it slowly."""'),
        ('"""Its name."""', "'Its name.'"),
        ("# in points", "# in pixels\n# of the screen"),
        ("SIZE = 10", "SIZE = (\n    10\n)"),
        ('{"a": [1, 2.5], **more}', "{\n    'a': [\n        1,\n        2.5,\n    ],\n    **more,\n}"),
        ('"long " "text"', '"long text"'),
        ('"long " "text"', 'u"long text"'),
        ("\n\n\n", "\n"),
        ("\n", "\r\n"),
    ],
)
def test_prose_and_layout_do_not_change_it(tmp_path: Path, was: str, is_now: str) -> None:
    assert was in SOURCE
    assert hashed(tmp_path, SOURCE.replace(was, is_now)) == hashed(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("SIZE = 10", "SIZE = 11"),
        ("SIZE = 10", "SIZE = 10.0"),
        ("SIZE = 10", 'SIZE = "10"'),
        ("SIZE = 10", "WIDTH = 10"),
        ("[1, 2.5]", "[2.5, 1]"),
        ("[1, 2.5]", "(1, 2.5)"),
        ("[1, 2.5]", "[1, [2.5]]"),
        ("by=None", "by"),
        ("by=None", "by=False"),
        ("*others, by", "others, *, by"),
        ("radius: float = 0.5", "radius = 0.5"),
        ("!r:>", "!s:>"),
        (":>{SIZE}", ":<{SIZE}"),
        ('case ".py"', "case None"),
        ('"long " "text"', '"longer " "text"'),
        ('"long " "text"', 'b"long text"'),
        ('        return {"a"', '        yield {"a"'),
        ("async def", "def"),
        ("from pathlib", "from .pathlib"),
    ],
)
def test_code_changes_it(tmp_path: Path, was: str, is_now: str) -> None:
    assert was in SOURCE
    assert hashed(tmp_path, SOURCE.replace(was, is_now)) != hashed(tmp_path, SOURCE)


def test_the_same_code_has_the_same_hash_under_every_python(tmp_path: Path) -> None:
    """The number was found with 3.11, 3.12, 3.13 and 3.14."""
    assert hashed(tmp_path, SOURCE) == "731565bddbc03f5569cdadbd3d805a72bd7348d9f26664b18e6da57bb0622869", sys.version


@pytest.mark.parametrize("content", [b"def f(:\n", b"x = 1\0\n", b'x = "\xff"\n', b"  x = 1\n"])
def test_what_is_no_python_is_hashed_by_its_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "module.py"
    path.write_bytes(content)
    assert code_sha256(path) == sha256(path)


def test_other_files_are_hashed_by_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("a = 1  # valid Python, too\n")
    assert code_sha256(path) == sha256(path)


def test_no_result_is_made_of_a_docstring() -> None:
    """What the hash leaves out has no say in any artifact."""
    rooms = {"stages": stages, "figures": figures, "animations": animations, "tables": tables, "datasets": datasets}
    entries = [f"replication.{room}.{name}" for room, package in rooms.items() for name in package.names()]
    for file in closure(*entries):
        words = re.findall(r"\w+", (ROOT.parent / file).read_text(encoding="utf-8"))
        assert not {"__doc__", "getdoc", "getsource"} & set(words), file
