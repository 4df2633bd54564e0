"""Kinds of plain sentences, English and Russian: read as what they say, or refused with the reason.

What is read is stated as another wording that the reader has long known: paraphrases agree.  What is refused is said
of one system, only supposed, of how many settings, of one of several that a name stands for.
"""

from __future__ import annotations

import pytest

from challenge.shipped import assert_refused, claims, here, verdicts
from tierproof.challenge.reading import parse
from tierproof.evidence import load_pack
from tierproof.report.blocks import Told
from tierproof.report.words.critique import verdict_blocks

SAME = {
    "what going without does, turned": (
        ("Without RAG quality is worse", "RAG improves quality"),
        ("Quality drops without RAG", "RAG improves quality"),
        ("Without agents latency is lower", "Agents raise latency"),
        ("Costs are lower without agents", "Agents raise cost"),
        ("Without RAG the model hallucinates more", "RAG reduces hallucinations"),
        ("Без RAG качество хуже", "RAG улучшает качество"),
        ("Без агентов дешевле", "Агенты повышают стоимость"),
        ("Без агентов задержка не падает", "Агенты не повышают задержку"),
    ),
    "an outcome that moves with a technique": (
        ("Latency rises with agents", "Agents raise latency"),
        ("Errors fall with RAG", "RAG improves quality"),
        ("Задержка растёт с агентами", "Агенты повышают задержку"),
        ("Точность падает с LoRA", "LoRA ухудшает качество"),
    ),
    "a family named by one of it": (
        ("Fine-tuning (LoRA) is worth it", "LoRA is worth it"),
        ("Fine-tuning with LoRA is worth it", "LoRA is worth it"),
        ("Дообучение LoRA повышает качество", "LoRA повышает качество"),
        ("Дообучение через LoRA окупается", "LoRA окупается"),
        ("RAG (retrieval-augmented generation) helps", "RAG helps"),
        ("LoRA beats fine-tuning", "LoRA beats instruction tuning"),
    ),
    "more of what a verb says": (
        ("RAG улучшает качество сильнее, чем LoRA", "RAG лучше LoRA"),
        ("RAG is better than both LoRA and agents", "RAG is better than LoRA and agents"),
    ),
    "better at what is named": (
        ("RAG is 10 % more accurate than LoRA", "RAG raises quality by 10 % compared with LoRA"),
        ("RAG на 10 % точнее LoRA", "RAG raises quality by 10 % compared with LoRA"),
        ("RAG makes accuracy 10 % better", "RAG raises accuracy by 10 %"),
    ),
    "plain words for harm and worth": (
        ("Function calling is harmful", "Function calling is bad"),
        ("RAG плох", "RAG вреден"),
        ("RAG неэффективен", "RAG бесполезен"),
        ("Стоит ли RAG своих денег?", "RAG стоит своих денег"),
        ("RAG costs more than it is worth", "RAG is not worth it"),
        ("RAG — пустая трата денег", "RAG не стоит своих денег"),
        ("Nobody needs agents", "Никому не нужны агенты"),
    ),
    "two names, one of a single Russian letter between": (
        ("Дообучение и RAG улучшают качество", "Fine-tuning and RAG improve quality"),
    ),
    "a bound before the word that says by how much": (
        ("RAG helps quality at least by 10 %", "RAG helps quality by at least 10 %"),
        ("RAG помогает качеству более чем на 10 %", "RAG helps quality by more than 10 %"),
        ("RAG помогает качеству не более чем на 10 %", "RAG helps quality by at most 10 %"),
    ),
}
REFUSED = {
    "what happened in one system": (
        "RAG improved quality in our system",
        "We added RAG and quality improved",
        "After we added RAG, accuracy rose",
        "Agents did not help us",
        "Prompt caching saved us 40 % of the cost",
        "RAG улучшил качество в нашей системе",
        "Мы добавили RAG, и качество выросло",
        "LoRA сработала у меня",
        "Нам RAG не помог",
    ),
    "only supposed": (
        "Suppose RAG is useless",
        "Let us suppose that RAG helps",
        "Were RAG cheaper, it would be worth it",
        "RAG could have improved quality",
        "Допустим, RAG бесполезен",
    ),
    "what there is evidence of": (
        "There is no evidence that agents work",
        "There is evidence that agents work",
        "Нет доказательств, что агенты работают",
    ),
    "an exception": ("RAG helps no one but researchers", "RAG is better than all but one"),
    "how near to all": ("LoRA almost always helps", "LoRA почти всегда лучше RAG", "RAG почти никогда не помогает"),
    "in how many it does not": ("RAG hardly ever fails to improve quality",),
    "what share of settings": ("RAG improves quality for half of teams", "RAG помогает 80 % команд"),
    "each outcome": ("RAG beats LoRA in everything", "RAG лучше LoRA во всём"),
    "than how many": ("RAG is better than most techniques", "RAG лучше большинства техник"),
    "each by itself": ("RAG helps, as does LoRA",),
    "by something else": ("You can improve quality without RAG", "We cut costs without agents"),
    "to where": (
        "RAG raises accuracy at least to 80 %",
        "Prompt caching cuts cost at most to a third",
        "RAG raises accuracy above 80 %",
        "RAG raises accuracy beyond 80 %",
        "RAG improves accuracy to above 80 %",
        "Agents improve quality to at least 80 %",
        "RAG улучшает точность до 90 %",
        "Prompt caching brings cost under 50 %",
        "RAG снижает стоимость не ниже 50 %",
    ),
    "how much of what is made up": ("RAG reduces hallucinations by half", "RAG вдвое сокращает галлюцинации"),
    "which of a family": ("Fine-tuning is the best technique", "Most companies use fine-tuning"),
    "whose time": ("RAG сокращает время разработки",),
    "what an outcome depends on": ("Качество зависит от RAG", "Latency rises with the number of agents"),
    "a real question": ("Зачем нужен RAG?", "Кому нужны агенты?"),
    "what is so many times better": (
        "RAG is twice as good as LoRA",
        "RAG is 50 % better than LoRA",
        "RAG is three times better",
        "RAG is 20 % more effective than LoRA",
        "RAG вдвое лучше LoRA",
        "RAG на 50 % лучше LoRA",
        "RAG в три раза лучше",
        "RAG на 20 % эффективнее LoRA",
    ),
    "all techniques at once": (
        "Every technique helps",
        "No technique helps",
        "All of these techniques are useless",
        "Not every method works",
        "Все техники помогают",
        "Ни одна техника не помогает",
        "Любой приём бесполезен",
    ),
    "people": ("Secret agents are slow", "Insurance agents are useless", "Страховые агенты бесполезны"),
    "the last of all": ("RAG is the worst technique", "RAG — худшая техника"),
}


@pytest.mark.parametrize(("said", "meant"), [pair for pairs in SAME.values() for pair in pairs])
def test_paraphrases_agree(said: str, meant: str) -> None:
    def essence(text: str) -> list[object]:
        # "Better" names quality, "bad" names nothing, which for these is quality too.
        return [
            (c.form, c.subjects, c.objects, c.outcome or "quality", c.amount, c.negated, c.conditions, c.quantifier)
            for c in claims(text)
        ]

    assert essence(said) == essence(meant) != []


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_what_is_no_claim_of_all_is_refused_with_words(text: str) -> None:
    assert_refused(text)


@pytest.mark.parametrize("text", ["RAG beats fine-tuning.", "RAG лучше дообучения."])
def test_a_claim_about_a_family_holds_of_each_of_it(text: str) -> None:
    family, one, other = (
        verdicts(text)[0],
        verdicts("RAG is better than instruction tuning.")[0],
        verdicts("RAG is better than LoRA.")[0],
    )
    assert family.claim.objects == ("instruction-fine-tuning", "lora")
    assert family.probability is not None and one.probability is not None and other.probability is not None
    # Each of two must hold; taken as independent.
    assert family.probability == pytest.approx(one.probability * other.probability, abs=1e-9)


def test_what_an_effect_depends_on_is_judged_of_the_outcome_named() -> None:
    (claim,) = claims("The cost of agents depends on the task.")
    assert (claim.form, claim.outcome) == ("depends-on", "cost")
    # On two circumstances at once: on each.
    (both,), (size,), (task,) = (
        verdicts(f"What RAG does depends on {what}.") for what in ("model size and the task", "model size", "the task")
    )
    assert both.probability is not None and size.probability is not None and task.probability is not None
    assert both.probability == pytest.approx(size.probability * task.probability, abs=1e-9)


def test_of_several_one_that_fails_beyond_dispute_fails_them_all() -> None:
    one, other, both = (
        verdicts(f"RAG is always better than {what}.")[0] for what in ("instruction tuning", "LoRA", "fine-tuning")
    )
    # RAG and LoRA are set against unlike systems; that RAG is not always better than instruction tuning needs no LoRA.
    assert (one.word, other.word, both.word) == ("contradicted", "not established", "contradicted")


SOMEBODY, ONCE = (
    "Judged as the claim itself, whoever says it.",
    "Judged as what holds in general, not as what happened once.",
)


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("OpenAI says that RAG improves quality", SOMEBODY),
        ("Studies show that agents raise cost", SOMEBODY),
        ("Исследования показывают, что RAG помогает", SOMEBODY),
        ("RAG improved quality", ONCE),
        ("Latency rose with agents", ONCE),
        ("RAG не помог", ONCE),
        ("Quality is improved by RAG", None),
        ("Agents hurt quality", None),
        ("I think that RAG helps", None),
        ("Фраза «ты эксперт» в системном промпте ничего не меняет", None),
    ],
)
def test_what_a_reading_lets_go_is_told_beside_the_verdict(text: str, aside: str | None) -> None:
    (verdict,) = verdicts(text)
    parsed = parse(text, here().vocabulary)
    assert [told for _, told in parsed.asides] == ([aside] if aside else [])
    told = [
        block.text for block in verdict_blocks(verdict, load_pack(), asides=parsed.asides) if isinstance(block, Told)
    ]
    assert (aside in told) == (aside is not None)
