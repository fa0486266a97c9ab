"""The site: built strictly, whole, read from a disk without asking for anything; its examples run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

import latentgeo as lg

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MAIN = (
    "index",
    "tutorial",
    "gallery",
    "howto/decoder",
    "explanation/geometry",
    "explanation/geodesic_bench",
    "REPLICATION",
    "reference/metrics",
)
PHONE = 390
MKDOCS = ROOT / ".venv-docs" / "bin" / "mkdocs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `make docs` builds it, in a folder of its own."""
    assert MKDOCS.exists(), "mkdocs has an environment of its own: make .venv-docs/installed"
    folder = tmp_path_factory.mktemp("site")
    environment = os.environ | {"SITE_SOURCES": str(folder / "docs"), "NO_MKDOCS_2_WARNING": "1"}
    for command in (
        [sys.executable, "-m", "tools.site", "--out", folder / "docs"],
        [MKDOCS, "build", "--quiet", "--config-file", ROOT / "docs" / "mkdocs.yml", "--site-dir", folder / "site"],
    ):
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
    return folder / "site"


def test_every_page_is_there(site: Path) -> None:
    pages = [str(file.relative_to(ROOT / "docs")) for file in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (1280, "light")])
def test_axe_finds_nothing_serious_and_no_page_asks_another_place(
    browser: Browser, site: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, said, asked = context.new_page(), list[str](), list[str]()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    # all pages that are read from a disk, each in one of both looks; those that are read most in both
    every = sorted(str(file.relative_to(site).with_suffix("")) for file in site.rglob("*.html") if file.stem != "404")
    for name in sorted({*MAIN, *every[width == PHONE :: 2]}):
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        found = Axe().run(page).response["violations"]
        serious = [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], name
    context.close()
    assert said == []
    assert {address for address in asked if not address.startswith(("file:", "data:", "blob:"))} == set()


def test_scores_are_sorted_by_the_column_that_is_pressed(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "explanation" / "geodesic_bench.html").as_uri())
    heads = [head.strip() for head in page.locator(".sortable th").all_inner_texts()]
    column = page.locator(f".sortable td:nth-child({heads.index('ms a geodesic') + 1})")
    for sign in (1, -1):
        page.get_by_role("button", name="ms a geodesic").click()
        shown = column.all_inner_texts()
        numbers = [sign * float(text) for text in shown if text != "–"]
        assert len(numbers) > 20
        assert numbers == sorted(numbers)
        assert set(shown[len(numbers) :]) == {"–"}
    page.close()


def test_search_works_from_a_disk(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_placeholder("Search").first.fill("does not converge")
    expect(page.locator(".md-search-result__link").first).to_contain_text("When it does not converge", timeout=30_000)
    page.close()


def test_the_gallery_has_a_picture_for_every_public_name(site: Path) -> None:
    page = (site / "gallery.html").read_text("utf-8")
    assert [name for name in set(lg.__all__) - {"plot"} if f"<code>{name}</code>" not in page] == []
    pictures = re.findall(r"src=\"?(pictures/gallery-[^\s\">]+)", page)
    assert len(pictures) >= 20
    assert all((site / picture).stat().st_size > 5000 for picture in pictures)


def test_the_tutorial_shows_what_it_says(site: Path) -> None:
    page = (site / "tutorial.html").read_text("utf-8")
    assert "20 converged" in page
    assert len(re.findall(r"src=\"?pictures/tutorial-", page)) == 5
