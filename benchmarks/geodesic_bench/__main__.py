"""`make geodesic-bench`: run every solver on every case, in turns, and write the rows behind the tables and the figure.

Each solver has a process of its own, in the environment that its file asks for, with as many threads as the others;
they take turns, so that a busy machine is busy for all. A first short run warms up. What took long, and what only
serves as a reference, is not repeated: how often each ran is in the table.
"""

import argparse
import itertools
import logging
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.geodesic_bench import environments, files, scores
from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.process import LOST, Process
from replication.files.artifacts import read_csv, read_json, write_csv, write_json
from replication.report.markup import markdown_table

__all__ = ["main", "measured"]

REPEATS = 3
# seconds; a run that took longer is not repeated: of a batch, and of pairs one by one, which are an average already
LONG, LONG_ONE_BY_ONE = 30.0, 4.0
KEYS = {"lengths": ("case", "solver", "pair"), "runs": ("case", "solver", "repeat")}

log = logging.getLogger("geodesic_bench")


def main() -> None:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    names = arguments.only or files.solvers(arguments.solvers)
    chosen = [files.solver(name, arguments.solvers) for name in names]
    on = arguments.cases or [case.name for case in files.cases()]
    done, records = measured(chosen, arguments.solvers, on, arguments.threads, arguments.repeats)
    write(arguments.results, done, records, on)
    shown = scores.scores(scores.read(arguments.results), by="case").query("solver in @names and case in @on")
    print(markdown_table(shown.drop(columns=["solver", "role", "group"])))


def measured(
    chosen: list[Solver], folder: Path, cases: list[str], threads: int, repeats: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows, one a pair and repetition, and each solver's record."""
    processes = {solver.name: Process(environments.python(solver), folder, solver.name) for solver in chosen}
    records = {name: process.ask(60, threads=threads) for name, process in processes.items()}
    for name, record in records.items():
        if "error" in record:
            raise RuntimeError(f"solver {name!r} does not start in its environment: {record['error']}")
    done: list[dict[str, Any]] = []
    for repeat, name, solver in itertools.product(range(repeats), cases, chosen):
        if repeat and _is_long(done, solver, name):
            continue
        case = files.case(name)
        share = 1 if case.group == "closed forms" else threads
        asked = {"case": name, "repeat": repeat, "threads": share}
        rows = _rows(processes[solver.name].ask(case.seconds, **asked), solver, name)
        done += [{"solver": solver.name, "case": name, "repeat": repeat} | row for row in rows]
        if rows:
            log.info("%d/%d %s, %s: %s", repeat + 1, repeats, solver.name, name, _line(rows))
    for process in processes.values():
        process.close()
    return pd.DataFrame(done), records


def write(folder: Path, done: pd.DataFrame, records: dict[str, Any], cases: list[str]) -> None:
    """The new rows in place of those of the same solvers and cases, beside all others."""
    lengths = done.query("repeat == 0").drop(columns=["repeat", "seconds"])
    by = done.groupby(["solver", "case", "repeat"], sort=False)
    runs = by.agg(pairs=("pair", "size"), seconds=("seconds", "mean")).reset_index()
    for name, new in (("lengths", lengths), ("runs", runs)):
        path = folder / f"{name}.csv"
        if path.is_file():
            old = read_csv(path)
            kept = old[~(old.solver.isin(list(records)) & old.case.isin(cases))]
            new = pd.concat([kept, new], ignore_index=True)
        write_csv(path, new.sort_values(by=list(KEYS[name]), ignore_index=True))
    path = folder / "solvers.json"
    kept = read_json(path) if path.is_file() else {}
    write_json(path, dict(sorted((kept | records).items())))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.geodesic_bench", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="SOLVER", help="run these alone, and keep the others' rows")
    parser.add_argument("--cases", nargs="+", metavar="CASE", help="on these alone")
    parser.add_argument("--solvers", type=Path, default=files.SOLVERS, help="folder of their files")
    parser.add_argument(
        "--threads",
        type=int,
        default=2,
        help="of each solver on a decoder (default: 2); 1 on the surfaces, whose tensors are too small to share",
    )
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"of every timing (default: {REPEATS})")
    parser.add_argument("--results", type=Path, default=scores.RESULTS, help="folder of the rows")
    return parser


def _rows(answer: dict[str, Any], solver: Solver, case: str) -> list[dict[str, Any]]:
    """The answer's; where the process is lost, a row for each pair that says so."""
    if "error" not in answer:
        return answer["rows"]
    log.warning("%s on %s: %s", solver.name, case, answer["error"])
    if answer["error"] not in LOST:
        return []
    nan = float("nan")
    lost = {"outcome": LOST[answer["error"]], "length": nan, "doubt": nan, "seconds": nan}
    return [{"pair": pair} | lost for pair in range(solver.pairs_of(files.problem(case)))]


def _is_long(done: list[dict[str, Any]], solver: Solver, case: str) -> bool:
    mine = [row for row in done if (row["solver"], row["case"]) == (solver.name, case)]
    if not mine or solver.role == "reference":
        return True
    seconds = pd.Series([row["seconds"] for row in mine if row["repeat"] == 0])
    return bool(seconds.isna().any() or seconds.sum() > (LONG if solver.at_once is None else LONG_ONE_BY_ONE))


def _line(rows: list[dict[str, Any]]) -> str:
    frame = pd.DataFrame(rows)
    outcomes = ", ".join(f"{count} {word or 'again'}" for word, count in frame.outcome.value_counts().items())
    return f"{1000 * frame.seconds.mean():.3g} ms a geodesic ({outcomes})"


if __name__ == "__main__":
    main()
