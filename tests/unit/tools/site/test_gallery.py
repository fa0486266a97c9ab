"""The gallery shows every public name, and each of its snippets has a picture."""

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import latentgeo as lg
from latentgeo import generative, sklearn
from tools.site import gallery

FOLDER = Path(__file__).parents[4] / "docs" / "gallery"
FOUND = gallery.snippets(FOLDER)


def test_every_public_name_is_shown() -> None:
    pictures = {f"plot.{name}" for name in lg.plot.__all__}
    estimators = {f"sklearn.{name}" for name in sklearn.__all__}
    models = {f"generative.{name}" for name in generative.__all__}
    assert set(gallery.shown_in(FOUND)) == (set(lg.__all__) - {"plot"}) | pictures | estimators | models


@pytest.mark.parametrize("snippet", FOUND, ids=lambda snippet: snippet.name)
def test_a_snippet_is_short_and_has_a_title_and_a_sentence(snippet: gallery.Snippet) -> None:
    compile(snippet.code, snippet.name, "exec")
    assert snippet.title
    assert snippet.text.endswith(".")
    assert len(snippet.code.splitlines()) <= 40


def test_a_page_has_text_picture_and_code(tmp_path: Path) -> None:
    snippet = gallery.Snippet("a_line", "A line", "It rises.", "print(lg.geodesic)\nplt.plot([0, top])")
    page = gallery.page([snippet], {"plt": plt, "lg": lg, "top": 2}, tmp_path, "pictures")
    assert "## A line { #a_line }\n\nIt rises." in page
    assert "![A line](pictures/gallery-a_line-0.png)" in page
    assert "    plt.plot([0, top])" in page
    assert "| `geodesic` | [A line](#a_line) |" in page


def test_a_snippet_without_a_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"docs/gallery/dull\.py drew no picture"):
        gallery.page([gallery.Snippet("dull", "Dull", "None.", "1 + 1")], {}, tmp_path, "pictures")
