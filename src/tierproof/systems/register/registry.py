"""The techniques that can be measured, by name: those that `tierproof.techniques` brings, and those of other packages.

Enters: functions marked with `@technique`.  Leaves: recipes, and systems built from names like
`retrieval-augmented-generation(top=6)+chain-of-thought/plan`.  Must not know any
technique by name, nor how a system is measured.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, TypeVar

from tierproof.errors import InputError
from tierproof.messages import Message, Quoted, joined
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training.bench import Workshop

__all__ = ["GROUP", "Need", "Recipe", "Step", "build", "parse_arm", "recipes", "technique", "unfit", "unmet"]

GROUP = "tierproof.techniques"
"""Entry point group: a module named there is imported, and what it registers can be measured."""


@dataclass(frozen=True, slots=True)
class Need:
    """A resource that a technique cannot do without."""

    id: str
    """As packs name it."""
    files: str
    """Where a workload folder keeps it."""
    present: Callable[[Resources], bool]


NEEDS = {
    need.id: need
    for need in (
        Need("documents", "documents/", lambda resources: bool(resources.documents)),
        Need("tools", Message("tools.py, openapi.json or mcp.json"), lambda resources: bool(resources.tools)),
        Need("examples", "examples.jsonl", lambda resources: bool(resources.examples)),
        Need(
            "grammar",
            Message("schema.json or grammar.lark"),
            lambda resources: bool(resources.schema or resources.grammar),
        ),
        Need("training-data", "train.jsonl", lambda resources: bool(resources.train)),
        Need(
            "weights",
            Message("weights in a [[models]] table"),
            lambda resources: any(one.weights for one in resources.models),
        ),
        Need("several-models", Message("two or more [[models]]"), lambda resources: len(resources.models) > 1),
        Need(
            "tools-or-documents",
            Message("tools.py, openapi.json, mcp.json or documents/"),
            lambda resources: bool(resources.tools or resources.documents or resources.index),
        ),
        Need(
            "documents-or-index",
            Message("documents/ or [retriever]"),
            lambda resources: bool(resources.documents or resources.index),
        ),
        Need("systems", Message("[[systems]] in workload.toml"), lambda resources: bool(resources.own)),
        Need("embedder", Message("[embedder] in workload.toml"), lambda resources: resources.embed is not None),
        Need("repeated-requests", "items.jsonl", lambda resources: bool(resources.requests)),
    )
}

Build = Callable[..., System | Awaitable[System]]
F = TypeVar("F", bound=Build)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A way to apply a technique."""

    technique: str
    """Id in the pack."""
    variant: str
    """Empty: the usual way."""
    needs: tuple[str, ...]
    summary: str
    function: Build
    calls: bool
    """Building takes model calls, as an optimiser's does; the function's third argument is then a `ChatCaller`."""
    stress: bool
    """An adverse condition, not a technique."""
    trains: bool = False
    """Building may make another model; the function's last positional argument is then a `Workshop`, or None."""
    against: str = ""
    """Name of the recipe that is the same without the technique, where that is not the baseline; it is measured too."""
    instead_of: str = ""
    """Name of a recipe that reaches the same end in another way; compared where both are measured."""
    saves_by_cache: bool = False
    """What it saves shows in the tokens that the endpoint says it read from its cache."""
    dials: Mapping[str, Any] = field(default_factory=dict)
    """Further options with their defaults, which the function takes as `**dials` where they were set."""

    @property
    def name(self) -> str:
        return f"{self.technique}/{self.variant}" if self.variant else self.technique

    @property
    def options(self) -> Mapping[str, Any]:
        """Names and defaults of what can be set."""
        parameters = inspect.signature(self.function).parameters.values()
        own = {one.name: one.default for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY}
        return {**own, **self.dials}

    def lacking(self, resources: Resources) -> tuple[str, ...]:
        """What a workload lacks for it, as sentences; empty: it can be built."""
        return tuple(
            Message("needs {files}", files=NEEDS[need].files)
            for need in self.needs
            if not NEEDS[need].present(resources)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A recipe with its options set."""

    recipe: Recipe
    options: Mapping[str, Any]


_registered: dict[str, Recipe] = {}


def technique(
    id: str,
    *,
    variant: str = "",
    needs: tuple[str, ...] = (),
    stress: bool = False,
    trains: bool = False,
    against: str = "",
    instead_of: str = "",
    saves_by_cache: bool = False,
    dials: Mapping[str, Any] | None = None,
) -> Callable[[F], F]:
    """Register `function(system, resources, *, option=default, ...) -> System` as a way to apply a technique.

    An `async def function(system, resources, caller, *, ...)` may call models while it builds; with `trains` it is
    `async def function(system, resources, caller, workshop, *, ...)` and may make models as well, where caller and
    workshop are there.  `dials`: options with defaults that the function takes together, as `**dials`, those alone that
    somebody set.  The first line of the docstring is what listings show.  Raises ValueError for an unknown need or a
    name that is taken.
    """
    unknown = [need for need in needs if need not in NEEDS]
    if unknown:
        raise ValueError(f"unknown needs {unknown}; known: {', '.join(NEEDS)}")

    def register(function: F) -> F:
        recipe = Recipe(
            technique=id,
            variant=variant,
            needs=needs,
            summary=Message((inspect.getdoc(function) or "").partition("\n")[0]),
            function=function,
            calls=inspect.iscoroutinefunction(function) and not trains,
            stress=stress,
            trains=trains,
            against=against,
            instead_of=instead_of,
            saves_by_cache=saves_by_cache,
            dials=dials or {},
        )
        known = _registered.get(recipe.name)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"the name {recipe.name} is taken by {known.function.__module__}")
        _registered[recipe.name] = recipe
        return function

    return register


def trainer(id: str, dials: Mapping[str, Any], *needs: str, **more: Any) -> Callable[[F], F]:
    """As `technique`, of what teaches a model with weights on the workload's training data."""
    return technique(id, trains=True, needs=("weights", "training-data", *needs), dials=dials, **more)


@functools.cache
def _load() -> None:
    for entry in entry_points(group=GROUP):
        try:
            entry.load()
        except Exception as error:
            message = Message(
                "the techniques of '{value}' cannot be loaded: {kind}: {error}",
                value=entry.value,
                kind=type(error).__name__,
                error=str(error),
            )
            raise InputError.of(message, remedy=Message("mend or uninstall that package")) from error


def recipes(*, stress: bool = False) -> Mapping[str, Recipe]:
    """Recipes by name, sorted: of techniques, or of adverse conditions."""
    _load()
    return {name: recipe for name, recipe in sorted(_registered.items()) if recipe.stress == stress}


PART = re.compile(r"([a-z0-9-]+(?:/[a-z0-9-]+)?)(?:\((.*)\))?")


def parse_arm(text: str, also: Iterable[str] = ()) -> tuple[Step, ...]:
    """Steps of an arm from its name: recipes joined by `+`, the first applied first, options in brackets.

    Raises InputError for an unknown recipe or option; `also`: what techniques are also called, which may be meant.
    """
    _load()
    steps = []
    for part in re.split(r"\+(?![^(]*\))", text):
        match = PART.fullmatch(part.strip())
        if match is None or match[1] not in _registered:
            named = match[1] if match else part.strip()
            near = difflib.get_close_matches(named.casefold(), [*_registered, *also], n=3)
            remedy = (
                Message("did you mean {near}?", near=", ".join(near))
                if near
                else Message("see `tierproof doctor` for those that fit")
            )
            raise InputError.of(
                Message("no technique is called '{named}'", named=named[:60]), remedy=remedy, field="arm"
            )
        recipe = _registered[match[1]]
        steps.append(Step(recipe, checked_options(recipe, _options(match[2] or "", recipe))))
    return tuple(steps)


def _options(text: str, recipe: Recipe) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = pair.partition("=")
        default = recipe.options.get(name.strip())
        try:
            if not equals:
                raise ValueError
            options[name.strip()] = _typed(value.strip(), default)
        except ValueError:
            kind = type(default).__name__
            message = Message(
                "{name}: '{pair}' is no option; write name=value (here of type {kind})",
                name=recipe.name,
                pair=pair[:60],
                kind=kind,
            )
            raise InputError.of(message, field="arm") from None
    return options


def _typed(value: str, default: object) -> object:
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise ValueError
        return value.lower() == "true"
    if isinstance(default, int):
        return int(value)
    if isinstance(default, float):
        return float(value)
    return value


def checked_options(recipe: Recipe, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same options.  Raises InputError where the recipe has none of that name."""
    unknown = [name for name in options if name not in recipe.options]
    if unknown:
        known = Quoted(", ".join(f"{name}={value}" for name, value in recipe.options.items()))
        remedy = Message("its options: {known}", known=known or Message("none", context="options"))
        message = Message("{name} has no option {unknown}", name=recipe.name, unknown=", ".join(unknown))
        raise InputError.of(message, remedy=remedy, field="arm")
    return options


def unfit(arm: str, option: str, value: float, remedy: str) -> InputError:
    """An option's value that its technique can make nothing of."""
    message = Message("{arm}: {option} is {value}", arm=arm, option=option, value=str(value))
    return InputError.of(message, remedy=remedy, field="arm")


def unmet(steps: tuple[Step, ...], resources: Resources) -> tuple[str, ...]:
    """What a workload lacks for an arm, as sentences."""
    return tuple(dict.fromkeys(lack for step in steps for lack in step.recipe.lacking(resources)))


async def build(
    arm: str | tuple[Step, ...],
    baseline: System,
    resources: Resources,
    caller: ChatCaller | None = None,
    workshop: Workshop | None = None,
) -> System:
    """The baseline with an arm's techniques applied, the first first.

    Options that the workload states hold where the arm's name states none.  Raises InputError where something is
    lacking, and where a recipe must call models to be built and there is no caller.
    """
    steps = parse_arm(arm) if isinstance(arm, str) else arm
    system = baseline
    for step in steps:
        recipe = step.recipe
        lacking = recipe.lacking(resources)
        if lacking:
            raise InputError.of(Message("{arm} {needs}", arm=recipe.name, needs=joined("; ", lacking)), field="arm")
        stated = checked_options(recipe, resources.options.get(recipe.name, {}))
        arguments: list[Any] = [system, resources]
        if recipe.calls:
            if caller is None:
                raise InputError.of(
                    Message("{name} makes model calls while it is built", name=recipe.name), field="arm"
                )
            arguments.append(caller)
        elif recipe.trains:
            arguments += [caller, workshop]
        result = recipe.function(*arguments, **{**stated, **step.options})
        system = await result if inspect.isawaitable(result) else result
    return system
