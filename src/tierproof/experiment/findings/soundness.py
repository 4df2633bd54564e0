"""Was an arm measured at all?  What its endpoint refused or ignored says nothing of the technique.

Enters: arms, their trials, and what replies showed of the endpoint.  Leaves: for each arm that was not measured here,
why, and what would help.  Must not know scores.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from tierproof.errors import InputError
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.run.signals import Signals
from tierproof.experiment.run.trials import BASELINE, Trials
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.parts.constraint import checker
from tierproof.systems.resources import Resources
from tierproof.systems.texts.grammar import grammar_fields

__all__ = ["forms_of", "measured_only", "undrawn", "unmeasured", "unseen_savings"]

TOLERATED_BREAKS = 0.05
"""Share of answers that may break the form: a decoder that is held to it can still be stopped in the middle."""
LEAST_DRAWS = 8
"""So many items, each with draws that are all alike, and it is no accident."""
TRY = "`tierproof doctor --call` tells what the endpoint can do"


def forms_of(arms: Sequence[Arm], resources: Resources) -> dict[str, Callable[[str], str]]:
    """Checks for the replies of those arms whose endpoint is asked to hold them to the workload's form."""
    fields = {}
    if resources.grammar and resources.schema is None:
        with contextlib.suppress(InputError):  # no arm has what cannot be written down
            fields = grammar_fields(resources)
    held = []
    for arm in arms:
        decoding = arm.system.decoding
        if (resources.schema and decoding.response_format) or (fields and fields.items() <= decoding.extra.items()):
            held.append(arm.name)
    return dict.fromkeys(held, checker(resources.schema, resources.grammar)) if held else {}


def measured_only(
    results: Sequence[ArmResult], reasons: Mapping[str, str], unseen: Mapping[str, str]
) -> tuple[ArmResult, ...]:
    """The results, without what was not measured; where the baseline was not, nothing was.

    `unseen`: arms whose cost was not.
    """
    base = results[0].arm.name
    found = []
    for result in results:
        why = reasons.get(result.arm.name, "")
        if not why and base in reasons:
            why = "there is no baseline to compare it with"
        if why:
            found.append(replace(result, unmeasured=why, comparison=None, standing=None))
        elif result.arm.name in unseen and result.comparison is not None:
            found.append(replace(result, comparison=replace(result.comparison, cost=None)))
        else:
            found.append(result)
    return tuple(found)


def undrawn(arms: Sequence[Arm], trials: Trials) -> list[str]:
    """Arms whose draws of one request never differed: a sure model, or an endpoint that does not draw."""
    return [arm.name for place, arm in enumerate(arms) if LEAST_DRAWS <= trials.drawn[place] == trials.alike[place]]


def unmeasured(
    arms: Sequence[Arm],
    trials: Trials,
    signals: Mapping[str, Signals],
    models: Mapping[str, ModelSpec],
    *,
    sure: Collection[str] = (),
) -> dict[str, str]:
    """Arms that were not measured here, by name, and why; the baseline among them where nothing can be compared with
    it.

    `sure`: arms of `undrawn` whose endpoint was seen to draw, so that it is the model that is never in doubt.
    """
    found = {}
    for place, arm in enumerate(arms):
        reasons = [*_refused(place, trials)]
        if not reasons and (place != BASELINE or arm.whole):
            seen, base = (signals.get(one.name, Signals()) for one in (arm, arms[BASELINE]))
            reasons = [*_ignored(place, trials, arm.name in sure), *_withheld(seen), *_same_models(seen, base, models)]
        if reasons:
            found[arm.name] = "; ".join(reasons)
    return found


def _refused(place: int, trials: Trials) -> Iterator[str]:
    if trials.refused[place] and trials.refused[place] + trials.failed[place] == trials.tried[place]:
        yield f"the endpoint refused every request: {trials.refusals[place]} ({TRY})"


def _ignored(place: int, trials: Trials, sure: bool) -> Iterator[str]:
    held, broken = trials.held[place], trials.misformed[place]
    if broken > max(1.0, TOLERATED_BREAKS * held):
        yield (
            f"the endpoint does not hold answers to the form: {broken} of {held} break it"
            f" (state the grammar_dialect that it takes; {TRY})"
        )
    drawn = trials.drawn[place]
    if LEAST_DRAWS <= drawn == trials.alike[place] and not sure:
        yield (
            f"draws of one request never differed on {drawn} items, nor did those of a dozen random letters: the "
            f"endpoint ignores the temperature, or a cache answers (switch the cache off; {TRY})"
        )


def _withheld(seen: Signals) -> Iterator[str]:
    if seen.logprobs_asked and not seen.logprobs_given:
        yield f"it needs the tokens' probabilities, and no reply had any ({TRY})"


def _same_models(seen: Signals, base: Signals, models: Mapping[str, ModelSpec]) -> Iterator[str]:
    """Two models at one address that answer under one name are one model."""
    every = {**base.models, **seen.models}
    for name, answered in seen.models.items():
        for other, as_well in every.items():
            if name == other or name not in models or other not in models or (other in seen.models and other < name):
                continue
            one, two = models[name], models[other]
            if one.base_url != two.base_url or one.address != two.address or one.sent_name == two.sent_name:
                continue
            if len(answered) == 1 and answered == as_well and "" not in answered:
                yield (
                    f"'{name}' and '{other}' are one model: {one.base_url} answers for both as "
                    f"'{next(iter(answered))}' (serve the other one, or mend its model_id)"
                )


def unseen_savings(arms: Sequence[Arm], signals: Mapping[str, Signals], cached: frozenset[str]) -> dict[str, str]:
    """Arms that save by what a cache holds (`cached`: techniques that do), where nothing is said of a cache; also those
    that do not where the whole that they lack a part of does."""
    saves = [not cached.isdisjoint(arm.parts or (arm.technique,)) for arm in arms]
    return {
        arm.name: "the endpoint does not report cached tokens, so what this saves cannot be seen here"
        for arm, own in zip(arms, saves, strict=True)
        if own != saves[BASELINE] and arm.name in signals and not signals[arm.name].cache_told
    }
