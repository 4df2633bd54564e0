"""OpenTelemetry spans of the GenAI conventions: an SDK's JSON lines, or OTLP as JSON.

What a careful guess gets wrong: a call with retries is one span; status UNSET means that all went well; a span has no
item and no score unless something put them there (`gen_ai.evaluation.result` events, an item id among its attributes).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

ITEMS = ("test.case.name", "test.case.id", "langfuse.experiment.item.id", "dataset.item.id", "item.id", "sample.id")
INPUTS = ("gen_ai.input.messages", "gen_ai.prompt", "input.value", "langfuse.trace.input")
RESULT = "gen_ai.evaluation.result"


class Span(Struct, frozen=True):
    """As the SDK's console exporter writes it."""

    attributes: dict[str, Any] | list[dict[str, Any]] | None = {}
    events: list[dict[str, Any]] = []
    status: dict[str, Any] | None = None
    start_time: str | None = None
    end_time: str | None = None
    startTimeUnixNano: str | int | None = None
    endTimeUnixNano: str | int | None = None


class Scope(Struct, frozen=True):
    spans: list[Span] = []


class Resource(Struct, frozen=True):
    scopeSpans: list[Scope] = []


class Exported(Struct, frozen=True):
    resourceSpans: list[Resource] = []


def _recognises(source: Source) -> bool:
    return {"attributes", "context", "start_time"} <= source.keys or "resourceSpans" in source.keys


@reader("opentelemetry", tried=("instrumentation-openai-v2 2.4b0",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """GenAI spans as JSON: cost in tokens, time and errors; scores where evaluations were recorded."""
    exported = "resourceSpans" in source.keys
    kind: Any = Exported if exported else Span
    pieces: Iterator[tuple[int, list[Any]]]
    if source.kind == "lines":
        pieces = source.lines(kind)
    else:
        pieces = iter([(1, source.document(list[kind]) if source.listed else [source.document(kind)])])
    scored = False
    for start, some in pieces:
        for place, one in enumerate(some, start):
            for span in _spans(one):
                outcome = _outcome(span, ask, place)
                if outcome is not None:
                    scored = scored or bool(outcome.scores)
                    yield outcome
    if not scored:
        told.warn(Message("the spans have no scores: they tell what calls took, not what they were worth"))


def _spans(one: Exported | Span) -> list[Span]:
    if isinstance(one, Span):
        return [one]
    return [span for resource in one.resourceSpans for scope in resource.scopeSpans for span in scope.spans]


def _outcome(span: Span, ask: Ask, place: int) -> Outcome | None:
    attributes = _flat(span.attributes)
    if not any(name.startswith("gen_ai.") for name in attributes):
        return None
    status = str((span.status or {}).get("status_code", (span.status or {}).get("code", "")))
    failed = "error.type" in attributes or status in ("ERROR", "StatusCode.ERROR", "STATUS_CODE_ERROR", "2")
    counts = [attributes.get(f"gen_ai.usage.{side}_tokens") for side in ("input", "output")]
    tokens = [float(one) for one in counts if isinstance(one, int | float)]
    scores: dict[str, Scalar] = {}
    for event in span.events:
        told = _flat(event.get("attributes"))
        if event.get("name") == RESULT and "gen_ai.evaluation.name" in told:
            value = told.get("gen_ai.evaluation.score.value", told.get("gen_ai.evaluation.score.label"))
            scores[str(told["gen_ai.evaluation.name"])] = value if isinstance(value, bool | int | float | str) else None
    why = attributes.get("error.type") or (span.status or {}).get("description") or "error"
    system = attributes.get("gen_ai.request.model") or attributes.get("gen_ai.response.model") or "calls"
    reasons = attributes.get("gen_ai.response.finish_reasons") or ()
    return Outcome(
        system=str(system),
        id=next((str(attributes[name]) for name in ITEMS if name in attributes), None),
        input=next((text_of(attributes[name]) for name in INPUTS if name in attributes), None),
        scores=scores,
        error=str(why)[:300] if failed else "",
        truncated="length" in reasons or "max_tokens" in reasons,
        refused="content_filter" in reasons,
        seconds=None if failed else _seconds(span),
        tokens=sum(tokens) if tokens else None,
        group=text_of(str(attributes[ask.cluster])) if ask.cluster in attributes else None,
        place=place,
    )


def _flat(attributes: Any) -> Mapping[str, Any]:
    """OTLP writes a list of {key, value: {KINDValue: ...}}; integers as texts."""
    if isinstance(attributes, dict):
        return attributes
    flat: dict[str, Any] = {}
    for one in attributes or ():
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, dict) and len(value) == 1:
            (kind, held), *_ = value.items()
            if kind == "intValue" and str(held).lstrip("-").isdecimal():
                held = int(held)
            elif kind == "arrayValue":
                values = held.get("values", ()) if isinstance(held, dict) else ()
                held = [next(iter(each.values()), None) for each in values if isinstance(each, dict)]
            flat[str(one.get("key"))] = held
    return flat


def _seconds(span: Span) -> float | None:
    try:
        if span.startTimeUnixNano is not None and span.endTimeUnixNano is not None:
            took = (int(span.endTimeUnixNano) - int(span.startTimeUnixNano)) / 1e9
        elif span.start_time and span.end_time:
            took = (datetime.fromisoformat(span.end_time) - datetime.fromisoformat(span.start_time)).total_seconds()
        else:
            return None
    except (ValueError, TypeError):
        return None
    return took if took >= 0 else None
