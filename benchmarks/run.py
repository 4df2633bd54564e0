"""Run every benchmark and write `benchmarks/results.md`.  `make bench` calls it.

Where the environment variable TIERPROOF_EARLIER names the interpreter of an earlier build, budgets, kills, claims and
commands are held against it.
"""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

import caps
import claims
import commands
import efficiency
import kills
import logs
import page
import speed
import throughput
from results import markdown


def main() -> None:
    earlier = os.environ.get("TIERPROOF_EARLIER", "")
    rows = [*speed.rows(), *throughput.rows(), *efficiency.rows(earlier=earlier), *logs.rows(), *page.rows()]
    rows += [*caps.rows(earlier), *kills.rows(earlier), *claims.rows(earlier), *commands.rows(earlier)]
    machine = f"A run of {time.strftime('%Y-%m-%d')}, Python {platform.python_version()} on {platform.machine()}"
    head = f"{machine}; ratios are against the peer named in the row, in the same run.\n\n"
    text = "# Benchmarks\n\n" + head + markdown(rows)
    Path(__file__).with_name("results.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
