"""The examples of docs/ run as they stand."""

import re
from pathlib import Path

import pytest
import torch

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = [
    (file.name, number, code)
    for file in sorted(DOCS.glob("*.md"))
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL))
]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize(("file", "number", "code"), EXAMPLES, ids=[f"{file}-{n}" for file, n, _ in EXAMPLES])
def test_an_example_runs(file: str, number: int, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(number)
        exec(compile(code, f"{file}, example {number}", "exec"), {})
    assert capsys.readouterr().out.strip()
