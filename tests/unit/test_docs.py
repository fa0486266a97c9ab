"""The examples of docs/ run as they stand, and its reference has every public name."""

import inspect
import re
import typing
from pathlib import Path

import pytest
import torch

import latentgeo as lg
from latentgeo import adapters, generative, sklearn

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = [
    (str(file.relative_to(DOCS)), number, code)
    for file in sorted(DOCS.rglob("*.md"))
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


def test_the_reference_has_every_public_name_once() -> None:
    pages = [file.read_text(encoding="utf-8") for file in (DOCS / "reference").glob("*.md")]
    shown = sorted(name for page in pages for name in re.findall(r"^::: latentgeo\.(\S+)$", page, re.MULTILINE))
    training = [f"generative.{name}" for name in generative.__all__]
    others = [f"adapters.{name}.{verb}" for name in adapters.__all__ for verb in getattr(adapters, name).__all__]
    pictures = [f"plot.{name}.{name}" for name in lg.plot.__all__]
    estimators = [f"sklearn.{name}" for name in sklearn.__all__]
    assert shown == sorted([*(set(lg.__all__) - {"plot"}), *training, *others, *pictures, *estimators, *records()])


def records() -> set[str]:
    """What public functions return and is no public name itself."""
    functions = [inspect.unwrap(found) for name in lg.__all__ if inspect.isfunction(found := getattr(lg, name))]
    returned = [typing.get_type_hints(function).get("return") for function in functions]
    ours = [cls for cls in returned if inspect.isclass(cls) and cls.__module__.startswith("latentgeo.")]
    return {
        f"{cls.__module__}.{cls.__name__}".removeprefix("latentgeo.") for cls in ours if cls.__name__ not in lg.__all__
    }


def test_every_page_is_in_the_contents() -> None:
    text = (DOCS / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"\S+\.md$", text, re.MULTILINE)
    assert sorted(named) == sorted(str(file.relative_to(DOCS)) for file in DOCS.rglob("*.md"))
