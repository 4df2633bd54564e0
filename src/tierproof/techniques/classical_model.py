"""A small classifier in the language model's place: the cheapest technique of all, where answers are labels.

Logistic regression on TF-IDF of words and of letters within them (scikit-learn), taught on train.jsonl without what the
items ask.  It sees the text of a request and nothing else: no documents, no options, no earlier turns.  Where the
answers are no labels it is refused: texts, numbers, and letters of options that differ from item to item.
"""

from __future__ import annotations

import asyncio
import functools
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tierproof.errors import InputError, Problem
from tierproof.extras import optional
from tierproof.messages import Message, joined
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import Draft, Steps, System
from tierproof.systems.texts.likeness import normal_form
from tierproof.systems.training.bench import Workshop
from tierproof.systems.training.data.examples import conversation

__all__ = ["Classified", "cascade", "classified", "label_faults"]

ID = "classical-model"
MOST_ALONE = 0.05
"""Share of examples whose answer no other one has: by Good and Turing (1953) also the share of requests whose answer
was never seen, and those no classifier gets right."""
MOST_NUMBERS = 20
"""Different numbers that may still be labels, such as grades from 1 to 10."""
NUMBER = re.compile(r"[-+$€£]?\d[\d.,]*%?")
Taught = tuple[tuple[str, str], ...]
"""Texts with their labels."""


@technique(ID, trains=True, needs=("training-data",))
async def classified(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    usd_per_request: float = 0.0,
) -> System:
    """A small classifier, taught on train.jsonl, in the language model's place (labels alone)."""
    return system.with_steps(await _steps(resources, caller, usd_per_request))


@technique(ID, variant="then-model", trains=True, needs=("training-data",))
async def cascade(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    threshold: float = 0.8,
    usd_per_request: float = 0.0,
) -> System:
    """The classifier first, and the language model where it is less sure than the threshold."""
    if not 0 <= threshold <= 1:
        raise unfit(ID, "threshold", threshold, Message("from 0 to 1"))
    return system.with_steps(
        await _steps(resources, caller, usd_per_request, of=system.steps, threshold=threshold),
    )


async def _steps(resources: Resources, caller: ChatCaller | None, usd: float, **more: Any) -> Classified:
    if usd < 0:
        raise unfit(ID, "usd_per_request", usd, Message("0 or more"))
    taught = _taught(resources)
    if faults := label_faults([label for _, label in taught], resources.requests):
        remedy = Message("measure it where each answer is one of a few labels, such as a class, a queue or yes and no")
        raise InputError(*(Problem(field="arm", message=joined(": ", (ID, fault)), remedy=remedy) for fault in faults))
    library = optional("sklearn", use=Message("a classifier"), extra="classical")
    # A forecast, or a look at what fits, teaches nothing.
    idle = caller is None or bool(getattr(caller, "sends_nothing", False))
    return Classified(
        taught_on=len(taught),
        labels=len({label for _, label in taught}),
        library=f"scikit-learn {library.__version__}",
        usd_per_request=usd,
        model=None if idle else await asyncio.to_thread(_fitted, taught),
        **more,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Classified:
    taught_on: int
    """Examples that ask nothing that an item asks."""
    labels: int
    library: str
    usd_per_request: float = 0.0
    """What the machine costs for one; nothing else is charged."""
    threshold: float = 0.0
    """Least probability at which its label is kept."""
    of: Steps | None = None
    """What answers where it is less sure; None: it always answers."""
    model: Any = field(repr=False, compare=False)
    """None where nothing is to be answered."""

    def __str__(self) -> str:
        told = f"logistic regression ({self.library}) on {self.taught_on} examples of {self.labels} labels"
        cost = f", {self.usd_per_request:g} USD a request" if self.usd_per_request else ""
        return told + cost + (f", below {self.threshold:g}: {self.of}" if self.of is not None else "")

    @property
    def uncharged(self) -> str:
        """Why the cost of an answer is not known; empty: it is."""
        if self.usd_per_request:
            return ""
        return Message("what its machine costs is not counted, so its cost is not known (state usd_per_request)")

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        if session.rehearsal or self.model is None:
            # In a forecast nothing is sure, so that it counts the model's call for every request.
            return Draft(text="label") if self.of is None else await self.of.take(system, item, session)
        start = time.perf_counter()
        shares = self.model.predict_proba([item.text])[0]
        place = int(shares.argmax())
        label, sure = str(self.model.classes_[place]), float(shares[place])
        session.seconds += time.perf_counter() - start
        session.calls += 1
        session.usd += self.usd_per_request
        session.note("decision", "classifier", f"{label}, probability {sure:.2f}")
        if self.of is not None and sure < self.threshold:
            return await self.of.take(system, item, session)
        mark = system.prompt.answer_mark
        return Draft(text=f"{mark} {label}".strip(), confidence=sure)


def _taught(resources: Resources) -> Taught:
    """Requests with their answers, without those that ask what an item asks.  Raises InputError if none is left."""
    asked = {normal_form(item.text) for item in resources.requests}
    rows = []
    for one in resources.train:
        text, answer = one.input, one.output
        if one.messages:
            talk = conversation(dict(turn) for turn in one.messages)
            text, answer = talk.asked, talk.answer
        if normal_form(text) not in asked:
            rows.append((text, answer.strip()))
    if not rows:
        message = Message("{id}: every example of train.jsonl asks what an item of the workload asks", id=ID)
        raise InputError.of(message, remedy=Message("learn from other requests than are measured"), field="arm")
    return tuple(rows)


def label_faults(answers: Sequence[str], requests: Sequence[Item] = ()) -> tuple[str, ...]:
    """Why answers are no labels that a classifier could learn, in sentences; empty: they are."""
    counts = Counter(answers)
    if len(counts) < 2:
        return (
            Message(
                "all {n} examples of train.jsonl have one answer, so there is nothing to tell apart", n=len(answers)
            ),
        )
    alone = sum(count == 1 for count in counts.values()) / len(answers)
    if alone > MOST_ALONE:
        return (
            Message(
                "{alone:.0f} % of the answers in train.jsonl stand there once: they are texts, not labels",
                alone=100 * alone,
            ),
        )
    if len(counts) > MOST_NUMBERS and all(map(NUMBER.fullmatch, counts)):
        return (Message("the answers in train.jsonl are {n} different numbers, not labels", n=len(counts)),)
    if _letters_of_options(counts, requests):
        return (
            Message(
                "the answers in train.jsonl name options that differ from item to item, so no answer means one thing"
            ),
        )
    return ()


def _letters_of_options(labels: Mapping[str, int], requests: Sequence[Item]) -> bool:
    names = {label.upper() for label in labels}
    texts: dict[str, set[tuple[str, ...]]] = {}
    for item in requests:
        for name, value in item.metadata.items():
            if isinstance(value, Mapping) and len(value) > 1 and names <= {str(one).upper() for one in value}:
                texts.setdefault(name, set()).add(tuple(map(str, value.values())))
    return any(len(different) > 1 for different in texts.values())


# An arm and its combinations learn the same.
@functools.lru_cache(maxsize=2)
def _fitted(taught: Taught) -> Any:
    """Words and pairs of them, and letters within words, so that endings and slips of the pen do little."""
    texts = optional("sklearn.feature_extraction.text", use=Message("a classifier"), extra="classical")
    linear = optional("sklearn.linear_model", use=Message("a classifier"), extra="classical")
    pipeline = optional("sklearn.pipeline", use=Message("a classifier"), extra="classical")
    words = texts.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    letters = texts.TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    model = pipeline.make_pipeline(
        pipeline.make_union(words, letters),
        linear.LogisticRegression(C=10.0, max_iter=1000),
    )
    return model.fit([text for text, _ in taught], [label for _, label in taught])
