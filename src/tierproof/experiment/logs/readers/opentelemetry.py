"""OpenTelemetry spans of the GenAI conventions, or of OpenInference: an SDK's JSON lines, or OTLP as JSON.

What a careful guess gets wrong: a call with retries is one span; status UNSET means that all went well; a span has no
item and no score unless something put them there (`gen_ai.evaluation.result` events, an item id among its attributes),
and that is seldom the call's own span but one above it, or a log record that names the span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.files.written import written
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

ITEMS = ("test.case.name", "test.case.id", "langfuse.experiment.item.id", "dataset.item.id", "item.id", "sample.id")
INPUTS = ("gen_ai.input.messages", "gen_ai.prompt", "input.value", "langfuse.trace.input")
EVALUATION = "gen_ai.evaluation."
RESULT = "gen_ai.evaluation.result"
TOKENS = (
    ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    ("llm.token_count.prompt", "llm.token_count.completion"),
)
FAILED = ("ERROR", "StatusCode.ERROR", "STATUS_CODE_ERROR", "2")
DEEPEST = 200
"""Spans within spans that are gone up."""


class Context(Struct, frozen=True):
    span_id: str = ""
    trace_id: Any = None


class Span(Struct, frozen=True):
    """As the SDK's console exporter writes it, or as OTLP does."""

    attributes: dict[str, Any] | list[dict[str, Any]] | None = {}
    events: list[dict[str, Any]] = []
    status: dict[str, Any] | None = None
    context: Context = Context()
    spanId: str = ""
    traceId: Any = None
    parent_id: str | None = None
    parentSpanId: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    startTimeUnixNano: str | int | None = None
    endTimeUnixNano: str | int | None = None


class Scope(Struct, frozen=True):
    spans: list[Span] = []
    logRecords: list[dict[str, Any]] = []


class Resource(Struct, frozen=True):
    scopeSpans: list[Scope] = []
    scopeLogs: list[Scope] = []


class Exported(Struct, frozen=True):
    resourceSpans: list[Resource] = []
    resourceLogs: list[Resource] = []


class Kept(Struct):
    """What is kept of a span."""

    place: int
    parent: str
    model: str
    """Empty: no call of a model."""
    id: str | None
    input: str | None
    scores: dict[str, Scalar]
    error: str
    seconds: float | None
    tokens: float | None
    reasons: str
    group: str | None


def _recognises(source: Source) -> bool:
    return {"attributes", "context", "start_time"} <= source.keys or bool(
        source.keys & {"resourceSpans", "resourceLogs"}
    )


@reader(
    "opentelemetry",
    tried=("instrumentation-openai-v2 2.4b0", "instrumentation-openai 0.62.4", "openinference-openai 0.1.66"),
    recognises=_recognises,
)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """GenAI spans as JSON: cost in tokens, time and errors; scores where evaluations were recorded."""
    spans: dict[str, Kept] = {}
    late: list[tuple[str, dict[str, Scalar]]] = []
    seen: set[int] = set()
    for place, one in _pieces(source):
        for span in _spans(one):
            whole = hash(msgspec.json.encode(span))
            if whole in seen:  # an exporter that is not answered sends again
                told.warn(Message("spans stand again, alike in all: each is read once"))
                continue
            seen.add(whole)
            name = span.spanId or span.context.span_id or f"#{len(spans)}"
            spans[name if name not in spans else f"{name}#{len(spans)}"] = _kept(span, ask, place)
        if isinstance(one, Exported):
            late += _logged(one)
    for name, scores in late:
        if name in spans:
            spans[name].scores.update(scores)
    rows = _gathered(spans)
    several = any(len({call.model for call in calls}) > 1 for _, calls in rows)
    if several:
        told.warn(Message("some items were answered by several models: the file is taken for one system"))
    scored = False
    for top, calls in rows:
        scored = scored or bool(top.scores)
        yield _outcome(top, calls, source.path.stem if several else calls[0].model)
    if not scored:
        told.warn(Message("the spans have no scores: they tell what calls took, not what they were worth"))


def _pieces(source: Source) -> Iterator[tuple[int, Exported | Span]]:
    kind: Any = Exported if source.keys & {"resourceSpans", "resourceLogs"} else Span
    if source.kind == "lines":
        for start, some in source.lines(kind):
            yield from enumerate(some, start)
    else:
        yield from enumerate(source.document(list[kind]) if source.listed else [source.document(kind)], 1)


def _spans(one: Exported | Span) -> list[Span]:
    if isinstance(one, Span):
        return [one]
    return [span for resource in one.resourceSpans for scope in resource.scopeSpans for span in scope.spans]


def _logged(one: Exported) -> Iterator[tuple[str, dict[str, Scalar]]]:
    """Evaluations that were written as log records, by the span that they speak of."""
    for resource in one.resourceLogs:
        for scope in resource.scopeLogs:
            for record in scope.logRecords:
                if record.get("eventName") == RESULT:
                    yield str(record.get("spanId")), _score(_flat(record.get("attributes")))


def _gathered(spans: Mapping[str, Kept]) -> list[tuple[Kept, list[Kept]]]:
    """Calls under the span that names their item, else under the one that has their scores, else each by itself."""
    calls: dict[str, list[Kept]] = {}
    scores: dict[str, dict[str, Scalar]] = {}
    for name, span in spans.items():
        if span.model or span.scores:
            anchor = _anchor(spans, name)
            scores.setdefault(anchor, {}).update(span.scores)
            if span.model:
                calls.setdefault(anchor, []).append(span)
    return [(msgspec.structs.replace(spans[anchor], scores=scores[anchor]), mine) for anchor, mine in calls.items()]


def _anchor(spans: Mapping[str, Kept], name: str) -> str:
    scored, at = "", name
    for _ in range(DEEPEST):
        span = spans.get(at)
        if span is None:
            break
        if span.id is not None:
            return at
        if span.scores and not scored:
            scored = at
        at = span.parent
    return scored or name


def _outcome(whole: Kept, calls: Sequence[Kept], system: str) -> Outcome:
    tokens = [call.tokens for call in calls if call.tokens is not None]
    seconds = [call.seconds for call in calls if call.seconds is not None]
    # A call that failed and was made again is no failure of the item, which was scored all the same.
    failed = whole.error or next((call.error for call in calls if call.error), "")
    scored = any(score is not None for score in whole.scores.values())
    error = failed if not scored or whole.error else ""
    return Outcome(
        system=system,
        id=whole.id,
        input=whole.input or next((call.input for call in calls if call.input), None),
        scores=whole.scores,
        error=error,
        truncated=any(reason in calls[-1].reasons for reason in ("length", "max_tokens")),
        refused="content_filter" in calls[-1].reasons,
        seconds=sum(seconds) if len(seconds) == len(calls) and not error else None,
        tokens=sum(tokens) if tokens else None,
        group=whole.group or next((call.group for call in calls if call.group), None),
        place=whole.place,
    )


def _kept(span: Span, ask: Ask, place: int) -> Kept:
    attributes = _flat(span.attributes)
    status = str((span.status or {}).get("status_code", (span.status or {}).get("code", "")))
    failed = "error.type" in attributes or status in FAILED
    scores = _score(attributes)
    for event in span.events:
        if event.get("name") == RESULT:
            scores.update(_score(_flat(event.get("attributes"))))
    why = attributes.get("error.type") or (span.status or {}).get("description") or "error"
    counts = [attributes.get(name) for pair in TOKENS for name in pair]
    tokens = [float(one) for one in counts if isinstance(one, int | float)]
    reasons = attributes.get("gen_ai.response.finish_reasons") or attributes.get("llm.finish_reason") or ""
    return Kept(
        place=place,
        parent=(span.parentSpanId or span.parent_id or ""),
        model=_model(attributes),
        id=next((str(attributes[name]) for name in ITEMS if name in attributes), None),
        input=_asked(attributes),
        scores=scores,
        error=str(why)[:300] if failed else "",
        seconds=None if failed else _seconds(span),
        tokens=sum(tokens) if tokens else None,
        reasons=str(reasons),
        group=text_of(str(attributes[ask.cluster])) if ask.cluster in attributes else None,
    )


def _model(attributes: Mapping[str, Any]) -> str:
    """What was asked for, where the span is a call of a model."""
    if attributes.get("openinference.span.kind") == "LLM":
        asked = attributes.get("llm.invocation_parameters")
        try:
            given = msgspec.json.decode(asked) if isinstance(asked, str) else {}
        except msgspec.DecodeError:
            given = {}
        named = given.get("model") if isinstance(given, dict) else None
        return str(named or attributes.get("llm.model_name") or "calls")
    # An evaluation may be told by the span that it judges, which need be no call.
    if not any(name.startswith("gen_ai.") and not name.startswith(EVALUATION) for name in attributes):
        return ""
    # A tool's or an agent's span tells what its calls took once more.
    if attributes.get("gen_ai.operation.name") in ("execute_tool", "invoke_agent", "create_agent", "invoke_workflow"):
        return ""
    return str(attributes.get("gen_ai.request.model") or attributes.get("gen_ai.response.model") or "calls")


def _asked(attributes: Mapping[str, Any]) -> str | None:
    """The user's last words, where messages are told: what was put round them, and the model, is the system's."""
    found = written(next((attributes[name] for name in INPUTS if name in attributes), None))
    messages = found.get("messages") if isinstance(found, dict) else found
    if not isinstance(messages, list):
        return text_of(found)
    said = [one for one in messages if isinstance(one, dict) and one.get("role") == "user"]
    if not said:
        return text_of(found)
    words = said[-1].get("content", said[-1].get("parts"))
    if isinstance(words, list):
        parts = [part.get("content", part.get("text")) for part in words if isinstance(part, dict)]
        words = "\n".join(part for part in parts if isinstance(part, str)) or words
    return text_of(words)


def _score(told: Mapping[str, Any]) -> dict[str, Scalar]:
    name = told.get("gen_ai.evaluation.name")
    if name is None:
        return {}
    value = told.get("gen_ai.evaluation.score.value", told.get("gen_ai.evaluation.score.label"))
    return {str(name): value if isinstance(value, bool | int | float | str) else None}


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
