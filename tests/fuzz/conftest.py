"""What the fuzz tests share: type checks off, as users run the library, and a folder to write damaged files into."""

from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest


@pytest.fixture(autouse=True, scope="module")
def _unchecked() -> Iterator[None]:
    """The annotations' checks would catch first what the library itself has to."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")
