"""What people write beside a claim that makes it another one: read for what it is, or refused; never let go.

By kind: a degree that is denied, all of something, an article, two that are alike, whether there is any at all, a
level, a half that was lost, a sentence that takes the one before back.  Where a kind has a right value it is held to
the plain sentence that says the same.
"""

from __future__ import annotations

import pytest

from challenge.shipped import assert_refused, verdicts

REFUSED = {
    "a degree is denied": (
        "LoRA does not hugely improve quality.",
        "Distillation doesn't cut cost drastically.",
        "It is false that LoRA massively improves quality.",
        "Routing is not that much cheaper than scaling.",
        "Agents are not significantly better than RAG.",
        "Agents are not very slow.",
        "Test-time compute is not so expensive.",
        "Chain of thought isn't particularly useful.",
        "LoRA не сильно улучшает качество.",
        "Агенты не намного медленнее RAG.",
        "Цепочка рассуждений не очень помогает.",
        "Неверно, что LoRA резко улучшает качество.",
    ),
    "all of it": (
        "LoRA fully replaces instruction tuning.",
        "Prompting does not entirely replace LoRA.",
        "Tools eliminate errors.",
        "Fine-tuning does not prevent hallucinations.",
        "LoRA fixes mistakes for good.",
        "LoRA целиком заменяет промптинг.",
        "Промптинг не полностью заменяет LoRA.",
        "Дообучение избавляет от галлюцинаций.",
        "Инструменты не устраняют ошибки.",
    ),
    "an article": (
        "LoRA improves quality a little.",
        "A few startups use LoRA.",
        "Quantization costs a little accuracy.",
    ),
    "two that are alike": (
        "RAG and LoRA perform the same.",
        "There is no difference between agents and chain of thought.",
        "There is a big difference between RAG and LoRA.",
        "LoRA and RAG are equally accurate.",
        "Между RAG и LoRA нет разницы.",
        "RAG и LoRA одинаково точны.",
    ),
    "any at all": (
        "LoRA hallucinates.",
        "Agents still hallucinate.",
        "RAG makes errors.",
        "Agents make mistakes.",
        "Chain of thought produces hallucinations.",
        "Агенты галлюцинируют.",
    ),
    "a level": (
        "LoRA reaches 85 % accuracy.",
        "Agents score 70 % accuracy.",
        "Fine-tuning is 95 % accurate.",
        "RAG is 99 % reliable.",
    ),
    "more than what": (
        "RAG improves quality more.",
        "LoRA helps larger models more.",
    ),
    "enough for what": (
        "LoRA is not enough.",
        "Prompting is insufficient.",
        "LoRA is no silver bullet.",
        "Дообучения недостаточно.",
        "LoRA — не панацея.",
    ),
    "which kind of it": (
        "Cheap agents beat RAG.",
        "Long system prompts raise cost.",
        "Reliable tools help.",
        "Дорогие агенты замедляют ответы.",
    ),
    "a half": (
        "Distillation makes models 3x smaller and 2x faster.",
        "RAG needs half the training and reduces cost.",
    ),
    "what one cannot do without": (
        "LoRA is essential.",
        "LoRA is not a must.",
        "Agents are necessary.",
        "You cannot live without LoRA.",
        "LoRA обязательна.",
        "Дообучение необходимо.",
    ),
    "performance of what": (
        "Speculative decoding improves performance.",
        "Prompt caching boosts performance by 30 %.",
        "Quantization does not hurt performance.",
    ),
    "a share of whom": (
        "A third of techniques hurt quality.",
        "20 % of agents reduce cost.",
        "20 % агентов снижают стоимость.",
    ),
    "of those that do another thing": ("LoRA is the cheapest way to improve quality.",),
    "below nought": ("LoRA improves quality by -5 %.", "RAG raises accuracy by −3 points."),
    "in how many settings": (
        "LoRA is sometimes overhyped.",
        "Agents are often underrated.",
        "LoRA usually replaces instruction tuning.",
        "Агентов иногда переоценивают.",
    ),
    "whose time": ("Agents save time.", "RAG saves us time.", "Агенты экономят время."),
    "irony": ("Yeah, because LoRA has helped so much.", "Oh sure, LoRA improves quality.", "As if RAG helped."),
}


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_another_claim_is_refused(text: str) -> None:
    assert_refused(text)


@pytest.mark.parametrize(
    "behind",
    [
        "It didn't.",
        "It does not.",
        "Not in our case.",
        "But only on 7B models.",
        "Only at low load.",
        "Unless the data is bad.",
        "Except when nobody looks.",
        "If you are lucky.",
        "Or does it?",
        "Но не всегда.",
        "Только на больших моделях.",
        "Если повезёт.",
    ],
)
@pytest.mark.parametrize("said", ["LoRA improves quality", "We were told that LoRA improves quality", "LoRA помогает"])
def test_a_sentence_that_takes_the_one_before_back_leaves_no_verdict_on_it(said: str, behind: str) -> None:
    assert verdicts(f"{said}. {behind}") == []
    # Only the one before: others stand.
    assert len(verdicts(f"Distillation reduces cost. {said}. {behind}")) == 1


@pytest.mark.parametrize("behind", ["It also cuts cost.", "No doubt.", "No, really.", "Yes.", "Да."])
def test_a_sentence_that_goes_on_takes_nothing_back(behind: str) -> None:
    assert verdicts(f"LoRA improves quality. {behind}")[0].claim == verdicts("LoRA improves quality")[0].claim


SAME = (
    ("Speculative decoding is 60 % faster.", "Speculative decoding is 1.6 times faster."),
    ("Speculative decoding speeds up responses by 100 %.", "Speculative decoding is twice as fast."),
    ("Спекулятивное декодирование ускоряет ответы на 50 %.", "Speculative decoding increases speed by 50 %."),
    ("Спекулятивное декодирование на 50 % быстрее.", "Speculative decoding is 1.5 times faster."),
    ("RAG makes more mistakes than LoRA.", "RAG is less accurate than LoRA."),
    ("RAG fails more often than LoRA.", "LoRA is more accurate than RAG."),
    ("RAG hallucinates less often.", "RAG reduces hallucinations."),
    ("RAG can't not help.", "RAG always helps."),
    ("DPO is as good as PPO and cheaper.", "DPO is as good as PPO. DPO is cheaper than PPO."),
    ("RAG is completely useless.", "RAG is useless."),
    ("RAG adds 250 ms of latency.", "RAG adds 0.25 seconds of latency."),
    ("RAG adds half a second of latency.", "RAG adds 500 milliseconds of latency."),
    ("RAG добавляет 250 мс задержки.", "RAG adds a quarter of a second of latency."),
    ("Tools remove one in four errors.", "Tools remove 25 % of errors."),
    ("Tools remove 2 out of 3 errors.", "Tools remove two thirds of errors."),
    ("Инструменты устраняют две из трёх ошибок.", "Tools remove two thirds of errors."),
    ("One in four companies uses LoRA.", "A quarter of companies use LoRA."),
    ("LoRA is not needed.", "LoRA is not worth it."),
    ("Model size by itself is not enough.", "Model size alone is not enough."),
)


@pytest.mark.parametrize(("text", "plain"), SAME)
def test_what_says_the_same_has_the_same_verdict(text: str, plain: str) -> None:
    found, wanted = verdicts(text), verdicts(plain)
    assert wanted and [one.probability for one in wanted] != [None]
    assert [one.probability for one in found] == pytest.approx([one.probability for one in wanted], abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "LangChain is overhyped.",
        "CrewAI improves quality.",
        "MCP reduces errors.",
        "RouteLLM cuts cost by 85 %.",
        "Mixtral is cheaper.",
        "GPTCache lowers latency.",
        "BloombergGPT beats RAG.",
    ],
)
def test_a_product_is_not_its_technique(text: str) -> None:
    (verdict,) = verdicts(text)
    assert verdict.word == "not testable"
