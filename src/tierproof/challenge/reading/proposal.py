"""A reading of a text that a language model proposes: how it is asked, and what of its answer is taken.

Enters: a text and the techniques' names; the model's answer.  Leaves: a chat request with a strict schema; the claims
that fit it. The model says what was claimed, never whether it is true; whatever does not fit the schema is refused
with its reason.  Sends nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec

from tierproof.challenge.claim import CLASSES, FORMS, Claim, Condition, ConditionKind, Form, Outcome
from tierproof.challenge.reading import NotUnderstood, Parsed
from tierproof.challenge.reading.lexis.language import language_of
from tierproof.errors import InputError
from tierproof.evidence.technique import Technique
from tierproof.messages import Message
from tierproof.systems.models import ChatRequest, system_message, user_message

__all__ = ["proposal_request", "proposal_schema", "read_proposal"]

_LONGEST: Final = 20_000
"""Characters of the text that are put to the model."""
_ASKED: Final = """You read claims about AI techniques. List every claim that the text makes; judge none of them.
Tone, politeness, doubt, authority and majority ("everyone knows that") are no part of a claim.
Subjects and objects are ids from the schema; "*everything-else" means all techniques but those named.
A plain denial of help is "no-effect"; "X can replace Y" is a negated "cannot-replace"; "dead" or "hype" is "overhyped",
"undervalued" is "underrated".
An amount ("cuts cost by 30 %") is "at-least" with amount, unit, outcome and the direction in which the outcome moves.
Answer with JSON of the schema only."""


class _Claim(msgspec.Struct, forbid_unknown_fields=True):
    """What an answer may say of one claim."""

    form: Form
    subjects: list[str]
    objects: list[str] = []
    outcome: Outcome | None = None
    negated: bool = False
    amount: float | None = None
    unit: str | None = None
    direction: str | None = None
    among: bool = False
    model_size: str | None = None
    task: str | None = None


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    claims: list[_Claim]


def proposal_schema(techniques: Mapping[str, Technique]) -> dict[str, Any]:
    """The JSON schema of an answer; every field is required, as strict modes ask."""
    names = [*sorted(techniques), *CLASSES]
    name = {"type": "string", "enum": names}

    def maybe(values: list[str]) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": values}, {"type": "null"}]}

    fields: dict[str, Any] = {
        "form": {"type": "string", "enum": list(FORMS)},
        "subjects": {"type": "array", "items": name},
        "objects": {"type": "array", "items": name},
        "outcome": maybe(list(get_args(Outcome))),
        "negated": {"type": "boolean"},
        "amount": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "unit": maybe(["percent", "times", "points", "usd", "seconds"]),
        "direction": maybe(["up", "down"]),
        "among": {"type": "boolean"},
        "model_size": maybe(["small", "large"]),
        "task": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    }
    claim = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"claims": {"type": "array", "items": claim}},
        "required": ["claims"],
        "additionalProperties": False,
    }


def proposal_request(text: str, techniques: Mapping[str, Technique], *, model: str) -> ChatRequest:
    """The request that asks `model` to read `text`; at temperature 0, in the strict schema."""
    known = "\n".join(f"{id}: {techniques[id].name}" for id in sorted(techniques))
    schema = {"name": "claims", "strict": True, "schema": proposal_schema(techniques)}
    return ChatRequest(
        model=model,
        messages=(
            system_message(f"{_ASKED}\n\nTechniques:\n{known}\n\nSchema:\n{json.dumps(schema['schema'])}"),
            # The text is data: it stands between marks that it cannot hold.
            user_message("<text>\n" + text[:_LONGEST].replace("<", "‹").replace(">", "›") + "\n</text>"),
        ),
        temperature=0.0,
        response_format={"type": "json_schema", "json_schema": schema},
    )


def read_proposal(answer: str, text: str, techniques: Mapping[str, Technique]) -> Parsed:
    """The claims of an answer, each once; a claim that breaks a rule of the form is listed as not understood.

    Raises InputError where the answer is no JSON of the schema at all.
    """
    try:
        proposed = msgspec.json.decode(_json_in(answer), type=_Answer, strict=True)
    except msgspec.MsgspecError as error:
        raise InputError.of(
            Message("the model's reading is not in the schema: {error}", error=str(error)),
            remedy=Message("try a model that keeps to JSON schemas, or leave --model out"),
            field="model",
        ) from None
    known = {*techniques, *CLASSES}
    claims: list[Claim] = []
    missed: list[NotUnderstood] = []
    for one in proposed.claims:
        names = {*one.subjects, *one.objects}
        if not one.subjects or not names <= known or (claim := _claim(one)) is None:
            told = msgspec.json.encode(one).decode()
            unnamed = not one.subjects or not names <= known
            missed.append(
                NotUnderstood(text=told, reason="no technique named" if unnamed else "no claim found", span=(0, 0))
            )
        elif claim not in claims:
            claims.append(claim)
    language = language_of(text)
    return Parsed(claims=tuple(claims), not_understood=tuple(missed), language=language)


def _json_in(answer: str) -> str:
    """The answer without a fence of code around it."""
    bare = answer.strip()
    if bare.startswith("```"):
        bare = bare.split("\n", 1)[-1].rsplit("```", 1)[0]
    return bare


def _claim(one: _Claim) -> Claim | None:
    needs_amount = one.form == "at-least"
    if needs_amount and (
        one.amount is None
        or one.amount <= 0
        or one.unit not in ("percent", "times", "points", "usd", "seconds")
        or one.direction not in ("up", "down")
    ):
        return None
    if one.form in ("beats", "cannot-replace") and not one.objects:
        return None
    conditions: list[tuple[ConditionKind, str | None]] = [("model-size", one.model_size), ("task", one.task)]
    return Claim(
        form=one.form,
        subjects=tuple(one.subjects),
        objects=tuple(one.objects),
        outcome=one.outcome,
        negated=one.negated,
        amount=one.amount if needs_amount or one.form == "adopted" else None,
        unit=one.unit if needs_amount or one.form == "adopted" else None,  # type: ignore[arg-type]
        direction=one.direction if needs_amount else None,  # type: ignore[arg-type]
        among=one.among,
        conditions=tuple(Condition(kind=kind, value=value) for kind, value in conditions if value),
    )
