"""The README keeps its word: its example runs, its tables are the committed ones, its links lead somewhere."""

import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from replication.report import readme

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 120
    assert len([line for line in BLOCKS[-1].splitlines() if line.strip()]) <= 10


def test_its_lines_are_the_examples() -> None:
    script = (ROOT / "examples" / "first_picture.py").read_text(encoding="utf-8")
    assert script.partition("E402\n\n")[2] == "\n".join(f"{block.strip()}\n" for block in BLOCKS)


def test_its_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    # a tenth of the training: all else as it stands
    exec("\n".join(BLOCKS).replace("steps=1500", "steps=150"), names)
    solution = names["solution"]
    assert {outcome.value for outcome in solution.outcome} == {"converged"}
    assert (solution.length <= names["line"].length).all()
    assert {file.name for file in tmp_path.iterdir()} == {"map.png", "along.png", "explorer.html"}
    plt.close("all")


@pytest.mark.parametrize("document", readme.DOCUMENTS)
def test_the_tables_are_the_committed_ones(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert readme.with_parts(text, readme.DOCUMENTS[document]) == text, "run `make readme`"


def test_a_missing_marker_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected the markers .*found"):
        readme.with_parts("no tables", readme.DOCUMENTS["README.md"])


@pytest.mark.parametrize("document", readme.DOCUMENTS)
def test_links_and_pictures_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if not link.startswith("http")]
    assert targets
    assert [target for target in targets if not (ROOT / document).parent.joinpath(target).exists()] == []
