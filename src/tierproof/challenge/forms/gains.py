"""`helps`, `harms`, `no-effect`: the average effect against the least difference worth acting on; `at-least`: an
amount.

    helps       P(average effect > +d)
    harms       P(average effect < -d)
    no-effect   P(-d <= average effect <= +d)
    at-least    P(effect in one new setting >= the amount); "at most", "less than": the other probability

in the direction in which the outcome is better, d being the pack's minimal difference.  An average is asked for where
a claim is general; an amount is asked of the reader's own setting, where he would have to see it.  Said of all, most or
some settings, each is read from the share of settings in which it holds (`quantified`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tierproof.challenge.claim import SMALLER_MODEL, Claim
from tierproof.challenge.forms.quantified import dual, holds, spread_between, told_quantity
from tierproof.challenge.forms.stated_amounts import bound_notes, told
from tierproof.challenge.forms.thresholds import (
    UPPER,
    Unreachable,
    discounted,
    effect_figures,
    gain_line,
    inside,
    loss_line,
    removed,
    reversed_line,
    sign_found,
    stated_line,
)
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED, Figure, Turn
from tierproof.challenge.weighing.circumstance import set_against_told
from tierproof.challenge.weighing.finding import BY_FAR, Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import settles_effect
from tierproof.challenge.weighing.testimony import Line, testimony_of
from tierproof.challenge.weighing.turning import bisected
from tierproof.evidence.record import SUCCESS, Outcome
from tierproof.messages import gettext
from tierproof.synthesis.posteriors.posterior import Posterior
from tierproof.synthesis.trust.from_none import WithoutOdds, without_odds
from tierproof.synthesis.values.context import OF_SUCCESSES

__all__ = [
    "SIZES",
    "judge_amount",
    "judge_effect",
    "outcome_of",
    "silence",
    "stands_on",
    "tasks_of",
    "turns_by_context",
]

_QUARTILE: Final = 0.6745
"""Standard deviations from the median of a normal distribution to its upper quartile."""
SIZES: Final = (0.5, 500.0)
"""Billions of parameters between which a turning point is looked for."""


def outcome_of(claim: Claim, technique: str, ground: Ground) -> Outcome:
    """The outcome that the claim names, or what the technique is for: quality if it aims at it, else its first aim.

    Harm without an outcome is to quality.
    """
    if claim.outcome is not None:
        return claim.outcome
    if claim.form == "harms" and ground.posterior(technique, "quality") is not None:
        return "quality"  # what "makes things worse" speaks of, whatever the technique is for
    aims = ground.appraisal.techniques[technique].aims
    known: list[Outcome] = []
    for aim in aims:
        posterior = None if aim == "control" else ground.posterior(technique, aim)
        if aim != "control" and posterior is not None and posterior.basis != "assumed":
            known.append(aim)
    return "quality" if "quality" in aims or not known else known[0]


def judge_effect(claim: Claim, technique: str, ground: Ground) -> Finding:
    """Of one technique, or of a smaller model as the reverse of a larger one."""
    name, subject, backwards = _stands_for(technique, ground)
    if subject is None:
        return not_testable(gettext("the pack knows no technique that makes a model smaller or larger"))
    outcome = outcome_of(claim, subject, ground)
    posterior = ground.posterior(subject, outcome)
    if posterior is None and outcome == "stability" and claim.form == "harms" and not backwards:
        return _fragile(claim, subject, ground)
    if posterior is None:
        return not_testable(silence(ground, subject, outcome))
    least = ground.minimal(outcome)

    def line(least: float) -> Line:
        if claim.form == "no-effect":
            return Line(low=-least, high=least)
        drawn = gain_line(outcome, least) if claim.form == "helps" else loss_line(outcome, least)
        return reversed_line(drawn) if backwards else drawn

    def probability(least: float) -> float:
        return holds(posterior.average, posterior.predictive, line(least), claim.quantifier)

    drawn = line(least)
    open_sign = gettext("whether it is a gain or a loss is not known")
    bare = _without_odds(ground, posterior)
    p0 = ground.appraisal.profile.baseline_success
    size = _as_share(outcome, least, p0)
    question = _question(claim.form, where=told_quantity(claim.quantifier), name=name, outcome=outcome, size=size)

    def elsewhere(here: Ground) -> float | None:
        return _read(here, subject, outcome, lambda p: holds(p.average, p.predictive, drawn, claim.quantifier))

    return Finding(
        probability=probability(least),
        by_far=probability(BY_FAR * least) if claim.unheeded and claim.form != "no-effect" else None,
        question=question,
        testimony=testimony_of(ground, posterior, drawn),
        figures=(
            *(() if bare is not None else effect_figures(outcome, posterior.average, posterior.predictive, p0)),
            Figure(
                name=gettext("probability in a new setting"),
                unit="probability",
                value=inside(posterior.predictive, drawn),
            ),
            *discounted(posterior.outcome, posterior.discount),
        ),
        turn=lambda: (
            *_least_difference(claim, outcome, probability, least, p0),
            *turns_by_context(claim, ground, subject, outcome, elsewhere),
        ),
        measure=lambda: (settles_effect(ground, subject, outcome, drawn),),
        rests_on=(posterior,),
        assumed=posterior.basis == "assumed",
        disputed=open_sign if claim.form == "no-effect" and not sign_found(posterior.average, least) else "",
        notes=stands_on(ground, posterior),
    )


def _question(form: str, **told: str) -> str:
    if form == "helps":
        return gettext(
            "{where}, the effect of {name} on {outcome} is a gain of more than the least difference worth acting on "
            "({size}).",
            **told,
        )
    if form == "harms":
        return gettext(
            "{where}, the effect of {name} on {outcome} is a loss of more than the least difference worth acting on "
            "({size}).",
            **told,
        )
    return gettext(
        "{where}, the effect of {name} on {outcome} is within the least difference worth acting on ({size}).", **told
    )


def judge_amount(claim: Claim, technique: str, ground: Ground) -> Finding:
    """Of one technique's own effect; an amount against another technique is `pairs`' concern."""
    assert claim.amount is not None
    name, subject, backwards = _stands_for(technique, ground)
    if subject is None:
        return not_testable(gettext("the pack knows no technique that makes a model smaller or larger"))
    outcome = outcome_of(claim, subject, ground)
    posterior = ground.posterior(subject, outcome)
    if posterior is None:
        return not_testable(silence(ground, subject, outcome))
    if (bare := _without_odds(ground, posterior)) is not None:
        return not_testable(
            gettext(
                "of {outcome} {told}, so that the size of the effect has no odds to be told in",
                outcome=outcome,
                told=bare.told,
            )
        )
    profile = ground.appraisal.profile
    limit = claim.bound in UPPER

    def line(amount: float) -> Line:
        drawn = stated_line(claim, outcome, profile, amount)
        return reversed_line(drawn) if backwards else drawn

    def probability(posterior: Posterior, drawn: Line) -> float:
        if claim.quantifier is None:
            found = inside(posterior.predictive, drawn)
        else:
            found = holds(
                posterior.average, posterior.predictive, drawn, dual(claim.quantifier) if limit else claim.quantifier
            )
        return 1.0 - found if limit else found

    where = gettext("In one new setting") if claim.quantifier is None else told_quantity(claim.quantifier)
    question = gettext(
        "{where}, {name} moves {outcome} {claim}.", where=where, name=name, outcome=outcome, claim=told(claim)
    )
    notes = (*stands_on(ground, posterior), *bound_notes(claim, profile))
    figures = effect_figures(outcome, posterior.average, posterior.predictive, profile.baseline_success)
    try:
        drawn = line(claim.amount)
    except Unreachable as error:
        if claim.unit in ("usd", "seconds"):
            return not_testable(
                gettext("the profile's own {outcome} is less than that; set yours with --set", outcome=outcome)
            )
        return Finding(
            probability=1.0 if limit else 0.0,
            question=question,
            figures=figures,
            rests_on=(posterior,),
            assumed=posterior.basis == "assumed",
            notes=(*notes, gettext("Out of reach: {error}.", error=error)),
        )
    testimony = testimony_of(ground, posterior, drawn)
    return Finding(
        probability=probability(posterior, drawn),
        question=question,
        testimony=testimony.denied if limit else testimony,
        figures=(
            *figures,
            Figure(
                name=gettext("probability on average"),
                unit="probability",
                value=1.0 - inside(posterior.average, drawn) if limit else inside(posterior.average, drawn),
            ),
            *discounted(posterior.outcome, posterior.discount),
        ),
        turn=lambda: (
            *_right_amount(claim, line, posterior),
            *turns_by_context(
                claim,
                ground,
                subject,
                outcome,
                lambda here: _read(here, subject, outcome, lambda p: probability(p, drawn)),
            ),
        ),
        measure=lambda: (settles_effect(ground, subject, outcome, drawn),),
        rests_on=(posterior,),
        assumed=posterior.basis == "assumed",
        notes=notes,
    )


def silence(ground: Ground, technique: str, outcome: Outcome) -> str:
    """Why nothing is known of an outcome: no record, or none that answers for the system in use."""
    name = ground.short(technique)
    others = [e.record for e in ground.effects if (e.record.technique, e.record.outcome) == (technique, outcome)]
    if not others:
        return gettext("no record says what {name} does to {outcome}", name=name, outcome=outcome)
    about = sorted({record.scope if record.scope != "request" else record.contrast for record in others})
    return gettext(
        "no record answers what {name} does to {outcome} in use; {others} speak of something else ({about})",
        name=name,
        outcome=outcome,
        others=len(others),
        about=", ".join(about),
    )


def _fragile(claim: Claim, technique: str, ground: Ground) -> Finding:
    """ "Brittle", "unreliable" where no record is of stability: harm comes to one new setting in four, or more.

    With t the sd of true effects between settings, harm comes to Phi((-d - mu) / t) of them; that is a quarter
    or more where the average mu is at most 0.6745 t - d.
    """
    name = ground.short(technique)
    posterior = ground.posterior(technique, "quality")
    if posterior is None or posterior.basis == "assumed":
        return not_testable(gettext("no record says how steady {name} is, or what it does to quality", name=name))
    least = ground.minimal("quality")
    spread = spread_between(posterior.average, posterior.predictive)
    line = loss_line("quality", least)
    return Finding(
        probability=float(posterior.average.cdf(_QUARTILE * spread - least)),
        question=(
            gettext(
                "In one new setting out of four, or more, {name} makes quality worse by more than the least "
                "difference.",
                name=name,
            )
        ),
        testimony=testimony_of(ground, posterior, line),
        figures=(
            *effect_figures(
                "quality", posterior.average, posterior.predictive, ground.appraisal.profile.baseline_success
            ),
            Figure(name=gettext("harm in a new setting"), unit="probability", value=inside(posterior.predictive, line)),
        ),
        turn=lambda: tuple(
            turns_by_context(
                claim,
                ground,
                technique,
                "quality",
                lambda here: _read(
                    here, technique, "quality", lambda p: float(p.average.cdf(_QUARTILE * spread - least))
                ),
            )
        ),
        measure=lambda: (settles_effect(ground, technique, "quality", line),),
        rests_on=(posterior,),
        notes=(gettext("No record is of stability: read as fragility, harm to quality in a new setting."),),
    )


def stands_on(ground: Ground, posterior: Posterior) -> tuple[str, ...]:
    """Says so where the answer stands on an assumption, and why that was made; or on other tasks' records."""
    if posterior.basis != "assumed":
        task = ground.context.task_family
        bare = _without_odds(ground, posterior)
        sized = () if bare is None else (gettext("The sign is told, not the size: {told}.", told=bare.told),)
        told = (*sized, *set_against_told(ground, posterior))
        if task is None or task in tasks_of(ground, posterior.technique, posterior.outcome):
            return told
        return (
            *told,
            gettext(
                "No record of {short} covers {task} and {outcome}; what is known of other tasks answers.",
                short=ground.short(posterior.technique),
                task=ground.appraisal.settings.words.task(task),
                outcome=posterior.outcome,
            ),
        )
    assumption = ground.appraisal.techniques[posterior.technique].assumed.get(posterior.outcome)
    short, why = ground.short(posterior.technique), assumption.why if assumption is not None else ""
    return (
        gettext(
            "No record answers for {outcome} of {short}; an assumption does: {why}",
            outcome=posterior.outcome,
            short=short,
            why=why,
        )
        if why
        else gettext(
            "No record answers for {outcome} of {short}; an assumption does", outcome=posterior.outcome, short=short
        ),
    )


def _without_odds(ground: Ground, posterior: Posterior) -> WithoutOdds | None:
    return without_odds(ground.records[id].record for id in posterior.records if id in ground.records)


def tasks_of(ground: Ground, technique: str, outcome: Outcome) -> tuple[str, ...]:
    """Task families in which the technique's records were made, sorted."""
    posterior = ground.posterior(technique, outcome)
    records = () if posterior is None else posterior.records
    return tuple(sorted({ground.records[id].record.task_family for id in records if id in ground.records} - {"other"}))


def turns_by_context(
    claim: Claim, ground: Ground, technique: str, outcome: Outcome, probability: Callable[[Ground], float | None]
) -> list[Turn]:
    """Tasks at which the claim would be supported, and the model size at which it becomes so.

    `probability`: of the claim as affirmed, on the ground of another context; None where it cannot be told there.
    """
    needed = frozenset({outcome})

    def true_at(here: Ground) -> float | None:
        p = probability(here)
        return None if p is None else 1.0 - p if claim.negated else p

    turns: list[Turn] = []
    context = ground.context
    if context.task_family is None:
        supporting = tuple(
            task
            for task in tasks_of(ground, technique, outcome)
            if (p := true_at(ground.at(replace(context, task_family=task), needed, technique))) is not None
            and p >= SUPPORTED
        )
        if supporting:
            turns.append(Turn(quantity="task", unit="tasks", values=supporting))
    posterior = ground.posterior(technique, outcome)
    sized = posterior is not None and any(part.name == "log10_params" for part in posterior.coefficients)
    if context.params_b is None and sized:
        crossing = bisected(
            lambda size: true_at(ground.at(replace(context, params_b=round(size, 4)), needed, technique)) or 0.0,
            SUPPORTED,
            *SIZES,
            logarithmic=True,
        )
        if crossing is not None:
            turns.append(Turn(quantity=gettext("model size"), unit="billions", at=crossing.at, side=crossing.side))
    return turns


def _stands_for(technique: str, ground: Ground) -> tuple[str, str | None, bool]:
    """What is spoken of in words, the technique whose records answer, and whether they answer in reverse."""
    if technique == SMALLER_MODEL:
        return gettext("a smaller model"), ground.larger_model, True
    return ground.short(technique), technique, False


def _read(
    here: Ground,
    technique: str,
    outcome: Outcome,
    of: Callable[[Posterior], float],
) -> float | None:
    posterior = here.posterior(technique, outcome)
    return None if posterior is None else of(posterior)


def _as_share(outcome: Outcome, least: float, p0: float) -> str:
    """The least difference in plain units."""
    if outcome in SUCCESS and outcome not in OF_SUCCESSES:
        return gettext("odds ×{exp:.2f}", exp=math.exp(least))
    if outcome in SUCCESS:
        return gettext(
            "odds ×{exp:.2f}, {removed:.0f} % of failures", exp=math.exp(least), removed=100 * removed(p0, least)
        )
    return f"{100 * math.expm1(least):.0f} %"


def _least_difference(
    claim: Claim, outcome: Outcome, probability: Callable[[float], float], least: float, p0: float
) -> list[Turn]:
    """How small a difference would have to count, or how large to be asked for, for the claim to be supported.

    P(gain > d) falls with d, P(within d) rises: monotone, so halved to a thousandth.
    """

    def true_at(d: float) -> float:
        return 1.0 - probability(d) if claim.negated else probability(d)

    crossing = bisected(true_at, SUPPORTED, 1e-6, 3.0)
    if crossing is None:
        return []
    if outcome in SUCCESS and outcome not in OF_SUCCESSES:
        at, now = math.exp(crossing.at), math.exp(least)
        quantity = gettext("least change of the odds of {outcome} that counts", outcome=outcome)
        return [Turn(quantity=quantity, unit="ratio", at=at, side=crossing.side, now=now)]
    if outcome in SUCCESS:
        at, now = removed(p0, crossing.at), removed(p0, least)
        return [
            Turn(
                quantity=gettext("least share of failures that counts"),
                unit="share",
                at=at,
                side=crossing.side,
                now=now,
            )
        ]
    at, now = math.expm1(crossing.at), math.expm1(least)
    return [
        Turn(
            quantity=gettext("least change of {outcome} that counts", outcome=outcome),
            unit="share",
            at=at,
            side=crossing.side,
            now=now,
        )
    ]


def _right_amount(claim: Claim, line: Callable[[float], Line], posterior: Posterior) -> list[Turn]:
    """The amount at which the claim would be supported: the quantile of the effect, in the claim's own unit."""
    assert claim.amount is not None
    if claim.quantifier is not None or claim.bound in ("about", "exactly", "between"):
        return []
    wanted = claim.negated == (claim.bound in UPPER)
    level = SUPPORTED if wanted else CONTRADICTED

    def probability(amount: float) -> float:
        try:
            return inside(posterior.predictive, line(amount))
        except Unreachable:
            return 0.0

    # Of times, 1 is no change; of everything else 0.
    low = 1.0 + 1e-9 if claim.unit == "times" else 1e-9
    high = max(claim.amount * 100, 100.0)
    crossing = bisected(probability, level, low, high)
    if crossing is None:
        return []
    side = crossing.side if wanted else "above"
    unit = {"times": "ratio", "usd": "usd_month"}.get(claim.unit or "", "percent")
    quantity = (
        gettext("amount") if claim.unit in ("percent", "times") else gettext("amount, {unit}", unit=claim.unit or "")
    )
    return [Turn(quantity=quantity, unit=unit, at=crossing.at, side=side, now=claim.amount)]  # type: ignore[arg-type]
