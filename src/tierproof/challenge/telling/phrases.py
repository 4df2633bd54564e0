"""The words in which claims are read back, English and Russian.

Leaves: two tables of phrases.  Knows nothing of claims; `wording` fills the phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tierproof.challenge.claim import (
    ANY_TECHNIQUE,
    ENGINEERING,
    EVERYTHING_ELSE,
    LONG_CONTEXT,
    MODEL_CLEVERNESS,
    NOTHING,
    OTHER_PRACTICE,
    SMALLER_MODEL,
)

__all__ = ["ENGLISH", "RUSSIAN", "Phrases"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrases:
    """What one language says."""

    joint: str
    only: str
    classes: Mapping[str, str]
    plural_classes: frozenset[str]
    forms: Mapping[str, tuple[str, str]]
    """By form: affirmed, denied.  `{s}` subjects, `{o}` objects, `{verb}`, `{outcome}`, `{amount}`, `{factors}`."""
    verbs: Mapping[str, tuple[str, str]]
    """By way: affirmed, denied."""
    outcomes: Mapping[str, str]
    """As the object of a verb."""
    outcomes_on: Mapping[str, str]
    """After `on_outcome`."""
    on_outcome: str
    compared: str
    amounts: Mapping[str, str]
    """By unit: how much something moves; `{bound}` ends with a space, or is empty."""
    times: Callable[[float], str]
    bounds: Mapping[str, str]
    quantifiers: Mapping[str, str]
    denied: str
    """Denies a claim about a number of settings as a whole."""
    conditions: Mapping[str, str]
    values: Mapping[str, str]
    """Words for a condition's kind and value, where they differ from the value."""
    factors: Mapping[str, str]
    populations: Mapping[str, str]


def _times_in_russian(number: float) -> str:
    """ "2 раза", "5 раз", "1.5 раза"."""
    if number != int(number):
        return "раза"
    return "раза" if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else "раз"


_OUTCOMES: Final = {
    name: name for name in ("quality", "cost", "latency", "throughput", "memory", "stability", "safety")
} | {"wrong-answers": "wrong answers"}

ENGLISH: Final = Phrases(
    joint="and",
    only="only",
    classes={
        EVERYTHING_ELSE: "everything else",
        ANY_TECHNIQUE: "techniques in general",
        NOTHING: "doing nothing",
        SMALLER_MODEL: "a smaller model",
        LONG_CONTEXT: "long context",
        ENGINEERING: "engineering and integration",
        MODEL_CLEVERNESS: "the model's cleverness",
        OTHER_PRACTICE: "a practice that is in no record",
    },
    plural_classes=frozenset({ANY_TECHNIQUE, ENGINEERING}),
    forms={
        "best": ("{s} [is|are] the best of all", "{s} [is|are] not the best of all"),
        "among": ("{s} [is|are] among the best", "{s} [is|are] not among the best"),
        "beats": ("{s} [is|are] better than {o}", "{s} [is|are] not better than {o}"),
        "only": ("only {s} [works|work]", "not only {s} [works|work]"),
        "cannot-replace": ("{s} cannot replace {o}", "{s} can replace {o}"),
        "overhyped": ("{s} [is|are] overhyped", "{s} [is|are] not overhyped"),
        "underrated": ("{s} [is|are] underrated", "{s} [is|are] not underrated"),
        "no-effect": ("{s} [has|have] no effect", "{s} [has|have] an effect"),
        "no-effect outcome": ("{s} [has|have] no effect on {outcome}", "{s} [has|have] an effect on {outcome}"),
        "harms": ("{s} [makes|make] things worse", "{s} [does|do] not make things worse"),
        "harms outcome": ("{s} {verb} {outcome}", "{s} [does|do] not {verb} {outcome}"),
        "helps": ("{s} [helps|help]", "{s} [does|do] not help"),
        "helps outcome": ("{s} {verb} {outcome}", "{s} [does|do] not {verb} {outcome}"),
        "adopted": ("{s} [is|are] widely used", "{s} [is|are] not widely used"),
        "adopted share": ("{s} [is|are] used by {amount}", "{s} [is|are] not used by {amount}"),
        "adopted times": ("{s} [is|are] used {amount} as much as {o}", "{s} [is|are] not used {amount} as much as {o}"),
        "adopted more": ("{s} [is|are] used more than {o}", "{s} [is|are] not used more than {o}"),
        "at-least": ("{s} {verb} {outcome} {amount}", "{s} [does|do] not {verb} {outcome} {amount}"),
        "at-least failures": ("{s} {verb} failures {amount}", "{s} [does|do] not {verb} failures {amount}"),
        "worth-it": ("{s} [is|are] worth the money", "{s} [is|are] not worth the money"),
        "depends-on": ("what {s} [does|do] depends on {factors}", "what {s} [does|do] does not depend on {factors}"),
    },
    verbs={
        "up": ("[raises|raise]", "raise"),
        "down": ("[lowers|lower]", "lower"),
        "better": ("[improves|improve]", "improve"),
        "worse": ("[worsens|worsen]", "worsen"),
    },
    outcomes={**_OUTCOMES, "memory": "memory use"},
    outcomes_on=_OUTCOMES,
    on_outcome="on {v}",
    compared="compared with {o}",
    amounts={
        "percent": "by {bound}{n} %",
        "times": "{bound}{n} times",
        "points": "by {bound}{n} points",
        "usd": "by {bound}{n} USD a month",
        "seconds": "by {bound}{n} seconds",
    },
    times=lambda _: "times",
    bounds={
        "at-least": "at least ",
        "more-than": "more than ",
        "at-most": "at most ",
        "less-than": "less than ",
        "up-to": "up to ",
        "about": "about ",
        "exactly": "exactly ",
    },
    quantifiers={
        "always": "in all settings",
        "usually": "in most settings",
        "sometimes": "in some settings",
        "rarely": "in few settings",
    },
    denied="it is not so that {claim}",
    conditions={
        "model-size": "for {v} models",
        "task": "for {v}",
        "load": "under {v} load",
        "data": "with {v} data",
        "prompt": "by prompt",
        "setting": "in {v}",
        "ignoring": "if {v} is ignored",
        "time": "as of {v}",
        "role": "for {v}",
    },
    values={
        "task other": "a certain kind of task",
        "data low": "little",
        "data high": "much",
        "setting enterprise": "enterprises",
    },
    factors={
        "model-size": "model size",
        "task": "the task",
        "load": "the load",
        "data": "the data",
        "prompt": "the prompt",
    },
    populations={
        "applications": "in applications",
        "makers": "by makers of models",
        "enterprises": "by enterprises",
        "startups": "by startups",
        "everyone": "by everyone",
    },
)

RUSSIAN: Final = Phrases(
    joint="и",
    only="только",
    classes={
        EVERYTHING_ELSE: "всё остальное",
        ANY_TECHNIQUE: "приёмы вообще",
        NOTHING: "бездействие",
        SMALLER_MODEL: "модель поменьше",
        LONG_CONTEXT: "длинный контекст",
        ENGINEERING: "инженерия и интеграция",
        MODEL_CLEVERNESS: "ум модели",
        OTHER_PRACTICE: "практика, которой нет в записях,",
    },
    plural_classes=frozenset({ANY_TECHNIQUE, ENGINEERING}),
    forms={
        "best": ("{s} лучше всего остального", "{s} не лучше всего остального"),
        "among": ("{s} среди лучших", "{s} не среди лучших"),
        "beats": ("{s} лучше, чем {o}", "{s} не лучше, чем {o}"),
        "only": ("[работает|работают] только {s}", "[работает|работают] не только {s}"),
        "cannot-replace": ("{s} не [заменит|заменят] {o}", "{s} [может|могут] заменить {o}"),
        "overhyped": ("{s} переоценивают", "{s} не переоценивают"),
        "underrated": ("{s} недооценивают", "{s} не недооценивают"),
        "no-effect": ("{s} ничего не [даёт|дают]", "{s} что-то [даёт|дают]"),
        "no-effect outcome": ("{s} не [меняет|меняют] {outcome}", "{s} [меняет|меняют] {outcome}"),
        "harms": ("{s} [вредит|вредят]", "{s} не [вредит|вредят]"),
        "harms outcome": ("{s} {verb} {outcome}", "{s} не {verb} {outcome}"),
        "helps": ("{s} [помогает|помогают]", "{s} не [помогает|помогают]"),
        "helps outcome": ("{s} {verb} {outcome}", "{s} не {verb} {outcome}"),
        "adopted": ("{s} широко [используется|используются]", "{s} не [используется|используются] широко"),
        "adopted share": ("доля тех, кто использует {s}: {amount}", "доля тех, кто использует {s}, не {amount}"),
        "adopted times": (
            "{s} [используется|используются] {amount} чаще, чем {o}",
            "{s} не [используется|используются] {amount} чаще, чем {o}",
        ),
        "adopted more": (
            "{s} [используется|используются] чаще, чем {o}",
            "{s} [используется|используются] не чаще, чем {o}",
        ),
        "at-least": ("{s} {verb} {outcome} {amount}", "{s} не {verb} {outcome} {amount}"),
        "at-least failures": ("{s} {verb} число ошибок {amount}", "{s} не {verb} число ошибок {amount}"),
        "worth-it": ("{s} [окупается|окупаются]", "{s} не [окупается|окупаются]"),
        "depends-on": ("польза от {s} зависит от {factors}", "польза от {s} не зависит от {factors}"),
    },
    verbs={
        "up": ("[повышает|повышают]", "[повышает|повышают]"),
        "down": ("[снижает|снижают]", "[снижает|снижают]"),
        "better": ("[улучшает|улучшают]", "[улучшает|улучшают]"),
        "worse": ("[ухудшает|ухудшают]", "[ухудшает|ухудшают]"),
    },
    outcomes={
        "quality": "качество",
        "cost": "стоимость",
        "latency": "задержку",
        "throughput": "пропускную способность",
        "memory": "расход памяти",
        "stability": "стабильность",
        "safety": "безопасность",
        "wrong-answers": "число неверных ответов",
    },
    outcomes_on={
        "quality": "качеству",
        "cost": "стоимости",
        "latency": "задержке",
        "throughput": "пропускной способности",
        "memory": "расходу памяти",
        "stability": "стабильности",
        "safety": "безопасности",
        "wrong-answers": "числу неверных ответов",
    },
    on_outcome="по {v}",
    compared="по сравнению с: {o}",
    amounts={
        "percent": "{bound}на {n} %",
        "times": "{bound}в {n} {times}",
        "points": "{bound}на {n} п. п.",
        "usd": "{bound}на {n} USD в месяц",
        "seconds": "{bound}на {n} с",
    },
    times=_times_in_russian,
    bounds={
        "at-least": "не менее чем ",
        "more-than": "более чем ",
        "at-most": "не более чем ",
        "less-than": "менее чем ",
        "up-to": "вплоть до ",
        "about": "примерно ",
        "exactly": "ровно ",
    },
    quantifiers={
        "always": "во всех случаях",
        "usually": "в большинстве случаев",
        "sometimes": "в некоторых случаях",
        "rarely": "в редких случаях",
    },
    denied="неверно, что {claim}",
    conditions={
        "model-size": "для {v} моделей",
        "task": "для задач {v}",
        "load": "при {v} нагрузке",
        "data": "на {v} данных",
        "prompt": "по промпту",
        "setting": "{v}",
        "ignoring": "если не считать {v}",
        "time": "на {v} год",
        "role": "для {v}",
    },
    values={
        "model-size small": "малых",
        "model-size large": "больших",
        "task other": "особого рода",
        "load low": "малой",
        "load high": "большой",
        "data low": "малых",
        "data high": "больших",
        "setting production": "в продакшене",
        "setting research": "в исследованиях",
        "setting enterprise": "на предприятиях",
        "ignoring cost": "стоимость",
        "ignoring latency": "задержку",
    },
    factors={
        "model-size": "размера модели",
        "task": "задачи",
        "load": "нагрузки",
        "data": "данных",
        "prompt": "промпта",
    },
    populations={
        "applications": "в приложениях",
        "makers": "у создателей моделей",
        "enterprises": "на предприятиях",
        "startups": "в стартапах",
        "everyone": "у всех",
    },
)
