"""The page in a real browser: `tierproof serve` in a process of its own, and headless Chromium where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PHONE = {"width": 390, "height": 800}
DESK = {"width": 1280, "height": 900}
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
PATIENCE = 60_000
"""Milliseconds: a busy machine is no fault of the page."""


@contextmanager
def serving(pack: Path, workspace: Path, **environment: str) -> Iterator[str]:
    """The address of a server of its own."""
    command = [sys.executable, "-m", "tierproof", "serve", "--port", "0", "--pack", str(pack)]
    with subprocess.Popen(
        [*command, "--workspace", str(workspace)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    ) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert "http://" in line, line
            yield "http://" + line.partition("http://")[2].split()[0].rstrip("/")
        finally:
            server.terminate()
            server.wait(30)


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
