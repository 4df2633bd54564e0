"""`judge(claim, ground)`: what the evidence makes of a claim.

Enters: a `Claim` and a `Ground`.  Leaves: a `Verdict`.  Knows nothing of who said it or how: tone, language and
wording ended with the parser.  Reads and writes nothing.

Several subjects: the claim holds if it holds of each, so probabilities multiply.  "Everything else" and "techniques":
it holds if it holds of more than half of them (Poisson-binomial, exact).  A claim limited to a circumstance is judged
in that context where records state it, in each of several, and not at all where they do not; "only for" also asks that
it does not hold elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, cast

import numpy as np

from tierproof.challenge.claim import (
    ANY_TECHNIQUE,
    ENGINEERING,
    EVERYTHING_ELSE,
    LONG_CONTEXT,
    MODEL_CLEVERNESS,
    NOTHING,
    OTHER_PRACTICE,
    SMALLER_MODEL,
    Claim,
    Condition,
    ConditionKind,
)
from tierproof.challenge.forms.attention import judge_attention
from tierproof.challenge.forms.benefit import judge_worth
from tierproof.challenge.forms.dependence import judge_depends
from tierproof.challenge.forms.gains import judge_amount, judge_effect, outcome_of, tasks_of
from tierproof.challenge.forms.pairs import judge_pair
from tierproof.challenge.forms.ranks import judge_best, judge_only, number_of
from tierproof.challenge.forms.thresholds import Unsized
from tierproof.challenge.forms.uptake import judge_adopted
from tierproof.challenge.telling.wording import condition_told
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED, Figure, Point, Verdict, word_of
from tierproof.challenge.weighing.circumstance import ground_under, is_family, not_set_apart
from tierproof.challenge.weighing.finding import BY_FAR, Finding, denied, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.left_out import left_out_notes
from tierproof.challenge.weighing.testimony import paid_for, together
from tierproof.challenge.weighing.variants import form_of, stood_against
from tierproof.messages import Message, gettext, spoken, translated
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Posterior

__all__ = ["SHOWN", "judge"]

SHOWN: Final = 3
"""Sources shown on either side."""
_UNSPOKEN: Final = {
    ENGINEERING: Message("no record varies engineering, integration or infrastructure with everything else held"),
    MODEL_CLEVERNESS: Message("no record measures cleverness apart from size and training"),
    OTHER_PRACTICE: Message("the practice named is in no record of the pack"),
    NOTHING: Message("nothing is claimed of any technique"),
}
_OF_FORMS: Final = ("helps", "harms", "no-effect", "at-least", "beats", "cannot-replace", "depends-on")
"""Claims that a form's own records can answer."""
_OVER_SETTINGS: Final = ("helps", "harms", "no-effect", "at-least", "beats", "cannot-replace")
"""Claims of which the share of settings can be read."""
_CROWDS: Final = (EVERYTHING_ELSE, ANY_TECHNIQUE)
_LEVELS: Final[tuple[CertaintyLevel, ...]] = ("very low", "low", "moderate", "high")
_SINGLE: Final[dict[str, Callable[[Claim, str, Ground], Finding]]] = {
    "helps": judge_effect,
    "harms": judge_effect,
    "no-effect": judge_effect,
    "at-least": judge_amount,
    "best": judge_best,
    "worth-it": judge_worth,
    "overhyped": judge_attention,
    "underrated": judge_attention,
    "adopted": judge_adopted,
    "depends-on": judge_depends,
}


def judge(claim: Claim, ground: Ground) -> Verdict:
    """The verdict on one claim.  Equal claims on equal ground give equal verdicts, in whatever order effects come."""
    key = (claim, claim.unheeded, spoken())  # its sentences are of the language spoken
    if key not in ground.judged:
        ground.judged[key] = _judged(claim, ground)
    return cast(Verdict, ground.judged[key])


def _judged(claim: Claim, ground: Ground) -> Verdict:
    ground = ground.knowing((*claim.subjects, *claim.objects, *_standing(claim, ground)))
    apart = not_set_apart(claim, ground)
    if apart is not None:
        return _verdict(claim, not_testable(apart), ground)
    here, notes = ground_under(claim, ground)
    limited = claim.form != "depends-on" and any(condition.only for condition in claim.conditions)
    # "Helps only large models" is one statement of two places: its denial denies it whole.
    whole = limited and claim.negated
    asked = replace(claim, negated=False) if whole else claim
    finding = _in_each_task(asked, ground)
    for kind in dict.fromkeys(condition.kind for condition in claim.conditions if condition.only):
        if limited and finding.probability is not None:
            finding = _only_there(asked, kind, finding, ground)
    finding = denied(finding) if whole else finding
    heard = tuple(
        gettext("“{word}” says that it is a lot, not how much: judged as without it.", word=word)
        for word in claim.unheeded
    )
    if finding.by_far is not None and not claim.negated:
        name = gettext("probability of {times:g} times the least difference", times=BY_FAR)
        by_far = Figure(name=name, unit="probability", value=finding.by_far)
        finding = replace(finding, figures=(*finding.figures, by_far))
    untaken = tuple(left_out_notes(claim, here)) if finding.probability is not None else ()
    finding = replace(finding, notes=(*notes, *heard, *finding.notes, *untaken))
    return _verdict(claim, finding, here)


def _standing(claim: Claim, ground: Ground) -> Iterator[str]:
    """Forms whose records put the two sides beside one another."""
    for one in claim.subjects:
        for other in claim.objects:
            beside = stood_against(one, other, ground.appraisal.techniques)
            if beside is not None:
                yield beside[0].partition("|")[0]


def _in_each_task(claim: Claim, ground: Ground) -> Finding:
    """ "On math and code": the claim holds if it holds of each task named, all else as claimed."""
    tasks = [c for c in claim.conditions if c.kind == "task" and is_family(c.value, ground)]
    if claim.form == "depends-on" or len(tasks) < 2:
        return _found(claim, ground_under(claim, ground)[0])
    parts = []
    for task in tasks:
        one = _under(claim, "task", task.value)
        part = _found(one, ground_under(one, ground)[0])
        parts.append(replace(part, question=gettext("For {task}: {question}", task=task.value, question=part.question)))
    return _joined([task.value for task in tasks], parts, crowd=False)


def _under(claim: Claim, kind: ConditionKind, value: str) -> Claim:
    """The claim under one condition of its kind in place of those stated."""
    rest = tuple(condition for condition in claim.conditions if condition.kind != kind)
    return replace(claim, conditions=(*rest, Condition(kind=kind, value=value)))


def _found(claim: Claim, ground: Ground) -> Finding:
    try:
        return _weighed(claim, ground)
    except Unsized as error:
        return not_testable(str(error))


def _weighed(claim: Claim, ground: Ground) -> Finding:
    if (reason := _unspoken(claim, ground)) is not None:
        return not_testable(reason)
    if claim.form == "depends-on" and len(claim.conditions) > 1:
        # "On model size and the task": on each.
        parts = [_found(replace(claim, conditions=(condition,)), ground) for condition in claim.conditions]
        words = ground.appraisal.settings.words
        return _joined([condition_told(condition, words) for condition in claim.conditions], parts, crowd=False)
    if claim.form == "only":
        finding = judge_only(claim, claim.subjects, ground)
        return denied(finding) if claim.negated else finding
    if claim.form in ("beats", "cannot-replace") or (claim.form == "at-least" and claim.objects):
        return _held_against(claim, ground)
    members = _members(claim, ground)
    parts = [_denied_if(claim, _SINGLE[claim.form](claim, member, ground)) for member in members]
    names = [ground.short(member) if not member.startswith("*") else gettext("the smaller model") for member in members]
    return _joined(names, parts, crowd=any(name in _CROWDS for name in claim.subjects))


def _unspoken(claim: Claim, ground: Ground) -> str | None:
    """Why no record can speak to the claim; None where some can."""
    for name in (*claim.subjects, *claim.objects):
        if name in _UNSPOKEN:
            return translated(_UNSPOKEN[name])
        if not name.startswith("*") and name not in ground.appraisal.techniques:
            return gettext("the pack has no technique '{name}'", name=name)
    if (reason := _unspoken_form(claim, ground)) is not None:
        return reason
    if LONG_CONTEXT in claim.subjects + claim.objects and claim.form not in ("beats", "cannot-replace", "at-least"):
        return gettext("long context is no technique of the pack; only what records put it in place of can be judged")
    if SMALLER_MODEL in claim.subjects + claim.objects and claim.form not in (
        "helps",
        "harms",
        "no-effect",
        "at-least",
        "beats",
        "cannot-replace",
    ):
        return (
            gettext("no figure counts or pays for two sizes of one family side by side")
            if claim.form in ("adopted", "worth-it")
            else gettext("a smaller model is a step back in size, not a technique with records of its own")
        )
    return None


def _unspoken_form(claim: Claim, ground: Ground) -> str | None:
    """The same of the forms of techniques that it names, and of numbers of settings."""
    if claim.quantifier is not None and claim.form not in _OVER_SETTINGS:
        return gettext("in how many settings this holds is not known: no posterior tells them apart for it")
    if claim.quantifier is not None and any(name in _CROWDS for name in (*claim.subjects, *claim.objects)):
        return gettext("of how many techniques this holds is not judged but for most of them")
    for name in (*claim.subjects, *claim.objects):
        form = form_of(name, ground.appraisal.techniques)
        if form is None:
            continue
        parent = ground.short(name.partition("/")[0])
        if claim.form not in _OF_FORMS:
            return gettext(
                "{form} is a form of {parent}: use, money and ranks are known of the whole alone",
                form=form.name,
                parent=parent,
            )
        if claim.form in ("beats", "cannot-replace") or claim.objects:
            if not _can_be_held(claim, ground):
                return gettext(
                    "no record sets {form} apart from {opponents}",
                    form=form.name,
                    opponents=_opponents(claim, name, ground),
                )
        elif not form.subtypes:
            return gettext("no record sets {form} apart from other {parent}", form=form.name, parent=parent)
    return None


def _can_be_held(claim: Claim, ground: Ground) -> bool:
    """Whether each pair of the two sides was put side by side, or has effects of its own on either side."""
    techniques = ground.appraisal.techniques

    def alone(name: str) -> bool:
        form = form_of(name, techniques)
        return not name.startswith("*") and (form is None or bool(form.subtypes))

    def kin(one: str, other: str) -> bool:
        # A form against its whole technique, which it is part of, says nothing.
        return one.partition("/")[0] == other.partition("/")[0] and ("/" in one) != ("/" in other)

    return all(
        stood_against(one, other, techniques) is not None or (alone(one) and alone(other) and not kin(one, other))
        for one in claim.subjects
        for other in claim.objects
    )


def _opponents(claim: Claim, name: str, ground: Ground) -> str:
    others = claim.objects if name in claim.subjects else claim.subjects
    return gettext(" and ").join(
        ground.short(other) if not other.startswith("*") else gettext("everything else") for other in others
    )


def _members(claim: Claim, ground: Ground) -> tuple[str, ...]:
    """The techniques that the subjects stand for."""
    named = tuple(name for name in claim.subjects if name not in _CROWDS)
    if len(named) == len(claim.subjects):
        return named
    apart = {*named, *claim.objects} if EVERYTHING_ELSE in claim.subjects else set()
    return tuple(name for name in sorted(ground.appraisal.techniques) if name not in apart and "/" not in name)


def _held_against(claim: Claim, ground: Ground) -> Finding:
    """Two sides.  One of them may be all others: then ranks answer, not pairs."""
    if not claim.objects:
        return not_testable(gettext("the claim does not say against what"))
    everything = [name in _CROWDS for name in (*claim.subjects, *claim.objects)]
    if any(everything) and claim.form == "at-least":
        return not_testable(gettext("an amount against everything else names no two things to compare"))
    if ANY_TECHNIQUE in claim.objects:
        return not_testable(gettext("than how many techniques it is better is not judged, but for all of them"))
    if any(name in _CROWDS for name in claim.objects):
        # "X beats everything else", "X cannot replace the others": the first rank; no first rank.
        best = replace(
            claim,
            form="best",
            objects=(),
            outcome=claim.outcome or "quality",
            negated=claim.negated != (claim.form == "cannot-replace"),
        )
        return _found(best, ground)
    if any(name in _CROWDS for name in claim.subjects):
        return _nothing_else(claim, ground)
    pairs = [(first, second) for first in claim.subjects for second in claim.objects]
    parts = [_denied_if(claim, judge_pair(claim, first, second, ground)) for first, second in pairs]
    return _joined([_side_by_side(first, second, ground) for first, second in pairs], parts, crowd=False)


def _side_by_side(first: str, second: str, ground: Ground) -> str:
    techniques = ground.appraisal.techniques
    one, other = (ground.short(name) if name in techniques else name.lstrip("*") for name in (first, second))
    return gettext("{one} against {other}", one=one, other=other)


def _nothing_else(claim: Claim, ground: Ground) -> Finding:
    """ "Nothing else beats X", "nothing can replace X": X ranks first.  "Everything else beats X": X ranks last.

    "Something can replace X" denies that X ranks first.
    """
    if claim.form == "beats" and not claim.negated:
        parts = []
        for subject in claim.objects:
            pairs = [name for name in _members(claim, ground) if ground.posterior(name, claim.outcome or "quality")]
            parts += [judge_pair(claim, name, subject, ground) for name in pairs]
        return _joined([part.question for part in parts], parts, crowd=False)
    affirmed = (claim.form == "beats") == claim.negated
    outcome = claim.outcome or "quality"
    best = replace(claim, form="best", subjects=claim.objects, objects=(), outcome=outcome, negated=not affirmed)
    return _found(best, ground)


def _denied_if(claim: Claim, finding: Finding) -> Finding:
    return denied(finding) if claim.negated else finding


def _joined(members: Sequence[str], parts: Sequence[Finding], *, crowd: bool) -> Finding:
    """One finding of several subjects, each already denied where the claim is; `members` name them to a reader."""
    told = [part for part in parts if part.probability is not None]
    if not told:
        return parts[0] if parts else not_testable(gettext("no technique is spoken of"))
    if len(parts) == 1:
        return parts[0]
    untold = [part.reason for part in parts if part.probability is None]
    if untold and not crowd:
        return not_testable(untold[0])
    chances = [part.probability for part in told if part.probability is not None]
    probability = _more_than_half(chances) if crowd else float(np.prod(chances))
    # One that fails beyond dispute fails them all.
    fails = (
        not crowd
        and float(np.prod([p for p, part in zip(chances, told, strict=True) if not part.disputed])) <= CONTRADICTED
    )
    of = gettext("More than half of {n} techniques", n=len(told)) if crowd else gettext("All at once")
    question = f"{of}: {told[0].question}" + ("" if crowd else "".join(f" {part.question}" for part in told[1:]))
    return Finding(
        probability=probability,
        question=question,
        testimony=together(part.testimony for part in told),
        figures=()
        if crowd
        else tuple(
            replace(figure, name=f"{name}: {figure.name}")
            for name, part in zip(members, parts, strict=True)
            for figure in part.figures
        ),
        turn=lambda: (
            ()
            if crowd
            else tuple(
                replace(turn, quantity=f"{name}: {turn.quantity}")
                for name, part in zip(members, parts, strict=True)
                for turn in part.turn()
            )
        ),
        measure=lambda: () if crowd else tuple(dict.fromkeys(m for part in told for m in part.measure())),
        rests_on=tuple(posterior for part in told for posterior in part.rests_on),
        assumed=all(part.assumed for part in told),
        disputed="" if fails else next((part.disputed for part in told if part.disputed), ""),
        notes=tuple(dict.fromkeys(note for part in told for note in part.notes)) if not crowd else (),
    )


def _more_than_half(chances: Sequence[float]) -> float:
    """P(more than half of independent events happen)."""
    return float(number_of(chances)[len(chances) // 2 + 1 :].sum())


def _only_there(claim: Claim, kind: ConditionKind, finding: Finding, ground: Ground) -> Finding:
    """ "Only for large models": the claim holds there, and not at the other end; of tasks, not of most others."""
    others = _other_places(claim, kind, ground)
    parts = [_found(other, ground_under(other, ground)[0]) for other in others]
    chances = [part.probability for part in parts if part.probability is not None]
    if not chances or finding.probability is None:
        return replace(finding, notes=(*finding.notes, gettext("Whether it holds nowhere else is not judged.")))
    words = ground.appraisal.settings.words
    told = [condition_told(next(c for c in other.conditions if c.kind == kind), words) for other in others]
    places = gettext(" or ").join(told)
    where = (
        places
        if len(chances) == 1
        else gettext("more than half of {chances} other tasks ({places})", chances=len(chances), places=places)
    )
    return replace(
        finding,
        probability=finding.probability * _more_than_half([1.0 - p for p in chances]),
        question=gettext("{question} And it is not so for {where}.", question=finding.question, where=where),
        figures=(
            *finding.figures,
            Figure(name=gettext("probability where it is said to hold"), unit="probability", value=finding.probability),
            *(
                Figure(name=gettext("probability for {place}", place=place), unit="probability", value=part.probability)
                for place, part in zip(told, parts, strict=True)
                if part.probability is not None
            ),
        ),
        testimony=finding.testimony
        if kind == "load"  # no record speaks of one load alone
        else together([finding.testimony, *(part.testimony.denied for part in parts)]),
        turn=tuple,  # those of one half are not those of both
        rests_on=(*finding.rests_on, *(posterior for part in parts for posterior in part.rests_on)),
    )


def _other_places(claim: Claim, kind: ConditionKind, ground: Ground) -> list[Claim]:
    """The claim where it is said not to hold: at the other size or load, or in the other tasks that records cover."""
    values = {condition.value for condition in claim.conditions if condition.kind == kind}
    if kind == "model-size" or (kind == "load" and claim.form == "worth-it"):
        low, high = ("small", "large") if kind == "model-size" else ("low", "high")
        return [_under(claim, kind, value) for value in (low, high) if value not in values]
    if kind != "task":
        return []
    covered = {
        task
        for technique in _members(claim, ground)
        if technique in ground.appraisal.techniques
        for task in tasks_of(ground, technique, outcome_of(claim, technique, ground))
    }
    return [_under(claim, kind, task) for task in sorted(covered - values)]


def _shown(points: Sequence[Point]) -> tuple[Point, ...]:
    """The strongest, each source once."""
    strongest: dict[str, Point] = {}
    for point in points:
        strongest.setdefault(point.source_id, point)
    return tuple(strongest.values())[:SHOWN]


def _alone(posteriors: Sequence[Posterior]) -> bool:
    return len({source for posterior in posteriors for source in posterior.sources}) == 1


def _verdict(claim: Claim, finding: Finding, ground: Ground) -> Verdict:
    if finding.probability is None:
        return Verdict(
            claim=claim,
            word="not testable",
            probability=None,
            question=finding.question,
            reason=finding.reason,
            notes=finding.notes,
        )
    testimony = finding.testimony
    clear_for, clear_against = testimony.clear
    probability = min(1.0, max(0.0, finding.probability))
    word = word_of(probability, clear_for=clear_for, clear_against=clear_against, assumed=finding.assumed)
    reason = finding.reason
    measured = [posterior for posterior in finding.rests_on if posterior.basis != "assumed"]
    if word in ("supported", "contradicted") and _alone(measured):
        # How far sources differ is then the prior's word.
        word, reason = "not established", reason or gettext("one source alone speaks of it")
    if testimony.opposes(word):
        # Only carried there from other settings, against what sources say.
        nobody = gettext("no source that speaks of it is for it")
        if word == "contradicted":
            nobody = gettext("no source that speaks of it is against it")
        word, reason = "not established", reason or nobody
    stopped = any(posterior.carried is not None and posterior.carried.to_none for posterior in measured)
    if word == "mixed" and stopped and not claim.objects:
        # Sources do not contradict each other: what they say was carried to where none of them is.
        word = "not established"
        reason = reason or gettext("no source shows how far the effect goes where you stand")
    if word == "not established" and not reason:
        reason = (
            gettext("every figure behind the probability is an assumption")
            if finding.assumed
            else gettext("the evidence is too thin or too even to say")
        )
    strong = claim.unheeded and claim.amount is None and word == ("contradicted" if claim.negated else "supported")
    strong = strong and (claim.negated or finding.by_far is None or finding.by_far < SUPPORTED)
    if word in ("supported", "contradicted") and finding.disputed:
        word, reason = "not established", finding.disputed
    elif strong:
        # "Dramatically better" says more than "better": where that fails so does this, where it holds this may not.
        told = gettext(
            "“{word}” says more than was judged: the probability is that of the claim without it",
            word=claim.unheeded[0],
        )
        word, reason = "not established", told
    levels = [posterior.certainty.level for posterior in measured]
    return Verdict(
        claim=claim,
        word=word,
        probability=probability,
        question=finding.question,
        reason=reason,
        figures=finding.figures,
        evidence_for=_shown(testimony.points_for),
        evidence_against=_shown(testimony.points_against),
        sources_for=len({point.source_id for point in testimony.points_for}),
        sources_against=len({point.source_id for point in testimony.points_against}),
        # Where it turns is where a probability alone would decide.
        turn=tuple if finding.disputed or strong else finding.turn,
        measure=finding.measure,
        paid=paid_for(ground, finding.rests_on),
        certainty=min(levels, key=_LEVELS.index, default=None),
        notes=tuple(dict.fromkeys(finding.notes)),
    )
