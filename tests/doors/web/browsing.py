"""The page in headless Chromium, where there is one, with ears for what it must not say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from doors.web.watching import CHROMIUM

PHONE = {"width": 390, "height": 800}
DESK = {"width": 1280, "height": 900}
PATIENCE = 60_000
"""Milliseconds: a busy machine is no fault of the page."""


@contextmanager
def browsing(size: dict[str, int] | None = None) -> Iterator[Any]:
    """A page that may say nothing on its console and open no dialog: `page.said` lists both."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("there is no Chromium on the PATH")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=size or DESK)
        page.set_default_timeout(PATIENCE)
        said: list[str] = []
        page.said = said
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

        def dismiss(dialog: Any) -> None:
            said.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", dismiss)
        try:
            yield page
        finally:
            browser.close()


def fits(page: Any) -> bool:
    """Whether nothing makes the page wider than the screen."""
    found: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return found
