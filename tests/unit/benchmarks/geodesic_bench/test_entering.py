"""A solver is entered by what its page says, and a process that dies or hangs is an outcome."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.geodesic_bench import __main__ as bench
from benchmarks.geodesic_bench import references
from benchmarks.geodesic_bench.process import Process

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "explanation" / "geodesic_bench.md"
FAULTY = """
import os, time
from benchmarks.geodesic_bench.interface import Solver

def prepare(problem):
    def solve(z0, z1):
        {}
    return solve

SOLVER = Solver(prepare, "faulty", at_once=1, pairs={{"closed forms": 2}})
"""
# an alarm is heard by Python alone: a library that keeps to C does not hear it
DEAF = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM]); time.sleep(600)"


def test_the_solver_of_the_page_is_entered_by_its_instructions(tmp_path, monkeypatch, capsys):
    text = PAGE.read_text(encoding="utf-8")
    code = re.search(r"^    ```py\n(.*?)^    ```$", text, re.DOTALL | re.MULTILINE)
    command = re.search(r"^    \$ python -m benchmarks\.geodesic_bench (.*)$", text, re.MULTILINE)
    assert code
    assert command
    monkeypatch.chdir(tmp_path)
    Path("my_solvers").mkdir()
    Path("my_solvers/straight.py").write_text(textwrap.dedent(code[1]), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["geodesic_bench", *command[1].split(), "--repeats", "1"])
    bench.main()
    rows = pd.read_csv("build/mine/lengths.csv")
    assert set(rows.solver) == {"straight"}
    assert set(rows.case) == {"sphere", "swiss_roll"}
    assert set(rows.outcome) == {"untold"}
    for case, found in rows.groupby("case"):
        line = references.read(str(case)).line.numpy()
        assert len(found) == len(line)
        assert found.sort_values(by="pair").length.to_numpy() == pytest.approx(line, rel=1e-9)
    printed = capsys.readouterr().out
    assert "straight-lines" in printed
    assert "swiss_roll" in printed


@pytest.mark.parametrize(
    ("fault", "grace", "answer", "outcome"),
    [("os._exit(3)", 60, "died", "process died"), (DEAF, 2, "no answer", "timed out")],
)
def test_a_process_that_is_lost_is_an_outcome_and_is_replaced(tmp_path, fault, grace, answer, outcome):
    (tmp_path / "faulty.py").write_text(FAULTY.format(fault), encoding="utf-8")
    process = Process(Path(sys.executable), tmp_path, "faulty", grace=60)
    assert process.ask(60, threads=1)["library"] == "faulty"
    process._grace = grace
    told = process.ask(1, case="sphere", repeat=1, threads=1)
    assert told == {"error": answer}
    solver = bench.files.solver("faulty", tmp_path)
    assert [row["outcome"] for row in bench._rows(told, solver, "sphere")] == [outcome] * 2
    assert process.ask(60, threads=1)["library"] == "faulty"
    process.close()


def test_rows_of_others_are_kept(tmp_path):
    def made(solver, case, length):
        return {"solver": solver, "case": case, "repeat": 0, "pair": 0, "outcome": "converged", "length": length,
                "doubt": 0.0, "seconds": 1.0}  # fmt: skip

    both = [made("a", "sphere", 1.0), made("a", "torus", 1.0), made("b", "sphere", 1.0)]
    bench.write(tmp_path, pd.DataFrame(both), {"a": {"date": 1}, "b": {"date": 1}}, ["sphere", "torus"])
    bench.write(tmp_path, pd.DataFrame([made("a", "sphere", 2.0)]), {"a": {"date": 2}}, ["sphere"])
    kept = pd.read_csv(tmp_path / "lengths.csv").set_index(["case", "solver"]).length.to_dict()
    assert kept == {("sphere", "a"): 2.0, ("sphere", "b"): 1.0, ("torus", "a"): 1.0}
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 3


def test_a_solver_s_environment_needs_neither_this_library_nor_the_replication():
    code = """
import subprocess
import sys
from benchmarks.geodesic_bench import files, references, worker
for case in files.cases():
    case.problem(), references.read(case.name)
for name in files.solvers():
    files.solver(name)
heavy = {"latentgeo", "replication", "pandas", "scipy", "sklearn", "stochman", "geomstats", "surfaces"}
print(sorted(heavy & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
