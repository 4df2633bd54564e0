"""What is said and what is close to it: read for what it is, or refused; and what follows from unlike comparators.

Kinds, in both languages, each in more wordings than the one that showed it; properties over all pairs of techniques.
"""

from __future__ import annotations

from itertools import combinations

import pytest

from challenge.shipped import here, verdicts
from tierproof.challenge.claim import Claim
from tierproof.challenge.forms.pairs import versus_of
from tierproof.challenge.judging import judge
from tierproof.challenge.reading import parse
from tierproof.decision.ranking.tiers import set_against

REFUSED = {
    "of which circumstances it is the best, or most": (
        "LoRA works best with large models.",
        "Chain of thought is at its best on math.",
        "LoRA helps mostly on code.",
        "LoRA лучше всего работает с большими моделями.",
        "LoRA помогает в основном на математике.",
    ),
    "than how many, or than it seems": (
        "LoRA лучше большинства техник.",
        "LoRA точнее половины техник.",
        "LoRA лучше, чем кажется.",
        "Агенты лучше, чем о них говорят.",
    ),
    "one put in the place of another": (
        "Не агенты, а LoRA помогает.",
        "Помогает не LoRA, а дистилляция.",
        "LoRA не лучше и не хуже дистилляции.",
        "Чем LoRA лучше RAG?",
    ),
    "how often": (
        "Half the time distillation helps.",
        "LoRA helps 70 % of the time.",
        "LoRA helps more often than distillation.",
        "LoRA помогает чаще, чем дистилляция.",
    ),
    "a level": (
        "LoRA raises accuracy 60 % to 75 %.",
        "LoRA raises accuracy by 5 points to 85 %.",
        "LoRA повышает точность на 5 % до 85 %.",
    ),
    "no more than so much": (
        "LoRA raises accuracy by as little as 3 %.",
        "LoRA raises accuracy by barely 3 %.",
        "LoRA cuts cost by a mere 3 %.",
        "LoRA повышает точность едва на 3 %.",
        "LoRA raises accuracy by 0 %.",
    ),
    "two that are alike": (
        "LoRA is comparable to distillation.",
        "LoRA is indistinguishable from distillation.",
        "LoRA is no different from distillation.",
        "LoRA сопоставима с дистилляцией.",
        "LoRA ничем не отличается от дистилляции.",
        "LoRA comes close to distillation.",
    ),
    "more than the half that was read": (
        "Agents are not just slow but expensive.",
        "LoRA improves everything.",
        "LoRA helps on neither math nor code.",
        "LoRA улучшает всё.",
        "Агенты не просто медленные.",
        "LoRA is dead, distillation is better.",
    ),
    "whose": ("Our agents help.", "My RAG hurts quality.", "Наш RAG помогает.", "У нас LoRA помогает."),
    "where": (
        "On my laptop, LoRA helps.",
        "Under certain conditions, LoRA helps.",
        "У вас LoRA помогает.",
        "Агенты слишком дороги, чтобы окупаться.",
    ),
    "quality of what": ("LoRA improves product quality.", "LoRA улучшает качество работы."),
    "how it was before, or goes by itself": (
        "Agents have become cheaper.",
        "The cost of agents is falling.",
        "Agents did not work before 2024.",
        "Агенты стали медленнее.",
        "LoRA лучше, чем раньше.",
        "Agents are cheaper than before.",
        "Агенты становятся лучше.",
        "Агенты раньше были медленнее.",
        "Стоимость агентов растёт.",
    ),
    "what one does to another": ("LoRA лучше с RAG.", "Точность растёт с числом агентов."),
    "a part of the bill": (
        "Prompt caching cuts output costs.",
        "Prompt caching cuts the cost per token.",
        "Кэширование промптов снижает стоимость разработки.",
        "Кэширование промптов снижает стоимость за токен.",
    ),
    "taken back": (
        "Does LoRA help? No.",
        "LoRA помогает? Нет.",
        "Does LoRA help? It depends.",
        "LoRA helps. On paper.",
        "LoRA helps. But not for long.",
        "LoRA помогает. Но недолго.",
        "LoRA помогает. Шутка.",
        "~~LoRA helps.~~",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_what_is_close_to_a_claim_is_none(text: str) -> None:
    assert parse(text, here().vocabulary).claims == ()


KINDS = {
    "{} LoRA helps.": (
        "right wrong correct real pure own other new old good bad nice advanced complex local remote typical",
        "custom legal English internal manual hybrid joint broken failed tuned careful mature legacy ideal",
    ),
    "{} LoRA помогает.": (
        "правильная неправильная настоящая чистая собственная новая старая хорошая плохая локальная типичная",
        "обычная английская внутренняя ручная общая известная настроенная дорогая медленная современная ваша моя",
    ),
}


@pytest.mark.parametrize(
    ("said", "kind"), [(said, kind) for said, lines in KINDS.items() for line in lines for kind in line.split()]
)
def test_a_kind_of_a_technique_is_not_the_technique(said: str, kind: str) -> None:
    plain = parse("LoRA helps.", here().vocabulary).claims
    assert parse(said.format(kind), here().vocabulary).claims != plain


SAME = (
    ("It is not false that LoRA helps.", "LoRA helps."),
    ("It is not untrue that agents do not help.", "Agents do not help."),
    ("Не неверно, что LoRA помогает.", "LoRA helps."),
    ("LoRA has yet to cut cost.", "LoRA does not cut cost."),
    ("LoRA не может не помогать.", "LoRA always helps."),
    ("LoRA cuts errors by ≤20 %.", "LoRA cuts errors by at most 20 %."),
    ("LoRA cuts errors by >= 20 %.", "LoRA cuts errors by at least 20 %."),
    ("LoRA снижает число ошибок на ≤20 %.", "LoRA cuts errors by at most 20 %."),
    ("Agents cost three times as much as RAG.", "Agents are three times as expensive as RAG."),
    ("Agents cost a lot.", "Agents are expensive."),
    ("LoRA is better than nothing.", "LoRA improves quality."),
    ("Answers become better with LoRA.", "LoRA improves quality."),
    ("С LoRA ответы стали точнее.", "LoRA improves quality."),
    ("Prompt caching costs nothing.", "Prompt caching does not raise cost."),
    ("С LoRA ответы лучше, чем раньше.", "LoRA improves quality."),
    ("Agents reliably raise cost.", "Agents always raise cost."),
    ("In my opinion, LoRA improves quality.", "LoRA improves quality."),
    ("LoRA лучше, чем ничего.", "LoRA improves quality."),
    ("Quantization preserves quality.", "Quantization does not hurt quality."),
    ("Квантизация не сохраняет качество.", "Quantization hurts quality."),
    ("Tools are at least as good as agents.", "Tools are no worse than agents."),
    ("Tools are as accurate as agents.", "Tools are not less accurate than agents."),
    ("Tools are always as good as agents.", "Tools are never worse than agents."),
    ("Tools match agents.", "Tools are no worse than agents."),
)


@pytest.mark.parametrize(("text", "plain"), SAME)
def test_what_says_the_same_has_the_same_verdict(text: str, plain: str) -> None:
    found, wanted = verdicts(text), verdicts(plain)
    assert len(found) == len(wanted) == 1 and wanted[0].probability is not None
    assert found[0].probability == pytest.approx(wanted[0].probability, abs=1e-9)
    assert found[0].word == wanted[0].word


def test_as_good_as_is_never_likelier_than_no_worse_than() -> None:
    for one, other in combinations(("RAG", "tools", "agents", "chain of thought", "LoRA"), 2):
        as_good, no_worse, worse = (
            verdicts(f"{one} {how} {other}.")[0].probability
            for how in ("is as good as", "is no worse than", "is worse than")
        )
        assert as_good is not None and no_worse is not None and worse is not None
        assert as_good <= no_worse == pytest.approx(1 - worse, abs=1e-12)


def test_no_winner_is_named_where_each_is_set_against_another_thing() -> None:
    """Own effects that are set against unlike systems decide no comparison, whatever their probability."""
    ground, clear, seen = here(), 0, 0
    techniques = ground.appraisal.techniques
    for one, other in combinations(sorted(techniques), 2):
        versus = versus_of(ground, one, other, "quality")
        if versus is None or versus.direct is not None or None in (versus.indirect, versus.p_better):
            continue
        unlike = set_against(techniques[one]) != set_against(techniques[other])
        verdict = judge(Claim(form="beats", subjects=(one,), objects=(other,), outcome="quality"), ground)
        confident = verdict.word in ("supported", "contradicted")
        assert verdict.probability is not None
        if unlike:
            seen += 1
            assert not confident and verdict.turns == ()
            if not 0.2 < verdict.probability < 0.8:
                assert verdict.reason
        clear += confident
    assert seen > 20 and clear > 5


def test_a_high_rank_does_not_follow_from_an_untuned_base_model() -> None:
    ground = here()
    for name, technique in sorted(ground.appraisal.techniques.items()):
        for form, among in (("best", True), ("underrated", False)):
            verdict = judge(Claim(form=form, subjects=(name,), among=among), ground)  # type: ignore[arg-type]
            if set_against(technique) and verdict.probability is not None and verdict.probability >= 0.8:
                assert verdict.word == "not established"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("LoRA dramatically improves quality.", "not established"),
        ("LoRA намного улучшает качество.", "not established"),
        ("Prompt caching is great value for money.", "not established"),
        ("Agents are much slower.", "supported"),  # by five times the least difference as well
        ("Агенты намного медленнее.", "supported"),
        ("Agents are significantly slower.", "supported"),  # says that it counts, which is what is judged
        ("Agents massively cut cost.", "contradicted"),  # what does not hold, does not hold by much
        ("Agents raise cost massively by 50 %.", "supported"),  # the figure says how much
    ],
)
def test_a_strong_word_is_not_supported_by_the_claim_without_it(text: str, word: str) -> None:
    (verdict,) = verdicts(text)
    assert verdict.word == word
    assert verdict.word != "not established" or "says more" in verdict.reason


def test_how_likely_much_is_stands_among_the_figures() -> None:
    """There it is told as probabilities are: >99 %, and never 100 %."""
    (much,), (plain,) = verdicts("Agents are much slower."), verdicts("Agents are slower.")
    (far,) = (figure for figure in much.figures if figure not in plain.figures)
    assert much.probability is not None and far.unit == "probability"
    assert 0.8 <= far.value < much.probability


SUBJECTS = (("RAG", "s"), ("LoRA", "s"), ("Agents", ""), ("Quantization", "s"), ("Chain of thought", "s"))
PLAIN = (
    "{s} improve{x} quality.", "{s} help{x}.", "{s} hurt{x} quality.", "{s} always help{x}.",
    "{s} sometimes hurt{x} quality.",
    "{s} reduce{x} errors by 20 %.", "{s} raise{x} accuracy by at least 5 points.", "{s} cut{x} cost by at most 30 %.",
    "{s} double{x} latency.", "{s} reduce{x} hallucinations.", "{s} beat{x} distillation.",
    "{s} can replace distillation.",
    "{s} save{x} money.", "{s} help{x} on math.", "{s} help{x} small models.",
    "Is it true that {s} improve{x} quality?",
    "It is false that {s} help{x}.", "I think {s} reduce{x} cost.", "{s} significantly improve{x} quality.",
    "{s} improve{x} quality but raise{x} cost.",
)  # fmt: skip
PLAIN_RU = (
    "{} улучшает качество.", "{} помогает.", "{} не помогает.", "{} всегда помогает.", "{} иногда вредит.",
    "{} окупается.",
    "{} снижает число ошибок на 20 %.", "{} повышает точность не менее чем на 5 пунктов.", "{} удваивает задержку.",
    "{} лучше дистилляции.", "{} не хуже дистилляции.", "{} — лучшая техника.", "{} помогает на математике.",
    "{} помогает малым моделям.", "Неверно, что {} помогает.", "Все знают, что {} помогает.", "Помогает ли {}?",
    "{} улучшает качество, но повышает стоимость.", "{} зависит от размера модели.", "{} переоценивают.",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        *(said.format(s=name, x=ending) for said in PLAIN for name, ending in SUBJECTS),
        *(said.format(name) for said in PLAIN_RU for name in ("RAG", "LoRA", "Квантизация", "Цепочка рассуждений")),
    ],
)
def test_a_plain_claim_is_taken(text: str) -> None:
    parsed = parse(text, here().vocabulary)
    assert parsed.claims and not parsed.not_understood


def test_a_comparison_alone_is_of_what_was_asked_about() -> None:
    assert [claim.outcome for claim in parse("LoRA? Cheaper.", here().vocabulary).claims] == ["cost"]
