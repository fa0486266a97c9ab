"""Write references/: what two solvers find of each pair, and how far apart they are.

    PYTHONPATH=tests python -m benchmarks.geodesic_bench.certify   # every case; the tests' surfaces for two of them
    python -m benchmarks.geodesic_bench.certify swiss_roll   # these
    python -m benchmarks.geodesic_bench.certify --keep-first mnist   # the first solver's lengths as they are

A closed form is a distance, and stands. Of a decoder, the shortest curve that anybody found counts, the solvers in
results/ included; no solver proves that there is no shorter one. Some minutes, or an hour with the searches.
"""

import argparse
import csv
import io
import logging
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from benchmarks.geodesic_bench import files, references, scores
from benchmarks.geodesic_bench.references import COLUMNS, FOLDER, Reference, certified
from benchmarks.geodesic_bench.relax import relaxed
from benchmarks.geodesic_bench.ruler import measure, straight
from replication.files.artifacts import write_text

__all__ = ["certificate", "main", "write"]

log = logging.getLogger("certify")


def certificate(name: str, results: Path = scores.RESULTS, keep_first: bool = False) -> Reference:
    """A case's references, found anew."""
    case, problem = files.case(name), files.problem(name)
    z0, z1 = problem.z0, problem.z1
    line = measure(problem, straight(z0, z1), z0, z1).length
    if case.distance is not None:
        first = case.distance(z0, z1)
    elif keep_first:
        first = references.read(name).first
    else:
        from benchmarks.geodesic_bench.search import searched

        first = searched(problem)
    check = measure(problem, relaxed(problem, _segments(problem.obs, problem.latent)), z0, z1).length
    return certified(line, first, check, case.distance is not None, _found(name, len(line), results))


def write(name: str, reference: Reference, folder: Path = FOLDER) -> None:
    """A case's references as references/<case>.csv."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    columns = [getattr(reference, column).tolist() for column in COLUMNS[1:]]
    rows.writerows([pair, *map(repr, values)] for pair, values in enumerate(zip(*columns, strict=True)))
    write_text(folder / f"{name}.csv", text.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.geodesic_bench.certify", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--keep-first", action="store_true", help="do not search again, which takes most of the time")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for name in arguments.cases or [case.name for case in files.cases()]:
        reference = certificate(name, keep_first=arguments.keep_first)
        write(name, reference)
        error = reference.error
        log.info("%s: median error %.1e, largest %.1e", name, float(error.median()), float(error.max()))


def _segments(obs: int, latent: int) -> int:
    """Of the chains: many where a point is cheap, fewer where a step is a large system of equations."""
    return 96 if obs < 64 else 48 if latent == 2 else 32


def _found(name: str, pairs: int, results: Path) -> Tensor | None:
    """The least lengths of committed curves that connect their ends; infinite where there is none."""
    rows = pd.read_csv(results / "lengths.csv")
    rows = rows[(rows.case == name) & ~rows.outcome.isin(scores.NO_CURVE)].dropna(subset=["length"])
    least = torch.full((pairs,), torch.inf, dtype=torch.float64)
    for pair, length in rows.groupby("pair").length.min().items():
        least[int(str(pair))] = float(length)
    return least


if __name__ == "__main__":
    main()
