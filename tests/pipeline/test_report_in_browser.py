"""report.html of profile smoke in a browser: all can read, search, sort and print it; and the explorer beside it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from browser import opened, started
from workflow_fixtures import Smoke

pytestmark = pytest.mark.slow

PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture
def report(smoke: Smoke) -> Path:
    return smoke.folder / "results" / "smoke" / "report.html"


def shown(chromium: Browser, report: Path, width: int = DESK, colours: str = "light") -> Page:
    page = chromium.new_context(viewport={"width": width, "height": 850}, color_scheme=colours).new_page()
    page.goto(report.resolve().as_uri())
    return page


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium: Browser, report: Path, width: int, colours: str) -> None:
    page = shown(chromium, report, width, colours)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("model", ["Pendulum", "MNIST", "Robot arm", "Human motion"])
def test_axe_finds_no_fault_in_the_explorer(chromium: Browser, smoke: Smoke, width: int, model: str) -> None:
    file = smoke.folder / "results" / "smoke" / "explorer.html"
    colours: Literal["light", "dark"] = "dark" if width == PHONE else "light"
    with opened(chromium, file, f"#model={quote(model)}&lines=1", width=width, color_scheme=colours) as page:
        assert page.evaluate("() => window.explorer.state.model") == model
        page.wait_for_timeout(300)
        found = Axe().run(page).response["violations"]
        assert [(one["impact"], one["id"], one["nodes"][0]["target"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_asks_for_nothing_and_complains_of_nothing(chromium: Browser, report: Path) -> None:
    page = chromium.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.resolve().as_uri())
    assert said == []
    assert [address for address in asked if not address.startswith(("data:", report.resolve().as_uri()))] == []


def test_words_leave_the_figures_and_claims_that_have_them(chromium: Browser, report: Path) -> None:
    page = shown(chromium, report)
    page.get_by_label("Filter").fill("end effector")
    titles = page.locator(".item h3:visible").all_inner_texts()
    assert titles
    assert all("Figure 9" in title or "Film 2" in title or "Table" in title for title in titles)
    claims = page.locator("#verdict tbody tr:visible").all_inner_texts()
    assert claims
    assert all("end effector" in claim for claim in claims)
    assert page.locator("#pendulum").is_hidden()
    assert re.fullmatch(r"\d+ of \d+ figures and tables", page.locator(".filter output").inner_text())
    page.get_by_label("Filter").fill("")
    assert page.locator("#pendulum").is_visible()


def test_a_table_is_sorted_by_the_column_that_is_pressed(chromium: Browser, report: Path) -> None:
    page = shown(chromium, report)
    table = page.locator("#verdict table")
    head = table.locator("th", has_text="paper")
    for order in ("ascending", "descending"):
        head.get_by_role("button").press("Enter")
        assert head.get_attribute("aria-sort") == order
        cells = [cell for cell in table.locator("td.paper").all_inner_texts() if cell != "–"]
        assert [float(cell) for cell in cells] == sorted(map(float, cells), reverse=order == "descending")


def test_on_a_phone_the_contents_are_folded_and_close_once_they_have_led_somewhere(
    chromium: Browser, report: Path
) -> None:
    page = shown(chromium, report, PHONE)
    link = page.get_by_role("link", name="Diagnostics")
    assert link.is_hidden()
    page.get_by_text("Contents and filter").click()
    link.click()
    assert link.is_hidden()
    assert page.locator("#diagnostics").is_visible()


def test_it_prints_on_less_than_25_pages(chromium: Browser, report: Path) -> None:
    printed = shown(chromium, report).pdf(prefer_css_page_size=True)
    assert 5 < len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) < 25
