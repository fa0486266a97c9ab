"""The import closure: what a rule lists is what its stage imports."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replication import stages
from replication.workflow.dependencies import ROOT, closure
from workflow_fixtures import really_imported


def test_training_does_not_depend_on_geometry() -> None:
    files = closure("replication.stages.train")
    assert "src/latentgeo/generative/training.py" in files
    assert "src/replication/models/checkpoints.py" in files
    assert not [file for file in files if "geometry" in file or "figures" in file]


def test_a_package_counts_where_it_is_imported_itself() -> None:
    files = closure("replication.stages.train")
    assert "src/latentgeo/generative/__init__.py" in files
    assert "src/replication/workflow/__init__.py" not in files


def test_a_missing_module_is_named() -> None:
    with pytest.raises(ValueError, match=r"no module 'replication\.nothing'"):
        closure("replication.nothing")


def test_the_closure_is_what_python_imports() -> None:
    """All that a fresh interpreter loads for a stage is listed, and what is listed besides is imported when needed."""
    names = stages.names()
    for name, loaded in zip(names, really_imported([f"replication.stages.{name}"] for name in names), strict=True):
        listed = {file for file in closure(f"replication.stages.{name}") if not file.endswith("__init__.py")}
        assert loaded <= listed, name
        assert [file for file in listed - loaded if not imported_when_needed(file, listed)] == [], name


def imported_when_needed(file: str, listed: set[str]) -> bool:
    """Whether one of the listed files imports it within a function, or may use it by way of the library's face."""
    texts = [(ROOT.parent / other).read_text(encoding="utf-8") for other in listed]
    of_face = file.startswith("src/latentgeo/") and any("import latentgeo as lg" in text for text in texts)
    return of_face or any(re.search(rf"^ +(from|import) .*\b{Path(file).stem}\b", text, re.MULTILINE) for text in texts)


def test_by_way_of_the_face_a_module_depends_on_what_it_uses(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "src/replication/user.py").write_text("import latentgeo as lg\n\nprint(lg.DecoderError)\n")
    script = "from replication.workflow.dependencies import closure; print(*closure('replication.user'))"
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert {"src/latentgeo/errors.py", "src/replication/user.py"} <= set(done.stdout.split())
    assert "geometry" not in done.stdout
