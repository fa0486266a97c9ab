"""A page in a real Chromium, without a window: what a test of it needs, and what it must never do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import playwright
from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["chromium", "node", "opened", "started"]

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The browser: CHROMIUM, or the first of its usual names that there is."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError(f"no browser: none of {', '.join(NAMES)} is here; `make browser` tells how to get one")
    return found


def node() -> str:
    """Node: the one that is installed, or the one that playwright brings."""
    return shutil.which("node") or str(Path(playwright.__file__).parent / "driver" / "node")


@contextmanager
def started() -> Iterator[Browser]:
    """A browser, for many pages."""
    with sync_playwright() as drivers:
        browser = drivers.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, view: str = "", width: int = 1280, height: int = 860, **look: Any
) -> Iterator[Page]:
    """A page that was opened from a disk and has shown its first geodesic.

    Args:
        browser: See `started`.
        file: The page.
        view: What stands behind its address.
        width: Of the window, in pixels.
        height: Of it.
        look: Further options of playwright's context, e.g. color_scheme or has_touch.

    Raises:
        AssertionError: The page said something on the console, raised an error, or asked for a file or an address.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **look)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.goto(f"{file.resolve().as_uri()}{view}")
    page.wait_for_function("() => document.getElementById('length-geodesic').value")
    yield page
    beyond = [address for address in asked if not address.startswith(("blob:", "data:", file.resolve().as_uri()))]
    context.close()
    assert said == []
    assert beyond == []
