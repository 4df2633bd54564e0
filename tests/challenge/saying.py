"""Claims said in many ways: the parts of which generated sentences are made, English and Russian.

A `Said` is one way of putting a claim, with its denial; what it means is not stated here, only that sentence and denial
contradict each other, or that two ways mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

__all__ = ["COMPARED", "EN", "MOVES", "PAIRS", "RU", "Said", "amounts", "sayings"]


@dataclass(frozen=True)
class Said:
    language: str
    claim: str
    denial: str


EN = (
    "RAG",
    "LoRA",
    "Agents",
    "Quantization",
    "Chain of thought",
    "Prompt caching",
    "Test-time compute",
    "Distillation",
)
RU = ("RAG", "LoRA", "Цепочка рассуждений", "Квантизация", "Дистилляция", "Маршрутизация моделей")
_PLURAL = ("Agents",)
# Verb in the third person, bare verb, object.
MOVES = (
    ("improves", "improve", "quality"),
    ("hurts", "hurt", "quality"),
    ("reduces", "reduce", "latency"),
    ("raises", "raise", "cost"),
    ("lowers", "lower", "cost"),
    ("increases", "increase", "accuracy"),
    ("cuts", "cut", "the error rate"),
    ("degrades", "degrade", "answer quality"),
    ("helps", "help", ""),
    ("speeds up", "speed up", "responses"),
    ("slows down", "slow down", "the system"),
    ("saves", "save", "money"),
)
_RU_MOVES = (
    ("улучшает", "качество"),
    ("ухудшает", "качество"),
    ("снижает", "задержку"),
    ("повышает", "стоимость"),
    ("снижает", "затраты"),
    ("повышает", "точность"),
    ("сокращает", "число ошибок"),
    ("помогает", ""),
    ("ускоряет", "ответы"),
    ("замедляет", "ответы"),
)
COMPARED = (
    ("is better than", "is not better than"),
    ("is cheaper than", "is not cheaper than"),
    ("is slower than", "is not slower than"),
    ("beats", "does not beat"),
    ("is worse than", "is no worse than"),
    ("costs more than", "does not cost more than"),
    ("is more accurate than", "is not more accurate than"),
    ("outperforms", "does not outperform"),
    ("is less reliable than", "is not less reliable than"),
)
_RU_COMPARED = ("лучше", "дешевле", "медленнее", "точнее", "хуже", "дороже")
PAIRS = (
    ("RAG", "LoRA"),
    ("LoRA", "RAG"),
    ("Quantization", "distillation"),
    ("Distillation", "RAG"),
    ("RAG", "test-time compute"),
)
_DENIALS = (
    "It is false that {}",
    "It is not true that {}",
    "It is a myth that {}",
    "It is wrong to say that {}",
    "{} — that is a myth",
)
_RU_DENIALS = ("Неверно, что {}", "Неправда, что {}", "Это миф, что {}", "Неверно утверждать, что {}")


def lowered(text: str) -> str:
    """The first word as it stands inside a sentence: names keep their capitals."""
    first = text.split(maxsplit=1)[0]
    return text if any(letter.isupper() for letter in first[1:]) else text[0].lower() + text[1:]


@st.composite
def sayings(draw: st.DrawFn) -> Said:
    """A claim and its denial, in either language: a change, a comparison, a quantity of settings, or an amount."""
    language = draw(st.sampled_from(["en", "ru"]))
    kind = draw(st.sampled_from(["change", "compared", "quantity", "amount"]))
    outside = draw(st.booleans())
    claim, denial = (_english if language == "en" else _russian)(draw, kind)
    if outside or not denial:
        frame = draw(st.sampled_from(_DENIALS if language == "en" else _RU_DENIALS))
        denial = frame.format(lowered(claim))
    return Said(language, claim, denial)


def _english(draw: st.DrawFn, kind: str) -> tuple[str, str]:
    name = draw(st.sampled_from(EN))
    many = name in _PLURAL
    if kind == "compared":
        first, second = draw(st.sampled_from(PAIRS))
        verb, denied = draw(st.sampled_from(COMPARED))
        return f"{first} {verb} {second}", f"{first} {denied} {second}"
    verb, bare, what = draw(st.sampled_from(MOVES))
    said = bare if many else verb
    do = "do" if many else "does"
    if kind == "quantity":
        how = draw(st.sampled_from(["always", "usually", "sometimes", "can"]))
        return f"{name} {how} {bare if how == 'can' else said} {what}".strip(), ""
    if kind == "amount":
        bound = draw(st.sampled_from(["", "at least ", "more than ", "at most ", "less than ", "about "]))
        size = draw(st.integers(5, 90))
        verb, bare, what = draw(st.sampled_from([m for m in MOVES if m[2] in ("latency", "cost", "the error rate")]))
        return (
            f"{name} {bare if many else verb} {what} by {bound}{size} %",
            f"{name} {do} not {bare} {what} by {bound}{size} %",
        )
    return f"{name} {said} {what}".strip(), f"{name} {do} not {bare} {what}".strip()


def _russian(draw: st.DrawFn, kind: str) -> tuple[str, str]:
    name = draw(st.sampled_from(RU))
    if kind == "compared":
        first, second = draw(st.sampled_from([("RAG", "LoRA"), ("LoRA", "RAG"), ("RAG", "дистилляции")]))
        how = draw(st.sampled_from(_RU_COMPARED))
        return f"{first} {how} {second}", f"{first} не {how} {second}"
    verb, what = draw(st.sampled_from(_RU_MOVES))
    if kind == "quantity":
        how = draw(st.sampled_from(["всегда", "обычно", "иногда"]))
        return f"{name} {how} {verb} {what}".strip(), ""
    if kind == "amount":
        bound = draw(st.sampled_from(["", "не менее чем ", "более чем ", "не более чем ", "менее чем ", "примерно "]))
        size = draw(st.integers(5, 90))
        verb, what = draw(
            st.sampled_from([m for m in _RU_MOVES if m[1] in ("задержку", "стоимость", "затраты", "число ошибок")])
        )
        return f"{name} {verb} {what} {bound}на {size} %", f"{name} не {verb} {what} {bound}на {size} %"
    return f"{name} {verb} {what}".strip(), f"{name} не {verb} {what}".strip()


amounts = st.integers(2, 95)
