"""Whether two runs of the workflow made the same: `python -m compare LEFT RIGHT`, two checkouts.

Every file of data/processed, results/ and paper_figures/ is compared byte for byte, records of how it was made
(*.run.json, logs, benchmarks) excepted. A file whose bytes differ may still differ in measured seconds alone: then it
is equal without the columns and keys of that name, and is counted apart. What a report says of its run is left out too.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from replication.files import artifacts

__all__ = ["TIMES", "agreement", "artifact_files", "content", "judge"]

TIMES = frozenset({"seconds", "train_seconds", "train_seconds_sd"})
FOLDERS = ("data/processed", "results", "paper_figures")
_RECORDS = (".run.json", ".log", ".tsv")


def artifact_files(checkout: Path) -> set[str]:
    """Names of the artifacts, relative to the checkout."""
    files = (path for folder in FOLDERS for path in (checkout / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(checkout)) for path in files if not path.name.endswith(_RECORDS)}


def judge(left: Path, right: Path) -> str:
    """`bytes` where two files are the same, `values` where only measured seconds differ, else `different`."""
    if left.read_bytes() == right.read_bytes():
        return "bytes"
    return "values" if left.suffix in _READERS and content(left) == content(right) else "different"


def content(path: Path) -> Any:
    """What a file says, without measured seconds."""
    return _READERS.get(path.suffix, Path.read_bytes)(path)


def _table(path: Path) -> str:
    frame: pd.DataFrame = artifacts.read_csv(path)
    return frame.drop(columns=[name for name in frame if name in TIMES]).to_csv()


def _mapping(path: Path) -> Any:
    content = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for key, value in content.items() if key not in TIMES} if isinstance(content, dict) else content


def _markdown(path: Path) -> list[Any]:
    """The lines; those of a table as cells, without the columns of times."""
    lines: list[Any] = []
    dropped: set[int] | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| "):
            dropped = None
            lines.append(line)
            continue
        cells = re.split(r"(?<!\\)\|", line)
        if dropped is None:
            dropped = {number for number, cell in enumerate(cells) if cell.strip() in TIMES}
        lines.append([cell for number, cell in enumerate(cells) if number not in dropped])
    return lines


def _html(path: Path) -> str:
    """The page without what it says of its run, and its tables without the columns of times."""
    page = re.sub(r'<dl class="run">.*?</dl>', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"<table>.*?</table>", _without_times, page, flags=re.DOTALL)


def _without_times(table: re.Match[str]) -> str:
    rows = [re.findall(r"<t[hd].*?</t[hd]>", row) for row in table[0].split("<tr>")]
    head = next(row for row in rows if row)
    dropped = {number for number, cell in enumerate(head) if re.sub(r"<.*?>", "", cell) in TIMES}
    return "\n".join("".join(cell for number, cell in enumerate(row) if number not in dropped) for row in rows)


_READERS = {".csv": _table, ".json": _mapping, ".md": _markdown, ".html": _html}


def agreement(left: Path, right: Path) -> pd.DataFrame:
    """How far the numbers of two verdicts are apart: for runs on other machines, devices or numbers of threads.

    Returns:
        Of the items that both judged: `relative` is the difference over the larger of the two, `of_interval` over the
        half width of the left one's 95 % interval (NaN where it has none), `same` whether the verdict is the same.
    """
    one, other = (pd.read_csv(path).set_index("item") for path in (left, right))
    both = one.index.intersection(other.index)
    one, other = one.loc[both], other.loc[both]
    apart = (one.ours - other.ours).abs()
    largest = one.ours.abs().combine(other.ours.abs(), max)
    frame = pd.DataFrame(
        {
            "left": one.ours,
            "right": other.ours,
            "relative": (apart / largest).fillna(0.0),
            "of_interval": 2 * apart / (one.ci_high - one.ci_low),
            "same": one.verdict == other.verdict,
        }
    )
    return frame[one.ours.notna() | other.ours.notna()]


def main() -> int:
    """Print the verdict; 0 where both made the same, else 1."""
    parser = argparse.ArgumentParser(description="Compare the artifacts of two runs.")
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path)
    parser.add_argument("--verdict", help="compare the numbers of this verdict.csv, e.g. results/smoke/verdict.csv")
    options = parser.parse_args()
    if options.verdict:
        apart = agreement(options.left / options.verdict, options.right / options.verdict)
        print(apart.to_string())
        print(
            f"{len(apart)} numbers: {(apart.relative == 0).sum()} equal, median relative difference "
            f"{apart.relative.median():.2g}, largest {apart.relative.max():.2g}; of the interval's half width "
            f"{apart.of_interval.median():.2g} and {apart.of_interval.max():.2g}; {(~apart.same).sum()} verdicts differ"
        )
        return 0
    left, right = artifact_files(options.left), artifact_files(options.right)
    outcomes = {name: judge(options.left / name, options.right / name) for name in sorted(left & right)}
    bad = [name for name, outcome in outcomes.items() if outcome == "different"]
    for name in bad:
        print(f"different: {name}")
    for name in sorted(left ^ right):
        print(f"only in {options.left if name in left else options.right}: {name}")
    counts = {outcome: list(outcomes.values()).count(outcome) for outcome in ("bytes", "values", "different")}
    print(
        f"{len(outcomes)} artifacts: {counts['bytes']} equal to the byte, {counts['values']} equal but for measured "
        f"seconds, {counts['different']} different, {len(left ^ right)} in one run only"
    )
    return int(bool(bad) or left != right or not outcomes)


if __name__ == "__main__":
    sys.exit(main())
