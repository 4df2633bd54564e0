"""Claims as posts, papers, chats and lists put them: marks of typing, frames that doubt, degrees, time, what would be.

What is read is held to a plain sentence that says the same, in the other language where there is a twin; what is
another claim is refused with words of why.  What a reading lets go is told beside the verdict.
"""

from __future__ import annotations

import pytest

from challenge.shipped import assert_refused, claims, here, verdicts
from tierproof.challenge.reading import parse

SAME = {
    "marks that say nothing": (
        ("RAG improves quality [12, 13].", "RAG improves quality"),
        ("RAG improves quality (Lewis et al., 2020).", "RAG improves quality"),
        ("1/ RAG improves quality", "RAG improves quality"),
        ("@somebody RAG improves quality", "RAG improves quality"),
        ("RT @somebody: RAG improves quality", "RAG improves quality"),
        ("RAG improves quality https://example.com/a?b=c", "RAG improves quality"),
        ("[RAG](https://example.com) improves quality", "RAG improves quality"),
        ("> RAG improves quality", "RAG improves quality"),
        ("- [x] RAG improves quality", "RAG improves quality"),
        ("«RAG помогает»", "RAG helps"),
    ),
    "heads of points": (
        ("TL;DR: agents raise cost", "Agents raise cost"),
        ("Key takeaway: LoRA is cheaper than full fine-tuning", "LoRA is cheaper than full fine-tuning"),
        ("In summary, RAG improves quality", "RAG improves quality"),
        ("Вывод: агенты повышают стоимость", "Agents raise cost"),
        ("Итог: RAG помогает", "RAG helps"),
        ("Структурированный вывод полезен", "Structured output is useful"),
    ),
    "what somebody feels about it": (
        ("Sadly, RAG does not help", "RAG does not help"),
        ("Surprisingly, agents raise cost", "Agents raise cost"),
        ("К сожалению, агенты не окупаются", "Agents are not worth it"),
        ("Другими словами, RAG помогает", "RAG helps"),
    ),
    "not only, but also": (
        ("RAG not only improves quality but also lowers cost", "RAG improves quality and lowers cost"),
        ("RAG improves not only quality but also latency", "RAG improves quality and latency"),
        ("Not only RAG but also LoRA helps", "RAG and LoRA help"),
        ("RAG не только улучшает качество, но и снижает стоимость", "RAG improves quality and lowers cost"),
    ),
    "what is said of it": (
        ("RAG is known to improve quality", "RAG improves quality"),
        ("RAG has been shown to improve quality", "RAG improves quality"),
        ("RAG seems to improve quality", "RAG improves quality"),
        ("По слухам, RAG улучшает качество", "RAG improves quality"),
    ),
    "an answer before the claim": (
        ("lol no, RAG doesn't help", "RAG does not help"),
        ("No, RAG does not help", "RAG does not help"),
        ("RAG helps, no doubt", "RAG helps"),
        ("Миф или правда: RAG улучшает качество?", "RAG improves quality"),
    ),
    "makes next to no difference": (
        ("RAG barely improves quality", "RAG has no effect on quality"),
        ("Quantization hardly hurts quality", "Quantization has no effect on quality"),
        ("RAG едва улучшает качество", "RAG has no effect on quality"),
        ("Квантизация почти не вредит качеству", "Quantization has no effect on quality"),
        ("RAG offers little to no benefit", "RAG has no effect"),
        ("Speculative decoding barely speeds up answers", "Speculative decoding has no effect on latency"),
        ("RAG is hardly the best technique", "RAG is not the best technique"),
        ("RAG is hardly worth it", "RAG is not worth it"),
        ("RAG is hardly cheap", "RAG is not cheap"),
        ("RAG вряд ли улучшает качество", "RAG does not improve quality"),
    ),
    "numbers as words": (
        ("RAG raises accuracy by twenty-two percent", "RAG raises accuracy by 22 %"),
        ("RAG повышает точность на двадцать два процента", "RAG raises accuracy by 22 %"),
        ("RAG повышает точность на двенадцать пунктов", "RAG raises accuracy by 12 points"),
        ("RAG повышает точность процентов на десять", "RAG raises accuracy by about 10 %"),
        ("Агенты раз в десять дороже", "Agents raise cost by about 10 times"),
        ("RAG cuts cost by a whopping ninety percent", "RAG cuts cost by 90 %"),
        ("RAG cuts cost by 1/3", "RAG cuts cost by a third"),
        ("RAG is twice as accurate as LoRA", "RAG вдвое точнее LoRA"),
    ),
    "how much more, and not to where": (("RAG даёт прирост качества до 40 %", "RAG gives up to 40 % more quality"),),
    "just that it is so": (
        ("Вот только RAG не помогает", "RAG does not help"),
        ("RAG дешёвый, вот только не помогает", "RAG is cheap, but it does not help"),
    ),
    "that it cannot": (
        ("RAG could be better than LoRA", "RAG can be better than LoRA"),
        ("RAG cannot be better than LoRA", "RAG не может быть лучше LoRA"),
        ("RAG can't make answers more accurate", "RAG не может улучшить качество"),
    ),
    "what everybody does with it": (
        ("RAG is cheaper, therefore everyone uses it", "RAG is cheaper. Everyone uses RAG."),
    ),
}
REFUSED = {
    "irony and refusal by marks": (
        "❌ RAG improves quality",
        "RAG improves quality /s",
        'RAG "improves" quality',
        "RAG «улучшает» качество",
        "- [ ] RAG improves quality",
        "RAG улучшает качество (нет)",
        "RAG помогает — нет",
        "Ага, щас, RAG помогает",
    ),
    "what is doubted, or was once thought": (
        "It remains an open question whether LoRA is as good as full fine-tuning",
        "These findings call into question the claim that agents improve quality",
        "The authors withdrew the claim that RAG improves quality",
        "I no longer believe that RAG improves quality",
        "It's too early to say that RAG improves quality",
        "Who still thinks RAG improves quality?",
        "Спорно, что RAG улучшает качество",
        "Под сомнением, что RAG улучшает качество",
        "Мы ставим под сомнение утверждение, что агенты улучшают качество",
        "Авторы отозвали утверждение, что RAG улучшает качество",
        "Раньше я думал, что RAG улучшает качество",
        "Критики говорят, что RAG переоценён, но я не согласен",
        "Надеюсь, RAG улучшает качество",
    ),
    "under a condition that nobody named": (
        "RAG would improve quality",
        "RAG would not help",
        "RAG улучшил бы качество",
        "RAG бы окупился",
    ),
    "that it cannot be more so": (
        "RAG could not be better",
        "Agents can hardly be more expensive",
        "LoRA couldn't be any cheaper",
        "RAG не может быть хуже",
        "Агенты не могли бы быть дороже",
        "LoRA дешевле не бывает",
    ),
    "that it is not enough": (
        "RAG could be better",
        "Агенты могли бы быть дешевле",
    ),
    "how well": (
        "RAG works badly",
        "RAG performs poorly",
        "RAG работает так себе",
        "RAG плохо работает",
    ),
    "which of two, or which word, is denied": (
        "Not both RAG and LoRA help",
        "RAG and LoRA don't both help",
        "Не RAG повышает стоимость",
        "Качество улучшает не RAG",
        "RAG улучшает не качество",
        "RAG doesn't help just because it is popular",
    ),
    "which way a sign points": ("Latency: agents > RAG", "Cost: RAG < LoRA"),
    "two changes in one": ("RAG prevents quality from dropping", "RAG предотвращает падение качества"),
    "more on top": ("RAG cuts cost by another 20 %", "RAG снижает стоимость ещё на 20 %"),
    "work, which is none that a technique does": ("RAG requires work", "RAG is a lot of work", "RAG takes time"),
    "two figures": ("RAG improves accuracy by 20%, i.e. by 15 points", "RAG improves accuracy by 20 %. Maybe 30 %."),
    "how much of it": ("Too much RAG hurts quality", "A bit of RAG helps", "RAG helps in a way"),
    "as near as another": ("RAG rivals LoRA", "RAG конкурирует с LoRA"),
    "what it ought to do": ("RAG has to improve quality",),
    "what one may call it": ("You can't call RAG cheap",),
    "a strong word is denied": (
        "RAG doesn't work well",
        "RAG не работает хорошо",
        "Quantization doesn't kill quality",
        "Agents do not blow up cost",
        "RAG is not great",
        "RAG is no game changer",
        "Квантизация не убивает качество",
    ),
    "how small a difference": (
        "RAG is barely better than LoRA",
        "RAG едва лучше LoRA",
        "RAG почти не хуже дообучения",
        "RAG is barely worth it",
        "Almost no team benefits from agents",
    ),
    "a level": ("RAG leads to fewer than 10 % errors", "RAG приводит к менее чем 10 % ошибок"),
    "which of the models": (
        "RAG improves quality for models over 70B",
        "RAG improves quality for models under 10B",
        "RAG улучшает качество моделей до 10B",
        "Начиная с 13B агенты работают",
    ),
    "how many of it": ("Все агенты медленные", "Не все агенты медленные"),
    "what is needed": ("Quality requires RAG", "Не нужны агенты, хватит RAG"),
    "in how many settings": ("RAG is the best for most teams", "RAG is always the best"),
    "the most used": ("RAG is the most popular technique", "RAG — самая популярная техника"),
    "what it will be": ("RAG is the most promising technique", "RAG — самая перспективная техника"),
    "no circumstance": ("RAG helps no matter the task", "RAG помогает независимо от размера модели"),
    "other words of the same letters": ("RAG is the reason quality improved", "RAG дешевле в поддержке"),
    "many times, and nobody said how many": ("Агенты в разы дороже", "Agents cost several times more"),
    "that it has ended": ("RAG stopped helping", "RAG перестал помогать"),
}
TODAY = "Judged as what holds today, not as a change from before or to come."
APART = "Each half is judged by itself, not that one follows from the other."
ENDED = "Judged as more talk than effect: when something goes out of use, no record says."
UNREADY = "Judged as more talk than effect: whether something is ready, no record says."


@pytest.mark.parametrize(("said", "meant"), [pair for pairs in SAME.values() for pair in pairs])
def test_paraphrases_have_one_claim(said: str, meant: str) -> None:
    def essence(text: str) -> list[object]:
        return [
            (c.form, c.subjects, c.objects, c.outcome or "quality", c.amount, c.unit, c.direction, c.bound, c.negated)
            for c in claims(text)
        ]

    assert essence(said) == essence(meant) != []


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_another_claim_is_refused_with_words(text: str) -> None:
    assert_refused(text)


@pytest.mark.parametrize(
    "behind",
    [
        "Debatable.",
        "Citation needed.",
        "Sort of.",
        "No.",
        "Yeah, right.",
        "Said no one ever.",
        "Said nobody.",
        "Lol.",
        "Ха-ха.",
        "Сказал никто никогда.",
        "Щас, разбежался.",
        "Ну такое.",
        "The data says otherwise.",
        "Nobody knows.",
        "We'll see.",
        "Slightly.",
        "A little.",
        "By 20 %.",
        "In most cases.",
        "On a good day.",
        "For some.",
        "Unless you count engineers.",
        "But the effect is small.",
        "The effect vanishes on larger models.",
        "Спорное утверждение.",
        "UPD: ошибся.",
        "Нет.",
        "На самом деле нет.",
        "Ничего подобного.",
        "Данные говорят об обратном.",
        "Ну-ну.",
        "Слегка.",
        "В большинстве случаев.",
        "Но эффект мал.",
        "Правда, ненамного.",
    ],
)
def test_a_sentence_behind_may_take_it_back(behind: str) -> None:
    assert claims(f"RAG helps. {behind}") == ()


@pytest.mark.parametrize(
    "behind",
    ["For real.", "Great!", "Seriously.", "For sure.", "In my opinion.", "Nobody doubts it.", "The gains are real.",
     "Everyone knows it.", "Честно.", "Без сомнений.", "В этом нет сомнений.", "Yes.", "Да."],
)  # fmt: skip
def test_a_sentence_behind_that_only_presses_leaves_it(behind: str) -> None:
    (claim, *_) = claims(f"RAG helps. {behind}")
    assert (claim.form, claim.negated) == ("helps", False)


def test_what_follows_a_quotation_is_somebody_elses() -> None:
    assert claims("> RAG improves quality\nI disagree.") == ()
    assert claims("> RAG improves quality\n+1") == claims("RAG improves quality")
    assert [claim.negated for claim in claims("RAG помогает. Нет, не помогает.")] == [True]
    assert claims("RAG doesn't help. No.") == claims("RAG doesn't help.")


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("RAG no longer helps", TODAY),
        ("Agents aren't worth it yet", TODAY),
        ("RAG больше не помогает", TODAY),
        ("Агенты пока не окупаются", TODAY),
        ("Агенты пока окупаются", None),
        ("RAG is cheaper, so it is better", APART),
        ("Агенты дорогие, поэтому не окупаются", APART),
        ("RAG is so much cheaper, but it hurts quality", None),
        ("RAG is dead", ENDED),
        ("RAG мёртв", ENDED),
        ("RAG is overhyped", None),
        ("Agents are not ready for production", UNREADY),
        ("Агенты сырые", UNREADY),
    ],
)
def test_what_is_not_judged_is_told_beside_the_verdict(text: str, aside: str | None) -> None:
    parsed = parse(text, here().vocabulary)
    assert parsed.claims
    assert {told for _, told in parsed.asides} == ({aside} if aside else set())


def test_a_verb_that_says_a_lot_is_not_supported_by_the_claim_without_it() -> None:
    (kills,), (hurts,) = verdicts("Agents kill quality."), verdicts("Agents hurt quality.")
    assert kills.claim == hurts.claim and kills.claim.unheeded == ("kill",)
    (slashes,), (massively,) = verdicts("LoRA slashes cost."), verdicts("LoRA cuts cost massively.")
    assert slashes.claim.unheeded == ("slashes",)
    assert (slashes.word, slashes.probability) == (massively.word, massively.probability)


@pytest.mark.parametrize("text", ["Agents are dead.", "Agents are not ready for production.", "Агенты мертвы."])
def test_what_is_more_than_hype_is_not_supported_by_hype(text: str) -> None:
    (verdict,), (plain,) = verdicts(text), verdicts("Agents are overhyped.")
    assert (plain.word, verdict.probability) == ("supported", plain.probability)
    assert verdict.word == "not established" and "says more" in verdict.reason


def test_significantly_better_is_more_than_better() -> None:
    """A comparison asks whether there is any difference, and no more: a word that says that it counts asks for more."""
    (said,), (plain,) = verdicts("RAG is significantly better than LoRA."), verdicts("RAG is better than LoRA.")
    assert said.claim == plain.claim and said.claim.unheeded == ("significantly",)
    assert claims("Agents are significantly slower.")[0].unheeded == ()


def test_barely_and_not_at_all_are_not_one_claim() -> None:
    """What helps less than the least difference may help or harm: "does not help" is likelier than "barely helps"."""
    for name in ("RAG", "LoRA", "Quantization", "Chain of thought"):
        (barely,) = verdicts(f"{name} barely improves quality.")
        (denied,) = verdicts(f"{name} does not improve quality.")
        assert barely.probability is not None and denied.probability is not None
        assert barely.probability <= denied.probability + 1e-12
