"""What is right and what is missing in a workload, before anything is spent.

Enters: a workload that could be read.  Leaves: checks, each good, doubtful or bad, and the techniques that its
resources allow.  Must not send more than what is asked for: nothing, requests for `/models`, or one short call a model.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.scorer_trials import tried
from tierproof.experiment.workload.scorers.code import Code
from tierproof.experiment.workload.scorers.judge import Judge
from tierproof.experiment.workload.scorers.sandbox import guards, lacking
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message, Quoted, headless, joined
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.models.features import Feature, features_of
from tierproof.systems.models.prices import with_prices
from tierproof.systems.models.probe import NOBODY, Probe, ask_briefly, list_models
from tierproof.systems.parts.constraint import checker
from tierproof.systems.register.registry import Recipe
from tierproof.systems.texts.likeness import normal_form
from tierproof.systems.training.bench import ON_DISK
from tierproof.systems.training.data.duplicates import find_repeats
from tierproof.techniques import recipes

__all__ = ["Check", "Diagnosis", "Fit", "Reach", "detectable_difference", "diagnose", "refuse_absent"]

Reach = Literal["nothing", "list", "call"]
"""How far endpoints are tried."""
FEW_ITEMS = 100
NEAR = 0.6
"""Likeness from which on an example is said to ask nearly what an item asks."""
DISCORDANT = 0.2
"""Share of items on which two arms differ, where nothing is known of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    area: Literal["items", "scorer", "models", "resources"]
    state: Literal["good", "doubtful", "bad"]
    message: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """Whether a technique can be measured here."""

    name: str
    summary: str
    stress: bool
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    checks: tuple[Check, ...]
    fits: tuple[Fit, ...]

    @property
    def ready(self) -> bool:
        """Nothing is bad."""
        return all(check.state != "bad" for check in self.checks)


async def diagnose(workload: Workload, *, reach: Reach = "list", environ: Mapping[str, str] | None = None) -> Diagnosis:
    """Look at everything.  Raises nothing for what is wrong with the workload: that is the result."""
    checks = [*_items(workload), *_scorer(workload), *await _tried(workload), *_resources(workload)]
    environ = os.environ if environ is None else environ
    for spec in workload.models:
        checks += _model(spec, environ)
    checks += await _endpoints(workload.models, reach, environ)
    checks += [*await _index(workload, reach), *_named(workload)]
    every = {**recipes(), **recipes(stress=True)}
    fits = [await _fit(recipe, workload) for recipe in every.values()]
    return Diagnosis(checks=tuple(checks), fits=tuple(fits))


def detectable_difference(items: int, *, discordant: float = DISCORDANT) -> float:
    """Smallest difference in success that so many paired items show with a power of 80 % at the 5 % level.

    d = z * sqrt(discordant / n) with z = 1.96 + 0.84, the paired design's normal approximation (Connor, Biometrics 43,
    1987).  Arms differ on at least d of the items, so where d comes out above `discordant` that is d too: d = z^2 / n.
    """
    z = 1.959964 + 0.841621
    usual = z * math.sqrt(discordant / items)
    return usual if usual <= discordant else min(1.0, z**2 / items)


def _items(workload: Workload) -> Iterator[Check]:
    n = len(workload.items)
    difference = Message(
        "differences of about {points:.0f} points and more can be seen", points=100 * detectable_difference(n)
    )
    message = Message("{n:,} items: {difference}", "{n:,} items: {difference}", n=n, difference=difference)
    if n < FEW_ITEMS:
        yield Check(area="items", state="doubtful", message=message, remedy=Message("add items"))
    else:
        yield Check(area="items", state="good", message=message)
    copies = Counter(item.text for item in workload.items)
    repeated = sum(count - 1 for count in copies.values())
    if repeated:
        message = Message(
            "{n} item asks what another one asks, word for word",
            "{n} items ask what another one asks, word for word",
            n=repeated,
        )
        yield Check(
            area="items", state="doubtful", message=message, remedy=Message("good if your traffic does; else drop them")
        )
    given = [one.input for one in (*workload.resources.examples, *workload.resources.train)]
    shown = {normal_form(text) for text in given}
    asked = [item.text for item in workload.items]
    leaked = sum(normal_form(text) in shown for text in asked)
    if leaked:
        message = Message(
            "{n} item stands in examples.jsonl or train.jsonl too: answers would be given away",
            "{n} items stand in examples.jsonl or train.jsonl too: answers would be given away",
            n=leaked,
        )
        yield Check(area="items", state="bad", message=message, remedy=Message("take them out of one of the two"))
    near = _near_copies(asked, [text for text in given if normal_form(text) not in set(map(normal_form, asked))])
    if near:
        message = Message(
            "{n} example asks nearly what an item asks: what is learned from them is half an answer",
            "{n} examples ask nearly what an item asks: what is learned from them is half an answer",
            n=near,
        )
        yield Check(
            area="items",
            state="doubtful",
            message=message,
            remedy=Message("look at them, and take out those that are the same"),
        )


def _near_copies(asked: Sequence[str], given: Sequence[str]) -> int:
    """How many of the given texts repeat a request nearly."""
    if not given:
        return 0
    repeats = find_repeats([*asked, *given], NEAR)
    return sum(place >= len(asked) > source for place, source in repeats.of.items())


def _scorer(workload: Workload) -> Iterator[Check]:
    scorer = workload.scorer
    yield Check(area="scorer", state="good", message=str(scorer))
    grounds = workload.groundedness
    if grounds is not None:
        yield Check(area="scorer", state="good", message=Message("groundedness: {grounds}", grounds=str(grounds)))
    for judge, what in ((scorer, Message("the judge")), (grounds, Message("the judge of groundedness"))):
        if isinstance(judge, Judge):
            message = Message("{what} is not measured against people, so its error is not in the intervals", what=what)
            remedy = Message('state calibration = "calibration.jsonl": answers that people called right or wrong')
            yield Check(area="scorer", state="doubtful", message=message, remedy=remedy)
    if grounds is not None and not workload.resources.documents and workload.resources.index is None:
        message = Message(
            "groundedness is judged of what was searched for, and there are neither documents/ nor [retriever]"
        )
        yield Check(area="scorer", state="doubtful", message=message)
    if isinstance(scorer, Code):
        yield Check(
            area="scorer", state="good", message=Message("programs are held by {guards}", guards=joined("; ", guards()))
        )
        lacks = lacking()
        if lacks:
            message = Message("programs are not held wholly: {lacks}", lacks=joined("; ", lacks))
            remedy = Message(
                "install bubblewrap, or run it in a container of its own, where user namespaces and Landlock work"
            )
            yield Check(area="scorer", state="doubtful", message=message, remedy=remedy)


async def _tried(workload: Workload) -> list[Check]:
    return [
        Check(area="scorer", state="bad" if one.bad else "doubtful", message=one.message, remedy=one.remedy)
        for one in await tried(workload)
    ]


def _resources(workload: Workload) -> Iterator[Check]:
    resources = workload.resources
    counts = (
        Message("{n:,} documents", "{n:,} documents", n=len(resources.documents)),
        Message("{n:,} tools", "{n:,} tools", n=len(resources.tools)),
        Message("{n:,} examples", "{n:,} examples", n=len(resources.examples)),
        Message("{n:,} training examples", "{n:,} training examples", n=len(resources.train)),
        Message("{n:,} systems of your own", "{n:,} systems of your own", n=len(resources.own)),
    )
    there = [one for one in counts if one.values["n"]]
    if there:
        yield Check(area="resources", state="good", message=joined(", ", there))
    if resources.schema is not None or resources.grammar:
        what = "schema.json" if resources.schema is not None else "grammar.lark"
        try:
            checker(resources.schema, resources.grammar)
        except InputError as error:
            yield Check(area="resources", state="bad", message=joined(": ", (what, error.problems[0].message)))
        else:
            yield Check(area="resources", state="good", message=what)


async def _index(workload: Workload, reach: Reach) -> list[Check]:
    """The index that is searched, if one is named, by one query."""
    index = workload.resources.index
    if index is None or reach == "nothing":
        return []
    found = await index.looked(workload.items[0].text)
    index.close()
    remedy = Message("start or fill it, or mend [retriever] (docs/workload.md)")
    bad = [Check(area="resources", state="bad", message=fault, remedy=remedy) for fault in found.faults]
    return bad or [Check(area="resources", state="good", message=found.message)]


def _named(workload: Workload) -> Iterator[Check]:
    """Documents that items name are among those that are searched, as far as these are here."""
    known = {document.name for document in workload.resources.documents}
    if workload.resources.index is not None or not known:
        return
    missing = [name for item in workload.items for name in item.documents if name not in known]
    if missing:
        message = Message(
            "items name {n} documents that are not in documents/, such as '{missing}'",
            "items name {n} documents that are not in documents/, such as '{missing}'",
            n=len(set(missing)),
            missing=missing[0][:60],
        )
        yield Check(
            area="resources", state="bad", message=message, remedy=Message("name them as their files are named")
        )


def _lacks_key(spec: ModelSpec, environ: Mapping[str, str]) -> bool:
    return spec.api_key_env is not None and not environ.get(spec.api_key_env, "").strip()


def _model(spec: ModelSpec, environ: Mapping[str, str]) -> Iterator[Check]:
    try:
        [priced] = with_prices([spec])
    except InputError as error:
        problem = error.problems[0]
        yield Check(area="models", state="bad", message=problem.message, remedy=problem.remedy)
    else:
        price = priced.price
        assert price is not None  # with_prices leaves none without
        source = Message("stated", context="price") if spec.price is not None else Message("published", context="price")
        message = Message(
            "{name}: {input:g} in, {output:g} out, USD per million tokens ({source})",
            name=spec.name,
            input=price.input,
            output=price.output,
            source=source,
        )
        yield Check(area="models", state="good", message=message)
    if _lacks_key(spec, environ):
        message = Message(
            "{name}: the environment variable {api_key_env} is not set", name=spec.name, api_key_env=spec.api_key_env
        )
        yield Check(
            area="models",
            state="bad",
            message=message,
            remedy=f"export {spec.api_key_env}=...",
        )


async def _endpoints(models: tuple[ModelSpec, ...], reach: Reach, environ: Mapping[str, str]) -> list[Check]:
    here = [_on_disk(spec) for spec in models if spec.base_url == ON_DISK]
    # One whose key is not set was told of already.
    models = tuple(spec for spec in models if spec.base_url != ON_DISK and not _lacks_key(spec, environ))
    if reach == "nothing":
        return here
    probes: list[Probe]
    if reach == "list":
        probes = await asyncio.gather(*(list_models(spec, environ) for spec in models))
    else:
        probes = await asyncio.gather(*(asyncio.to_thread(ask_briefly, spec, environ) for spec in models))
    answers = [
        Check(
            area="models",
            state="good" if probe.ok else "bad",
            message=Message("{name} at {base_url}: {told}", name=spec.name, base_url=spec.base_url, told=probe.message),
            remedy="" if probe.ok else Message("start the endpoint, or mend its base_url, model_id or key"),
        )
        for spec, probe in zip(models, probes, strict=True)
    ]
    if reach != "call":
        return here + answers
    answering = [spec for spec, probe in zip(models, probes, strict=True) if probe.ok]
    tried = await asyncio.gather(*(asyncio.to_thread(features_of, spec, environ) for spec in answering))
    return here + answers + [_features(spec, found) for spec, found in zip(answering, tried, strict=True)]


def _features(spec: ModelSpec, found: Sequence[Feature]) -> Check:
    """What the endpoint can do; what it cannot is a fault of nothing, for few techniques need all of it."""
    names = joined(", ", (one.name for one in found if one.has)) or Message("none of the features tried")
    parts = [Message("{name} has {names}", name=Quoted(spec.name), names=names)]
    parts += [Message("{name}: {told}", name=one.name, told=one.told) for one in found if not one.has]
    return Check(area="models", state="good", message=joined("; ", parts))


def _on_disk(spec: ModelSpec) -> Check:
    message = Message("{name}: on this disk, served from it while it is measured", name=spec.name)
    if importlib.util.find_spec("torch") is not None:
        return Check(area="models", state="good", message=message)
    message = Message("{name} lies on this disk, and what serves it is not installed", name=spec.name)
    return Check(area="models", state="bad", message=message, remedy="pip install 'tierproof[train]'")


async def _fit(recipe: Recipe, workload: Workload) -> Fit:
    lacks = recipe.lacking(workload.resources)
    if not lacks and not recipe.calls:
        # Some needs show only when it is tried: a larger model, an endpoint that serves the baseline's, weights.
        arguments = (None, _PaperWorkshop()) if recipe.trains else ()
        options = workload.resources.options.get(recipe.name, {})
        try:
            built = recipe.function(workload.baseline, workload.resources, *arguments, **options)
            if inspect.isawaitable(built):
                await built
        except InputError as error:
            lacks = tuple(headless(problem.message, recipe.name) for problem in error.problems)
    return Fit(name=recipe.name, summary=recipe.summary, stress=recipe.stress, lacks=lacks)


class _PaperWorkshop:
    """A workshop in which nothing is made: the base stands for what would be."""

    def model(self, name: str) -> ModelSpec | None:
        return None

    async def made(self, base: ModelSpec, job: object, label: str) -> str:
        return base.name

    async def served(self, base: ModelSpec, model: object, label: str) -> str:
        return base.name

    async def tuned_elsewhere(self, base: ModelSpec, examples: object, **dials: float | int | str) -> str:
        return base.name


async def refuse_absent(workload: Workload) -> None:
    """Is somebody there?  Asked for the lists of models, which costs nothing.

    Raises InputError where there is no connection; an endpoint that takes its time may still answer calls.
    """
    models = [spec for spec in workload.models if spec.base_url != ON_DISK]
    found = await asyncio.gather(*(list_models(spec) for spec in models))
    problems = [
        Problem(
            field="base_url",
            message=Message(
                "model '{name}' at {base_url}: {told}", name=spec.name, base_url=spec.base_url, told=probe.message
            ),
            remedy=Message("start the endpoint or mend its base_url, then run the same command"),
        )
        for spec, probe in zip(models, found, strict=True)
        if not probe.ok and probe.message.startswith(NOBODY) and "Timeout" not in probe.message
    ]
    if problems:
        raise InputError(*problems)
