"""Verdicts on small made-up fields, where the answer can be written down beside the claim."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from challenge.worlds import effect, ground, sources
from decision.stand_ins import fixed, technique
from tierproof.challenge.claim import (
    ENGINEERING,
    EVERYTHING_ELSE,
    MODEL_CLEVERNESS,
    SMALLER_MODEL,
    Claim,
    Condition,
)
from tierproof.challenge.judging import _more_than_half, judge
from tierproof.challenge.verdict import word_of
from tierproof.challenge.weighing.ground import Ground
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.adoption import Adoption, CaseStudies, figure_of
from tierproof.evidence.technique import Assumption, Effort
from tierproof.messages import speaking

GOOD = sources("good", [0.9, 1.0, 1.1, 0.8, 1.0])
IDLE = sources("idle", [0.01, -0.02, 0.0, 0.02, 0.01], se=0.02)
BAD = sources("bad", [-0.8, -1.0, -0.9, -1.1, -0.7])
TORN = sources("torn", [0.9, -0.9, 1.0, -1.0, 0.8, -0.8])
SAFE = sources("good", [0.9, 1.0, 0.8, 1.1], outcome="safety")
CHEAP = sources("good", [np.log(0.5)] * 4, outcome="cost")


@pytest.fixture(scope="module")
def here() -> Ground:
    return ground([*GOOD, *IDLE, *BAD, *TORN, *CHEAP, *SAFE], ["good", "idle", "bad", "torn", "silent"])


def claim(form: str, *subjects: str, **fields: object) -> Claim:
    return Claim(form=form, subjects=subjects, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (claim("helps", "good"), "supported"),
        (claim("helps", "bad"), "contradicted"),
        (claim("helps", "torn"), "mixed"),
        (claim("harms", "bad"), "supported"),
        (claim("harms", "good", negated=True), "supported"),
        (claim("no-effect", "idle"), "supported"),
        (claim("no-effect", "good"), "contradicted"),
        (claim("beats", "good", objects=("bad",)), "supported"),
        (claim("beats", "bad", objects=("idle",)), "contradicted"),
        (claim("best", "good"), "supported"),
        (claim("best", "bad"), "contradicted"),
        (claim("best", "idle", negated=True), "supported"),
        (claim("beats", "good", objects=(EVERYTHING_ELSE,)), "supported"),
        (claim("beats", EVERYTHING_ELSE, objects=("good",), negated=True), "supported"),
        (claim("beats", EVERYTHING_ELSE, objects=("bad",)), "supported"),
        (claim("cannot-replace", "bad", objects=("good",)), "supported"),
        (claim("cannot-replace", "good", objects=("bad",), negated=True), "supported"),
        (claim("cannot-replace", EVERYTHING_ELSE, objects=("good",)), "supported"),
        (claim("helps", "good", outcome="cost"), "supported"),
        (claim("at-least", "good", outcome="cost", amount=20, unit="percent", direction="down"), "supported"),
        (claim("at-least", "good", outcome="cost", amount=90, unit="percent", direction="down"), "contradicted"),
        (claim("at-least", "good", outcome="cost", amount=150, unit="percent", direction="down"), "contradicted"),
        (claim("helps", "good", outcome="safety"), "supported"),
        # How much safety there is today is in no profile: read at the share of successes it was "contradicted, 0".
        (claim("at-least", "good", outcome="safety", amount=60, unit="percent", direction="up"), "not testable"),
        (claim("at-least", "good", outcome="safety", amount=9, unit="points", direction="up"), "not testable"),
        (claim("at-least", "good", outcome="quality", amount=9, unit="seconds", direction="up"), "not testable"),
        (claim("overhyped", "good"), "not testable"),
        (claim("adopted", "good"), "not testable"),
        (claim("helps", "silent"), "not testable"),
        (claim("beats", ENGINEERING, objects=(MODEL_CLEVERNESS,)), "not testable"),
        (claim("helps", "no-such-thing"), "not testable"),
        (claim("depends-on", "good", conditions=(Condition(kind="load"),)), "not testable"),
        (claim("depends-on", "torn"), "supported"),
        (claim("depends-on", "idle"), "contradicted"),
    ],
    ids=str,
)
def test_the_obvious_is_judged_so(asked: Claim, word: str, here: Ground) -> None:
    verdict = judge(asked, here)
    assert verdict.word == word, (verdict.probability, verdict.question, verdict.reason)
    assert (verdict.probability is None) == (word == "not testable")
    assert verdict.reason if word == "not testable" else verdict.question


def test_helping_is_the_tail_of_the_average(here: Ground) -> None:
    """P(average > 0.1) read off the posterior itself; 0.1 is the made-up field's minimal difference."""
    posterior = here.posterior("good", "quality")
    assert posterior is not None
    found = judge(claim("helps", "good"), here)
    assert found.probability == pytest.approx(float(posterior.average.sf(0.1)), rel=1e-12)


def test_help_harm_and_no_effect_are_all_there_is(here: Ground) -> None:
    for name in ("good", "idle", "bad", "torn"):
        chances = [judge(claim(form, name), here).probability or 0.0 for form in ("helps", "harms", "no-effect")]
        # Exact up to rounding: the three lines part the axis.
        assert sum(chances) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "asked",
    [
        claim("helps", "torn"),
        claim("worth-it", "torn"),
        claim("beats", "torn", objects=("idle",)),
        claim("cannot-replace", "torn", objects=("idle",)),
        claim("best", "torn"),
        claim("only", "torn"),
        claim("depends-on", "torn"),
    ],
    ids=str,
)
def test_a_denial_has_the_other_probability_and_the_sides_changed(asked: Claim, here: Ground) -> None:
    said, denied = judge(asked, here), judge(replace(asked, negated=True), here)
    assert said.probability is not None and denied.probability is not None
    assert said.probability + denied.probability == pytest.approx(1.0, abs=1e-12)
    assert said.evidence_for == denied.evidence_against
    assert said.evidence_against == denied.evidence_for


def test_only_multiplies_what_is_pooled_apart(here: Ground) -> None:
    helps = {name: judge(claim("helps", name), here).probability or 0.0 for name in ("good", "idle", "bad", "torn")}
    expected = helps["good"] * (1 - helps["idle"]) * (1 - helps["bad"]) * (1 - helps["torn"])
    assert judge(claim("only", "good"), here).probability == pytest.approx(expected, rel=1e-9)


def test_several_subjects_must_all_hold(here: Ground) -> None:
    one, other = (judge(claim("helps", name), here).probability or 0.0 for name in ("good", "torn"))
    assert judge(claim("helps", "good", "torn"), here).probability == pytest.approx(one * other, rel=1e-12)


def test_more_than_half_is_the_binomial_tail() -> None:
    """Of five events at 0.3, P(three or more) = 0.16308, by scipy's binom.sf(2, 5, 0.3)."""
    assert _more_than_half([0.3] * 5) == pytest.approx(0.16308, abs=1e-9)


def test_an_amount_is_asked_of_a_new_setting(here: Ground) -> None:
    posterior = here.posterior("good", "cost")
    assert posterior is not None
    asked = claim("at-least", "good", outcome="cost", amount=2, unit="times", direction="down")
    assert judge(asked, here).probability == pytest.approx(float(posterior.predictive.cdf(np.log(0.5))), rel=1e-12)


def test_the_amount_at_which_it_turns_is_the_quantile(here: Ground) -> None:
    """Supported up to the amount that four in five new settings reach; the bracket stops at a thousandth."""
    asked = claim("at-least", "good", outcome="cost", amount=90, unit="percent", direction="down")
    turn = next(turn for turn in judge(asked, here).turns if turn.quantity == "amount")
    posterior = here.posterior("good", "cost")
    assert posterior is not None and turn.at is not None
    quantile = float(posterior.predictive.quantile(0.8))
    assert turn.at == pytest.approx(100 * (1 - np.exp(quantile)), rel=3e-3)
    assert turn.side == "below"


def test_failures_removed_turn_into_odds(here: Ground) -> None:
    """At 70 % success, half of the failures removed is 85 % success: a log odds ratio of logit(0.85) - logit(0.7)."""
    asked = claim("at-least", "good", outcome="quality", amount=50, unit="percent", direction="up", of_failures=True)
    posterior = here.posterior("good", "quality")
    assert posterior is not None
    threshold = np.log(0.85 / 0.15) - np.log(0.7 / 0.3)
    assert judge(asked, here).probability == pytest.approx(float(posterior.predictive.sf(threshold)), rel=1e-9)


def test_the_price_at_which_it_pays_is_where_the_probability_passes() -> None:
    """Set to the turning value the same claim stands at 0.8: solved exactly, so one draw either side of it."""
    costly = sources("dear", [np.log(3.0)] * 4, outcome="cost")
    asked = claim("worth-it", "dear")
    effects = [*sources("dear", [0.5, 0.6, 0.4, 0.5]), *costly]
    profile = Profile(value_per_success=0.01, cost_per_request=0.01)
    verdict = judge(asked, ground(effects, ["dear"], profile=profile))
    turn = next(turn for turn in verdict.turns if turn.quantity == "value of a success" and not turn.even_odds)
    assert verdict.word == "contradicted" and turn.side == "above" and turn.at is not None
    for value, held in ((turn.at * 1.0001, True), (turn.at * 0.9999, False)):
        moved = Profile(value_per_success=value, cost_per_request=0.01)
        p = judge(asked, ground(effects, ["dear"], profile=moved)).probability
        assert p is not None and (p >= 0.8) == held


def test_a_smaller_model_is_the_larger_one_in_reverse() -> None:
    here = ground(sources("grow", [np.log(2.0)] * 4, outcome="cost"), ["grow", "other"])
    cheaper = judge(claim("beats", SMALLER_MODEL, objects=("grow",), outcome="cost"), here)
    dearer = judge(claim("harms", "grow", outcome="cost"), here)
    assert cheaper.word == "supported"
    assert cheaper.probability == dearer.probability


def test_direct_comparisons_stand_in_front() -> None:
    """Where two were tried side by side those sources are named first, whatever each did alone."""
    direct = [effect("good", -0.5, source=f"both-{n}", against="rest") for n in range(3)]
    here = ground([*GOOD, *sources("rest", [0.2, 0.3, 0.1]), *direct], ["good", "rest"])
    verdict = judge(claim("beats", "good", objects=("rest",)), here)
    assert verdict.evidence_against[0].source_id.startswith("both")
    assert any(figure.name.startswith("direct and indirect") for figure in verdict.figures)


def test_only_for_large_models_denies_it_of_small_ones() -> None:
    sized = [
        effect("grows", 0.9 * np.log10(size) - 0.4, source=f"s{n}", params_b=size)
        for n, size in enumerate((1.0, 3.0, 8.0, 30.0, 70.0, 200.0))
    ]
    here = ground([*sized, *IDLE], ["grows", "idle"])
    large = claim("helps", "grows", conditions=(Condition(kind="model-size", value="large"),))
    only = replace(large, conditions=(Condition(kind="model-size", value="large", only=True),))
    small = claim("helps", "grows", conditions=(Condition(kind="model-size", value="small"),))
    p_large, p_small = (judge(asked, here).probability or 0.0 for asked in (large, small))
    assert p_large > p_small
    assert judge(only, here).probability == pytest.approx(p_large * (1 - p_small), rel=1e-9)
    general = judge(claim("depends-on", "grows", conditions=(Condition(kind="model-size"),)), here)
    assert general.probability is not None and general.probability > 0.5
    turns = {turn.quantity: turn for turn in judge(claim("helps", "grows"), here).turns}
    assert "model size" in turns and turns["model size"].side == "above"


def test_each_task_named_must_hold_and_only_asks_what_others_do() -> None:
    """Tasks are pooled apart: two named multiply; "only" also asks that most of the others do not hold."""
    strong = {"math": 1.0, "code": 0.9, "chat": -0.1, "agent": 0.0}
    found = [effect("good", mean, source=f"{task}{n}", task=task) for task, mean in strong.items() for n in range(3)]
    here = ground([*found, *IDLE], ["good", "idle"])

    def on(*tasks: str, only: bool = False) -> Claim:
        kinds = tuple(Condition(kind="task", value=task, only=only) for task in tasks)
        return claim("helps", "good", conditions=kinds)

    alone = {task: judge(on(task), here).probability or 0.0 for task in strong}
    both = judge(on("math", "code"), here)
    assert both.probability == pytest.approx(alone["math"] * alone["code"], rel=1e-9)
    assert {figure.name.split(":")[0] for figure in both.figures} == {"math", "code"}
    # Of two others, more than half is both.
    neither = (1 - alone["chat"]) * (1 - alone["agent"])
    only = judge(on("math", "code", only=True), here)
    assert only.probability == pytest.approx(alone["math"] * alone["code"] * neither, rel=1e-9)
    assert "more than half of 2 other tasks (agent or chat)" in only.question
    assert only.turns == ()


def test_a_load_is_a_number_of_requests_where_money_is_asked_about() -> None:
    """Ten times the profile's requests make a fixed effort matter a tenth: what pays does so sooner."""
    laborious = technique("good", effort=Effort(engineer_days=fixed(20), weeks=fixed(1)))
    known = {"good": laborious, "idle": technique("idle")}
    here = ground([*sources("good", (0.5, 0.6, 0.4)), *IDLE], known)
    busy, plain, quiet = (
        judge(claim("worth-it", "good", conditions=conditions), here)
        for conditions in (
            (Condition(kind="load", value="high"),),
            (),
            (Condition(kind="load", value="low"),),
        )
    )
    assert (busy.probability or 0) >= (plain.probability or 0) >= (quiet.probability or 0)
    assert (busy.probability or 0) > (quiet.probability or 0)
    assert any("requests a month" in note for note in busy.notes)


def _use(name: str, floor: int, ceiling: int) -> Adoption:
    """Case studies of 1,000 systems that name it in title or summary, and anywhere."""
    made = [
        figure_of(
            CaseStudies(
                id=f"{name}-{bound}",
                technique=name,
                database="cases",
                measure="case studies",
                bound=bound,  # type: ignore[arg-type]
                count=count,
                total=1000,
                years="2023-2025",
                independence="independent",
            )
        )
        for bound, count in (("floor", floor), ("ceiling", ceiling))
    ]
    return Adoption(applications=tuple(made), makers=())


@pytest.mark.parametrize(
    ("floor", "ceiling", "asked", "word"),
    [
        (700, 900, claim("adopted", "good"), "supported"),
        (10, 30, claim("adopted", "good"), "contradicted"),
        (10, 30, claim("adopted", "good", negated=True), "supported"),
        (300, 450, claim("adopted", "good", negated=True), "supported"),
        (10, 30, claim("adopted", "good", amount=10, unit="percent", bound="at-most"), "supported"),
        (300, 450, claim("adopted", "good", amount=10, unit="percent", bound="at-most"), "contradicted"),
        (300, 450, claim("adopted", "good"), "contradicted"),
        (600, 700, claim("adopted", "good", amount=50, unit="percent"), "supported"),
        (600, 700, claim("adopted", "good", amount=90, unit="percent"), "contradicted"),
        (600, 700, claim("adopted", "good", objects=("idle",)), "supported"),
        (600, 700, claim("adopted", "good", objects=("idle",), amount=100, unit="times"), "contradicted"),
    ],
)
def test_use_is_judged_between_floor_and_ceiling(floor: int, ceiling: int, asked: Claim, word: str) -> None:
    adoption = {"good": _use("good", floor, ceiling), "idle": _use("idle", 50, 60)}
    here = ground([*GOOD, *IDLE], ["good", "idle"], adoption=adoption)
    assert judge(asked, here).word == word


def test_hype_is_attention_without_effect() -> None:
    names = [f"t{n}" for n in range(10)]
    effects = [one for n, name in enumerate(names) for one in sources(name, [1.0 - 0.2 * n] * 4, se=0.05)]
    # Attention runs against effect: the last in effect is named most.
    adoption = {name: _use(name, 10 * n, 20 + 90 * n) for n, name in enumerate(names)}
    here = ground(effects, names, adoption=adoption)
    assert judge(claim("overhyped", "t9"), here).word == "supported"
    assert judge(claim("overhyped", "t0"), here).word == "contradicted"
    assert judge(claim("overhyped", "t0", negated=True), here).word == "supported"


def test_an_assumption_establishes_nothing() -> None:

    guessed = msgspec.structs.replace(
        technique("guessed"), assumed={"quality": Assumption(low=0.9, mode=1.0, high=1.1, why="a guess")}
    )
    here = ground(GOOD, {"good": technique("good"), "guessed": guessed})
    verdict = judge(claim("helps", "guessed"), here)
    assert verdict.word == "not established"
    assert verdict.probability is not None and verdict.probability > 0.99
    assert any("a guess" in note for note in verdict.notes)


def test_who_paid_adds_up(here: Ground) -> None:
    for asked in (claim("helps", "good"), claim("beats", "good", objects=("bad",)), claim("only", "good")):
        assert sum(judge(asked, here).paid.values()) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("probability", "sides", "word"),
    [
        (0.8, (0, 0), "supported"),
        (0.2, (9, 9), "contradicted"),
        (0.5, (2, 2), "mixed"),
        (0.5, (2, 1), "not established"),
        (0.79, (0, 9), "not established"),
    ],
)
def test_the_rules_for_a_word(probability: float, sides: tuple[int, int], word: str) -> None:
    assert word_of(probability, clear_for=sides[0], clear_against=sides[1]) == word
    assert word_of(probability, clear_for=sides[0], clear_against=sides[1], assumed=True) == "not established"


def test_brittle_is_harm_to_one_setting_in_four_where_stability_is_not_measured(here: Ground) -> None:
    """One technique gains and loses by turns, one gains everywhere; neither has a record of stability."""
    torn = judge(claim("harms", "torn", outcome="stability"), here)
    good = judge(claim("harms", "good", outcome="stability"), here)
    assert torn.probability is not None and good.probability is not None
    assert torn.word == "supported" and good.word == "contradicted"
    assert any("fragility" in note for note in torn.notes)
    # The probability of harm itself stands on the same side of one in four.
    harms = [next(f.value for f in v.figures if f.name == "harm in a new setting") for v in (torn, good)]
    assert harms[0] > 0.25 > harms[1]


def test_silence_says_what_there_is_instead(here: Ground) -> None:
    assert "no record says" in judge(claim("helps", "good", outcome="memory"), here).reason
    trained = effect("good", -1.0, source="t", outcome="memory")
    trained = msgspec.structs.replace(trained, record=msgspec.structs.replace(trained.record, scope="training"))
    reason = judge(claim("helps", "good", outcome="memory"), ground([*GOOD, trained], ["good"])).reason
    assert "training" in reason


def test_an_amount_on_average_is_surer_than_in_a_new_setting(here: Ground) -> None:
    """The average is known better than one setting: below its median more likely to pass a figure."""
    small = claim("at-least", "good", outcome="quality", amount=3, unit="points", direction="up")
    anywhere, averaged = judge(small, here), judge(replace(small, quantifier="on-average"), here)
    assert anywhere.probability is not None and averaged.probability is not None
    assert averaged.probability > anywhere.probability
    assert averaged.question.startswith("On average over settings")
    safer = judge(claim("helps", "good", outcome="safety"), here)
    assert any(figure.name.startswith("odds of safety") for figure in safer.figures)


@pytest.mark.parametrize("languages", [("en", "ru", "en"), ("ru", "en", "ru")])
def test_a_verdict_once_given_is_told_in_the_language_of_whoever_asks_next(languages: tuple[str, ...]) -> None:
    """One ground, as a notebook and an assistant keep it; what is judged in any language is the same."""
    kept, told = ground([*GOOD, *BAD], ["good", "bad", "silent"]), []
    claims = [
        Claim(form="helps", subjects=("good",), outcome="quality"),
        Claim(form="beats", subjects=("good",), objects=("bad",), outcome="quality"),
        Claim(form="helps", subjects=("silent",)),
    ]
    for language in languages:
        with speaking(language):
            found = [judge(claim, kept) for claim in claims]
            for verdict in found:
                said = " ".join((verdict.question, verdict.reason, *(figure.name for figure in verdict.figures)))
                russian = any("а" <= letter <= "я" for letter in said)
                assert russian == (language == "ru"), said
            told.append([(verdict.word, verdict.probability) for verdict in found])
    assert told[0] == told[1] == told[2]
