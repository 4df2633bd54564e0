"""A workload folder, read.

Enters: a path.  Leaves: a `Workload`, or one error with every problem found in any of its files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.arm_names import manifest_in_ids
from tierproof.experiment.workload.files.item_files import read_items
from tierproof.experiment.workload.files.python_files import load_function
from tierproof.experiment.workload.files.resource_files import read_documents, read_examples, read_grammar, read_schema
from tierproof.experiment.workload.files.text_lines import MOST_PROBLEMS
from tierproof.experiment.workload.files.tool_files import read_tools
from tierproof.experiment.workload.manifest import NAME, BaselineTable, Manifest, ModelTable, line_of, read_manifest
from tierproof.experiment.workload.scorers import Place, Scorer, Scoring, scorer_from
from tierproof.experiment.workload.scorers.groundedness import groundedness_from
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message, joined
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ModelSpec, Price
from tierproof.systems.parts.direct import Direct
from tierproof.systems.parts.prompt import Prompt
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import retriever_from
from tierproof.systems.register.registry import checked_options
from tierproof.systems.resources import Own, Resources
from tierproof.systems.system import Decoding, System
from tierproof.systems.training.bench import ON_DISK
from tierproof.systems.training.making.fingerprint import model_files
from tierproof.techniques import parse_arm, recipes

__all__ = ["known_names", "load_workload"]

T = TypeVar("T")
P = ParamSpec("P")


class _Reading:
    """Tries every part and collects the problems, so that all can be mended at once."""

    def __init__(self, folder: Path, text: str) -> None:
        self.path = folder / NAME
        self.text = text
        self.problems: list[Problem] = []

    def part(self, instead: T, read: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What `read` gives; where it cannot be read, `instead`."""
        try:
            return read(*arguments, **named)
        except InputError as error:
            self.problems += [self._placed(problem) for problem in error.problems]
            return instead

    def _placed(self, problem: Problem) -> Problem:
        """A problem of the manifest with its file and line."""
        if problem.file is not None or problem.field is None:
            return problem
        return dataclasses.replace(problem, file=self.path, line=problem.line or line_of(self.text, problem.field))

    def wrong(self, field: str, message: str, remedy: str = "") -> None:
        self.problems.append(self._placed(Problem(field=field, message=message, remedy=remedy)))


def load_workload(
    path: Path | str, aliases: Mapping[str, str] = MappingProxyType({}), *, items: Any = None
) -> Workload:
    """Read a workload folder.  Raises one InputError with every problem found: file, line, field, remedy.

    `aliases`: what techniques are also called, in lower case, with their ids; arms may be named so.  `items`: a
    data frame, or a list of tables, in place of the folder's.
    """
    folder = Path(path)
    manifest, text = read_manifest(folder)
    manifest = manifest_in_ids(manifest, tuple(known_names()), aliases)
    reading = _Reading(folder, text)
    models, ladder, swaps = _models(manifest, reading)
    no_items: tuple[Item, ...] = ()
    found = reading.part(no_items, read_items, folder, manifest.items, items)
    schema = reading.part(None, read_schema, folder)
    place = Place(folder=folder, schema=schema, models=tuple(spec.name for spec in models))
    scorer = reading.part(None, scorer_from, manifest.scorer, place)
    groundedness = reading.part(None, groundedness_from, manifest.groundedness, place)
    if isinstance(scorer, Scoring):
        found = tuple(map(scorer.seen, found))
    if scorer is not None:
        _check_items(found, scorer, folder, manifest, reading)
    resources = _resources(folder, manifest, reading, ladder=ladder, swaps=swaps, schema=schema, items=found)
    _check_names(manifest, reading, aliases)
    if reading.problems:
        raise InputError(*reading.problems)
    assert scorer is not None
    return Workload(
        path=folder,
        name=manifest.name,
        description=manifest.description,
        items=found,
        models=models,
        baseline=_baseline(manifest.baseline, ladder, resources, reading),
        resources=resources,
        scorer=scorer,
        groundedness=groundedness,
        profile=manifest.profile,
        setting=manifest.setting,
        task_family=manifest.task_family,
        load=manifest.load,
        arms=manifest.arms,
    )


def _models(
    manifest: Manifest, reading: _Reading
) -> tuple[tuple[ModelSpec, ...], tuple[ModelSpec, ...], Mapping[str, Mapping[str, str]]]:
    """All models, the ladder, and the swaps."""
    ladder: list[ModelSpec] = []
    aside: list[ModelSpec] = []
    swaps: dict[str, dict[str, str]] = {}
    tables: dict[str, ModelTable] = {}
    for number, table in enumerate(manifest.models):
        field = f"models[{number}]"
        if table.name in tables:
            reading.wrong(f"{field}.name", Message("two models are called '{name}'", name=table.name))
        tables[table.name] = table
        spec = reading.part(None, _spec, table, reading.path.parent)
        if spec is None:
            continue
        if bool(table.technique) != bool(table.of):
            message = Message("model '{name}' states one of 'technique' and 'of'", name=table.name)
            reading.wrong(
                field, message, Message("state both: the technique it is served with, and the model it stands for")
            )
        elif table.technique:
            swaps.setdefault(table.technique, {})[table.of] = table.name
            aside.append(spec)
        else:
            (aside if table.judge else ladder).append(spec)
    for number, table in enumerate(manifest.models):
        if table.of and table.of not in tables:
            reading.wrong(f"models[{number}].of", Message("there is no model '{of}'", of=table.of))
    if not ladder and manifest.models:
        reading.wrong(
            "models",
            Message("no model is left for the ladder"),
            Message("one must be neither a judge nor a swap"),
        )
    return (*ladder, *aside), tuple(ladder), swaps


def _spec(table: ModelTable, folder: Path) -> ModelSpec:
    price = table.price
    weights = folder / table.weights if table.weights else None
    if weights is not None:
        model_files(weights)
    return ModelSpec(
        name=table.name,
        base_url=table.base_url or ON_DISK,
        weights=weights,
        model_id=table.model_id,
        api_key_env=table.api_key_env,
        headers=table.headers,
        headers_env=table.headers_env,
        price=None if price is None else Price(**msgspec.structs.asdict(price)),
        context_limit=table.context_limit,
        max_output=table.max_output,
        max_tokens_field=table.max_tokens_field,
        concurrency=table.concurrency,
        timeout_seconds=table.timeout_seconds,
    )


def _check_items(items: tuple[Item, ...], scorer: Scorer, folder: Path, manifest: Manifest, reading: _Reading) -> None:
    """Every item can be scored: found out now, not after the calls were paid."""
    if not isinstance(scorer, Scoring):
        return
    source = manifest.items.source
    file = None if source.startswith("hf:") else folder / source
    faults = ((item, fault) for item in items if (fault := scorer.fault(item)))
    for number, (item, fault) in enumerate(faults):
        if number == MOST_PROBLEMS:
            break
        message = Message("item {id} cannot be scored by '{kind}': {fault}", id=item.id, kind=scorer.kind, fault=fault)
        reading.problems.append(Problem(file=file, field=manifest.items.target or "target", message=message))


def _resources(
    folder: Path,
    manifest: Manifest,
    reading: _Reading,
    *,
    ladder: tuple[ModelSpec, ...],
    swaps: Mapping[str, Mapping[str, str]],
    schema: Mapping[str, Any] | None,
    items: tuple[Item, ...],
) -> Resources:
    embedder = manifest.embedder
    embed = None
    if embedder is not None:
        embed = reading.part(None, load_function, folder, embedder.function, field="embedder.function")
    access = Access(embed=embed, load=partial(load_function, folder, field="retriever.function"))
    index = reading.part(None, retriever_from, manifest.retriever, access)
    own: dict[str, Own] = {}
    for number, table in enumerate(manifest.systems):
        field = f"systems[{number}]"
        if table.name in own:
            reading.wrong(f"{field}.name", Message("two systems are called '{name}'", name=table.name))
        name = table.function or table.make
        function = reading.part(None, load_function, folder, name, field=field)
        if function is not None:
            own[table.name] = Own(name=table.name, kind="function" if table.function else "factory", function=function)
    return Resources(
        models=ladder,
        swaps=swaps,
        documents=reading.part((), read_documents, folder),
        tools=reading.part((), read_tools, folder),
        examples=reading.part((), read_examples, folder / "examples.jsonl"),
        train=reading.part((), read_examples, folder / "train.jsonl"),
        schema=schema,
        grammar=reading.part("", read_grammar, folder),
        grammar_dialect=manifest.grammar_dialect,
        grammar_field=manifest.grammar_field,
        embed=embed,
        index=index,
        own=own,
        requests=tuple(item.blind() for item in items),
        options=manifest.options,
    )


def known_names() -> Iterator[str]:
    """Names of techniques and conditions, without those of their variants."""
    for name in (*recipes(), *recipes(stress=True)):
        yield name.partition("/")[0]


def _check_names(manifest: Manifest, reading: _Reading, aliases: Mapping[str, str]) -> None:
    """Arms and options name techniques that exist, and options that these have."""
    for arm in (*manifest.arms, *manifest.baseline.techniques):
        reading.part(None, parse_arm, arm, aliases)
    known = {**recipes(), **recipes(stress=True)}
    for name, options in manifest.options.items():
        if name not in known:
            reading.wrong(f'options."{name}"', Message("no technique is called '{name}'", name=name))
            continue
        reading.part(None, checked_options, known[name], options)


def _baseline(table: BaselineTable, ladder: tuple[ModelSpec, ...], resources: Resources, reading: _Reading) -> System:
    names = [spec.name for spec in ladder]
    model = table.model or names[0]
    if model not in names:
        remedy = Message("one of {names}", names=", ".join(names))
        reading.wrong(
            "baseline.model",
            Message("the baseline's model '{model}' is no step of the ladder", model=model),
            remedy,
        )
        raise InputError(*reading.problems)
    decoding = table.decoding
    system = System(
        model=model,
        steps=Direct(),
        prompt=Prompt(
            system=table.system, template=table.template, closing=table.closing, answer_mark=table.answer_mark
        ),
        decoding=Decoding(
            temperature=decoding.temperature,
            top_p=decoding.top_p,
            max_tokens=decoding.max_tokens,
            seed=decoding.seed,
            stop=decoding.stop,
            extra=decoding.extra,
        ),
    )
    for name in table.techniques:
        for step in parse_arm(name):
            lacking = step.recipe.lacking(resources)
            if lacking or step.recipe.calls or step.recipe.trains:
                why = Message("makes a model of its own: put its folder into the weights of a [[models]] table")
                if step.recipe.calls:
                    why = Message("makes calls to be built")
                message = Message(
                    "{arm} {needs}", arm=step.recipe.name, needs=joined("; ", lacking) if lacking else why
                )
                reading.wrong("baseline.techniques", message)
                raise InputError(*reading.problems)
            options = {**resources.options.get(step.recipe.name, {}), **step.options}
            result = step.recipe.function(system, resources, **options)
            assert isinstance(result, System)
            system = result
    return system
