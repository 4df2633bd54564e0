"""Does a budget hold by the server's own account?  Caps of every kind, at any concurrency, through faults and lies.

    python benchmarks/caps.py                                     this build, a short matrix
    python benchmarks/caps.py --concurrency 1,8,64,256            the whole matrix (a quarter of an hour)
    python benchmarks/caps.py --against OTHER/.venv/bin/python    also an earlier build

A server on this machine (tests/servers/endpoint.py) bills every call, also those whose answer is lost on the way.  Each
cell is a run that its cap ends, and the same command once more; minutes are those from the first answer to the last.
A cell holds if the server's bill is at most the cap times 1.02; where answers bill more than their requests bound, at
most `FIRST_ANSWERS` such answers may lie above.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from results import Row

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from servers.endpoint import HIDDEN_TOKENS, SELDOM_TOKENS, Endpoint, item_prompt, item_target, serve  # noqa: E402

ITEMS = 1200
INPUT_PRICE, OUTPUT_PRICE = 1.0, 4.0
MAX_OUTPUT = 256
CAPS = {"usd": 0.05, "tokens": 40_000, "calls": 300, "minutes": 0.04}
FAULTS: dict[str, dict[str, float]] = {
    "none": {},
    "429 30 %": {"429": 30},
    "500 20 %": {"500": 20},
    "billed 502, 504, 524 20 %": {"502": 7, "504": 7, "524": 6},
    "billed 504 90 %": {"504": 90},
    "resets, malformed 20 %": {"reset": 10, "malformed": 10},
    "no usage": {"nousage": 100},
    "impossible usage": {"wrongusage": 100},
    "hidden thought 20 %": {"thinks": 20},
    "hidden thought, all": {"thinks": 100},
    "hidden prompt 20 %": {"prepends": 20},
    "limit ignored, all": {"long": 100},
    "thought told in other forms": {"apart": 100},
    "thought told seldom": {"seldom": 100},
    "more with every call": {"grows": 100},
    "billed 400 20 %": {"billed400": 20},
    "thought told, no answer 20 %": {"barren": 20},
    "thought told by a 500, 20 %": {"billed500": 20},
    "thought told by a 200 that refuses, 20 %": {"coded": 20},
    "thought told by a stream that breaks off, 20 %": {"broken": 20},
    "thought told by a stream, then less, 20 %": {"shrinks": 20},
}
LIES = {"thinks": HIDDEN_TOKENS * OUTPUT_PRICE / 1e6, "prepends": HIDDEN_TOKENS * INPUT_PRICE / 1e6}
LIES |= dict.fromkeys(("apart", "barren", "billed500", "coded", "broken", "shrinks"), LIES["thinks"])
LIES["long"] = 5 * MAX_OUTPUT * OUTPUT_PRICE / 1e6
LIES["seldom"] = SELDOM_TOKENS * OUTPUT_PRICE / 1e6
LIE_TOKENS = {"thinks": HIDDEN_TOKENS, "apart": HIDDEN_TOKENS, "prepends": HIDDEN_TOKENS, "long": 5 * MAX_OUTPUT}
LIE_TOKENS["seldom"] = SELDOM_TOKENS
LIE_TOKENS |= dict.fromkeys(("barren", "billed500", "coded", "broken", "shrinks"), HIDDEN_TOKENS)
TOLERANCE = 1.02
FIRST_ANSWERS = 8
MANIFEST = """
name = "caps"
[[models]]
name = "m"
base_url = "{base_url}"
price = {{ input = {input_price}, output = {output_price} }}
max_output = {max_output}
concurrency = {concurrency}
timeout_seconds = 5
[scorer]
kind = "exact"
"""


@dataclass(frozen=True)
class Cell:
    limit: str
    concurrency: int
    fault: str
    ratio: float
    """The server's bill over the cap."""
    answers_above: float
    """Answers beyond their bounds that the excess amounts to."""

    @property
    def holds(self) -> bool:
        return self.ratio <= TOLERANCE or 0 < self.answers_above <= FIRST_ANSWERS


def environment(python: str) -> dict[str, str]:
    """Another build's interpreter must not find this one's sources."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH" or python == sys.executable}


def workload(folder: Path, endpoint: Endpoint, concurrency: int) -> Path:
    folder.mkdir(parents=True)
    text = MANIFEST.format(
        base_url=endpoint.base_url,
        input_price=INPUT_PRICE,
        output_price=OUTPUT_PRICE,
        max_output=MAX_OUTPUT,
        concurrency=concurrency,
    )
    (folder / "workload.toml").write_text(text, encoding="utf-8")
    rows = [{"id": f"i{at}", "input": item_prompt(at), "target": item_target(at)} for at in range(ITEMS)]
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def cells(
    python: str = sys.executable,
    *,
    concurrencies: Sequence[int] = (8, 64),
    limits: Iterable[str] = tuple(CAPS),
    faults: Iterable[str] = tuple(FAULTS),
    latency: float = 0.005,
) -> Iterator[Cell]:
    """Try every combination with the build of one interpreter."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        serve(latency=latency) as endpoint,
        subprocess.Popen(
            [python, str(HERE / "driven.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(python),
        ) as driver,
    ):
        for concurrency in concurrencies:
            where = workload(Path(scratch) / str(concurrency), endpoint, concurrency)
            for limit in limits:
                for fault in faults:
                    endpoint.faults = FAULTS[fault]
                    endpoint.reset()
                    unit = "min" if limit == "minutes" else limit
                    job = {"workload": str(where), "budget": f"{CAPS[limit]}{unit}", "fixed": ITEMS}
                    job["output"] = str(where / f"{limit} {fault}")
                    seconds = 0.0
                    for _ in range(2):
                        before = len(endpoint.delivered)
                        _driven(driver, job)
                        times = [when for when, _ in endpoint.delivered[before:]]
                        seconds += max(times) - min(times) if times else 0.0
                    yield _cell(endpoint, limit, concurrency, fault, seconds)
        assert driver.stdin is not None
        driver.stdin.close()


def _driven(driver: subprocess.Popen[str], job: dict[str, object]) -> dict[str, float]:
    assert driver.stdin is not None and driver.stdout is not None
    driver.stdin.write(json.dumps(job) + "\n")
    driver.stdin.flush()
    line = driver.stdout.readline()
    if not line:
        raise SystemExit(f"the build stopped at {job}")
    found: dict[str, float] = json.loads(line)
    return found


def _cell(endpoint: Endpoint, limit: str, concurrency: int, fault: str, seconds: float) -> Cell:
    usd = (endpoint.prompt_tokens * INPUT_PRICE + endpoint.completion_tokens * OUTPUT_PRICE) / 1e6
    tokens = endpoint.prompt_tokens + endpoint.completion_tokens
    bill = {"usd": usd, "tokens": tokens, "calls": endpoint.calls.total(), "minutes": seconds / 60}[limit]
    kind = next((kind for kind in FAULTS[fault] if kind in LIES), "")
    lie = {"usd": LIES, "tokens": LIE_TOKENS}.get(limit, {}).get(kind, 0.0)
    above = (bill - CAPS[limit]) / lie if lie else 0.0
    return Cell(limit, concurrency, fault, bill / CAPS[limit], max(0.0, above))


def rows(against: str = "") -> list[Row]:
    """What `make bench` shows: cells that hold, and the worst of them."""
    here = list(cells())
    there = list(cells(against)) if against else []
    told = f"{sum(cell.holds for cell in here)} of {len(here)} cells hold, worst × {max(c.ratio for c in here):.2f}"
    other = "every cell"
    if there:
        other = f"an earlier build: {sum(c.holds for c in there)}, worst × {max(c.ratio for c in there):.2f}"
    broken = sum(not cell.holds for cell in here)
    return [Row("budgets by the server's account, cells above their cap", told, other, float(broken), 0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concurrency", default="8,64")
    parser.add_argument("--limits", default=",".join(CAPS))
    parser.add_argument("--faults", default=";".join(FAULTS))
    parser.add_argument("--against", default="", help="interpreter of an earlier build")
    options = parser.parse_args()
    builds = {"this build": sys.executable} | ({"earlier build": options.against} if options.against else {})
    for name, python in builds.items():
        found = list(
            cells(
                python,
                concurrencies=[int(one) for one in options.concurrency.split(",")],
                limits=options.limits.split(","),
                faults=options.faults.split(";"),
            )
        )
        print(f"\n{name}: {sum(cell.holds for cell in found)} of {len(found)} cells hold\n")
        print("| limit | fault | " + " | ".join(options.concurrency.split(",")) + " |")
        print("| --- | --- |" + " --- |" * len(options.concurrency.split(",")))
        for limit in options.limits.split(","):
            for fault in options.faults.split(";"):
                line = [cell for cell in found if (cell.limit, cell.fault) == (limit, fault)]
                told = [f"{cell.ratio:.2f}{'' if cell.holds else ' !'}" for cell in line]
                print(f"| {limit} | {fault} | " + " | ".join(told) + " |")


if __name__ == "__main__":
    main()
