"""A scorer tried on what is known: each target against itself, and against its neighbours.

Enters: a workload.  Leaves: what is wrong with its scorer, in sentences.  Calls no model: judges are left aside.

A right answer scores 1, another item's does not.  A scorer that fails this gives figures that say nothing, whatever is
measured with it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.workload.files.item_files import column_named
from tierproof.experiment.workload.scorers.choice import Choice
from tierproof.experiment.workload.scorers.code import Code
from tierproof.experiment.workload.scorers.function import Loaded
from tierproof.experiment.workload.scorers.number import Number
from tierproof.experiment.workload.scorers.score import Scoring, targets_of
from tierproof.experiment.workload.scorers.structure import JsonFields
from tierproof.experiment.workload.scorers.text import Exact, Normalised, TokenF1
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message, Quoted, joined
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatReply, ChatRequest
from tierproof.systems.texts.likeness import normal_form
from tierproof.systems.texts.options import options_in

__all__ = ["Trouble", "doubts_of", "refuse_empty_tests", "tried"]

OPTION_NAMES = ("choices", "options", "alternatives", "answer_choices")
LEAST_OPTIONS = 2
MOST_TRIED = 500
MOST_PROGRAMS = 8
MOST_TOLD = 3
RIGHT = 1 - 1e-9
OFTEN = 0.05
"""Share of neighbours' answers that count as right, from which on a scorer is doubted."""


@dataclass(frozen=True, slots=True)
class Trouble:
    message: str
    remedy: str = ""
    bad: bool = True
    """False: a doubt."""


class _NoCaller:
    async def call(self, request: ChatRequest, *, purpose: str = "", repeat: int = 0) -> ChatReply:
        raise RuntimeError("a scorer that calls models is not tried here")


async def tried(workload: Workload) -> tuple[Trouble, ...]:
    """What is wrong with the workload's scorer, as far as it shows without a model."""
    own = (*await _tried(workload), *_unfilled(workload))
    return own if isinstance(workload.scorer, Choice) else (*own, *_options_beside(workload))


async def _tried(workload: Workload) -> tuple[Trouble, ...]:
    scorer, items = workload.scorer, workload.items[:MOST_TRIED]
    if isinstance(scorer, Loaded):
        return tuple([trouble async for trouble in _function(scorer, items)])
    if isinstance(scorer, Code):
        return tuple([trouble async for trouble in _code(scorer, items)])
    troubles = list(_targets(scorer, items)) if isinstance(scorer, Scoring) else []
    if isinstance(scorer, Choice):
        troubles += _options_shown(workload, items)
    return tuple(troubles)


async def refuse_empty_tests(workload: Workload) -> None:
    """Raises InputError for tests that an empty program passes: whatever is measured with them would be right."""
    if isinstance(workload.scorer, Code):
        async for trouble in _code(workload.scorer, workload.items[:MOST_TRIED]):
            raise InputError.of(trouble.message, remedy=trouble.remedy, field="items.target")


async def doubts_of(workload: Workload) -> tuple[str, ...]:
    """What is doubtful of a scorer that compares texts, in sentences; nothing is run for it."""
    runs = isinstance(workload.scorer, Code | Loaded)
    found = (*_options_beside(workload), *_unfilled(workload)) if runs else await tried(workload)
    return tuple(
        Message("{told} ({remedy})", told=one.message, remedy=one.remedy) if one.remedy else one.message
        for one in found
    )


def _unfilled(workload: Workload) -> Iterator[Trouble]:
    """Places of the template that stay as they are; and requests that are not sent at all."""
    places, items = workload.baseline.prompt.places, workload.items[:MOST_TRIED]
    asked = [item for item in items if isinstance(item.input, str)]
    for name in places:
        lacking = [item for item in asked if name != "input" and name not in item.metadata]
        if lacking:
            message = Message(
                "the template asks for '{{{name}}}', which {lacking} of {n} items do not have, such as {id}: it is "
                "sent as it stands",
                name=name,
                lacking=len(lacking),
                n=len(asked),
                id=lacking[0].id,
            )
            yield Trouble(message, Message("mend its name"), bad=False)
    if asked and "input" not in places:
        message = Message("the template has no place for the request: write {input} where it belongs")
        yield Trouble(message, bad=not places)


def _targets(scorer: Scoring, items: Sequence[Item]) -> Iterator[Trouble]:
    if not isinstance(scorer, Exact | Normalised | Number | Choice | TokenF1 | JsonFields):
        return
    wrong = [
        item
        for item in items
        for answer in _answers(item, scorer)[:MOST_TOLD]
        if scorer.mark(item, answer).value < RIGHT
    ]
    if wrong:
        named = ", ".join(f"{item.id} ({str(item.target)[:40]!r})" for item in wrong[:MOST_TOLD])
        message = Message(
            "the scorer does not give 1 to the right answer itself: {n} targets, such as item {named}",
            "the scorer does not give 1 to the right answer itself: {n} targets, such as item {named}",
            n=len(wrong),
            named=named,
        )
        yield Trouble(message, Message("mend these targets, or take another scorer"))
    pairs = [
        (one, other)
        for one, other in zip(items, [*items[1:], *items[:1]], strict=True)
        if not _same(one.target, other.target)
    ]
    taken = [
        (one, other)
        for one, other in pairs
        if (answers := _answers(other, scorer))
        and _differ(scorer, one, other)
        and scorer.mark(one, answers[0]).value >= RIGHT
    ]
    if pairs and len(taken) > OFTEN * len(pairs):
        one, other = taken[0]
        message = Message(
            "the scorer gives 1 to another item's answer in {n} of {pairs} cases: item {id} wants "
            "{target!r}, and {target2!r} counts as right",
            n=len(taken),
            pairs=len(pairs),
            id=one.id,
            target=str(one.target)[:40],
            target2=str(other.target)[:40],
        )
        yield Trouble(message, Message("take a stricter scorer or tolerance"), bad=False)


def _answers(item: Item, scorer: Scoring) -> list[str]:
    if isinstance(scorer, JsonFields):
        return [
            item.target if isinstance(item.target, str) else json.dumps(item.target, ensure_ascii=False, default=str)
        ]
    if isinstance(scorer, Choice):
        wanted = scorer.wanted(item)
        return [] if wanted is None else [wanted]
    return list(targets_of(item))


def _same(one: Any, other: Any) -> bool:
    return normal_form(str(one)) == normal_form(str(other))


def _differ(scorer: Scoring, one: Item, other: Item) -> bool:
    """Are the right answers different ones, as the scorer reads them?  A neighbour may mean the same by another
    word.
    """
    return not isinstance(scorer, Choice) or scorer.wanted(one) != scorer.wanted(other)


async def _function(scorer: Loaded, items: Sequence[Item]) -> AsyncIterator[Trouble]:
    """The team's own scorer, run once on the first item, with its target for the answer."""
    item = items[0]
    answer = targets_of(item)[0] if item.target not in (None, []) else "an answer"
    try:
        score = await scorer.score(item, answer, _NoCaller())
    except InputError as error:
        yield Trouble(error.problems[0].message, error.problems[0].remedy)
        return
    if item.target is not None and score.value == 0:
        message: str = Message("{name} gives 0 to the target of item {id} itself", name=scorer.name, id=item.id)
        if detail := score.detail[:80].rstrip(": "):
            message = joined(": ", (message, Quoted(detail)))
        yield Trouble(message, Message("right if its target is no answer"), bad=False)


async def _code(scorer: Code, items: Sequence[Item]) -> AsyncIterator[Trouble]:
    """Tests that an empty program passes test nothing."""
    for item in items[:MOST_PROGRAMS]:
        score = await scorer.tried(item, "")
        if score.value:
            message = Message("an empty program passes the tests of item {id}", id=item.id)
            yield Trouble(message, Message("its tests must call the program and compare what it gives"))
            return


def _options_beside(workload: Workload) -> Iterator[Trouble]:
    """Options that lie beside the items, where the scorer does not ask for one of them: shown to the model?"""
    for item in workload.items[:MOST_PROGRAMS]:
        name = column_named(item.metadata, OPTION_NAMES)
        value = item.metadata.get(name)
        texts = options_in(value).values() if isinstance(value, list | Mapping) or "|" in str(value) else ()
        hidden = _not_shown(workload, item, texts)
        if len(texts) >= LEAST_OPTIONS and hidden:
            message = Message(
                "items have options in '{name}' that the model is not shown: item {id} asks without '{hidden}'",
                name=name,
                id=item.id,
                hidden=hidden[0][:40],
            )
            yield Trouble(
                message,
                Message('state template = "{{input}}\\n\\n{{{name}}}" in [baseline]', name=name),
                bad=False,
            )
            return


def _not_shown(workload: Workload, item: Item, texts: Iterable[str]) -> list[str]:
    asked = json.dumps(workload.baseline.prompt.messages(item.blind()), ensure_ascii=False, default=str)
    return [text for text in texts if json.dumps(text, ensure_ascii=False)[1:-1] not in asked]


def _options_shown(workload: Workload, items: Sequence[Item]) -> Iterator[Trouble]:
    """A model that is asked for an option must see them."""
    scorer = workload.scorer
    assert isinstance(scorer, Choice)
    for item in items[:MOST_PROGRAMS]:
        hidden = _not_shown(workload, item, scorer.shown(item).values())
        if hidden:
            name = scorer.options if isinstance(scorer.options, str) else "choices"
            message = Message(
                "the options are not shown to the model: item {id} asks without '{hidden}'",
                id=item.id,
                hidden=hidden[0][:40],
            )
            yield Trouble(message, Message('state template = "{{input}}\\n\\n{{{name}}}" in [baseline]', name=name))
            return
