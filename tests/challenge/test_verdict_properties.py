"""What must hold of every verdict, on made-up fields drawn at random."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from challenge.worlds import effect, ground, sources
from decision.stand_ins import SETTINGS
from tierproof.answers.critique import verdict_answer
from tierproof.answers.document import plain
from tierproof.challenge.claim import Claim, Condition, Form
from tierproof.challenge.judging import judge
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED
from tierproof.synthesis import Context

ESTIMATES = st.lists(st.floats(-1.2, 1.2), min_size=2, max_size=6)
CLAIMS = (
    Claim(form="helps", subjects=("one",)),
    Claim(form="harms", subjects=("one",)),
    Claim(form="beats", subjects=("one",), objects=("two",)),
    Claim(form="cannot-replace", subjects=("two",), objects=("one",)),
    Claim(form="best", subjects=("one",)),
    Claim(form="only", subjects=("one",)),
    Claim(form="worth-it", subjects=("one",)),
    Claim(form="depends-on", subjects=("one",)),
)


@settings(max_examples=12)
@given(ESTIMATES, ESTIMATES, st.sampled_from(CLAIMS), st.integers(0, 1000))
def test_the_order_of_records_changes_no_byte(one: list[float], two: list[float], claim: Claim, seed: int) -> None:
    effects = [*sources("one", one), *sources("two", two), *sources("one", one[:1], outcome="cost")]
    shuffled = list(effects)
    random.Random(seed).shuffle(shuffled)
    names = ["one", "two"]
    said, again = (json.dumps(plain(verdict_answer(judge(claim, ground(e, names))))) for e in (effects, shuffled))
    assert said == again


@settings(max_examples=12)
@given(ESTIMATES, ESTIMATES, st.sampled_from([c for c in CLAIMS if c.form not in ("best", "only")]))
def test_records_that_answer_another_question_change_nothing(one: list[float], two: list[float], claim: Claim) -> None:
    """Figures of memory, of a technique that nobody asked about, and from laboratories.

    `best` and `only` ask about every technique, so that they are left out.  Interest is learned across techniques, so
    the irrelevant figures are independent, as is everything here.
    """
    effects = [*sources("one", one), *sources("two", two)]
    irrelevant = [*sources("one", [0.7], outcome="memory"), *sources("three", [0.4, -0.4, 1.0])]
    names = ["one", "two", "three"]
    once, more = (judge(claim, ground(e, names)) for e in (effects, [*effects, *irrelevant]))
    assert verdict_answer(once) == verdict_answer(more)


@settings(max_examples=40)
@given(ESTIMATES, st.floats(-2.0, -0.1), st.floats(0.03, 0.4))
def test_an_opposing_source_never_helps_a_claim(estimates: list[float], opposing: float, se: float) -> None:
    """A further source on the wrong side of the least difference (0.1), and of what was known, of any precision.

    "Of what was known": beside sources that are worse still, a mild one speaks for the claim.
    """
    claim = Claim(form="helps", subjects=("one",))
    base = [*sources("one", estimates), *sources("two", [0.1, 0.2])]
    opposing = min(opposing, *estimates)
    before = judge(claim, ground(base, ["one", "two"])).probability
    after = judge(claim, ground([*base, effect("one", opposing, source="against", se=se)], ["one", "two"])).probability
    assert before is not None and after is not None
    if before > CONTRADICTED:
        # Pooled to a thousandth of an sd (`pooling._ACCURACY`), so probabilities move by less than 1e-3 of themselves.
        assert after <= before + 1e-3
    else:
        # Of a claim already contradicted a wild source may widen what is not known, but never lift it back.
        assert after <= CONTRADICTED


@settings(max_examples=40)
@given(ESTIMATES, st.floats(-1.0, -0.1), st.floats(0.0, 1.0))
def test_a_stronger_opposing_source_never_helps_a_claim(estimates: list[float], opposing: float, more: float) -> None:
    claim = Claim(form="helps", subjects=("one",))
    base = [*sources("one", estimates), *sources("two", [0.1, 0.2])]
    opposing = min(opposing, *estimates)
    mild, strong = (
        judge(claim, ground([*base, effect("one", y, source="against")], ["one", "two"])).probability
        for y in (opposing, opposing - more)
    )
    assert mild is not None and strong is not None
    assert strong <= mild + 1e-3 if mild > CONTRADICTED else strong <= CONTRADICTED


@pytest.mark.parametrize("form", ["helps", "no-effect"])
def test_no_verdict_where_every_source_that_speaks_is_on_the_other_side(form: Form) -> None:
    """Eight sources gain elsewhere.  Of code one speaks, with next to no weight, and it finds next to nothing: what is
    carried there from the others outweighs it, and is nobody's finding."""
    gains = sources("one", [0.6, 0.7, 0.5, 0.6, 0.65, 0.55, 0.6, 0.62], task="math")
    nothing = effect("one", -0.05, source="alone", se=0.5, task="code")
    there = Claim(form=form, subjects=("one",), conditions=(Condition(kind="task", value="code"),))
    verdict = judge(there, ground([*gains, nothing], ["one"]))
    assert verdict.probability is not None
    assert not CONTRADICTED < verdict.probability < SUPPORTED
    side = "for" if form == "helps" else "against"
    assert (verdict.word, verdict.reason) == ("not established", f"no source that speaks of it is {side} it")
    # A second source that finds what the others found is a witness.
    witness = effect("one", 0.5, source="witness", se=0.3, task="code")
    seconded = judge(there, ground([*gains, nothing, witness], ["one"]))
    assert seconded.word == ("supported" if form == "helps" else "contradicted")


def test_an_average_that_is_carried_to_none_is_no_quarrel_of_sources() -> None:
    """Every source gains, less with each size; at the reader's two gain clearly and four hardly.  The line through
    sizes would have made a loss of it: how far the effect goes there is not known, and nobody says the contrary."""
    effects = [
        effect("one", y, source=f"s{j}", number=k, se=0.02, params_b=size)
        for j in range(6)
        for k, (size, y) in enumerate(((0.01, 1.5), (0.1, 0.7), (1.0, 0.05), (3.0, 0.2 if j < 2 else 0.02)))
    ]
    loose = structs.replace(SETTINGS, priors={"size_sd": 1.0, "baseline_sd": 1e-6})
    there = ground(effects, ["one"], context=Context(params_b=3.0), settings=loose)
    found = there.appraisal.synthesis.posteriors["one", "quality"]
    assert found.carried is not None
    assert found.carried.to_none
    for form in ("helps", "no-effect"):
        verdict = judge(Claim(form=form, subjects=("one",)), there)
        assert verdict.sources_for > 1
        assert verdict.sources_against > 1
        assert verdict.word == "not established"


@settings(max_examples=40)
@given(ESTIMATES, st.floats(0.02, 2.0))
def test_that_there_is_an_effect_is_found_where_its_sign_is(estimates: list[float], se: float) -> None:
    """Where nothing is known next to none of an average lies within the least difference: that contradicts nobody."""
    g = ground(sources("one", estimates, se=se), ["one"])
    none, gain, loss = (judge(Claim(form=form, subjects=("one",)), g) for form in ("no-effect", "helps", "harms"))
    denied = judge(Claim(form="no-effect", subjects=("one",), negated=True), g)
    assert (none.word == "contradicted") == (denied.word == "supported")
    if none.word == "contradicted":
        assert gain.probability is not None
        assert loss.probability is not None
        there = gain.probability + loss.probability
        assert max(gain.probability, loss.probability) >= SUPPORTED * there


def test_two_vague_sources_do_not_show_that_there_is_an_effect() -> None:
    for estimates in ([0.5, -0.5], [0.3, 0.2]):
        verdict = judge(Claim(form="no-effect", subjects=("one",)), ground(sources("one", estimates, se=1.0), ["one"]))
        assert verdict.probability is not None
        assert verdict.probability < CONTRADICTED
        assert (verdict.word, verdict.reason) == ("not established", "whether it is a gain or a loss is not known")
