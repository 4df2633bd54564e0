"""Words that tables are made of, in English and Russian: data only.

Heads of columns, names of places, signs and words of marks.  Lower case; `ё` is written `е`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

MarkWord = Literal["gain", "marginal", "fragile"]

TIER_HEADS: Final = frozenset("tier tiers ring rings тир тиры кольцо кольца эшелон".split())  # noqa: SIM905
"""Heads that say "place" and nothing else."""
PLACE_HEADS: Final = frozenset(
    """rank ranking place level position pos grade priority class # № no nr stage bucket status recommendation decision
    место ранг уровень приоритет класс номер позиция статус решение рекомендация""".split()  # noqa: SIM905
)
"""Heads that may say so."""
SCORE_HEADS: Final = frozenset("score rating points stars балл баллы рейтинг оценка очки".split())  # noqa: SIM905
"""Heads of numbers of which more is better."""
NEUTRAL_HEADS: Final = frozenset(
    """our my the overall final total ai llm new current team effectiveness usefulness list s a b c d e f of in out
    now today best worst s-f s-d наш наша общий итоговый итоговая итог новый текущий""".split()  # noqa: SIM905
)
"""Words beside a place's head that do not make it the place of something else."""
NAME_HEADS: Final = frozenset(
    """technique techniques name names method methods approach approaches practice practices item items label title
    technology tool blip entry topic option what техника техники прием приемы метод методы название имя подход подходы
    практика технология инструмент пункт что""".split()  # noqa: SIM905
)
MARK_HEADS: Final = frozenset(
    """effectiveness effect effects marks mark verdict impact pros strengths notes comment comments
    эффект эффекты эффективность оценка метки вердикт плюсы заметки комментарий""".split()  # noqa: SIM905
)
PLACE_WORDS: Final = "tier|tiers|ring|rank|place|level|class|grade|group|тир|кольцо|место|ранг|уровень|класс|эшелон"
"""Words that may stand beside a place: "S tier", "Tier 1", "2 место"."""

RINGS: Final[Mapping[str, float]] = {
    "adopt": 1, "adopted": 1, "use": 1, "standard": 1, "keep": 1, "default": 1, "recommended": 1,
    "trial": 2, "try": 2, "pilot": 2, "experiment": 2,
    "assess": 3, "explore": 3, "evaluate": 3, "watch": 3, "monitor": 3, "research": 3,
    "hold": 4, "caution": 4, "avoid": 4, "stop": 4, "drop": 4, "deprecate": 4, "deprecated": 4, "retire": 4,
    "do not use": 4, "don't use": 4, "phase out": 4,
    "внедрять": 1, "внедрить": 1, "внедряем": 1, "внедрено": 1, "внедрение": 1, "применять": 1, "применяем": 1,
    "использовать": 1, "используем": 1, "принять": 1, "принято": 1, "адаптировать": 1,
    "пробовать": 2, "пробуем": 2, "попробовать": 2, "испытывать": 2, "испытать": 2, "испытания": 2, "тестируем": 2,
    "тестировать": 2, "пилот": 2, "проба": 2, "эксперимент": 2,
    "оценивать": 3, "оценить": 3, "оцениваем": 3, "оценка": 3, "изучать": 3, "изучить": 3, "изучаем": 3,
    "исследовать": 3, "исследуем": 3, "наблюдать": 3, "наблюдаем": 3, "присмотреться": 3,
    "отложить": 4, "отложено": 4, "воздержаться": 4, "воздерживаемся": 4, "подождать": 4, "ждать": 4, "держать": 4,
    "удерживать": 4, "удержание": 4, "придержать": 4, "избегать": 4, "избегаем": 4, "отказаться": 4,
    "не использовать": 4, "не применять": 4, "остановить": 4, "заморозить": 4,
}  # fmt: skip
"""Rings of a technology radar, the innermost first, and their usual other names."""
GRADES: Final[Mapping[str, Mapping[str, float]]] = {
    "need": {
        "must": 1, "must have": 1, "should": 2, "should have": 2, "could": 3, "could have": 3, "nice to have": 3,
        "won't": 4, "wont": 4, "won't have": 4, "обязательно": 1, "желательно": 2, "возможно": 3, "не нужно": 4,
    },
    "degree": {
        "critical": 0, "very high": 0.5, "high": 1, "medium": 2, "moderate": 2, "low": 3, "very low": 3.5,
        "top": 0.8, "god": 0.2, "great": 1.4, "good": 1.7, "mid": 2, "middle": 2, "average": 2, "bottom": 4, "bad": 3.8,
        "trash": 5, "высокий": 1, "высокая": 1, "средний": 2, "средняя": 2, "низкий": 3, "низкая": 3, "верхний": 0.8,
        "нижний": 4, "критический": 0,
    },
    "metal": {
        "platinum": 0, "gold": 1, "silver": 2, "bronze": 3, "🥇": 1, "🥈": 2, "🥉": 3,
        "платина": 0, "золото": 1, "серебро": 2, "бронза": 3,
    },
    "number": {
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "first": 1, "second": 2, "third": 3, "fourth": 4,
        "fifth": 5, "первый": 1, "первое": 1, "второй": 2, "второе": 2, "третий": 3, "третье": 3, "четвертый": 4,
    },
}  # fmt: skip
"""Other orders in words, by the scale that they make together."""

SIGNS: Final[Mapping[str, MarkWord]] = {
    "✅": "gain", "👍": "gain", "✔": "gain", "▲": "gain", "⬆": "gain", "+": "gain",
    "⚠": "marginal", "△": "marginal", "~": "marginal", "≈": "marginal",
    "❌": "fragile", "!": "fragile", "▼": "fragile", "💥": "fragile", "👎": "fragile",
}  # fmt: skip
MARKS: Final[Mapping[str, MarkWord]] = {
    "clear gain": "gain", "gain": "gain", "strong": "gain", "прирост": "gain", "выигрыш": "gain",
    "marginal": "marginal", "weak": "marginal", "слабо": "marginal", "малый эффект": "marginal",
    "fragile": "fragile", "brittle": "fragile", "хрупко": "fragile", "хрупкий": "fragile",
}  # fmt: skip
