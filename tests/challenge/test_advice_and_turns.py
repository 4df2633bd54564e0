"""Advice, myths, answers in chats, lists under a line that denies them, what "it" is after a comparison.

What is read is held to a plain sentence that says the same, in the other language where there is a twin; what is
another claim is refused with words of why.
"""

from __future__ import annotations

import pytest

from challenge.shipped import claims, here
from tierproof.challenge.reading import parse

SAME = {
    "advice": (
        ("Use RAG.", "Используйте RAG."),
        ("Use RAG.", "RAG is worth it."),
        ("Please adopt prompt caching.", "Внедряйте кэширование промптов."),
        ("Don't use agents.", "Не используйте агентов."),
        ("Never use agents in production.", "Никогда не используйте агентов в проде."),
        ("We recommend LoRA.", "Мы рекомендуем LoRA."),
        ("I would not recommend agents.", "Не советую агентов."),
        ("Avoid agents.", "Избегайте агентов."),
        ("Avoid agents.", "Agents are not worth it."),
    ),
    "myths": (
        ("Myth: RAG improves quality.", "RAG does not improve quality."),
        ("Миф: RAG улучшает качество.", "RAG does not improve quality."),
        ("Myth #3: agents pay off.", "Миф №3: агенты окупаются."),
        ("Debunked: LoRA lowers cost.", "LoRA does not lower cost."),
    ),
    "denials that make one": (
        ("Distillation никогда никому не помогала.", "Distillation never helps."),
        ("Никогда и никому RAG не помогает.", "RAG never helps."),
        ("Неверно, что RAG никогда никому не помогает.", "It is false that RAG never helps."),
    ),
    "than what the half before names": (
        ("LoRA loses to RAG but is cheaper.", "RAG beats LoRA and LoRA is cheaper than RAG."),
        ("LoRA уступает RAG, но дешевле.", "RAG beats LoRA and LoRA is cheaper than RAG."),
    ),
    "points of a list under a plain line": (
        ("What works:\n- RAG improves quality", "RAG improves quality."),
        ("Выводы:\n1) агенты окупаются", "Agents are worth it."),
    ),
    "nothing replaces it": (
        ("RAG cannot be replaced.", "Nothing replaces RAG."),
        ("RAG не заменить.", "Ничто не заменит RAG."),
        ("You cannot replace LoRA.", "Nothing replaces LoRA."),
    ),
    "signs of unequal": (
        ("RAG ≠ hype", "RAG is not hype."),
        ("RAG != better quality", "RAG does not give better quality."),
    ),
    "a question goes on": (
        ("Is RAG worth it? We are a bank.", "RAG is worth it."),
        ("Is RAG worth it? Yes or no?", "RAG is worth it."),
        ("Стоит ли RAG своих денег? Спасибо.", "RAG is worth it."),
    ),
    "a share": (
        ("RAG cuts errors by 2/3.", "RAG cuts errors by two thirds."),
        ("RAG cuts cost by 1/10.", "RAG cuts cost by a tenth."),
    ),
    "a share of a price": (
        ("RAG is half as expensive.", "RAG cuts cost 2 times."),
        ("RAG is half as slow as agents.", "RAG is 2 times less slow than agents."),
    ),
    "of answers, for people": (
        ("RAG gives us faster answers.", "RAG speeds up answers."),
        ("RAG gives you better answers.", "RAG gives better answers."),
    ),
    "answers": (
        ("Q: Does RAG help?\nA: Yes.", "RAG helps."),
        ("В: Помогает ли RAG?\nО: Да.", "RAG helps."),
    ),
}
REFUSED = {
    "how something seems": ("Agents feel slow.", "Агенты кажутся медленными.", "LoRA кажется бесполезной."),
    "of everything": ("LoRA всё улучшает.", "Agents improve everything."),
    "denials of nothing": ("RAG никогда ничего не даёт.", "LoRA никому ничего не даёт."),
    "only on one's own": (
        "RAG improves quality (but only on our data).",
        "RAG helps, but only in our team.",
        "RAG помогает (только у нас).",
    ),
    "whether anybody": ("Does anyone still use agents?", "Anybody uses RAG."),
    "none of them": ("Ни один агент не окупается.",),
    "than before": ("RAG is cheaper than before.", "Агенты лучше, чем раньше."),
    "of its own traits": ("The best thing about RAG is its cost.", "Лучшее в LoRA — цена."),
    "who pays": ("You pay for agents.",),
    "none, or no more": ("No more hallucinations with RAG.",),
    "whom it replaces": (
        "Agents will not replace people.",
        "Агенты не заменят людей.",
        "Agents can't replace you.",
        "LoRA replaces nothing.",
        "This does not replace RAG.",
    ),
    "of people": (
        "RAG makes us slower.",
        "Agents make everyone faster.",
        "Agents hurt people.",
        "Агенты лучше нас.",
        "RAG делает нас медленнее.",
    ),
    "the best at harm": ("Agents are the best way to increase costs.", "RAG — лучший способ повысить стоимость."),
    "money over no time": (
        "Prompt caching saves $0.01 per request.",
        "Prompt caching saves $500.",
        "RAG adds 5 dollars per user.",
        "Кэширование промптов экономит 500 долларов.",
    ),
    "minutes of people": ("Agents save 30 minutes.", "Агенты экономят 20 минут."),
    "advice on a condition": (
        "Want slow answers? Use RAG.",
        "Нет денег? Не используйте агентов.",
    ),
    "what the next sentence leaves of it": (
        "RAG improves accuracy. However, the effect is not significant.",
        "RAG improves accuracy, but the difference is not significant.",
        "RAG улучшает качество. Однако разница незначима.",
        "LoRA improves accuracy. This is not true for small models.",
        "LoRA improves accuracy. That's what we hoped. It didn't.",
        "RAG помогает. По крайней мере, в теории.",
    ),
    "points given": ("RAG improves accuracy: 3/10",),
    "rumours": ("The rumor that RAG is dead is exaggerated.",),
    "going without, by a denial": ("Not using RAG hurts quality.", "Not using agents saves money."),
    "what is done to a technique first": (
        "Reducing the number of agents lowers cost.",
        "Increasing the number of agents raises cost.",
    ),
    "warnings": ("Don't underestimate LoRA.", "Не недооценивайте LoRA.", "Не переоценивайте агентов."),
    "more than talk": ("RAG is more than a buzzword.", "RAG — больше чем модное слово."),
    "bugs of a program": ("Agents fix 30 % of bugs.",),
    "enough of it": ("Хватит промптов, агенты не нужны.",),
    "not so much as": ("Не столько RAG, сколько LoRA помогает.",),
    "open headings": ("Myth vs reality: RAG improves quality.",),
    "answers in chats": (
        "Q: Does RAG help?\nA: No.",
        "В: Помогает ли RAG?\nО: Нет.",
        "A: RAG helps\nB: no",
        "RAG helps. Does it? No.",
        "RAG помогает. Правда? Нет.",
    ),
    "answers that nobody can read, or say no": (
        "Does RAG help? The data says no.",
        "Does RAG help? I don't think so.",
        "Does RAG help? Yes and no.",
        "Does RAG help? LoRA does.",
        "Помогает ли RAG? Данные говорят, что нет.",
        "Помогает ли RAG? Скорее нет.",
        "Помогает ли RAG? Смотря кому.",
    ),
    "who wins at what": ("On paper RAG wins.",),
    "to which models it goes": (
        "Model routing to a small model saves 60 %.",
        "Маршрутизация моделей на маленькую модель экономит 60 %.",
    ),
    "lists under a line that may turn them": (
        "What doesn't work:\n- RAG improves quality\n- LoRA lowers cost",
        "Common myths:\n* RAG improves quality.",
        "Мифы:\n1. Агенты окупаются\n2. RAG помогает",
        "Что не подтвердилось:\n- RAG улучшает качество",
    ),
}


@pytest.mark.parametrize(("said", "meant"), [pair for pairs in SAME.values() for pair in pairs])
def test_what_says_the_same_is_one_claim(said: str, meant: str) -> None:
    assert claims(said) == claims(meant) != ()


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_another_claim_is_refused_with_its_reason(text: str) -> None:
    parsed = parse(text, here().vocabulary)
    assert parsed.claims == ()
    assert any(part.words for part in parsed.not_understood)


@pytest.mark.parametrize(
    "text",
    [
        "RAG beats LoRA. It is expensive.",
        "Agents cost more than RAG. They are slower.",
        "LoRA дешевле RAG. Она ещё и быстрее.",
    ],
)
def test_which_of_two_it_is_nobody_said(text: str) -> None:
    parsed = parse(text, here().vocabulary)
    assert [claim.form for claim in parsed.claims] == ["beats"]
    assert [str(word) for part in parsed.not_understood for word in part.words] == ["which of the two it speaks of"]


@pytest.mark.parametrize("text", ["LoRA helps. RAG too.", "LoRA helps. So does RAG.", "LoRA помогает. RAG тоже."])
def test_what_is_as_with_another_is_refused_with_its_reason(text: str) -> None:
    parsed = parse(text, here().vocabulary)
    assert parsed.claims == claims("LoRA helps.")
    assert all(part.words for part in parsed.not_understood) and parsed.not_understood


def test_what_was_not_read_leaves_nothing_to_go_on_about() -> None:
    assert claims("LoRA helps. We tried RAG. It was useless.") == claims("LoRA helps.")


@pytest.mark.parametrize(
    "text", ["RAG doesn't necessarily help.", "Не столько RAG, сколько LoRA помогает.", "RAG всё улучшает."]
)
def test_no_claim_is_near_that_says_otherwise(text: str) -> None:
    (part,) = parse(text, here().vocabulary).not_understood
    assert part.nearest is None


@pytest.mark.parametrize("text", ["Use of RAG improves quality.", "We use RAG, it helps.", "RAG helps avoid errors."])
def test_a_word_of_advice_elsewhere_advises_nothing(text: str) -> None:
    assert "worth-it" not in {claim.form for claim in claims(text)}


@pytest.mark.parametrize(
    "text",
    [
        "with little data, RAG beats LoRA",
        "in 2024, RAG was the best technique",
        "cost aside, RAG beats LoRA",
        "use RAG",
        "don't use agents",
        "for math, use chain of thought",
        "adopt prompt caching today",
    ],
)
@pytest.mark.parametrize(
    "tone", ["Honestly, {}.", "IMHO {}.", "Some say {}.", "Everyone knows that {}.", "I doubt that {}.", "{}, right?"]
)
def test_tone_moves_neither_advice_nor_what_a_claim_is_limited_to(text: str, tone: str) -> None:
    said = claims(text[0].upper() + text[1:])
    assert said and claims(tone.format(text)) in (said, ())
    assert claims("Honestly, " + text) == said
    denied = claims(f"It is false that {text}.")
    assert not denied or [claim.negated for claim in denied] == [not said[0].negated]
    assert not denied or denied[0].conditions == said[0].conditions
