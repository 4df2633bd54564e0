"""Run every benchmark and write `benchmarks/results.md`.  `make bench` calls it."""

from __future__ import annotations

import platform
from pathlib import Path

import efficiency
import logs
import speed
import throughput
from results import markdown


def main() -> None:
    rows = [*speed.rows(), *throughput.rows(), *efficiency.rows(), *logs.rows()]
    machine = f"Python {platform.python_version()} on {platform.machine()}"
    head = f"{machine}; ratios are against the peer named in the row, in the same run.\n\n"
    text = "# Benchmarks\n\n" + head + markdown(rows)
    Path(__file__).with_name("results.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
