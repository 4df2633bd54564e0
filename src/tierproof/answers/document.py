"""What answers are made of: frozen Structs, one a document, whose fields say what they hold.

Enters: values of the rooms to the left.  Leaves: answers, and plain data of JSON types from them.  Knows nothing of any
one question, nor of layouts; `docs/json.md` and the JSON Schemas are made from these Structs (`schema.py`).

A document's tag is its form and version: within a version fields are only added, and one that changes its meaning makes
the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import UNSET, Struct

from tierproof.evidence import Pack
from tierproof.messages import Message
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import Context

__all__ = [
    "Answer",
    "Exact",
    "Expected",
    "Interval",
    "PackNamed",
    "Spread",
    "Where",
    "drawn",
    "in_english",
    "json_text",
    "plain",
    "rounded",
]


T = TypeVar("T", bound=Struct)


class Answer(Struct, frozen=True):
    """A part of a document."""

    digits: ClassVar[int | None] = 12
    """Significant digits of figures in plain data, below which machines differ and not evidence; None: all."""


class Exact(Answer, frozen=True):
    """A part whose figures keep full precision."""

    digits: ClassVar[int | None] = None


class Interval(Answer, frozen=True):
    """A point with a credible interval."""

    median: float
    low: float
    high: float
    level: float
    """Probability of the interval, 0 to 1."""


class Expected(Interval, frozen=True):
    """An interval beside the mean, on which decisions rest."""

    mean: float


class Spread(Interval, frozen=True):
    """A posterior or predictive distribution, on the scale of analysis."""

    mean: float
    sd: float

    @classmethod
    def of(cls, mixture: Mixture) -> Spread:
        return drawn(cls, mixture.interval(0.9), mean=mixture.mean, sd=mixture.sd)


class PackNamed(Answer, frozen=True):
    """Which pack of evidence, of which version."""

    name: str
    title: str
    version: str


class Where(Answer, frozen=True):
    """Where the reader stands."""

    task_family: str | None
    """Null: averaged over the families in evidence."""
    params_b: float | None
    """Size of the reader's model, billions of parameters; null: the evidence's mean."""
    baseline: float | None
    """Share of requests that succeed without the technique, 0 to 1; null: the evidence's mean."""
    as_of: str | None
    """Year and month, such as `2024-06`, after which evidence is left out; null: none is."""
    include_lab: bool
    """Whether synthetic and toy settings count."""

    @classmethod
    def of(cls, context: Context) -> Where:
        return drawn(cls, context, as_of="{}-{:02d}".format(*context.as_of) if context.as_of else None)


class _Seen:
    """What is given, before what the source has; values of the rooms to the left as answers tell them."""

    def __init__(self, source: object, given: Mapping[str, object]) -> None:
        self._source, self._given = source, given

    def __getattr__(self, name: str) -> object:
        value = self._given[name] if name in self._given else getattr(self._source, name)
        if value is UNSET:
            raise AttributeError(name)  # the field's default stands
        return _seen(value)


_TOLD: Mapping[type, Callable[[Any], object]] = {
    Mixture: Spread.of,
    Context: Where.of,
    Pack: lambda pack: drawn(PackNamed, pack.settings),
    frozenset: sorted,
}


def _seen(value: object) -> object:
    if (told := _TOLD.get(type(value))) is not None:
        return told(value)
    match value:
        case float():
            return float(value)  # numpy's are refused
        case Message():
            return str(value)  # in English, as every program reads it
        case tuple() | list():
            return [_seen(part) for part in value]
        case Mapping():
            return {key: _seen(part) for key, part in value.items()}
    return _Seen(value, {}) if is_dataclass(value) else value


def drawn(kind: type[T], source: object, /, **given: object) -> T:
    """A `kind` from the source's attributes of the same names, parts within parts too; `given` ones come first.

    Mixtures become `Spread`s, contexts `Where`s, packs `PackNamed`s, sets sorted lists.
    """
    return msgspec.convert(_Seen(source, given), kind, from_attributes=True)


def rounded(value: float, digits: int | None = Answer.digits) -> float | None:
    """None for what is not finite: JSON has no NaN and no infinity."""
    return None if not math.isfinite(value) else value if digits is None else float(f"{value:.{digits}g}")


def plain(value: object, digits: int | None = None) -> Any:
    """JSON types alone; not finite is null.  Structs that are no answers (records, profiles) keep all digits."""
    match value:
        case Answer():
            config, parts = value.__struct_config__, zip(value.__struct_encode_fields__, _values(value), strict=True)
            known = {key: plain(part, value.digits) for key, part in parts if part is not UNSET}
            return {config.tag_field: config.tag, **known} if config.tag_field else known
        case float():
            return rounded(value, digits)
        case Mapping():
            return {key: plain(part, digits) for key, part in value.items()}
        case list() | tuple():
            return [plain(part, digits) for part in value]
        case Struct():
            # Through JSON, so that tuples are lists and what comes back equals what went.
            return msgspec.json.decode(msgspec.json.encode(value, enc_hook=in_english))
    return value


def in_english(value: object) -> str:
    """Of a message or a quoted name, which encoders do not know, what programs read."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(type(value))


def json_text(answer: Answer | Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """The document as every door gives it, to the byte: indented by two, with a line break at its end."""
    import json  # noqa: PLC0415  (`--help` does not need it)

    # Python indents by itself in Python alone, which takes ten times as long.
    text = json.dumps(plain(answer), ensure_ascii=ascii_only, allow_nan=False)
    return msgspec.json.format(text, indent=2) + "\n"


def _values(value: Struct) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in value.__struct_fields__)
