"""What can an endpoint do?  One short request for each feature that techniques rely on.

Enters: a model.  Leaves: a `Feature` for each, with what the endpoint said where it refused.  Must not know techniques
or budgets: a probe stands outside a run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatReply, ChatRequest, ModelSpec, user_message
from tierproof.systems.models.simple import chat
from tierproof.systems.models.wire.refusals import CallFailed, RetryPolicy
from tierproof.systems.resources import Resources
from tierproof.systems.texts.grammar import Dialect, grammar_fields

__all__ = ["Feature", "features_of", "form_held", "form_request"]

TOKENS: Final = 48
GRAMMAR: Final = 'start: "heron" | "osprey"'
ALLOWED: Final = frozenset({"heron", "osprey"})
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"bird": {"enum": sorted(ALLOWED)}},
    "required": ["bird"],
    "additionalProperties": False,
}
TOOL: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a bird up by its name.",
        "parameters": {"type": "object", "properties": {"bird": {"type": "string"}}, "required": ["bird"]},
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    name: str
    has: bool
    told: str
    """`yes`, or what was seen or said instead."""


def features_of(spec: ModelSpec, environ: Mapping[str, str] | None = None) -> tuple[Feature, ...]:
    """Each feature tried once, or with as few requests as tell it.  Never raises for what an endpoint does."""

    def ask(what: str, times: int = 1, **fields: Any) -> list[ChatReply] | str:
        """The replies, or why there are none."""
        request = ChatRequest(model=spec.name, messages=(user_message(what),), max_tokens=TOKENS, **fields)
        try:
            # One after the other: what a cache may do to the second is part of what is asked.
            return [chat(spec, [request], retry=RetryPolicy(attempts=1), environ=environ)[0] for _ in range(times)]
        except InputError as error:
            return error.problems[0].message
        except CallFailed as error:
            said: str = error.args[0]
            return said

    def tried(name: str, found: list[ChatReply] | str, judge: Callable[[list[ChatReply]], str]) -> Feature:
        told = found if isinstance(found, str) else judge(found)
        return Feature(name=name, has=told == "yes", told=told)

    plain = "Answer with a word of your own choice, any that comes to mind."
    drawn = ask(plain, 3, temperature=1.5)
    formed = {"type": "json_schema", "json_schema": {"name": "bird", "schema": SCHEMA, "strict": True}}
    forced = {"type": "function", "function": {"name": "look_up"}}
    return (
        tried("tools", ask("Look up the heron.", tools=(TOOL,), tool_choice=forced), _called),
        tried("response_format", ask("Name a bird, as JSON.", response_format=formed), _formed),
        *(
            tried(f"grammar_dialect {dialect}", ask("Name a bird.", extra=_in_dialect(dialect)), _obeyed)
            for dialect in get_args(Dialect)
        ),
        tried("logprobs", ask(plain, logprobs=True), _weighed),
        tried("temperature", drawn, _differing),
        # Where no draws differ, two of one seed that are alike show nothing.
        tried("seed", ask(plain, 2, temperature=1.5, seed=7), lambda replies: _alike(replies, drawn)),
        tried("usage", drawn, _counted),
        tried(Message("cached tokens"), drawn, _cached),
        tried(Message("reasoning field"), drawn, _reasoned),
    )


def form_request(model: str, resources: Resources) -> ChatRequest:
    """A request for one of two words, in the form in which an endpoint is asked to hold replies to the workload's."""
    if resources.schema is not None:
        formed = {"type": "json_schema", "json_schema": {"name": "bird", "schema": SCHEMA, "strict": True}}
        asked = user_message("Name a bird, as JSON.")
        return ChatRequest(model=model, messages=(asked,), max_tokens=TOKENS, response_format=formed)
    given = Resources(grammar=GRAMMAR, grammar_dialect=resources.grammar_dialect, grammar_field=resources.grammar_field)
    return ChatRequest(
        model=model, messages=(user_message("Name a bird."),), max_tokens=TOKENS, extra=grammar_fields(given)
    )


def form_held(request: ChatRequest, reply: ChatReply) -> bool | None:
    """Is the reply to a `form_request` of its form?  None: it was cut off, or nothing was said."""
    if not (reply.text.strip() or reply.tool_calls) or reply.finish_reason == "length":
        return None
    return (_formed if request.response_format else _obeyed)([reply]) == "yes"


def _in_dialect(dialect: Dialect) -> dict[str, Any]:
    return grammar_fields(Resources(grammar=GRAMMAR, grammar_dialect=dialect))


def _called(replies: list[ChatReply]) -> str:
    calls = replies[0].tool_calls
    return "yes" if calls and calls[0].name == "look_up" else Message("ignored: the reply calls no tool")


def _formed(replies: list[ChatReply]) -> str:
    try:
        value = json.loads(replies[0].text)
    except ValueError:
        return Message("ignored: the reply is no JSON")
    held = isinstance(value, dict) and set(value) == {"bird"} and value["bird"] in ALLOWED
    return "yes" if held else Message("ignored: the reply is JSON of another form")


def _obeyed(replies: list[ChatReply]) -> str:
    # In OpenAI's dialect the reply is the input of the tool that holds the grammar.
    said = {replies[0].text.strip(), *(call.arguments.strip() for call in replies[0].tool_calls)}
    return "yes" if said & ALLOWED else Message("ignored: the reply is not of the grammar")


def _weighed(replies: list[ChatReply]) -> str:
    return "yes" if replies[0].logprobs else Message("ignored: no logprobs in the reply")


def _differing(replies: list[ChatReply]) -> str:
    return (
        "yes"
        if len({reply.text for reply in replies}) > 1
        else Message("{n} draws at 1.5 are all alike", n=len(replies))
    )


def _alike(replies: list[ChatReply], drawn: list[ChatReply] | str) -> str:
    if len({reply.text for reply in replies}) > 1:
        return Message("ignored: two draws of one seed differ")
    return (
        "yes"
        if not isinstance(drawn, str) and _differing(drawn) == "yes"
        else Message("cannot be told: all draws are alike")
    )


def _counted(replies: list[ChatReply]) -> str:
    return Message("no usage in the reply") if replies[0].usage.estimated else "yes"


def _cached(replies: list[ChatReply]) -> str:
    return "yes" if replies[-1].usage.cache_reported else Message("not reported")


def _reasoned(replies: list[ChatReply]) -> str:
    return "yes" if any(reply.reasoning for reply in replies) else Message("none seen")
