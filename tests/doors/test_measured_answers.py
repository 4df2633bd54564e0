"""What `measure` says of answers that are none: cut off, empty, filtered, not judged; and of arms by other names."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MANIFEST = """
name = "counts"

[[models]]
name = "m"
base_url = "{url}"
price = {{ input = 1.0, output = 2.0 }}

[scorer]
{scorer}

[profile]
value_per_success = 0.1
requests_per_month = 1000
"""


Reply = tuple[dict[str, Any], str]
"""A message, and why it ended."""
SEVEN: Reply = ({"content": "7"}, "stop")


@contextmanager
def answering(*replies: Reply, judge: str = "") -> Iterator[str]:
    """The reply of the number that a question names, else the last."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"])).decode()
            number = next((at for at in range(len(replies)) if f"question {at}" in asked), -1)
            message, finish = ({"content": judge}, "stop") if "answer to judge" in asked else replies[number]
            reply = {
                "id": "x",
                "model": "m",
                "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
                "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
            }
            body = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def measured(
    folder: Path, url: str, *words: str, scorer: str = 'kind = "number"', head: str = ""
) -> tuple[str, list[dict[str, Any]]]:
    folder.mkdir(exist_ok=True)
    (folder / "workload.toml").write_text(head + MANIFEST.format(url=url, scorer=scorer), encoding="utf-8")
    rows = [{"id": str(n), "input": f"question {n}", "target": "7"} for n in range(4)]
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = [sys.executable, "-m", "tierproof", "measure", str(folder), "--fixed", "4", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    lines = (folder / "results" / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    return " ".join(done.stdout.split()), [json.loads(line) for line in lines]


def test_replies_that_are_no_answers_are_counted(tmp_path: Path) -> None:
    replies: tuple[Reply, ...] = (
        ({"content": "<think>it must be 7"}, "length"),
        SEVEN,
        ({"content": ""}, "stop"),
        ({"content": ""}, "content_filter"),
    )
    with answering(*replies) as url:
        text, outcomes = measured(tmp_path / "w", url, "--techniques", "CoT, Chain of thought")
    # Arms have the names that people give them.
    assert {one["arm"] for one in outcomes} == {"baseline", "chain-of-thought"}
    assert {one["item"]: one["ended"] for one in outcomes} == {
        "0": "cut off",
        "1": "",
        "2": "empty",
        "3": "filtered",
    }
    assert {one["score"] for one in outcomes if one["ended"]} == {0.0}
    assert "1 of 4 replies cut off at the limit" in text and "1 of 4 replies empty" in text
    assert "1 of 4 replies taken away by the endpoint's filter" in text


def test_an_arm_without_a_whole_reply_is_not_measured(tmp_path: Path) -> None:
    replies: tuple[Reply, ...] = (
        ({"content": None, "reasoning_content": "it must be 7"}, "length"),
        ({"content": ""}, "stop"),
    )
    with answering(*replies) as url:
        text, outcomes = measured(tmp_path / "w", url, "--techniques", "cot")
    assert {one["ended"] for one in outcomes} == {"cut off", "empty"}
    assert "none of 4 replies was a whole answer; cut off at the limit of a reply: 1" in text


def test_replies_that_decline_or_call_what_was_not_offered_are_counted(tmp_path: Path) -> None:
    called = {"id": "c", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    replies: tuple[Reply, ...] = (
        ({"content": None, "refusal": "I will not say that it is 7."}, "stop"),
        ({"content": None, "tool_calls": [called]}, "tool_calls"),
        SEVEN,
    )
    with answering(*replies) as url:
        text, outcomes = measured(tmp_path / "w", url, "--techniques", "cot")
    ended = {one["item"]: one["ended"] for one in outcomes if one["arm"] == "baseline"}
    assert ended == {"0": "declined", "1": "tool call", "2": "", "3": ""}
    assert "1 of 4 replies declined by the model" in text and "1 of 4 replies calls of a tool in place of" in text


def test_answers_that_no_grade_was_given_for_are_no_evidence(tmp_path: Path) -> None:
    scorer = 'kind = "judge"\nmodel = "m"\nrubric = "right?"'
    with answering(({"content": "fine"}, "stop"), judge="It reads well.") as url:
        text, outcomes = measured(tmp_path / "w", url, "--techniques", "cot", scorer=scorer)
    assert "4 items without an answer that could be scored" in text
    assert all(one["score"] is None and "gave no grade" in one["error"] for one in outcomes)
    assert (tmp_path / "w" / "results" / "evidence.jsonl").read_text(encoding="utf-8") == ""


def test_what_was_not_measured_is_one_line_unless_asked(tmp_path: Path) -> None:
    lacking = ["retrieval-augmented-generation", "function-calling", "model-scaling", "lora"]
    arms = f"arms = {json.dumps(['cot', *lacking])}\n"
    with answering(SEVEN) as url:
        text, _ = measured(tmp_path / "w", url, head=arms)
    done = subprocess.run(
        [sys.executable, "-m", "tierproof", "measure", str(tmp_path / "w"), "--dry-run", "--explain"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "4 techniques not measured for want of what they need: --explain says what" in text
    assert "needs documents/" not in text
    assert "not measured, needs documents/ or [retriever]:" in " ".join(done.stdout.split())
