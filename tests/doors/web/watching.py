"""A server as the command starts it, a browser that looks at it, and a pack that would take the page over."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doors.web.asking import ROOT, VISION

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ATTACKS = (
    '<img src=x onerror="window.taken=1">',
    "<script>window.taken=1</script>",
    "\"><svg onload='window.taken=1'>",
    "'}};window.taken=1;//",
    "{{ ''.__class__ }}{% raw %}",
)
SHOTS = os.environ.get("TIERPROOF_SHOTS", "")
"""A folder for pictures of what the tests see; empty: none are kept."""


@contextmanager
def served(pack: Path = VISION, *, workspace: Path = ROOT) -> Iterator[str]:
    """The address of a server of its own process, as `tierproof serve` prints it."""
    command = [sys.executable, "-m", "tierproof", "serve", "--port", "0", "--pack", str(pack)]
    command += ["--workspace", str(workspace)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as one:
        assert one.stdout is not None
        waiting = threading.Timer(120, one.kill)
        waiting.start()
        try:
            first = one.stdout.readline()
            waiting.cancel()
            found = re.search(r"http://\S+", first)
            assert found, first + one.stdout.read()
            yield found[0].rstrip("/")
        finally:
            waiting.cancel()
            one.terminate()


@contextmanager
def looked_at() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root there is no sandbox; what is shown here are the tests' own pages.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """What a page did beside showing itself: it must be nothing."""

    def __init__(self, page: Any) -> None:
        self.faults: list[str] = []
        page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "blob:", "data:")):
            self.faults.append(f"asked {url}")


def hostile(folder: Path) -> Path:
    """A copy of a pack in which every text that people see is an attack."""
    pack = folder / "hostile"
    shutil.copytree(VISION, pack)
    attack = "".join(ATTACKS)
    for number, file in enumerate(sorted((pack / "techniques").glob("*.toml"))):
        text = file.read_text(encoding="utf-8")
        for field in ("name", "short", "summary"):
            said = f"<b onload=x>{number}" if field == "short" else f"{number} {attack}"
            line = f"{field} = {json.dumps(said)}"
            text = re.sub(rf"^{field} = .*$", lambda _, line=line: line, text, count=1, flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
    for file in (pack / "evidence").glob("*.jsonl"):
        records = []
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            record["metric"] = record["comparator"] = attack
            record["model"] = record["task"] = record["note"] = attack
            record["source"] |= {"title": attack, "authors": attack, "locator": attack}
            record["source"]["ref"] = "javascript:window.taken=1"
            records.append(json.dumps(record))
        file.write_text("\n".join(records) + "\n", encoding="utf-8")
    return pack
