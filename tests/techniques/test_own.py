"""Systems of the team's own: functions, and frameworks that call over the local bridge."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from techniques.answering import BASELINE, answered, made, resources, says, specs, tool_call
from tierproof.errors import InputError
from tierproof.experiment.calls.rehearsal import MANNERS, Rehearsal
from tierproof.systems.bridge import bridge
from tierproof.systems.models import ChatReply, Usage
from tierproof.systems.models.wire.refusals import CallFailed
from tierproof.systems.resources import Own
from tierproof.techniques import Item


def own(function: Callable[..., Any], kind: Any = "function") -> Any:
    return resources(own={"ours": Own(name="ours", kind=kind, function=function)})


def post(base_url: str, api_key: str, body: Mapping[str, Any]) -> Any:
    """What a framework's client does."""
    request = urllib.request.Request(
        f"{base_url}/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        error.close()
        raise


def test_an_async_function_asks_through_the_caller() -> None:
    async def answer(text: str, ask: Any) -> str:
        first = await ask(f"Facts about: {text}")
        second = await ask([{"role": "user", "content": f"Given {first.text}: {text}"}], temperature=0.5)
        return f"final {second.text}"

    exchange = answered("own", says("reeds"), given=own(answer))
    assert exchange.answer.text == "final reeds"
    assert exchange.answer.calls == 2
    assert exchange.answer.usd > 0
    assert exchange.bodies[1]["temperature"] == 0.5


def test_a_plain_function_may_ask_and_wait() -> None:
    def answer(text: str, ask: Any) -> str:
        return str(ask(text).text).upper()

    assert answered("own(name=ours)", says("reeds"), given=own(answer)).answer.text == "REEDS"


def test_calls_made_elsewhere_state_what_they_cost() -> None:
    exchange = answered("own", says("x"), given=own(lambda text: {"text": "reeds", "usd": 0.25, "seconds": 3.0}))
    assert (exchange.answer.usd, exchange.answer.seconds, exchange.answer.calls) == (0.25, 3.0, 1)
    with pytest.raises(InputError, match="does not say what its answers cost"):
        answered("own", says("x"), given=own(lambda text: "reeds"))


def test_time_is_measured_where_it_is_not_stated() -> None:
    def slow(text: str) -> dict[str, Any]:
        time.sleep(0.05)
        return {"text": "x", "usd": 0.0}

    # At least the sleep; the upper bound only says that it is not some other unit.
    assert 0.05 <= answered("own", says("x"), given=own(slow)).answer.seconds < 40


def test_a_system_that_fails_has_no_answer() -> None:
    def broken(text: str, ask: Any) -> str:
        raise KeyError("nest")

    with pytest.raises(KeyError, match="nest"):
        answered("own", says("x"), given=own(broken))


@pytest.mark.parametrize("kind", ["function", "factory"])
def test_a_forecast_runs_nothing_of_the_teams_own(kind: str) -> None:
    def never(*arguments: Any, **named: Any) -> Any:
        raise AssertionError("it ran")

    system = made("own", own(never, kind))
    with Rehearsal(specs("http://localhost/v1"), MANNERS["likely"]) as caller:
        answer = asyncio.run(system.answer(Item(id="1", input="?"), caller))
    assert (answer.calls, caller.tally.calls) == (1, 1)


def test_a_system_that_is_not_there() -> None:
    with pytest.raises(InputError, match="no system 'theirs'"):
        answered("own(name=theirs)", says("x"), given=own(print))


def test_a_framework_calls_over_the_bridge() -> None:
    class Runnable:
        def __init__(self, base_url: str, api_key: str, model: str) -> None:
            self.where = (base_url, api_key)
            self.model = model

        async def ainvoke(self, given: str) -> Any:
            body = {"model": self.model, "messages": [{"role": "user", "content": given}], "max_tokens": 9, "x": 1}
            reply = await asyncio.to_thread(post, *self.where, body)

            class Said:
                content = reply["choices"][0]["message"]["content"]

            return Said()

    exchange = answered("own", says("reeds"), given=own(Runnable, "factory"))
    assert exchange.answer.text == "reeds"
    assert exchange.answer.calls == 1
    sent = exchange.bodies[0]
    assert (sent["model"], sent["max_tokens"], sent["x"]) == ("small", 9, 1)


def test_a_module_is_asked_by_its_first_field() -> None:
    class Module:
        def __init__(self, **settings: Any) -> None:
            self.signature = SimpleNamespace(input_fields={"request": None})
            self.settings = settings

        async def acall(self, request: str) -> Mapping[str, str]:
            body = {"messages": [{"role": "user", "content": request}]}
            reply = await asyncio.to_thread(post, self.settings["base_url"], self.settings["api_key"], body)
            return {"reasoning": "because", "answer": reply["choices"][0]["message"]["content"]}

    assert answered("own", says("reeds"), given=own(Module, "factory")).answer.text == "reeds"


def test_an_error_behind_the_bridge_comes_out_as_itself() -> None:
    def make(base_url: str, api_key: str, model: str) -> Any:
        def call(text: str) -> str:
            try:
                post(base_url, api_key, {"messages": [{"role": "user", "content": "too long"}]})
            except urllib.error.HTTPError as error:
                raise RuntimeError("the framework's own wrapping") from error
            return "not reached"

        return call

    with pytest.raises(InputError, match="maximum context length"):
        answered("own", says("x"), given=own(make, "factory"))


def test_a_framework_that_goes_on_without_an_answer_is_not_believed() -> None:
    def make(base_url: str, api_key: str, model: str) -> Any:
        def call(text: str) -> str:
            try:
                post(base_url, api_key, {"messages": [{"role": "user", "content": text}]})
            except urllib.error.HTTPError:
                return "a default"
            return "an answer"

        return call

    with pytest.raises(CallFailed):
        # No JSON: the client gives up after two attempts.
        answered("own", lambda body: {"content": 5}, given=own(make, "factory"))


def test_the_bridge_speaks_the_protocol_and_knows_its_own() -> None:
    reply = ChatReply(text="", usage=Usage(prompt_tokens=7, completion_tokens=2, cached_tokens=3), seconds=0.1)

    async def run() -> tuple[Any, Any]:
        async def ask(body: Mapping[str, Any]) -> ChatReply:
            return reply

        async with bridge(ask) as local:
            body = {"messages": [{"role": "user", "content": "x"}]}
            good = await asyncio.to_thread(post, local.base_url, local.api_key, body)
            with pytest.raises(urllib.error.HTTPError, match="401"):
                await asyncio.to_thread(post, local.base_url, "guess", body)
            return good, local.base_url

    good, base_url = asyncio.run(run())
    assert base_url.startswith("http://127.0.0.1:")
    assert good["usage"]["prompt_tokens_details"] == {"cached_tokens": 3}
    assert good["usage"]["total_tokens"] == 9


def test_a_langchain_chain_runs_as_it_is() -> None:
    runnables = pytest.importorskip("langchain_core.runnables")

    def make(base_url: str, api_key: str, model: str) -> Any:
        def call(text: str) -> str:
            body = {"model": model, "messages": [{"role": "user", "content": text}]}
            return str(post(base_url, api_key, body)["choices"][0]["message"]["content"])

        return runnables.RunnableLambda(call) | runnables.RunnableLambda(str.upper)

    assert answered("own", says("reeds"), given=own(make, "factory")).answer.text == "REEDS"


def test_optimised_prompts_are_searched_for_and_carried_over() -> None:
    pytest.importorskip("dspy")
    from tierproof.techniques import Example

    def reply(body: Mapping[str, Any]) -> str:
        # A model that adds even numbers, and odd ones only once it has been shown an example; in DSPy's chat format, in
        # which the answer stands under a heading of its own.
        text = str(body["messages"][-1]["content"])
        request = text.partition("[[ ## request ## ]]")[2].strip().partition("\n")[0]
        number = int(request.partition(" + ")[0] or 0)
        shown = any(message["role"] == "assistant" for message in body["messages"])
        answer = str(number + 1) if number % 2 == 0 or shown else "unknown"
        return f"[[ ## answer ## ]]\n{answer}\n\n[[ ## completed ## ]]" if "[[ ##" in text else answer

    train = tuple(Example(input=f"{number} + 1?", output=str(number + 1)) for number in range(10, 18))
    given = resources(train=train)
    exchange = answered("prompt-engineering/dspy(candidates=2,shots=2)", reply, "20 + 1?", given=given)
    assert exchange.answer.calls == 1, "the search is no cost of an answer"
    assert len(exchange.bodies) > 2
    shown = exchange.texts()
    assert len(shown) >= 3 and shown[-1].endswith("20 + 1?"), "examples were chosen and are shown"
    assert BASELINE.prompt.examples is None


def test_a_tool_call_passes_the_bridge() -> None:
    def make(base_url: str, api_key: str, model: str) -> Any:
        def call(text: str) -> str:
            tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
            body = {"messages": [{"role": "user", "content": text}], "tools": tools}
            return str(post(base_url, api_key, body)["choices"][0]["message"]["tool_calls"][0]["function"]["name"])

        return call

    exchange = answered("own", lambda body: tool_call("f", "{}"), given=own(make, "factory"))
    assert exchange.answer.text == "f"
    assert exchange.bodies[0]["tools"][0]["function"]["name"] == "f"
