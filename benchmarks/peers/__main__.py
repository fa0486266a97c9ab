"""`make peers`: run every library on every case, in turns, and write the rows behind the table and the figure.

Each library has a process of its own, with as many threads as the others; they take turns, so that a busy machine is
busy for all. A first short run warms up. What took long, and what only
serves as a reference, is not repeated: how often each ran is in the table.
"""

import argparse
import itertools
import logging
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.peers import cases, harness, summary, worker
from replication.files.artifacts import read_csv, read_json, write_csv, write_json

LIMITS = {"closed forms": 20.0, "trained decoder": 60.0, "convolutional decoder": 180.0, "many dimensions": 60.0}
REPEATS = 3
# seconds; a run that took longer is not repeated: of a batch, and of pairs one by one, which are an average already
LONG, LONG_ONE_BY_ONE = 30.0, 4.0

log = logging.getLogger("peers")


def main() -> None:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    chosen = arguments.only or harness.names()
    # threads that wait for each other sleep: on a busy machine spinning ones cost each library up to ten times its time
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    context = multiprocessing.get_context("spawn")
    pools = {library: ProcessPoolExecutor(1, context) for library in chosen}
    jobs = [
        (library, setting)
        for library, pool in pools.items()
        for setting in pool.submit(worker.settings, library).result()
    ]
    done: list[dict[str, Any]] = []
    for repeat, case, (library, setting) in itertools.product(range(arguments.repeats), cases.CASES, jobs):
        if repeat and _is_long(done, library, setting, case):
            continue
        group = cases.load(case).group
        threads = 1 if group == "closed forms" else arguments.threads
        rows = pools[library].submit(worker.work, library, setting, case, LIMITS[group], repeat, threads).result()
        done += rows
        if rows:
            log.info("%d/%d %s", repeat + 1, arguments.repeats, _line(rows))
    records = {
        library: pool.submit(worker.record, library, arguments.threads).result() for library, pool in pools.items()
    }
    for pool in pools.values():
        pool.shutdown()
    _write(arguments.results, pd.DataFrame(done), records)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="LIBRARY", help="run these alone, and keep the others' rows")
    parser.add_argument(
        "--threads",
        type=int,
        default=2,
        help="of each library on a decoder (default: 2); 1 on the surfaces, whose tensors are too small to share",
    )
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"of every timing (default: {REPEATS})")
    parser.add_argument("--results", type=Path, default=summary.RESULTS, help="folder of the rows")
    return parser


def _is_long(done: list[dict[str, Any]], library: str, setting: str, case: str) -> bool:
    mine = [row for row in done if (row["library"], row["setting"], row["case"]) == (library, setting, case)]
    if not mine or mine[0]["role"] == "reference":
        return True
    seconds = pd.Series([row["seconds"] for row in mine if row["repeat"] == 0])
    return bool(seconds.isna().any() or seconds.sum() > (LONG if mine[0]["batch"] else LONG_ONE_BY_ONE))


def _line(rows: list[dict[str, Any]]) -> str:
    frame = pd.DataFrame(rows)
    outcomes = ", ".join(f"{count} {word or 'again'}" for word, count in frame.outcome.value_counts().items())
    first = rows[0]
    where = f"{first['library']}, {first['setting']}, {first['case']}"
    return f"{where}: {1000 * frame.seconds.mean():.3g} ms a geodesic ({outcomes})"


def _write(folder: Path, frame: pd.DataFrame, records: dict[str, Any]) -> None:
    """The new rows beside those of the libraries that did not run."""
    for name, new in summary.split(frame).items():
        path = folder / f"{name}.csv"
        if path.is_file():
            old = read_csv(path)
            others = pd.DataFrame(old[~old.library.isin(list(records))])
            new = pd.concat([others, new], ignore_index=True)
        write_csv(path, new.sort_values(by=list(summary.KEYS[name]), ignore_index=True))
    path = folder / "machine.json"
    kept = read_json(path) if path.is_file() else {}
    write_json(path, dict(sorted((kept | records).items())))


if __name__ == "__main__":
    main()
