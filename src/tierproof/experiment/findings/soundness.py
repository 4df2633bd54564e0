"""Was an arm measured at all?  What its endpoint refused or ignored says nothing of the technique.

Enters: arms, their trials, and what replies showed of the endpoint.  Leaves: for each arm that was not measured here,
why, and what would help.  Of scores it asks only whether there are any above 0.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from tierproof.errors import InputError
from tierproof.experiment.calls.signals import Signals
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.trials.trials import BASELINE, Trials
from tierproof.messages import Message, joined
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.parts.constraint import checker
from tierproof.systems.parts.retrieval import embedded
from tierproof.systems.resources import Resources
from tierproof.systems.texts.grammar import grammar_fields
from tierproof.written_messages import kept

__all__ = [
    "answered_otherwise",
    "forms_of",
    "keeps_anyway",
    "measured_only",
    "outside",
    "uncharged",
    "undrawn",
    "unmeasured",
    "unseen_savings",
]

TOLERATED_BREAKS = 0.05
"""Share of answers that may break the form: a decoder that is held to it can still be stopped in the middle."""
MOST_TOLD = 3
LEAST_WORDLESS = 4
WORDLESS = {
    "empty": Message("empty", context="replies"),
    "filtered": Message("taken away by the endpoint's filter"),
    "tool call": Message("calls of a tool in place of an answer"),
}
LEAST_OFFERS = 4
LEAST_SEARCHED = 4
LEAST_NAME = 4
"""Letters of a name from which on it says something within another."""
LEAST_DRAWS = 8
"""So many items, each with draws that are all alike, and it is no accident."""
TRY = Message("`tierproof doctor --call` tells what the endpoint can do")


def forms_of(arms: Sequence[Arm], resources: Resources) -> dict[str, Callable[[str], str]]:
    """Checks for the replies of those arms whose endpoint is asked to hold them to the workload's form; and where there
    are any, for the baseline's, which may keep to it by themselves."""
    fields = {}
    if resources.grammar and resources.schema is None:
        with contextlib.suppress(InputError):  # no arm has what cannot be written down
            fields = grammar_fields(resources)
    held = []
    for arm in arms:
        decoding = arm.system.decoding
        if (resources.schema and decoding.response_format) or (fields and fields.items() <= decoding.extra.items()):
            held.append(arm.name)
    return dict.fromkeys([*held, arms[0].name], checker(resources.schema, resources.grammar)) if held else {}


def keeps_anyway(trials: Trials) -> bool:
    """Do the baseline's replies keep to the form that others are held to?  Then those show nothing by keeping to it."""
    held = trials.held[BASELINE]
    return held > 0 and trials.misformed[BASELINE] <= TOLERATED_BREAKS * held


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
            why = Message("there is no baseline to compare it with")
        if why:
            found.append(replace(result, unmeasured=why, comparison=None, standing=None))
        elif result.arm.name in unseen and result.comparison is not None:
            comparison = replace(result.comparison, cost=None, treated_usd=math.nan)
            found.append(replace(result, comparison=comparison))
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
        reasons = [*_refused(place, trials), *_unanswered(place, trials)]
        if not reasons and (place != BASELINE or arm.whole):
            seen, base = (signals.get(one.name, Signals()) for one in (arm, arms[BASELINE]))
            reasons = [
                *_ignored(place, trials, arm.name in sure),
                *_unheld(seen),
                *_withheld(seen),
                *_toolless(seen),
                *_nothing_found(place, trials),
                *_same_models(seen, base, models),
                *_other_models(seen, models),
            ]
        if reasons:
            found[arm.name] = joined("; ", reasons)
    return found


def _refused(place: int, trials: Trials) -> Iterator[str]:
    refused, tried = trials.refused[place], trials.tried[place]
    if 2 * refused > tried or (refused and trials.failed[place] == tried):
        yield Message("the endpoint refused {what} ({advice})", what=trials.refusal(place), advice=TRY)


def _unanswered(place: int, trials: Trials) -> Iterator[str]:
    """Nothing came that says anything of an arm: each request failed, or each reply was without a word."""
    tried = trials.tried[place]
    if place != BASELINE and tried and trials.failed[place] == tried and not trials.refused[place]:
        yield Message(
            "none of {n} items got an answer that could be scored, the last: {failure}",
            n=tried,
            failure=kept(trials.failures[place]),
        )
    ended = trials.ended[place]
    wordless = ended["empty"] + ended["filtered"] + ended["tool call"]
    if tried >= LEAST_WORDLESS and wordless == tried:
        most = max(WORDLESS, key=lambda how: ended[how])
        yield Message("all of {n} replies were {what}, so there was nothing to score", n=tried, what=WORDLESS[most])
    elif (
        place == BASELINE
        and tried >= LEAST_WORDLESS
        and wordless + ended["declined"] == tried
        and not trials.means(place)[0] > 0
    ):
        # An arm that is declined where the baseline is not shows what its wording does.
        yield Message("the model declined all of {n} requests, so there is nothing to compare with", n=tried)
    elif tried >= LEAST_WORDLESS and wordless + ended["cut off"] == tried and not trials.means(place)[0] > 0:
        yield Message(
            "none of {n} replies was a whole answer; cut off at the limit of a reply: {cut} (raise max_output)",
            n=tried,
            cut=ended["cut off"],
        )


def _ignored(place: int, trials: Trials, sure: bool) -> Iterator[str]:
    held, broken = trials.held[place], trials.misformed[place]
    if broken > max(1.0, TOLERATED_BREAKS * held):
        yield Message(
            "the endpoint does not hold answers to the form: {broken} of {held} break it (state the grammar_dialect "
            "that it takes; {advice})",
            broken=broken,
            held=held,
            advice=TRY,
        )
    drawn = trials.drawn[place]
    if LEAST_DRAWS <= drawn == trials.alike[place] and not sure:
        yield Message(
            "draws of one request never differed on {n} items, nor did those of a dozen random letters: the endpoint "
            "ignores the temperature, or a cache answers (switch the cache off; {advice})",
            n=drawn,
            advice=TRY,
        )


def _nothing_found(place: int, trials: Trials) -> Iterator[str]:
    """It searched for most items, and was never given a passage: what was measured is the model without any."""
    found = trials.retrieved[place]
    if found.searched >= LEAST_SEARCHED and 2 * found.searched > trials.tried[place] and not found.most:
        yield Message(
            "its searches found nothing for any of {n} items (fill the index, or mend [retriever] or documents/)",
            n=found.searched,
        )


def _withheld(seen: Signals) -> Iterator[str]:
    if seen.logprobs_asked and not seen.logprobs_given:
        yield Message("it needs the tokens' probabilities, and no reply had any ({advice})", advice=TRY)


def _unheld(seen: Signals) -> Iterator[str]:
    if seen.form_obeyed is False:
        yield Message(
            "the endpoint does not hold answers to the form: told to say one of two words, it said another (state the "
            "grammar_dialect that it takes; {advice})",
            advice=TRY,
        )


def _toolless(seen: Signals) -> Iterator[str]:
    """Tools were offered, and none was ever called."""
    if seen.tools_asked < LEAST_OFFERS or seen.tools_called:
        return
    if 2 * seen.tools_written > seen.tools_asked:
        yield Message(
            "the endpoint leaves calls of tools in the text of {written} of {n} replies (start it with its parser of "
            "tool calls; {advice})",
            written=seen.tools_written,
            n=seen.tools_asked,
            advice=TRY,
        )
    elif seen.tools_obeyed is False:
        yield Message(
            "no reply of {n} called a tool, nor did one that was told to: the endpoint ignores tools, or its model can "
            "call none ({advice})",
            n=seen.tools_asked,
            advice=TRY,
        )


def _other_models(seen: Signals, models: Mapping[str, ModelSpec]) -> Iterator[str]:
    """Answers that came from another model than the one that was asked: another of the workload, or, beside answers
    under its own name, one of quite another."""
    names = {spec.sent_name: name for name, spec in models.items()}
    for name, answered in seen.models.items():
        own = models[name].sent_name if name in models else ""
        called = any(told and _akin(told, own) for told in answered)
        others = {
            told: count
            for told, count in answered.items()
            if told != own and (names.get(told, name) != name or (told and called and not _akin(told, own)))
        }
        strayed, of = sum(others.values()), sum(answered.values())
        if name in models and 0 < TOLERATED_BREAKS * of < strayed and len(answered) > 1:
            instead = ", ".join(f"'{told}'" for told in others)
            yield Message(
                "{strayed} of {n} answers of '{name}' came from {instead} in its place (switch fallbacks off)",
                strayed=strayed,
                n=of,
                name=name,
                instead=instead,
            )


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
            if len(answered) == 1 and answered.keys() == as_well.keys() and "" not in answered:
                yield Message(
                    "'{name}' and '{other}' are one model: {base_url} answers for both as '{told}' (serve the other "
                    "one, or mend its model_id)",
                    name=name,
                    other=other,
                    base_url=one.base_url,
                    told=next(iter(answered)),
                )


def answered_otherwise(signals: Mapping[str, Signals], models: Mapping[str, ModelSpec]) -> tuple[str, ...]:
    """Models whose answers bear quite another name, in sentences: an alias, or not the model that is meant."""
    names: dict[str, Counter[str]] = {}
    for seen in signals.values():
        for name, answered in seen.models.items():
            names.setdefault(name, Counter()).update(answered)
    told: list[str] = []
    for name, answered in names.items():
        spec = models.get(name)
        others = [one for one in answered if one and spec is not None and not _akin(one, spec.sent_name)]
        if spec is not None and others:
            instead = ", ".join(f"'{one}'" for one in others[:MOST_TOLD])
            told.append(
                Message(
                    "'{name}' was asked for at {base_url}, and {instead} answered: another name of it, or another "
                    "model",
                    name=spec.sent_name,
                    base_url=spec.base_url,
                    instead=instead,
                )
            )
    return tuple(told)


def _akin(one: str, other: str) -> bool:
    """Could two names be of one model: with a date, a folder or an owner beside it?"""
    names = [
        re.sub(r"\.(?:gguf|bin|safetensors)$", "", re.split(r"[/\\\\]", text)[-1].casefold()) for text in (one, other)
    ]
    short, long = sorted(names, key=len)
    if len(short) < LEAST_NAME:
        # Nearly every name holds the letters of a short one (`m`, `o3`).
        return re.match(rf"{re.escape(short)}(?![a-z\d])", long) is not None
    return re.sub(r"[\s_-]+", "", short) in re.sub(r"[\s_-]+", "", long)


def unseen_savings(arms: Sequence[Arm], signals: Mapping[str, Signals], cached: frozenset[str]) -> dict[str, str]:
    """Arms that save by what a cache holds (`cached`: techniques that do), where nothing is said of a cache; also those
    that do not where the whole that they lack a part of does."""
    saves = [not cached.isdisjoint(arm.parts or (arm.technique,)) for arm in arms]
    return {
        arm.name: Message("the endpoint does not report cached tokens, so what this saves cannot be seen here")
        for arm, own in zip(arms, saves, strict=True)
        if own != saves[BASELINE] and arm.name in signals and not signals[arm.name].cache_told
    }


def uncharged(arms: Sequence[Arm]) -> dict[str, str]:
    """Arms that are answered, in part at least, by what nobody stated a price of, and why."""
    return {arm.name: why for arm in arms if (why := getattr(arm.system.steps, "uncharged", ""))}


def outside(resources: Resources, *, searched: bool) -> tuple[str, ...]:
    """What was asked of others in ways that no price is known of, in sentences.  `searched`: arms made searches."""
    told = []
    texts, characters = (0, 0) if resources.embed is None else embedded(resources.embed)
    if texts:
        told.append(
            Message(
                "what the embedder {name} costs is in no budget and in no arm's cost: it was given {texts:,} texts "
                "({characters:,} characters)",
                name=getattr(resources.embed, "__qualname__", type(resources.embed).__name__),
                texts=texts,
                characters=characters,
            )
        )
    if searched and resources.index is not None:
        told.append(
            Message("what searches in {index} cost is in no budget and in no arm's cost", index=str(resources.index))
        )
    return tuple(told)
