"""Systems answering items through the real caller from a real server, with what the server was sent."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from servers.endpoint import serve
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.systems.models import ModelSpec, Price
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.parts.direct import Direct
from tierproof.techniques import Answer, Document, Example, Item, Resources, System, build

Body = Mapping[str, Any]
Reply = Callable[[Body], str | Mapping[str, Any]]
PRICE = Price(input=1.0, output=2.0)
BASELINE = System(model="small", steps=Direct())
DOCUMENTS = (
    Document(name="heron.md", text="The purple heron nests in reeds.\n\nIt eats frogs and eels."),
    Document(name="stork.md", text="The black stork nests in old forests."),
    Document(name="crane.md", text="The common crane winters in Spain."),
    Document(name="ibis.md", text="The glossy ibis breeds in colonies."),
    Document(name="gull.md", text="The herring gull follows ships."),
)
EXAMPLES = (
    Example(input="2 + 2?", output="4", reasoning="Two and two are four."),
    Example(input="Where do swans nest?", output="on water"),
    Example(input="3 + 4?", output="7", reasoning="Three and four are seven."),
)


def specs(base_url: str) -> tuple[ModelSpec, ...]:
    return tuple(
        ModelSpec(name=name, base_url=base_url, price=PRICE, timeout_seconds=60.0, max_output=256, context_limit=None)
        for name in ("small", "large", "small-4bit")
    )


def resources(**changes: Any) -> Resources:
    """All that techniques can need."""
    models = specs("http://localhost/v1")[:2]
    swaps = {"quantization": {"small": "small-4bit"}}
    return Resources(**{"models": models, "swaps": swaps, "documents": DOCUMENTS, "examples": EXAMPLES, **changes})


def made(arm: str, given: Resources | None = None, baseline: System = BASELINE) -> System:
    return asyncio.run(build(arm, baseline, given or resources()))


class Exchange:
    """What a server was sent, and what systems made of it."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.answers: list[Answer] = []

    @property
    def answer(self) -> Answer:
        assert len(self.answers) == 1
        return self.answers[0]

    def texts(self, number: int = -1) -> list[str]:
        """Contents of the messages of one request."""
        return [str(message["content"]) for message in self.bodies[number]["messages"]]


def answered(
    system: System | str,
    reply: Reply,
    items: Sequence[Item] | str = "Where does the heron nest?",
    *,
    given: Resources | None = None,
    baseline: System = BASELINE,
    repeats: int = 1,
) -> Exchange:
    """Items answered one after the other; `system` may be the name of an arm."""
    if isinstance(items, str):
        items = (Item(id="1", input=items, target="never shown"),)
    exchange = Exchange()

    def keeping(body: Body) -> str | Mapping[str, Any]:
        exchange.bodies.append(body)
        return reply(body)

    async def run(base_url: str, folder: Path) -> None:
        with Journal(folder / "journal.sqlite", run="test") as journal:
            async with Caller(specs(base_url), journal=journal, retry=RetryPolicy(attempts=2)) as caller:
                asked = system
                if isinstance(asked, str):
                    asked = await build(asked, baseline, given or resources(), caller)
                for item in items:
                    for repeat in range(repeats):
                        exchange.answers.append(await asked.answer(item, caller, purpose="test", repeat=repeat))

    with tempfile.TemporaryDirectory() as folder, serve(answer=keeping) as endpoint:
        asyncio.run(run(endpoint.base_url, Path(folder)))
    assert not any("never shown" in str(body) for body in exchange.bodies), "a system saw the target"
    return exchange


def says(text: str) -> Reply:
    return lambda body: text


def tool_call(name: str, arguments: str, number: int = 1) -> Mapping[str, Any]:
    """A message by which a model asks for a tool."""
    call = {"id": f"call-{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"content": None, "tool_calls": [call]}
