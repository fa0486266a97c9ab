"""Cases and solvers by the names of their files; a folder of one's own may hold further solvers."""

import importlib.util
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.geodesic_bench.interface import GROUPS, Case, Problem, Solver

__all__ = ["CASES", "SOLVERS", "case", "cases", "problem", "solver", "solvers"]

HERE = Path(__file__).parent
CASES, SOLVERS = HERE / "cases", HERE / "solvers"


def cases() -> list[Case]:
    """All of them: by group, then by dimensions and names."""
    found = [case(file.stem) for file in _in(CASES)]
    return sorted(found, key=lambda one: (GROUPS.index(one.group), one.latent, one.name))


def solvers(folder: Path = SOLVERS) -> list[str]:
    """Names of the solvers that a folder has."""
    return [file.stem for file in _in(folder)]


@cache
def case(name: str) -> Case:
    """A case by its name.

    Raises:
        ValueError: There is none of that name, or its file has no `CASE`.
    """
    return replace(_of(CASES, name, "case", "CASE", Case), name=name)


@cache
def problem(name: str) -> Problem:
    """What a case is, made once a process."""
    return case(name).problem()


@cache
def solver(name: str, folder: Path = SOLVERS) -> Solver:
    """A solver by its name.

    Raises:
        ValueError: There is none of that name, or its file has no `SOLVER`.
    """
    return replace(_of(folder, name, "solver", "SOLVER", Solver), name=name)


def _in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.py") if not file.stem.startswith("_"))


def _of(folder: Path, name: str, kind: str, word: str, of: type) -> Any:
    names = [file.stem for file in _in(folder)]
    if name not in names:
        raise ValueError(f"no {kind} {name!r} in {folder}; found: {', '.join(names)}")
    path = folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"geodesic_bench_{kind}_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, word, None)
    if not isinstance(found, of):
        raise ValueError(f"{path} must have {word} = {of.__name__}(...); found {type(found).__name__}")
    return found
