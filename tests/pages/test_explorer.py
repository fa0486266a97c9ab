"""The explorer's page in a real browser: dragged, slid, switched, read; on a phone and by keys; without a fault."""

from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser import opened
from pages.conftest import branching, wave

pytestmark = pytest.mark.slow

# milliseconds
PATIENCE = 10_000


def state(page: Page) -> dict:
    return page.evaluate("() => structuredClone({ ...window.explorer.state })")


class Read(NamedTuple):
    """What the page says: both lengths, and their words."""

    line: float
    geodesic: float
    words: list[str]


def lengths(page: Page) -> Read:
    words = [page.locator(f"#length-{name}").inner_text() for name in ("line", "geodesic")]
    return Read(*map(number, words), words)


def number(words: str) -> float:
    """The value of 12.3, or of 1.23 × 10⁻⁶."""
    digits, _, power = words.partition(" × 10")
    return float(digits) * 10.0 ** int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")) or 0)


def drag(page: Page, name: str, x: float, y: float) -> None:
    """Drag an end by so many pixels, in steps as a hand does."""
    box = page.get_by_role("button", name=f"Point {name}").bounding_box()
    assert box is not None
    from_x, from_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(from_x, from_y)
    page.mouse.down()
    page.mouse.move(from_x + x, from_y + y, steps=8)
    page.mouse.up()


def wait_for_other(page: Page, before: Read) -> Read:
    """The lengths, once both are others."""
    now = "['line', 'geodesic'].map((name) => document.getElementById(`length-${name}`).value)"
    page.wait_for_function(f"(before) => {now}.every((one, k) => one !== before[k])", arg=before.words)
    return lengths(page)


def test_paths_and_numbers_follow_a_point_that_is_dragged(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        before, way = lengths(page), page.locator("#overlay .way").nth(1).get_attribute("d")
        assert 0 < before.geodesic <= before.line
        drag(page, "A", 60, -40)
        now = wait_for_other(page, before)
        assert 0 < now.geodesic <= now.line
        assert page.locator("#overlay .way").nth(1).get_attribute("d") != way
        solved = page.evaluate(
            "() => window.explorer.solve(...window.explorer.state.ends, window.explorer.state.metric)"
        )
        assert solved["geodesic"]["length"] == pytest.approx(now.geodesic, rel=1e-2)
        expect(page.locator("#spoken")).to_contain_text("geodesic", timeout=PATIENCE)


def test_a_point_cannot_be_dragged_off_the_map(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        drag(page, "B", 2000, 0)
        box = page.evaluate("() => document.querySelector('#end-1').getBoundingClientRect().toJSON()")
        assert box["x"] + box["width"] / 2 <= page.locator("#stage").bounding_box()["x"] + 2000
        (x, _) = state(page)["ends"][1]
        drag(page, "B", 500, 0)
        assert state(page)["ends"][1][0] == pytest.approx(x)


def test_arrow_keys_move_the_point_that_has_the_focus(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        before, (x, y) = lengths(page), state(page)["ends"][0]
        page.get_by_role("button", name="Point A").focus()
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("ArrowDown")
        moved_x, moved_y = state(page)["ends"][0]
        assert moved_x > x
        assert moved_y < y
        assert abs(moved_x - x) > 5 * abs(moved_y - y)
        wait_for_other(page, before)


def test_smoothing_is_slid_and_ends_at_the_raw_metric(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        raw = lengths(page)
        expect(page.locator("#strength-row")).to_be_hidden()
        page.get_by_role("button", name="smoothed").click()
        smoothed = wait_for_other(page, raw)
        page.locator("#strength").fill("4")
        stronger = wait_for_other(page, smoothed)
        assert stronger.line < smoothed.line < raw.line
        page.locator("#strength").fill("-3.1")
        expect(page.locator("#strength-words")).to_have_text("none: the raw metric")
        assert wait_for_other(page, stronger)[:2] == pytest.approx(raw[:2], rel=1e-2)


def test_the_other_model_is_shown_with_its_own_frames(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        expect(page.locator("#turn-row")).to_be_hidden()
        expect(page.locator("#note")).to_contain_text("not reproduced (shortest: partly)")
        before = lengths(page)
        page.get_by_role("button", name="arms").click()
        wait_for_other(page, before)
        expect(page.locator("#turn-row")).to_be_visible()
        expect(page.locator("#note")).to_be_empty()
        expect(page.locator("#legend")).to_contain_text("angle")
        expect(page.locator("#exact")).to_contain_text("principal frames")
        painted = "() => document.getElementById('walker-line').toDataURL()"
        page.wait_for_timeout(500)
        first = page.evaluate(painted)
        page.locator("#turn").fill("120")
        page.wait_for_function(f"(first) => ({painted})() !== first", arg=first)


def walker(page: Page, name: str, time: float) -> tuple[np.ndarray, np.ndarray]:
    """Walk so far; which pixels then have ink, (height, width), and where the straight line is, (1, 2)."""
    canvas = f"document.getElementById('{name}')"
    before = page.evaluate(f"() => {canvas}.toDataURL()")
    page.locator("#time").fill(str(time))
    page.wait_for_function(f"(before) => {canvas}.toDataURL() !== before", arg=before)
    pixels = f"{canvas}.getContext('2d').getImageData(0, 0, {canvas}.width, {canvas}.height)"
    rgba, width = page.evaluate(f"() => {{ const all = {pixels}; return [[...all.data], all.width]; }}")
    first, last = map(np.array, state(page)["ends"])
    return np.reshape(rgba, (-1, width, 4))[..., 3] > 128, (first + time * (last - first))[None]


@pytest.mark.parametrize("time", [0.2, 0.7])
def test_a_curve_has_its_ink_at_the_heights_of_its_numbers(browser: Browser, painted: Path, time: float) -> None:
    with opened(browser, painted, "#model=wave") as page:
        ink, z = walker(page, "walker-line", time)
        columns = ((np.arange(8) + 0.5) / 8 * ink.shape[1]).astype(int)
        heights = [np.flatnonzero(ink[:, max(0, x - 1) : x + 1].any(1)).mean() for x in columns]
        assert np.corrcoef(heights, wave(torch.as_tensor(z))[0])[0, 1] < -0.998


@pytest.mark.parametrize("time", [0.2, 0.7])
def test_a_stick_figure_has_its_ink_along_its_edges_alone(browser: Browser, painted: Path, time: float) -> None:
    with opened(browser, painted, "#model=figure") as page:
        ink, z = walker(page, "walker-line", time)
        points = branching(torch.as_tensor(z))[0].numpy()
        (top, bottom), (left, right) = (np.flatnonzero(ink.any(side))[[0, -1]] for side in (1, 0))
        low, high = points.min(0), points.max(0)
        assert (right - left) / (bottom - top) == pytest.approx((high[0] - low[0]) / (high[1] - low[1]), rel=0.05)

        def inked(one: int, other: int) -> bool:
            x, y = ((points[one] + points[other]) / 2 - low) / (high - low)
            return bool(ink[round(bottom - y * (bottom - top)), round(left + x * (right - left))])

        assert [inked(0, end) for end in (1, 2, 3)] == [True] * 3
        assert not inked(1, 2)
        assert not inked(2, 3)


def test_both_paths_are_walked_by_the_slider_and_by_the_button(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        page.locator("#time").fill("0.25")
        expect(page.locator("#time-words")).to_have_text("t = 0.25")
        places = page.locator("#overlay circle")
        before = places.first.get_attribute("cx")
        page.get_by_role("button", name="Walk along both paths").click()
        page.wait_for_function("() => window.explorer.state.time > 0.4")
        page.get_by_role("button", name="Walk along both paths").click()
        assert places.first.get_attribute("cx") != before


def test_equidistance_lines_are_drawn_and_taken_away(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        page.get_by_label("equidistance lines around A").check()
        page.wait_for_function("() => document.querySelectorAll('#overlay path title').length > 5")
        page.get_by_label("equidistance lines around A").uncheck()
        expect(page.locator("#overlay path title")).to_have_count(0)


def test_a_link_restores_the_view(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer) as page:
        page.get_by_role("button", name="arms").click()
        page.get_by_role("button", name="conformal").click()
        page.locator("#time").fill("0.3")
        page.get_by_role("button", name="Point B").focus()
        page.keyboard.press("Shift+ArrowUp")
        page.wait_for_function("() => location.hash.includes('t=0.3')")
        page.wait_for_timeout(500)
        kept, view = state(page), page.evaluate("() => location.hash")
    with opened(browser, explorer, view) as page:
        found = state(page)
        assert (found["model"], found["metric"], found["time"]) == ("arms", "conformal", 0.3)
        for end, known in zip(found["ends"], kept["ends"], strict=True):
            assert end == pytest.approx(known, rel=1e-5)


def test_the_picture_is_saved_as_svg_and_as_png(browser: Browser, explorer: Path, tmp_path: Path) -> None:
    with opened(browser, explorer) as page:
        for kind in ("SVG", "PNG"):
            with page.expect_download() as download:
                page.get_by_role("button", name=kind).click()
            download.value.save_as(tmp_path / kind)
        drawn = ElementTree.parse(tmp_path / "SVG").getroot()
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
        assert "images, raw metric" in "".join(drawn.itertext())
        assert (tmp_path / "PNG").read_bytes().startswith(b"\x89PNG")


def test_dark_is_dark_by_the_system_and_by_the_button(browser: Browser, explorer: Path) -> None:
    background = "() => getComputedStyle(document.body).backgroundColor"
    with opened(browser, explorer, color_scheme="dark") as page:
        dark = page.evaluate(background)
        page.get_by_role("button", name="Light").click()
        light = page.evaluate(background)
        assert sum(map(int, dark[4:-1].split(","))) < 120 < 600 < sum(map(int, light[4:-1].split(",")))


@pytest.mark.parametrize("width", [390, 768, 1280, 2000])
def test_nothing_is_wider_than_the_window(browser: Browser, explorer: Path, width: int) -> None:
    with opened(browser, explorer, width=width) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert page.locator("#stage").bounding_box()["width"] > 0.25 * width


def test_a_tap_on_a_phone_moves_the_nearer_point(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer, width=390, height=844, has_touch=True) as page:
        before, ends = lengths(page), state(page)["ends"]
        box = page.get_by_role("button", name="Point A").bounding_box()
        page.touchscreen.tap(box["x"] + 15, box["y"] + 65)
        wait_for_other(page, before)
        moved = [end != known for end, known in zip(state(page)["ends"], ends, strict=True)]
        assert sum(moved) == 1


def test_a_finger_drags_a_point_and_does_not_scroll_the_page(browser: Browser, explorer: Path) -> None:
    with opened(browser, explorer, width=390, height=844, has_touch=True, is_mobile=True) as page:
        before, (x, y) = lengths(page), state(page)["ends"][0]
        box = page.get_by_role("button", name="Point A").bounding_box()
        fingers = page.context.new_cdp_session(page)
        for step in range(9):
            at = {"x": box["x"] + box["width"] / 2 + 5 * step, "y": box["y"] + box["height"] / 2 - 4 * step}
            kind = "touchMove" if step else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        assert state(page)["ends"][0][0] > x, "the paths follow while the finger moves"
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        after = wait_for_other(page, before)
        assert 0 < after.geodesic <= after.line
        moved = page.get_by_role("button", name="Point A").bounding_box()
        assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((40, -32), abs=3)
        assert state(page)["ends"][0][1] > y
        assert page.evaluate("() => scrollY") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("model", ["images", "arms"])
def test_axe_finds_no_fault(browser: Browser, explorer: Path, scheme: str, model: str) -> None:
    with opened(browser, explorer, f"#model={model}&metric=smoothed&lines=1", color_scheme=scheme) as page:
        page.wait_for_timeout(500)
        found = Axe().run(page).response["violations"]
        assert [(one["impact"], one["id"], one["nodes"][0]["target"]) for one in found] == []
