"""Pictures of the page and of the report for README and docs/, taken in a browser of what the program says now.

    python scripts/screenshots.py        # make pictures; needs playwright and a Chromium on the PATH

Enters: the installed program.  Leaves: docs/images/page.png, technique.png and report.png.  Look at them before they
are committed: no test can.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["main"]

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PAGES = {"page": ("/", 980), "technique": ("/techniques/retrieval-augmented-generation", 880)}
"""Address and height by the picture's name."""
WIDTH, REPORT_HEIGHT = 1280, 1000


def main() -> None:
    """Raises RuntimeError where there is no browser."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (of the one who takes pictures)

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("there is no Chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _of_the_page(browser)
        _of_the_report(browser)
        browser.close()


def _of_the_page(browser: Any) -> None:
    command = [sys.executable, "-m", "tierproof", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found is not None
            for name, (address, height) in PAGES.items():
                _taken(browser, found[0].rstrip("/") + address, name, height)
        finally:
            server.terminate()


def _of_the_report(browser: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        subprocess.run([sys.executable, "-m", "tierproof", "report", "--output", report], check=True)
        _taken(browser, report.as_uri(), "report", REPORT_HEIGHT)


def _taken(browser: Any, address: str, name: str, height: int) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    page.close()


if __name__ == "__main__":
    main()
