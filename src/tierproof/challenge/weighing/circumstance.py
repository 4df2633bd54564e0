"""The circumstances of a claim: the ground under them, or why there is none.

Enters: a `Claim` and a `Ground`.  Leaves: the ground in the context that the conditions name, with what is told
beside the verdict; or the reason why no record tells the circumstance from others, and then nothing wider is judged.
Knows nothing of words said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from msgspec import structs

from tierproof.challenge.claim import Claim, Condition
from tierproof.challenge.telling.wording import condition_told, in_words
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.variants import form_of
from tierproof.decision.compare import Versus
from tierproof.decision.ranking.tiers import set_against
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Technique
from tierproof.messages import Message, gettext, spoken, translated
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import Context, Posterior

__all__ = ["ground_under", "is_family", "not_set_apart", "rank_unlike_told", "set_against_told", "unlike_told"]

SMALL: Final = 7.0
"""Billions of parameters that "a small model" is read as."""
LARGE: Final = 70.0
BUSY: Final = 10.0
"""Times the profile's requests that "a high load" is read as; a low one is as many times fewer."""


def is_family(task: str, ground: Ground) -> bool:
    """Whether records tell the task from others; a pack that lists no families takes any."""
    families = ground.appraisal.settings.task_families
    return task != "other" and (not families or task in families)


def ground_under(claim: Claim, ground: Ground) -> tuple[Ground, tuple[str, ...]]:
    """The ground under the claim's conditions, and what could not be heeded."""
    if claim.form == "depends-on":
        return ground, ()
    context, notes = ground.context, []
    appraisal = ground.appraisal
    profile = appraisal.profile
    for condition in claim.conditions:
        match condition.kind:
            case "model-size":
                size = SMALL if condition.value == "small" else LARGE
                context = replace(context, params_b=size)
                notes.append(
                    gettext("A small model is read as {size:g} billion parameters.", size=size)
                    if condition.value == "small"
                    else gettext("A large model is read as {size:g} billion parameters.", size=size)
                )
            case "task" if is_family(condition.value, ground):
                context = replace(context, task_family=condition.value)
                value = appraisal.settings.words.task(condition.value)
                notes.append(gettext("Judged for tasks of this kind: {value}.", value=value))
            case "load" if claim.form == "worth-it":
                factor = BUSY if condition.value == "high" else 1.0 / BUSY
                words = appraisal.settings.words
                profile = structs.replace(profile, requests_per_month=factor * appraisal.profile.requests_per_month)
                notes.append(
                    gettext(
                        "A high load is read as {volume:,.0f} {many} a month: {busy:g} times more than the profile's.",
                        volume=profile.requests_per_month,
                        many=words.of(profile.requests_per_month),
                        busy=BUSY,
                    )
                    if factor > 1
                    else gettext(
                        "A low load is read as {volume:,.0f} {many} a month: {busy:g} times fewer than the profile's.",
                        volume=profile.requests_per_month,
                        many=words.of(profile.requests_per_month),
                        busy=BUSY,
                    )
                )
            case "time":
                context = _until(context, int(condition.value))
                notes.append(gettext("Judged by what was published by the end of {value}.", value=condition.value))
            case "ignoring" if condition.value == "cost":
                profile = structs.replace(profile, cost_per_request=0.0)
                notes.append(gettext("Money is ignored, as asked."))
            case "ignoring" if condition.value == "latency":
                profile = structs.replace(profile, latency_price=0.0)
                notes.append(gettext("Waiting is ignored, as asked."))
            case "setting" if condition.value == "production":
                notes.append(
                    gettext("Production is what the whole table is about: judged as the claim without that word.")
                )
            case _:
                raise AssertionError(f"{condition} is not told apart and was let through")
    here = ground.at(context)
    if profile != appraisal.profile:
        if not profile.value_per_success + profile.cost_per_request + profile.latency_price > 0:
            return here, (*notes, gettext("With everything ignored nothing could be decided: the profile stands."))
        here = replace(here, appraisal=here.appraisal.under(profile), judged={}, _known={}, _elsewhere={})
    return here, tuple(notes)


def _heeded(condition: Condition, claim: Claim, ground: Ground) -> bool:
    """Whether records, or the profile, tell the circumstance from others."""
    match condition.kind:
        case "model-size" | "time":
            return condition.kind != "time" or not _is_future(condition.value, ground)
        case "task":
            return is_family(condition.value, ground)
        case "load":
            return claim.form == "worth-it"
        case "setting":
            return condition.value == "production"
        case "ignoring":
            return condition.value in ("cost", "latency")
        case _:
            return False


def _is_future(year: str, ground: Ground) -> bool:
    """Of what is yet to be nobody has published."""
    return int(year) > max((effect.date[0] for effect in ground.effects if effect.date is not None), default=0)


def not_set_apart(claim: Claim, ground: Ground) -> str | None:
    """Why a claim under a circumstance has no verdict: the one without it is wider, and nobody made it."""
    if claim.form == "depends-on":
        return None
    heeded = tuple(condition for condition in claim.conditions if _heeded(condition, claim, ground))
    if heeded == claim.conditions:
        return None
    words = ground.appraisal.settings.words
    unheeded = (condition for condition in claim.conditions if condition not in heeded)
    what = gettext(" and ").join(condition_told(condition, words) for condition in unheeded)
    nearest = in_words(replace(claim, conditions=heeded), ground.appraisal.techniques, spoken())
    return gettext(
        'no record sets “{what}” apart; nearest that can be judged: tierproof critique "{nearest}"',
        what=what,
        nearest=nearest,
    )


def _until(context: Context, year: int) -> Context:
    date = (year, 12)
    return context if context.as_of is not None and context.as_of <= date else replace(context, as_of=date)


def set_against_told(ground: Ground, posterior: Posterior) -> tuple[str, ...]:
    """Where its figures are not of the reader's own system with it and without: an untuned base model, say."""
    against = _against(ground.appraisal.techniques, posterior.technique, posterior.outcome)
    if not against:
        return ()
    told = gettext(
        "The figures of {short} are set against {against}: they hold for a system like that.",
        short=ground.short(posterior.technique),
        against=translated(against),
    )
    return (told,)


def unlike_told(
    techniques: Mapping[str, Technique],
    pair: tuple[str, str],
    versus: Versus,
    told_by: Callable[[Mixture, Mixture], float],
) -> str:
    """Why no answer follows though its probability is clear: own effects against unlike systems make it.

    `told_by`: the probability by an average and a new setting.  Empty: each is set against the same, or those that put
    both side by side say so by themselves.
    """
    if versus.indirect is None:
        return ""
    if versus.direct is not None:
        found = told_by(versus.average, versus.new_setting)
        seen = told_by(versus.direct.average, versus.direct.predictive)
        if min(seen, found) >= SUPPORTED or max(seen, found) <= CONTRADICTED:
            return ""
    first, second = (translated(_against(techniques, name, versus.outcome) or _WITHOUT) for name in pair)
    if first == second:
        return ""
    one, other = (translated(techniques[name].short) for name in pair)
    return gettext(
        "the two are set against unlike systems: {one} against {first}, {other} against {second}",
        one=one,
        first=first,
        other=other,
        second=second,
    )


def rank_unlike_told(ground: Ground, posterior: Posterior | None) -> str:
    """Why a high rank among others does not follow from an effect that is set against another thing than theirs."""
    against = "" if posterior is None else _against(ground.appraisal.techniques, posterior.technique, posterior.outcome)
    if posterior is None or not against:
        return ""
    return gettext(
        "the figures of {short} are set against {against}, those of most others against the same system without them",
        short=ground.short(posterior.technique),
        against=translated(against),
    )


_WITHOUT: Final = Message("the same system without it")


def _against(techniques: Mapping[str, Technique], name: str, outcome: Outcome) -> str:
    return set_against(techniques[name]) if form_of(name, techniques) is None and outcome == "quality" else ""
