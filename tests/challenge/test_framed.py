"""Frames that hold a negative word, figures bounded from behind, circumstances without records: never another claim.

A frame may be read as a denial, or be refused; what it may not be is let go, so that the bare claim is judged.  A claim
under a circumstance that no record tells from others has no verdict.  Of the sentences of `claims/fresh.tsv`, written
by somebody who had not seen the reader, none may be judged with another value than the plain claim's.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenge.saying import lowered
from challenge.shipped import verdicts
from challenge.wordings import HERE

MANY = settings(max_examples=60, deadline=None)
CLOSE = 1e-9
# "A third" is written as 33.3 % beside it.
NEAR = 0.02


def p(text: str) -> float:
    found = verdicts(text)
    assert len(found) == 1 and found[0].probability is not None, text
    return found[0].probability


NEGATIVE = {
    "en": (
        "Nobody here can say that {}",
        "Hardly anybody thinks that {}",
        "Few of us would say that {}",
        "I would never claim that {}",
        "I could not tell you that {}",
        "We would not say that {}",
        "We refuse to believe that {}",
        "You cannot tell me that {}",
        "Our engineers failed to show that {}",
        "I refute the claim that {}",
        "They lied when they told us that {}",
        "Vendors falsely claim that {}",
        "It is not known that {}",
        "It is hardly true that {}",
        "There is no truth to the idea that {}",
        "Wrong: {}",
        "Stop claiming that {}",
        "It is impossible to say that {}",
        "At no point did I say that {}",
        "Critics dispute that {}",
        "You should never think that {}",
        "You must not think that {}",
        "Rarely does anybody claim that {}",
        "Only the naive believe that {}",
        "We used to believe that {}",
        "There is no reason to think that {}",
        "It would be an exaggeration to say that {}",
    ),
    "ru": (
        "Никто не возьмётся утверждать, что {}",
        "Я бы не стал говорить, что {}",
        "Мы бы не утверждали, что {}",
        "Мало кто думает, что {}",
        "Вряд ли кто думает, что {}",
        "Не показано, что {}",
        "Невозможно утверждать, что {}",
        "Нет правды в том, что {}",
        "Они врут, когда говорят, что {}",
        "Я опровергаю утверждение, что {}",
        "Неочевидно, что {}",
        "Наивно думать, что {}",
        "Редко кто считает, что {}",
        "Было бы ошибкой думать, что {}",
    ),
}
BARE = {
    "en": (
        "RAG improves quality",
        "Quantization reduces cost",
        "LoRA beats RAG",
        "Distillation removes 20 % of failures",
    ),
    "ru": ("RAG улучшает качество", "Квантизация снижает стоимость", "LoRA лучше RAG", "Дистилляция снижает задержку"),
}
FRAMED = [(frame, bare) for language in NEGATIVE for frame in NEGATIVE[language] for bare in BARE[language]]


@pytest.mark.parametrize(("frame", "bare"), FRAMED)
def test_a_negative_frame_is_a_denial_or_is_refused(frame: str, bare: str) -> None:
    for found in verdicts(frame.format(lowered(bare))):
        assert found.probability is not None
        assert found.probability + p(bare) == pytest.approx(1.0, abs=CLOSE)


@pytest.mark.parametrize(
    "behind", ["That is false.", "Wrong.", "This is a myth.", "Nonsense!", "Это неправда.", "Ложь."]
)
@pytest.mark.parametrize("bare", [*BARE["en"], *BARE["ru"]])
def test_a_sentence_that_denies_the_one_before_leaves_no_verdict_on_it(bare: str, behind: str) -> None:
    assert verdicts(f"{bare}. {behind}") == []
    # Only the one before: others stand.
    assert len(verdicts(f"Agents raise cost. {bare}. {behind}")) == 1


@pytest.mark.parametrize(
    "frame", ["As any expert knows, {}", "I do not think that {}", "There is no doubt that {}", "Nobody denies that {}"]
)
def test_doubt_and_assurance_stay_tone(frame: str) -> None:
    for bare in BARE["en"]:
        assert p(frame.format(lowered(bare))) == pytest.approx(p(bare), abs=CLOSE)


@pytest.mark.parametrize("name", ["RAG", "Chain of thought", "Distillation"])
@pytest.mark.parametrize("said", ["wrong answers", "incorrect answers", "made-up answers", "false answers"])
def test_wrong_answers_are_what_is_made_up(name: str, said: str) -> None:
    plain = [found.claim for found in verdicts(f"{name} reduces hallucinations")]
    assert [found.claim for found in verdicts(f"{name} reduces {said}")] == plain
    assert [claim.outcome for claim in plain] == ["wrong-answers"]


def test_wrong_answers_are_one_outcome_in_russian() -> None:
    plain = [found.claim for found in verdicts("RAG снижает количество галлюцинаций")]
    for said in ("неверных ответов", "неправильных ответов", "выдуманных ответов"):
        assert [found.claim for found in verdicts(f"RAG снижает количество {said}")] == plain


_BOUNDS = {"at most": ("or less", "at most", "tops", "max"), "at least": ("or more", "at least")}


@MANY
@given(
    st.sampled_from(["RAG", "LoRA", "Quantization", "Chain of thought"]),
    st.sampled_from(["a third", "half", "two thirds", "a quarter", "40 %", "15 percent"]),
    st.sampled_from(["of failures", ""]),
    st.sampled_from(sorted(_BOUNDS)),
    st.data(),
)
def test_a_bound_behind_its_figure_is_the_bound_before_it(
    name: str, size: str, what: str, bound: str, data: st.DataObject
) -> None:
    behind = data.draw(st.sampled_from(_BOUNDS[bound]))
    says = f"{name} removes" if what else f"{name} lowers latency by"
    before = p(f"{says} {bound} {size} {what}".strip())
    assert p(f"{says} {size} {what} {behind}".replace("  ", " ")) == pytest.approx(before, abs=CLOSE)
    other = "more than" if bound == "at most" else "less than"
    assert before + p(f"{says} {other} {size} {what}".strip()) == pytest.approx(1.0, abs=CLOSE)


@MANY
@given(
    st.sampled_from(["RAG", "LoRA", "Test-time compute", "Chain of thought"]),
    st.sampled_from(["2", "three", "ten", "12", "twenty"]),
)
def test_multiples_of_a_price_are_one_claim_however_put(name: str, size: str) -> None:
    more = [
        f"{name} costs more than {size} times as much",
        f"{name} is more than {size} times as expensive",
        f"{name} raises cost more than {size} times",
        f"{name} raises cost by more than a factor of {size}",
    ]
    most = [
        f"{name} costs no more than {size} times as much",
        f"{name} is no more than {size} times as expensive",
        f"{name} costs at most {size} times as much",
        f"{name} raises cost by at most a factor of {size}",
    ]
    above = p(more[0])
    assert [p(text) for text in more] == pytest.approx([above] * len(more), abs=CLOSE)
    assert [p(text) for text in most] == pytest.approx([1.0 - above] * len(most), abs=CLOSE)


@pytest.mark.parametrize(
    "where", ["in healthcare", "in finance", "on long documents", "with little data", "on paper", "at high load"]
)
@pytest.mark.parametrize("claim", ["RAG improves quality", "Quantization does not reduce cost", "LoRA beats RAG"])
def test_a_circumstance_without_records_has_no_verdict_and_names_the_nearest(claim: str, where: str) -> None:
    for found in verdicts(f"{claim} {where}"):
        assert found.word == "not testable" and found.probability is None
        nearest = found.reason.partition('tierproof critique "')[2].rstrip('"')
        assert p(nearest) == pytest.approx(p(claim), abs=1e-6)


def test_a_family_that_records_cover_is_judged_there() -> None:
    assert p("RAG improves quality on math") != p("RAG improves quality")


def _fresh() -> list[tuple[str, str, str]]:
    rows = [line.split("\t") for line in (HERE / "fresh.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    return [(text, relation, plain) for text, relation, plain in rows if relation in "=!"]


def test_fresh_sentences_are_never_judged_with_another_value() -> None:
    rows = _fresh()
    assert len(rows) > 100
    judged, wrong = 0, []
    for text, relation, plain in rows:
        want = p(plain) if relation == "=" else 1.0 - p(plain)
        found = [one.probability for one in verdicts(text)]
        judged += bool(found)
        if found and (len(found) > 1 or found[0] is None or abs(found[0] - want) >= NEAR):
            wrong.append((text, want, found))
    assert wrong == []
    assert judged > len(rows) / 2
