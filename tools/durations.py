"""What every job of a profile took, as rows of envs/durations.csv: run in the clone whose results are committed.

python -m tools.durations [PROFILE]
"""

import sys
from pathlib import Path

import pandas as pd

from replication.files.artifacts import read_csv, write_csv
from replication.terminal.estimate import SHIPPED, recorded

__all__ = ["main"]


def main(root: Path = Path(), profile: str = "paper") -> None:
    """Write a profile's rows in place of those before; what serves all profiles (the raw data) under its name too."""
    results = Path("results") / profile
    rows = [
        {
            "rule": rule,
            "benchmark": str(results / "benchmarks" / Path(file).relative_to(folder)),
            "s": round(seconds, 1),
        }
        for folder in (root / results / "benchmarks", root / "results" / "benchmarks")
        for rule, files in recorded([folder]).items()
        for file, seconds in files.items()
    ]
    frame = pd.DataFrame(rows, columns=["rule", "benchmark", "s"])
    if (root / SHIPPED).is_file():
        before = read_csv(root / SHIPPED)
        frame = pd.concat([before[~before["benchmark"].str.startswith(f"{results}/")], frame])
    write_csv(root / SHIPPED, frame.sort_values(["benchmark"]))


if __name__ == "__main__":
    main(Path(), *sys.argv[1:])
