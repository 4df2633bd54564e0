"""`best` and `only`: where a technique stands among all others.

    best         P(its score is the highest)          one of the best: P(it is in the top few)
    only         P(it helps and no other technique helps on average, by more than the least difference)

Scores are the lens's, or the outcome's where one is named, of average effects, drawn jointly.  The top few are a fifth
of the table, three at least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from tierproof.challenge.claim import Claim
from tierproof.challenge.forms.gains import outcome_of, stands_on, tasks_of
from tierproof.challenge.forms.thresholds import gain_line, inside, removed
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED, Figure, Measurement, Turn
from tierproof.challenge.weighing.circumstance import rank_unlike_told
from tierproof.challenge.weighing.finding import Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import settles_effect
from tierproof.challenge.weighing.testimony import Line, Testimony, testimony_of, together
from tierproof.challenge.weighing.turning import bisected
from tierproof.decision.ranking.lens import scored_outcomes
from tierproof.evidence.record import Outcome, up_is_better
from tierproof.messages import gettext
from tierproof.synthesis.values.context import OF_SUCCESSES
from tierproof.synthesis.values.normal import NINETY, Array

__all__ = ["against_rival", "judge_best", "judge_only", "number_of", "ranks_of", "scores_of", "top_few"]

_RIVALS = 3


def scores_of(ground: Ground, outcome: Outcome | None) -> Mapping[str, Array]:
    """Draws of every technique's score, more is better: the lens's, or the average effect on `outcome`."""
    if outcome is None:
        return ground.scores
    sign = 1.0 if up_is_better(outcome) else -1.0
    scores = {}
    for technique in sorted(ground.appraisal.techniques):
        drawn = ground.average(technique, outcome)
        if drawn is not None:
            scores[technique] = sign * drawn
    return scores


def ranks_of(scores: Mapping[str, Array], technique: str) -> Array:
    """(n,) rank of the technique in each joint draw, 1 the best; ties go to the others."""
    own = scores[technique]
    others = [drawn for key, drawn in scores.items() if key != technique]
    return 1.0 + np.sum([other >= own for other in others], axis=0) if others else np.ones_like(own)


def top_few(count: int) -> int:
    """How many of `count` techniques are "among the best"."""
    return max(3, round(count / 5))


def judge_best(claim: Claim, technique: str, ground: Ground) -> Finding:
    scores = scores_of(ground, claim.outcome)
    what = claim.outcome or gettext("the lens “{lens}”", lens=ground.lens.name)
    if technique not in scores:
        return not_testable(
            gettext("no record says where {short} stands on {what}", short=ground.short(technique), what=what)
        )
    if len(scores) < 2:
        return not_testable(
            gettext("the pack knows nothing else to rank {short} against", short=ground.short(technique))
        )
    few = top_few(len(scores)) if claim.among else 1
    ranks = ranks_of(scores, technique)
    probability = float(np.mean(ranks <= few))
    low, middle, high = (float(x) for x in np.quantile(ranks, (0.05, 0.5, 0.95), method="inverted_cdf"))
    rivals = _rivals(scores, technique)
    outcome = _main_outcome(claim, ground)
    unlike = rank_unlike_told(ground, ground.posterior(technique, outcome)) if probability >= SUPPORTED else ""
    return Finding(
        probability=probability,
        disputed=unlike,
        question=(
            gettext(
                "On average over settings, {name} ranks among the top {few} of {n} on {what}.",
                name=ground.short(technique),
                few=few,
                n=len(scores),
                what=what,
            )
            if claim.among
            else gettext(
                "On average over settings, {name} ranks first of {n} on {what}.",
                name=ground.short(technique),
                n=len(scores),
                what=what,
            )
        ),
        testimony=against_rival(ground, technique, rivals[few - 1][0] if len(rivals) >= few else None, outcome),
        figures=(
            Figure(name=gettext("rank"), unit="rank", value=middle, low=low, high=high),
            Figure(name=gettext("probability of the first rank"), unit="probability", value=float(np.mean(ranks <= 1))),
            *(
                Figure(
                    name=gettext("probability that {short} ranks above it", short=ground.short(rival)),
                    unit="probability",
                    value=p,
                )
                for rival, p in rivals[:_RIVALS]
            ),
        ),
        turn=lambda: tuple(_turns(claim, technique, ground, ranks, few)),
        measure=lambda: _against(ground, technique, rivals, few, outcome),
        rests_on=tuple(
            posterior for outcome in _outcomes(claim, ground) if (posterior := ground.posterior(technique, outcome))
        ),
        assumed=all(
            posterior is None or posterior.basis == "assumed"
            for outcome in _outcomes(claim, ground)
            for posterior in [ground.posterior(technique, outcome)]
        ),
        notes=tuple(
            note
            for outcome in _outcomes(claim, ground)
            if (posterior := ground.posterior(technique, outcome)) is not None
            for note in stands_on(ground, posterior)
        ),
    )


def judge_only(claim: Claim, subjects: Sequence[str], ground: Ground) -> Finding:
    """P(every subject helps and nothing else does).  Average effects are pooled apart, so probabilities multiply."""
    outcome = claim.outcome or outcome_of(claim, subjects[0], ground)
    least = ground.minimal(outcome)
    posteriors = {
        technique: posterior
        for technique in sorted(ground.appraisal.techniques)
        if (posterior := ground.posterior(technique, outcome)) is not None and posterior.basis != "assumed"
    }
    if missing := [technique for technique in subjects if technique not in posteriors]:
        return not_testable(
            gettext("no record says what {short} does to {outcome}", short=ground.short(missing[0]), outcome=outcome)
        )
    others = [technique for technique in posteriors if technique not in subjects]
    if not others:
        return not_testable(gettext("the pack knows of no other technique that might help too"))

    def helps(technique: str, least: float) -> float:
        return inside(posteriors[technique].average, gain_line(outcome, least))

    def probability(least: float) -> float:
        alone = float(np.prod([1.0 - helps(technique, least) for technique in others]))
        return alone * float(np.prod([helps(technique, least) for technique in subjects]))

    def true_at(least: float) -> float:
        return 1.0 - probability(least) if claim.negated else probability(least)

    names = gettext(" and ").join(ground.short(technique) for technique in subjects)
    helping = sorted(((helps(technique, least), technique) for technique in others), reverse=True)
    line = gain_line(outcome, least)
    expected = sum(p for p, _ in helping)
    spread = sum(p * (1.0 - p) for p, _ in helping) ** 0.5
    figures = [
        Figure(
            name=gettext("other techniques that help"),
            unit="count",
            value=expected,
            low=max(0.0, expected - NINETY * spread),
            high=min(float(len(others)), expected + NINETY * spread),
        ),
        *(
            Figure(name=gettext("probability that {short} helps", short=ground.short(t)), unit="probability", value=p)
            for p, t in [*((helps(technique, least), technique) for technique in subjects), *helping[:_RIVALS]]
        ),
    ]
    turns = _company([p for p, _ in helping], negated=claim.negated)
    crossing = bisected(true_at, SUPPORTED, 1e-6, 5.0)
    if crossing is not None and outcome in OF_SUCCESSES:
        p0 = ground.appraisal.profile.baseline_success
        at, now = removed(p0, crossing.at), removed(p0, least)
        turns.append(
            Turn(
                quantity=gettext("least share of failures that counts"),
                unit="share",
                at=at,
                side=crossing.side,
                now=now,
            )
        )
    testimony = together(
        [
            *(testimony_of(ground, posteriors[technique], line) for technique in subjects),
            *(testimony_of(ground, posteriors[technique], line).denied for technique in others),
        ]
    )
    return Finding(
        probability=probability(least),
        question=gettext(
            "{names} helps {outcome} on average, and none of the other {others} techniques does.",
            names=names,
            outcome=outcome,
            others=len(others),
        ),
        testimony=testimony,
        figures=tuple(figures),
        turn=lambda: tuple(turns),
        measure=lambda: tuple(settles_effect(ground, t, outcome, line) for _, t in helping[:1]),
        rests_on=tuple(posteriors.values()),
    )


def _company(chances: Sequence[float], *, negated: bool) -> list[Turn]:
    """How many others may help too before "only" is denied: a quantile of their number, which is Poisson-binomial."""
    at_most = np.cumsum(number_of(chances))
    most = int(np.argmax(at_most >= (CONTRADICTED if negated else SUPPORTED)))
    if negated and most == 0:
        return []
    side: Literal["above", "below"] = "below" if negated else "above"
    # "Above" holds from `most` on; "below" as long as fewer than so many are allowed.
    at = float(most if negated else most - 1)
    return (
        [Turn(quantity=gettext("how many others may help too"), unit="count", at=at, side=side, now=0.0)]
        if at >= 0
        else []
    )


def number_of(chances: Sequence[float]) -> Array:
    """Probabilities of 0, 1, ... of independent events happening, by convolution."""
    counts = np.array([1.0])
    for p in chances:
        counts = np.convolve(counts, (1.0 - p, p))
    return counts


def against_rival(ground: Ground, technique: str, rival: str | None, outcome: Outcome) -> Testimony:
    """Sources of both, each held against the other's mean effect: what puts the technique above its rival, or below."""
    own = ground.posterior(technique, outcome)
    other = None if rival is None else ground.posterior(rival, outcome)
    if own is None or other is None:
        return Testimony()

    def above(mean: float) -> Line:
        return Line(low=mean) if up_is_better(outcome) else Line(high=mean)

    return together(
        (
            testimony_of(ground, own, above(other.average.mean)),
            testimony_of(ground, other, above(own.average.mean)).denied,
        )
    )


def _rivals(scores: Mapping[str, Array], technique: str) -> list[tuple[str, float]]:
    """The others and P(each one's score is above the technique's), the likeliest first."""
    own = scores[technique]
    found = [(key, float(np.mean(drawn > own))) for key, drawn in scores.items() if key != technique]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _outcomes(claim: Claim, ground: Ground) -> tuple[Outcome, ...]:
    return (claim.outcome,) if claim.outcome is not None else scored_outcomes(ground.lens)


def _main_outcome(claim: Claim, ground: Ground) -> Outcome:
    """The outcome that weighs most in the ranking."""
    return _outcomes(claim, ground)[0]


def _turns(claim: Claim, technique: str, ground: Ground, ranks: Array, few: int) -> tuple[Turn, ...]:
    turns = []
    if not claim.negated:
        needed = float(np.quantile(ranks, SUPPORTED, method="inverted_cdf"))
        turns.append(
            Turn(
                quantity=gettext("how many ranks count as the best"),
                unit="rank",
                at=needed,
                side="above",
                now=float(few),
            )
        )
    context = ground.context
    if context.task_family is None:
        supporting = []
        for task in tasks_of(ground, technique, _main_outcome(claim, ground)):
            here = ground.at(replace(context, task_family=task), frozenset(_outcomes(claim, ground)))
            scores = scores_of(here, claim.outcome)
            if technique not in scores:
                continue
            p = float(np.mean(ranks_of(scores, technique) <= few))
            if (1.0 - p if claim.negated else p) >= SUPPORTED:
                supporting.append(task)
        if supporting:
            turns.append(Turn(quantity="task", unit="tasks", values=tuple(supporting)))
    return tuple(turns)


def _against(
    ground: Ground, technique: str, rivals: list[tuple[str, float]], few: int, outcome: Outcome
) -> tuple[Measurement, ...]:
    """Measuring the technique against the rival that decides: the one on the edge of the ranks asked for."""
    if len(rivals) < few or ground.posterior(technique, outcome) is None:
        return ()
    other = ground.posterior(rivals[few - 1][0], outcome)
    if other is None:
        return ()
    edge = other.average.mean
    line = Line(low=edge) if up_is_better(outcome) else Line(high=edge)
    return (settles_effect(ground, technique, outcome, line),)
