"""A claim in plain words, to be read back to whoever made it: English or Russian.

Enters: a `Claim` and the techniques' names.  Leaves: one sentence.  Says what was understood and nothing more; knows
nothing of verdicts, and takes no part in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tierproof.critique.claim import (
    ANY_TECHNIQUE,
    ENGINEERING,
    EVERYTHING_ELSE,
    LONG_CONTEXT,
    MODEL_CLEVERNESS,
    NOTHING,
    OTHER_PRACTICE,
    SMALLER_MODEL,
    Claim,
    Condition,
)
from tierproof.evidence.technique import Technique

__all__ = ["in_words"]

Tongue = Literal["en", "ru"]

_CLASSES: Final[Mapping[Tongue, Mapping[str, str]]] = {
    "en": {
        EVERYTHING_ELSE: "everything else",
        ANY_TECHNIQUE: "techniques in general",
        NOTHING: "doing nothing",
        SMALLER_MODEL: "a smaller model",
        LONG_CONTEXT: "long context",
        ENGINEERING: "engineering and integration",
        MODEL_CLEVERNESS: "the model's cleverness",
        OTHER_PRACTICE: "a practice that is in no record",
    },
    "ru": {
        EVERYTHING_ELSE: "всё остальное",
        ANY_TECHNIQUE: "приёмы вообще",
        NOTHING: "не делать ничего",
        SMALLER_MODEL: "модель поменьше",
        LONG_CONTEXT: "длинный контекст",
        ENGINEERING: "инженерия и интеграция",
        MODEL_CLEVERNESS: "ум модели",
        OTHER_PRACTICE: "практика, которой нет в записях",
    },
}
_OUTCOMES: Final[Mapping[Tongue, Mapping[str, str]]] = {
    "en": {},
    "ru": {
        "quality": "качество",
        "cost": "стоимость",
        "latency": "задержка",
        "throughput": "пропускная способность",
        "memory": "память",
        "stability": "стабильность",
        "safety": "безопасность",
    },
}
_UNITS: Final[Mapping[Tongue, Mapping[str, str]]] = {
    "en": {"percent": "%", "times": "times", "points": "points", "usd": "USD", "seconds": "seconds"},
    "ru": {"percent": "%", "times": "раз", "points": "пунктов", "usd": "USD", "seconds": "секунд"},
}
_FORMS: Final[Mapping[Tongue, Mapping[str, str]]] = {
    "en": {
        "best": "best: {s}",
        "beats": "{s} is better than {o}",
        "only": "nothing but {s} works",
        "cannot-replace": "{s} cannot replace {o}",
        "overhyped": "overhyped: {s}",
        "no-effect": "no effect: {s}",
        "harms": "makes things worse: {s}",
        "helps": "helps: {s}",
        "adopted": "widely used: {s}",
        "at-least": "{s}",
        "worth-it": "worth its money: {s}",
        "depends-on": "the effect depends on circumstances: {s}",
    },
    "ru": {
        "best": "лучшее: {s}",
        "beats": "{s} лучше, чем {o}",
        "only": "ничего не работает, кроме: {s}",
        "cannot-replace": "{s} не может заменить: {o}",
        "overhyped": "переоценено: {s}",
        "no-effect": "не даёт эффекта: {s}",
        "harms": "делает хуже: {s}",
        "helps": "помогает: {s}",
        "adopted": "широко используется: {s}",
        "at-least": "{s}",
        "worth-it": "стоит своих денег: {s}",
        "depends-on": "эффект зависит от обстоятельств: {s}",
    },
}
_CONDITIONS: Final[Mapping[Tongue, Mapping[str, str]]] = {
    "en": {
        "model-size": "{only}for {v} models",
        "task": "{only}for {v}",
        "load": "{only}under {v} load",
        "data": "{only}with {v} data",
        "prompt": "by prompt",
        "setting": "{only}in {v}",
        "ignoring": "ignoring {v}",
        "time": "as of {v}",
        "role": "for {v}",
    },
    "ru": {
        "model-size": "{only}для моделей: {v}",
        "task": "{only}для задач: {v}",
        "load": "{only}при нагрузке: {v}",
        "data": "{only}при данных: {v}",
        "prompt": "по промпту",
        "setting": "{only}в среде: {v}",
        "ignoring": "не считая: {v}",
        "time": "на {v} год",
        "role": "для: {v}",
    },
}
_FACTORS: Final[Mapping[Tongue, Mapping[str, str]]] = {
    "en": {"model-size": "model size", "task": "task", "load": "load", "data": "data", "prompt": "prompt"},
    "ru": {"model-size": "размер модели", "task": "задача", "load": "нагрузка", "data": "данные", "prompt": "промпт"},
}
_VALUES: Final[Mapping[str, str]] = {
    "small": "малые",
    "large": "большие",
    "low": "мало",
    "high": "много",
    "production": "продакшен",
    "research": "исследования",
    "enterprise": "предприятия",
}


def in_words(claim: Claim, techniques: Mapping[str, Technique], language: str = "en") -> str:
    """The claim as it was understood, without a full stop.  A language other than `ru` is answered in English."""
    tongue: Tongue = "ru" if language == "ru" else "en"
    join = " and " if tongue == "en" else " и "

    def named(names: tuple[str, ...]) -> str:
        return join.join(_CLASSES[tongue].get(name) or _name(name, techniques) for name in names)

    parts = [_FORMS[tongue][claim.form].format(s=named(claim.subjects), o=named(claim.objects))]
    if claim.among:
        parts[0] = parts[0].replace("best:", "one of the best:").replace("лучшее:", "одно из лучших:")
    if claim.outcome is not None:
        parts.append(f"({_OUTCOMES[tongue].get(claim.outcome, claim.outcome)})")
    if claim.amount is not None:
        parts.append(_amount(claim, tongue))
    if claim.objects and claim.form not in ("beats", "cannot-replace"):
        parts.append(("against " if tongue == "en" else "против: ") + named(claim.objects))
    parts += [_condition(condition, tongue, depends=claim.form == "depends-on") for condition in claim.conditions]
    if claim.population is not None:
        parts.append(f"[{claim.population}]")
    sentence = " ".join(part for part in parts if part)
    if claim.negated:
        sentence = ("not so: " if tongue == "en" else "неверно, что: ") + sentence
    return sentence


def _name(name: str, techniques: Mapping[str, Technique]) -> str:
    return techniques[name].short if name in techniques else name


def _amount(claim: Claim, tongue: Tongue) -> str:
    ways = {"en": {"up": "up by", "down": "down by"}, "ru": {"up": "больше на", "down": "меньше на"}}[tongue]
    if claim.of_failures:
        ways = {"en": {"up": "removes", "down": "adds"}, "ru": {"up": "убирает", "down": "добавляет"}}[tongue]
    bound = {
        "en": {"at-least": "at least", "at-most": "up to", "about": "about"},
        "ru": {"at-least": "не менее", "at-most": "до", "about": "около"},
    }[tongue].get(claim.bound or "", "")
    of = {"en": " of failures", "ru": " ошибок"}[tongue] if claim.of_failures else ""
    high = f"–{claim.amount_high:g}" if claim.amount_high is not None else ""
    unit = _UNITS[tongue].get(claim.unit or "", "")
    words = [ways.get(claim.direction or "", ""), bound, f"{claim.amount:g}{high}", unit + of]
    return " ".join(word for word in words if word)


def _condition(condition: Condition, tongue: Tongue, *, depends: bool) -> str:
    if depends and not condition.value:
        return f"[{_FACTORS[tongue].get(condition.kind, condition.kind)}]"
    only = ("only " if tongue == "en" else "только ") if condition.only else ""
    value = condition.value if tongue == "en" else _VALUES.get(condition.value, condition.value)
    if condition.kind == "ignoring":
        value = _OUTCOMES[tongue].get(condition.value, condition.value)
    return _CONDITIONS[tongue][condition.kind].format(v=value, only=only)
