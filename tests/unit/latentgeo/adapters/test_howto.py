"""The blocks of docs/howto/models_at_hand.md, each run where its package is installed (`make adapters`)."""

import re
from pathlib import Path

import pytest
import torch

PAGE = Path(__file__).parents[4] / "docs" / "howto" / "models_at_hand.md"
BLOCKS = re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
PACKAGES = [re.findall(r"^(?:import|from) (pythae|diffusers|scvi)\b", block, re.MULTILINE)[0] for block in BLOCKS]


def test_each_package_has_a_block() -> None:
    assert PACKAGES == ["pythae", "diffusers", "scvi"]


@pytest.mark.parametrize(("package", "block"), [*zip(PACKAGES, BLOCKS, strict=True)], ids=PACKAGES)
def test_a_block_runs(package: str, block: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = compile(block, f"{PAGE.name}, {package}", "exec")
    pytest.importorskip(package, reason=f"needs {package}: make adapters")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        exec(code, {})
    printed = capsys.readouterr().out
    assert "CONVERGED" in printed
    with capsys.disabled():
        print(printed)
