"""`tierproof measure` as a person runs it, against a real server; cut off, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from doors.checked import check
from experiment import sums
from servers.endpoint import Endpoint, item_prompt, item_target, serve
from tierproof.doors.cli import app
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS

HOSTILE = "<script>alert(1)</script>\x1b[31m[bold]&{{ 7*7 }}\u202e"
MANIFEST = """
name = "Sums <b>"
setting = "benchmark"
task_family = "math"
arms = ["chain-of-thought", "retrieval-augmented-generation", "system-prompt-design+chain-of-thought"]

[[models]]
name = "small"
base_url = "{base_url}"
price = {{ input = 10, output = 30 }}
max_output = 32
concurrency = 16

[scorer]
kind = "exact"

[profile]
value_per_success = 1.0
"""


def folder(path: Path, endpoint: Endpoint, count: int = 60) -> Path:
    path.mkdir()
    (path / "workload.toml").write_text(MANIFEST.format(base_url=endpoint.base_url), encoding="utf-8")
    rows = [
        {"id": f"i{at} {HOSTILE}", "input": f"{item_prompt(at)} {HOSTILE}", "target": item_target(at)}
        for at in range(count)
    ]
    (path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def tierproof(*words: str) -> SimpleNamespace:
    """What the command says and ends with, asked in this process."""
    ended = CliRunner().invoke(app, [*words], env={"COLUMNS": "80", "NO_COLOR": "1"})
    return SimpleNamespace(returncode=ended.exit_code, stdout=ended.stdout, stderr=ended.stderr)


def hostile_answer(body: dict[str, object]) -> str:
    right = sums.answer(body)
    return right if int(right) % 3 else f"{right} {HOSTILE}"


def test_a_measurement_and_its_folder(tmp_path: Path) -> None:
    with serve(answer=hostile_answer) as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        first = tierproof("measure", str(workload), "--budget", "2usd,5000calls", "--json")
        calls = endpoint.calls.total()
        assert first.returncode == 0, first.stderr
        again = tierproof("measure", str(workload), "--budget", "2usd")
        # The second run found every answer in the journal.
        assert endpoint.calls.total() == calls
        assert again.returncode == 0
    data = json.loads(first.stdout)
    check(data)
    assert data["schema"] == "tierproof/measure/1"
    assert data["ending"]["kind"] == "complete"
    assert [arm["name"] for arm in data["arms"]] == [
        "baseline", "chain-of-thought", "system-prompt-design+chain-of-thought",
    ]  # fmt: skip
    assert data["left_out"] == {"retrieval-augmented-generation": "needs documents/ or [retriever]"}
    assert data["spend"]["calls"] == calls
    assert data["trained"] == []
    assert 0 < data["spend"]["usd"] <= 2
    # A combination speaks of no single technique.
    assert [update["technique"] for update in data["updates"]] == ["chain-of-thought"]
    assert {one.name for one in (workload / "results").iterdir()} >= {"report.html", "outcomes.jsonl", "evidence.jsonl"}

    text = again.stdout
    assert "not measured, needs documents/ or [retriever]: retrieval-augmented-generation" in text
    assert "chain-of-thought" in text and "Chain-of-thought prompting" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text

    page = (workload / "results" / "report.html").read_text(encoding="utf-8")
    parser = Tags()
    parser.feed(page)
    assert "script" not in parser.tags and "b" in parser.tags
    assert not parser.addresses  # nothing to load
    assert "alert(1)" in page and "<script>" not in page and "\x1b" not in page and "\u202e" not in page
    assert "{{ 7*7 }}" in page  # not evaluated
    assert "Training" not in text and "Training" not in page  # nothing was trained
    assert "items won" not in page and "Won : lost" in page
    assert "what is" in page  # what was asked stands beside what was answered


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_evidence_of_a_run_is_what_packs_hold(tmp_path: Path) -> None:
    from msgspec import json as msgspec_json

    from tierproof.evidence.record import Record

    with serve(answer=sums.answer) as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        assert tierproof("measure", str(workload), "--fixed", "20").returncode == 0
    lines = (workload / "results" / "evidence.jsonl").read_bytes().splitlines()
    records = [msgspec_json.decode(line, type=Record) for line in lines]
    assert {(record.technique, record.outcome, record.n) for record in records} == {
        ("chain-of-thought", outcome, 20) for outcome in ("quality", "cost", "latency")
    }
    assert {record.setting for record in records} == {"benchmark"}
    assert {record.task_family for record in records} == {"math"}


def test_a_dry_run_sends_nothing_and_says_what_to_expect(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        told = tierproof("measure", str(workload), "--dry-run", "--budget", "10calls")
        data = json.loads(tierproof("measure", str(workload), "--dry-run", "--json").stdout)
        assert endpoint.calls.total() == 0
    assert told.returncode == 0, told.stderr
    assert "The budget of 10 calls will likely end it" in told.stdout
    assert "calls" in told.stdout and "minutes" in told.stdout
    assert data["calls"]["low"] <= data["calls"]["likely"] <= data["calls"]["high"]
    assert not (workload / "results").exists()


def test_a_budget_ends_the_run_with_results_so_far_and_more_goes_on(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        small = tierproof("measure", str(workload), "--budget", "50 calls")
        assert small.returncode == 0, small.stderr
        assert "the budget of 50 calls is used up" in small.stdout
        assert endpoint.calls.total() == 50
        whole = json.loads(tierproof("measure", str(workload), "--json").stdout)
        assert whole["ending"]["kind"] == "complete"
        # Every trial takes one call, and none was made twice; some items are asked once more to time the arms.
        timing = TIMED_ITEMS * len(whole["arms"])
        assert endpoint.calls.total() == whole["spend"]["calls"]
        assert whole["spend"]["calls"] == sum(arm["answered"] for arm in whole["arms"]) + timing


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--budget", "five"), "'five' is no amount"),
        (("--techniques", "chain-of-thoughts"), "did you mean chain-of-thought"),
        # By the nearest spelling, also of what techniques are otherwise called.
        (("--techniques", "ragg"), "did you mean rag?"),
        (("--fixed", "1000"), "the workload has 60 items"),
        # Where no arm is left, the baseline alone would be paid for in vain.
        (("--techniques", "retrieval-augmented-generation"), "needs documents/ or [retriever]"),
        (("--output", __file__), "cannot be made"),
    ],
)
def test_slips_are_told_with_exit_code_2(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    with serve(answer=sums.answer) as endpoint:
        result = tierproof("measure", str(folder(tmp_path / "w", endpoint)), *words)
        assert endpoint.calls.total() == 0
    assert result.returncode == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_afresh_refuses_a_folder_that_holds_a_run(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        words = ("measure", str(workload), "--fixed", "5", "--afresh")
        assert tierproof(*words).returncode == 0
        second = tierproof(*words)
    assert second.returncode == 2
    assert "holds the journal of an earlier run" in second.stderr


def test_a_wrong_key_ends_with_code_2_and_without_the_key(tmp_path: Path) -> None:
    with serve(answer=sums.answer, key="right") as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        path = workload / "workload.toml"
        path.write_text(path.read_text().replace('name = "small"', 'name = "small"\napi_key_env = "SOME_KEY"'))
        os.environ["SOME_KEY"] = "sk-secret-secret"
        try:
            result = tierproof("measure", str(workload))
        finally:
            del os.environ["SOME_KEY"]
    assert result.returncode == 2
    assert "SOME_KEY" in result.stderr
    everything = (
        result.stdout
        + result.stderr
        + "".join(path.read_bytes().decode("utf-8", "replace") for path in (workload / "results").iterdir())
    )
    assert "sk-secret" not in everything


@pytest.mark.parametrize(
    ("signals", "code"), [((signal.SIGINT,), 130), ((signal.SIGTERM,), 143), ((signal.SIGINT,) * 4, 130)]
)
def test_ctrl_c_and_sigterm_stop_cleanly_with_results_so_far(
    tmp_path: Path, signals: tuple[signal.Signals, ...], code: int
) -> None:
    with serve(answer=sums.answer, latency=0.05) as endpoint:
        workload = folder(tmp_path / "w", endpoint, count=2000)
        command = [sys.executable, "-m", "tierproof", "measure", str(workload), "--fixed", "2000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 300
            while endpoint.answered.total() < 100 and time.monotonic() < deadline:
                time.sleep(0.02)
            for number in signals:
                process.send_signal(number)
                time.sleep(0.01)
            output, errors = process.communicate(timeout=300)
        assert process.returncode == code, errors
        if len(signals) == 1:
            # What was in flight came back and was kept.
            assert endpoint.calls.total() == endpoint.answered.total()
    assert "stopping after the calls in flight" in errors
    assert "the same command goes on where it was" in output
    assert "Traceback" not in errors
    match = re.search(r"baseline +([\d,]+)", output)
    assert match is not None and int(match[1]) > 20
    assert (workload / "results" / "report.html").exists()


def test_nobody_there_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        workload = folder(tmp_path / "w", endpoint)
        first = tierproof("measure", str(workload), "--fixed", "8", "--techniques", "chain-of-thought")
        assert first.returncode == 0
        second = tierproof("measure", str(workload), "--fixed", "8", "--techniques", "system-prompt-design")
        assert second.returncode == 0
        # The first run's arm stands beside the second's.
        assert "Measured before, on the same items and settings, and joined: chain-of-thought (" in " ".join(
            second.stdout.split()
        )
        page = (workload / "results" / "report.html").read_text(encoding="utf-8")
        assert "chain-of-thought" in page and "and joined" in page
        calls = endpoint.calls.total()
        again = json.loads(
            tierproof("measure", str(workload), "--fixed", "8", "--techniques", "system-prompt-design", "--json").stdout
        )
        both = ["system-prompt-design", "chain-of-thought"]
        assert endpoint.calls.total() == calls
        assert [arm["name"] for arm in again["arms"]] == ["baseline", *both]
        assert [arm["joined"] for arm in again["arms"]] == [False, False, True] and again["apart"] == {}
    # The server is gone: what is in the journal can still be shown, and a new run ends at once.
    assert tierproof("measure", str(workload), "--fixed", "8", "--techniques", ",".join(both)).returncode in (0, 2)
    start = time.monotonic()
    dead = tierproof("measure", str(workload), "--output", str(tmp_path / "other"))
    assert dead.returncode == 2 and "nothing listens there" in dead.stderr and "start the endpoint" in dead.stderr
    assert time.monotonic() - start < 30
    assert not (tmp_path / "other" / "journal.sqlite").exists()
