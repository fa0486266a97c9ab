"""The site: built strictly, whole, and asking no other place for anything; its examples run as they stand."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import latentgeo as lg

ROOT = Path(__file__).parents[2]
MKDOCS = ROOT / ".venv-docs" / "bin" / "mkdocs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make docs` builds it, in a folder of its own."""
    if not MKDOCS.exists():
        pytest.skip("mkdocs has an environment of its own: make .venv-docs/installed")
    folder = tmp_path_factory.mktemp("site")
    environment = os.environ | {"SITE_SOURCES": str(folder / "docs"), "NO_MKDOCS_2_WARNING": "1"}
    for command in (
        [sys.executable, "-m", "tools.site", "--out", folder / "docs"],
        [MKDOCS, "build", "--quiet", "--config-file", ROOT / "docs" / "mkdocs.yml", "--site-dir", folder / "site"],
    ):
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
    return folder / "site"


@pytest.mark.slow
def test_every_page_is_there(site: Path) -> None:
    pages = [str(file.relative_to(ROOT / "docs")) for file in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []


@pytest.mark.slow
def test_no_page_asks_another_place_for_anything(site: Path) -> None:
    asked = re.compile(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=\"?(?:https?:)?//[^\s>]+")
    found = {(page.name, link) for page in site.rglob("*.html") for link in asked.findall(page.read_text("utf-8"))}
    assert {(page, link) for page, link in found if "rel=canonical" not in link} == set()
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:", style.read_text("utf-8")), style


@pytest.mark.slow
def test_search_knows_the_reference_and_works_without_a_server(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    titles = {entry["title"] for entry in index["docs"]}
    assert {"From digits to geodesics", "When it does not converge"} <= titles
    assert (site / "search" / "search_index.js").read_text("utf-8").startswith("var __index")
    assert "assets/iframe-worker.js" in (site / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_the_gallery_has_a_picture_for_every_public_name(site: Path) -> None:
    page = (site / "gallery.html").read_text("utf-8")
    assert [name for name in set(lg.__all__) - {"plot"} if f"<code>{name}</code>" not in page] == []
    pictures = re.findall(r"src=\"?(pictures/gallery-[^\s\">]+)", page)
    assert len(pictures) >= 20
    assert all((site / picture).stat().st_size > 5000 for picture in pictures)


@pytest.mark.slow
def test_the_tutorial_shows_what_it_says(site: Path) -> None:
    page = (site / "tutorial.html").read_text("utf-8")
    assert "20 converged" in page
    assert len(re.findall(r"src=\"?pictures/tutorial-", page)) == 5
