"""A run that goes on after it was cut off: every technique asks the same again, so the journal answers, and nothing is
paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from servers.endpoint import serve
from techniques.answering import BASELINE, resources, specs, tool_call
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.techniques import Answer, Item, Tool, build

ITEMS = tuple(Item(id=str(number), input=f"Where does the heron nest in {number}?") for number in range(3))
LOOK = Tool(name="look", description="", parameters={"type": "object"}, run=lambda given: "reeds")
GIVEN = resources(tools=(LOOK,), schema={"type": "object"}, requests=ITEMS)
ARMS = (
    "agent-orchestration",
    "chain-of-thought/checked-refine",
    "chain-of-thought/plan",
    "chain-of-thought/self-refine",
    "dsl-injection/both",
    "function-calling+test-time-compute(samples=3)",
    "model-routing",
    "model-routing/probability",
    "model-routing/vote",
    "prompt-caching(markers=true)",
    "prompt-engineering/induced",
    "prompt-engineering/similar-examples",
    "retrieval-augmented-generation+stress/distractors",
    "semantic-caching",
    "stress/injection",
    "stress/long-context(characters=200)",
    "stress/paraphrase",
    "stress/repeat",
    "stress/typos",
    "test-time-compute/best-of-n",
)


def moody(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """An answer that depends on everything that is asked, so that a request which changed would show."""
    if body.get("tools") and body.get("tool_choice") != "none" and body["messages"][-1]["role"] != "tool":
        return tool_call("look", "{}")
    return hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=4).hexdigest()


def session(arm: str, base_url: str, folder: Path) -> list[Answer]:
    async def run() -> list[Answer]:
        with Journal(folder / "journal.sqlite", run="r") as journal:
            async with Caller(specs(base_url), journal=journal) as caller:
                system = await build(arm, BASELINE, GIVEN, caller)
                return [await system.answer(item, caller, purpose=arm) for item in ITEMS]

    return asyncio.run(run())


@pytest.mark.parametrize("arm", ARMS)
def test_the_journal_answers_a_second_session(arm: str, tmp_path: Path) -> None:
    with serve(answer=moody) as endpoint:
        first = session(arm, endpoint.base_url, tmp_path)
        calls = endpoint.stats()["calls"]
        second = session(arm, endpoint.base_url, tmp_path)
        assert endpoint.stats()["calls"] == calls > 0
    assert [told(answer) for answer in first] == [told(answer) for answer in second]


def told(answer: Answer) -> tuple[object, ...]:
    """All but the time that retrieval and tools took here."""
    calls = tuple((entry.kind, entry.name, entry.text, entry.usd, entry.seconds) for entry in answer.trace)
    return answer.text, answer.raw, answer.calls, answer.usd, answer.seconds, answer.usage, answer.attacked, calls
