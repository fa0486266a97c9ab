"""Every test is in one of two halves, `make test` and what `make test-all` adds, and nothing is left out of both."""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
# what would keep a test from being collected or chosen
LEAVING_OUT = re.compile(r"^(-k|--ignore(-glob)?|--deselect|--lf|--last-failed|--collect-only|--co)(=|$)")


def calls(target: str) -> list[list[str]]:
    """The words after `python -m pytest` in each line of a target's recipe that has them."""
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    words = ["make", "--dry-run", target]
    planned = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    lines = [shlex.split(line) for line in planned.stdout.splitlines() if line.startswith("python -m pytest")]
    return [words[3:] for words in lines]


def test_the_two_halves_are_each_others_complement() -> None:
    assert [words[words.index("-m") + 1] for words in calls("test")] == ["not slow"]
    assert [words[words.index("-m") + 1] for words in calls("test-all")] == ["not slow", "slow"]


def test_neither_half_names_paths_or_leaves_any_out() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["tests"]
    assert not {"norecursedirs", "python_files", "python_functions", "collect_imported_tests"} & options.keys()
    for words in [*calls("test-all"), options["addopts"]]:
        assert [word for word in words if LEAVING_OUT.match(word) or (ROOT / word).exists()] == []


def test_continuous_integration_runs_both() -> None:
    assert "\nmake test-all\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_file_with_tests_is_one_that_pytest_collects() -> None:
    with_tests = [path for path in TESTS.rglob("*.py") if re.search(r"^(async )?def test_", path.read_text(), re.M)]
    assert len(with_tests) > 100
    assert [path.name for path in with_tests if not path.name.startswith("test_")] == []
    assert [path for path in TESTS.rglob("conftest.py") if "collect_ignore" in path.read_text()] == []
