"""The README keeps its word: its example runs, its tables are the committed ones, its links lead somewhere."""

import re
from pathlib import Path

import pytest
import torch

from replication.report import readme

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    torch.manual_seed(0)
    names: dict[str, object] = {}
    exec(code, names)
    solution = names["solution"]
    assert (solution.length > 0).all()  # pyright: ignore
    assert {outcome.value for outcome in solution.outcome} == {"converged"}  # pyright: ignore


@pytest.mark.parametrize("document", readme.DOCUMENTS)
def test_the_tables_are_the_committed_ones(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert readme.with_parts(text, readme.DOCUMENTS[document]) == text, "run `make readme`"


def test_a_missing_marker_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected the markers .*verdict"):
        readme.with_parts("no tables", readme.DOCUMENTS["README.md"])


@pytest.mark.parametrize("document", readme.DOCUMENTS)
def test_links_and_pictures_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not link.startswith("http")]
    assert len(targets) > 5
    assert [target for target in targets if not (ROOT / document).parent.joinpath(target).exists()] == []
