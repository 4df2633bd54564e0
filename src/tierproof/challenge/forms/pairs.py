"""`beats` and `cannot-replace`, and amounts against another technique: two techniques held side by side.

    beats            P(first - second > 0 on average), on the outcome named, quality if none
    cannot-replace   P(first - second < -d on average): the replacement is worse by more than the least difference
    at-least         P(first over second, in a new setting, reaches the amount)

Direct evidence (both in one experiment) and indirect evidence (each one's own effect) are joined as `decision.compare`
does; how far they disagree is among the figures.  A smaller model against a larger one is the larger one's effect in
reverse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from msgspec import structs

from tierproof.challenge.claim import LONG_CONTEXT, SMALLER_MODEL, Claim
from tierproof.challenge.forms.gains import judge_amount, judge_effect, tasks_of
from tierproof.challenge.forms.quantified import dual, holds, told_quantity
from tierproof.challenge.forms.ranks import against_rival
from tierproof.challenge.forms.stated_amounts import told
from tierproof.challenge.forms.thresholds import (
    UPPER,
    Unreachable,
    effect_figures,
    gain_line,
    inside,
    loss_line,
    removed,
    reversed_line,
    stated_line,
)
from tierproof.challenge.verdict import SUPPORTED, Figure, Turn
from tierproof.challenge.weighing.circumstance import set_against_told, unlike_told
from tierproof.challenge.weighing.finding import BY_FAR, Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import settles_effect
from tierproof.challenge.weighing.testimony import Line, Testimony, of_effects, testimony_of
from tierproof.challenge.weighing.turning import bisected, linear_crossing
from tierproof.challenge.weighing.variants import stood_against
from tierproof.decision.appraisals.draws import quantiles
from tierproof.decision.compare import Comparison, Versus, compare, direct_evidence
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import SUCCESS, Outcome, up_is_better
from tierproof.messages import Message, gettext
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.pooling import pool_effects
from tierproof.synthesis.posteriors.answering import admits, scale_of
from tierproof.synthesis.synthesise import priors_of
from tierproof.synthesis.values.context import OF_SUCCESSES

__all__ = ["judge_pair", "versus_of"]


def versus_of(ground: Ground, first: str, second: str, outcome: Outcome) -> Versus | None:
    """First against second on one outcome, by all evidence; None where no difference is known."""
    pair = frozenset((first, second))
    together = ground.once(_held_together, lambda: _held_together(ground)).get(pair, ())

    def work() -> Comparison:
        direct = direct_evidence(together, first, second, priors_of(ground.appraisal.settings), ground.context)
        return compare(ground.appraisal, first, second, direct)

    return ground.once((compare, first, second), work).on(outcome)


def _held_together(ground: Ground) -> Mapping[frozenset[str], Sequence[Effect]]:
    """Effects of records that put one technique instead of another, by the pair."""
    found: dict[frozenset[str], list[Effect]] = defaultdict(list)
    for effect in ground.effects:
        other = effect.record.comparator_technique
        if other is not None and effect.record.contrast == "instead-of":
            found[frozenset((effect.record.technique, other))].append(effect)
    return found


def judge_pair(claim: Claim, first: str, second: str, ground: Ground) -> Finding:
    """`first` is said to beat, to be no replacement of, or to differ by an amount from, `second`."""
    if {SMALLER_MODEL, LONG_CONTEXT} & {first, second}:
        judged = _sizes if SMALLER_MODEL in (first, second) else _unnamed
        return judged(claim, first, second, ground)
    outcome: Outcome = claim.outcome or "quality"
    beside = stood_against(first, second, ground.appraisal.techniques)
    if beside is not None and (
        ground.posterior(beside[0], outcome) is not None or not _stand_alone(ground, first, second, outcome)
    ):
        return _side_by_side(claim, first, second, ground, beside)
    versus = versus_of(ground, first, second, outcome)
    names = gettext("{short} and {short_2}", short=ground.short(first), short_2=ground.short(second))
    if versus is None:
        return not_testable(gettext("no record says how {names} differ in {outcome}", names=names, outcome=outcome))
    notes = [gettext("One side's own effect is an assumption.")] if versus.assumed else []
    if versus.direct is None:
        notes.append(
            gettext(
                "No record puts {names} side by side: the comparison is indirect, of each one's own effect.",
                names=names,
            )
        )
        notes += [
            note
            for name in (first, second)
            if (own := ground.posterior(name, outcome)) is not None
            for note in set_against_told(ground, own)
        ]
    try:
        line, question = _asked(claim, first, second, outcome, ground)
    except Unreachable as error:
        beyond = 1.0 if claim.bound in UPPER else 0.0
        return Finding(
            probability=beyond,
            question="",
            reason=str(error),
            notes=(*notes, gettext("Out of reach: {error}.", error=error)),
        )
    limit = claim.form == "at-least" and claim.bound in UPPER

    def told_by(average: Mixture, new_setting: Mixture) -> float:
        if claim.quantifier is None:
            return inside(new_setting if claim.form == "at-least" else average, line)
        return holds(average, new_setting, line, dual(claim.quantifier) if limit else claim.quantifier)

    found = told_by(versus.average, versus.new_setting)
    testimony = _testimony(ground, first, second, versus, line)
    return Finding(
        probability=1.0 - found if limit else found,
        question=question,
        by_far=inside(versus.average, gain_line(outcome, BY_FAR * ground.minimal(outcome)))
        if claim.unheeded and claim.form == "beats" and claim.quantifier is None
        else None,
        disputed=unlike_told(ground.appraisal.techniques, (first, second), versus, told_by),
        testimony=testimony.denied if limit else testimony,
        figures=tuple(_figures(ground, first, second, versus)),
        turn=lambda: tuple(_turns(claim, first, second, versus, ground)),
        measure=lambda: (settles_effect(ground, first, outcome, line, quantiles(versus.new_setting), against=second),),
        rests_on=tuple(
            posterior for name in (first, second) if (posterior := ground.posterior(name, outcome)) is not None
        ),
        assumed=versus.direct is None
        and all(
            (posterior := ground.posterior(name, outcome)) is None or posterior.basis == "assumed"
            for name in (first, second)
        ),
        notes=tuple(notes),
    )


def _stand_alone(ground: Ground, first: str, second: str, outcome: Outcome) -> bool:
    return all(ground.posterior(name, outcome) is not None for name in (first, second))


def _side_by_side(claim: Claim, first: str, second: str, ground: Ground, beside: tuple[str, bool]) -> Finding:
    """Two forms, or a form and the plain technique, by the records that put one beside the other."""
    name, turned = beside
    outcome: Outcome = claim.outcome or "quality"
    posterior = ground.posterior(name, outcome)
    if posterior is None:
        return not_testable(
            gettext(
                "no record puts {short} beside {short_2} for {outcome}",
                short=ground.short(first),
                short_2=ground.short(second),
                outcome=outcome,
            )
        )
    sign = -1.0 if turned else 1.0
    average, new_setting = posterior.average.scale(sign), posterior.predictive.scale(sign)
    try:
        line, question = _asked(claim, first, second, outcome, ground)
    except Unreachable as error:
        beyond = 1.0 if claim.bound in UPPER else 0.0
        return Finding(
            probability=beyond, question="", reason=str(error), notes=(gettext("Out of reach: {error}.", error=error),)
        )
    limit = claim.form == "at-least" and claim.bound in UPPER
    if claim.quantifier is not None:
        found = holds(average, new_setting, line, dual(claim.quantifier) if limit else claim.quantifier)
    else:
        found = inside(new_setting if claim.form == "at-least" else average, line)
    own = line if sign > 0 else reversed_line(line)
    testimony = testimony_of(ground, posterior, own)
    return Finding(
        probability=1.0 - found if limit else found,
        question=question,
        testimony=testimony.denied if limit else testimony,
        figures=effect_figures(outcome, average, new_setting, ground.appraisal.profile.baseline_success),
        measure=lambda: (settles_effect(ground, name, outcome, own, quantiles(posterior.predictive)),),
        rests_on=(posterior,),
        notes=(
            gettext(
                "By {records} records of {sources} sources that put one beside the other.",
                records=len(posterior.records),
                sources=len(posterior.sources),
            ),
        ),
    )


def _asked(claim: Claim, first: str, second: str, outcome: Outcome, ground: Ground) -> tuple[Line, str]:
    """The line of the difference first - second, and the question in words."""
    one, other = ground.short(first), ground.short(second)
    if claim.form == "at-least":
        assert claim.amount is not None
        line = stated_line(claim, outcome, ground.appraisal.profile, claim.amount)
        where = gettext("In one new setting") if claim.quantifier is None else told_quantity(claim.quantifier)
        return line, gettext(
            "{where}, {one} moves {outcome} {claim} against {other}.",
            where=where,
            one=one,
            outcome=outcome,
            claim=told(claim),
            other=other,
        )
    if claim.form == "cannot-replace":
        line = loss_line(outcome, ground.minimal(outcome))
        how = gettext("on average") if claim.quantifier is None else _lower(told_quantity(claim.quantifier))
        return line, gettext(
            "In place of {other}, {one} is worse for {outcome} {how} by more than the least difference.",
            other=other,
            one=one,
            outcome=outcome,
            how=how,
        )
    return gain_line(outcome, 0.0), gettext(
        "{told_quantity}, {one} is better for {outcome} than {other}.",
        told_quantity=told_quantity(claim.quantifier),
        one=one,
        outcome=outcome,
        other=other,
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sizes(claim: Claim, first: str, second: str, ground: Ground) -> Finding:
    """A smaller model against a larger one, or the other way round: one step of size, read in either direction."""
    other = second if first == SMALLER_MODEL else first
    if ground.larger_model is None or other != ground.larger_model:
        return not_testable(
            gettext("no record holds a smaller model against this; only against a larger one of its family")
        )
    if claim.form == "cannot-replace":
        # The smaller one cannot stand in: the step up gains; the larger one cannot: it loses.
        asked = replace(claim, form="harms", subjects=(first,), objects=())
    elif claim.form == "at-least":
        return judge_amount(replace(claim, subjects=(first,), objects=()), first, ground)
    else:
        asked = replace(claim, form="helps", subjects=(first,), objects=())
    return judge_effect(asked, first, ground)


_ENOUGH: Final = 2
"""Sources that must have put something without a name in the pack beside a technique."""
_WORDS: Final = {LONG_CONTEXT: Message("long context")}
"""What a record's comparator says where it is one of these, which are no techniques of a pack."""


def _unnamed(claim: Claim, first: str, second: str, ground: Ground) -> Finding:
    """Against something that is in no pack but that records use as a comparator: those records alone answer."""
    practice, technique = (first, second) if first in _WORDS else (second, first)
    words = _WORDS[practice]
    outcome: Outcome = claim.outcome or "quality"
    effects = sorted(
        (
            effect
            for effect in ground.effects
            if effect.record.technique == technique
            and effect.record.outcome == outcome
            and effect.record.contrast == "instead-of"
            and words in effect.record.comparator.lower()
            and not effect.record.doubtful
            and effect.record.mirror_of is None
            and effect.scale == scale_of(outcome)
            and admits(ground.context, effect)
        ),
        key=lambda effect: effect.record.id,
    )
    if technique.startswith("*") or not effects:
        return not_testable(
            gettext(
                "{words} is no technique of the pack, and no record puts it in place of the other side", words=words
            )
        )
    # The comparator is the practice here, so that the reader's baseline is not its.
    pooling = pool_effects(effects, replace(ground.context, baseline=None), priors_of(ground.appraisal.settings))
    sign = 1.0 if technique == first else -1.0
    average, new_setting = pooling.average().scale(sign), pooling.predictive().scale(sign)
    short = ground.short(technique)
    one, other = (short, words) if technique == first else (words, short)
    least = ground.minimal(outcome)
    if claim.form == "at-least":
        return not_testable(
            gettext("too few records put {words} beside {short} to tell an amount", words=words, short=short)
        )
    line = loss_line(outcome, least) if claim.form == "cannot-replace" else gain_line(outcome, 0.0)
    p0 = ground.appraisal.profile.baseline_success
    own = line if sign > 0 else reversed_line(line)
    return Finding(
        probability=inside(average, line),
        question=(
            gettext(
                "In place of {other}, {one} is worse for {outcome} on average by more than the least difference.",
                other=other,
                one=one,
                outcome=outcome,
            )
            if claim.form == "cannot-replace"
            else gettext(
                "On average over settings, {one} is better for {outcome} than {other}.",
                one=one,
                outcome=outcome,
                other=other,
            )
        ),
        testimony=of_effects(technique, effects, own),
        figures=effect_figures(outcome, average, new_setting, p0),
        measure=lambda: (settles_effect(ground, technique, outcome, own, quantiles(pooling.predictive())),),
        # What lies outside of any technique's question has no prior of its own field: one source does not carry it.
        assumed=len(pooling.sources) < _ENOUGH,
        reason=""
        if len(pooling.sources) >= _ENOUGH
        else gettext("one source alone puts {words} beside {short}", words=words, short=short),
        notes=(
            gettext(
                "Records that put {words} beside {short}: {effects}, of {sources} sources.",
                words=words,
                short=short,
                effects=len(effects),
                sources=len(pooling.sources),
            ),
        ),
    )


def _testimony(ground: Ground, first: str, second: str, versus: Versus, line: Line) -> Testimony:
    """Direct comparisons held against the line itself; each one's own sources against the other's mean."""
    indirect = against_rival(ground, first, second, versus.outcome)
    if (line.high < np.inf) == up_is_better(versus.outcome):
        indirect = indirect.denied  # the claim wants the first below
    if versus.direct is None:
        return indirect
    effects = [_towards(first, ground.records[id]) for id in versus.direct.records if id in ground.records]
    # One step in front of the rest: a source that tried both says more than two that tried one each.
    direct = of_effects(first, effects, line)
    return Testimony(
        points_for=(*direct.points_for, *indirect.points_for),
        points_against=(*direct.points_against, *indirect.points_against),
    )


def _towards(first: str, effect: Effect) -> Effect:
    """The effect as first - second."""
    return effect if effect.record.technique == first else structs.replace(effect, estimate=-effect.estimate)


def _figures(ground: Ground, first: str, second: str, versus: Versus) -> list[Figure]:
    better = gettext("probability that {short} is better", short=ground.short(first))
    figures = []
    p0 = ground.appraisal.profile.baseline_success
    interval = versus.difference
    if versus.outcome in OF_SUCCESSES:
        median, low, high = (removed(p0, x) for x in (interval.median, interval.low, interval.high))
        figures.append(
            Figure(
                name=gettext("failures removed beyond {short}", short=ground.short(second)),
                unit="share",
                value=median,
                low=low,
                high=high,
            )
        )
    else:
        median, low, high = (float(np.exp(np.clip(x, -20, 20))) for x in (interval.median, interval.low, interval.high))
        figures.append(
            Figure(
                name=gettext(
                    "odds of {outcome} over those of {name}", outcome=versus.outcome, name=ground.short(second)
                )
                if versus.outcome in SUCCESS
                else gettext("{outcome} over that of {name}", outcome=versus.outcome, name=ground.short(second)),
                unit="ratio",
                value=median,
                low=low,
                high=high,
            )
        )
    figures.append(
        Figure(
            name=gettext("{better}, in a new setting", better=better), unit="probability", value=versus.p_better_here
        )
    )
    for name, p in (
        (gettext("{better}, on average by direct evidence alone", better=better), versus.p_better_direct),
        (gettext("{better}, on average by indirect evidence alone", better=better), versus.p_better_indirect),
    ):
        if p is not None:
            figures.append(Figure(name=name, unit="probability", value=p))
    if versus.disagreement is not None:
        figures.append(
            Figure(name=gettext("direct and indirect evidence apart, in sds"), unit="count", value=versus.disagreement)
        )
    benefit = ground.appraisal.net_benefit(first) - ground.appraisal.net_benefit(second)
    figures.append(
        Figure(
            name=gettext("probability of the larger net benefit"), unit="probability", value=float(np.mean(benefit > 0))
        )
    )
    return figures


def _turns(claim: Claim, first: str, second: str, versus: Versus, ground: Ground) -> list[Turn]:
    turns, outcome = [], versus.outcome
    if claim.form == "cannot-replace" and outcome in OF_SUCCESSES:
        p0 = ground.appraisal.profile.baseline_success

        def true_at(loss: float) -> float:
            p = inside(versus.average, loss_line(outcome, loss))
            return 1.0 - p if claim.negated else p

        crossing = bisected(true_at, SUPPORTED, 1e-6, 5.0)
        if crossing is not None:
            turns.append(
                Turn(
                    quantity=gettext("loss that still counts as a replacement, share of failures"),
                    unit="share",
                    at=-removed(p0, -crossing.at),
                    side=crossing.side,
                    now=-removed(p0, -ground.minimal(outcome)),
                )
            )
    turns += _value_turn(claim, first, second, ground)
    context = ground.context
    if context.task_family is None and claim.form != "at-least":
        shared = sorted({*tasks_of(ground, first, outcome)} & {*tasks_of(ground, second, outcome)})
        supporting = []
        for task in shared:
            here = ground.at(replace(context, task_family=task), frozenset({outcome}))
            there = versus_of(here, first, second, outcome)
            if there is None:
                continue
            p = inside(there.average, _asked(claim, first, second, outcome, here)[0])
            if (1.0 - p if claim.negated else p) >= SUPPORTED:
                supporting.append(task)
        if supporting:
            turns.append(Turn(quantity="task", unit="tasks", values=tuple(supporting)))
    return turns


def _value_turn(claim: Claim, first: str, second: str, ground: Ground) -> list[Turn]:
    """The value of a success from which on the first has the larger net benefit with probability 0.8."""
    if claim.form == "at-least":
        return []
    appraisal, value = ground.appraisal, ground.appraisal.profile.value_per_success
    slope = appraisal.successes(first) - appraisal.successes(second)
    offset = appraisal.net_benefit(first) - appraisal.net_benefit(second) - value * slope
    wants_first = (claim.form == "beats") != claim.negated
    sign = 1.0 if wants_first else -1.0
    crossing = linear_crossing(sign * slope, sign * offset, SUPPORTED, now=max(value, 1e-6))
    if crossing is None:
        return []
    return [
        Turn(
            quantity=gettext("value of a success at which it also nets more"),
            unit="usd",
            at=crossing.at,
            side=crossing.side,
            now=value,
        )
    ]
