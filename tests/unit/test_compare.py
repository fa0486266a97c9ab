"""Two runs are the same only if everything but their measured seconds is."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

import compare
from replication.report.markup import markdown_table
from replication.report.page import html_table


def tables(seconds: float, bound: float) -> dict[str, str]:
    """One small table in each of the forms that the workflow writes."""
    frame = pd.DataFrame({"dataset": ["a", "b"], "train_seconds": [seconds, 2.0], "bound": [bound, -3.5]})
    page = f"<p>text</p>{html_table(frame)}<p>more</p>"
    return {
        "table.csv": frame.to_csv(index=False),
        "table.md": f"# title\n\n{markdown_table(frame)}\n\ntext\n",
        "page.html": page,
        "scores.json": json.dumps({"train_seconds": seconds, "bound": bound}),
    }


@pytest.mark.parametrize("name", ["table.csv", "table.md", "page.html", "scores.json"])
@pytest.mark.parametrize(
    ("seconds", "bound", "expected"), [(1.0, -1.0, "bytes"), (9.0, -1.0, "values"), (9.0, -1.5, "different")]
)
def test_a_file_is_judged_without_its_times(
    tmp_path: Path, name: str, seconds: float, bound: float, expected: str
) -> None:
    left, right = tmp_path / f"left_{name}", tmp_path / f"right_{name}"
    left.write_text(tables(1.0, -1.0)[name])
    right.write_text(tables(seconds, bound)[name])
    assert compare.judge(left, right) == expected


def test_arrays_are_compared_to_the_byte(tmp_path: Path) -> None:
    for name, content in (("a.npz", b"seconds 1"), ("b.npz", b"seconds 2")):
        (tmp_path / name).write_bytes(content)
    assert compare.judge(tmp_path / "a.npz", tmp_path / "b.npz") == "different"


def write(checkout: Path, **files: str) -> Path:
    for name, content in files.items():
        path = checkout / "results" / "smoke" / name.replace("_", ".", 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return checkout


@pytest.mark.parametrize(
    ("right", "code"),
    [
        ({"a_npz": "1", "b_run.json": "other"}, 0),
        ({"a_npz": "2", "b_run.json": "one"}, 1),
        ({"a_npz": "1", "c_npz": "new"}, 1),
        ({"b_run.json": "one"}, 1),
    ],
)
def test_the_exit_code_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: dict[str, str], code: int) -> None:
    one = write(tmp_path / "one", **{"a_npz": "1", "b_run.json": "one"})
    two = write(tmp_path / "two", **right)
    monkeypatch.setattr(sys, "argv", ["compare", str(one), str(two)])
    assert compare.main() == code


def test_nothing_at_all_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["compare", str(tmp_path), str(tmp_path)])
    assert compare.main() == 1


def test_how_far_two_verdicts_are_apart(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("left.csv", "right.csv")]
    for path, ours in zip(paths, ([1.0, 4.0, None], [1.0, 5.0, None]), strict=True):
        rows = {"item": ["a", "b", "c"], "ours": ours, "ci_low": [0.5, 3.0, None], "ci_high": [1.5, 7.0, None]}
        pd.DataFrame({**rows, "verdict": ["reproduced", path.stem, "not run"]}).to_csv(path, index=False)
    apart = compare.agreement(*paths)
    assert list(apart.index) == ["a", "b"]
    assert list(apart.relative) == [0.0, 0.2]
    assert list(apart.of_interval) == [0.0, 0.5]
    assert list(apart.same) == [True, False]
