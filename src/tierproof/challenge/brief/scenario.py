"""A scenario: a decision that teams face, as data, with the options between which to choose.

Enters: a table of a pack.  Leaves: a validated `Scenario`; the scenario that somebody means by a few words.  Knows
nothing of evidence.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from msgspec import Struct

from tierproof.challenge.brief.question import Asked, ask
from tierproof.challenge.brief.question_words import question_words
from tierproof.decision.reader.entry import validated
from tierproof.errors import InputError, Problem, meant
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Outcome, Positive
from tierproof.evidence.technique import Role, Skill, Slug, Technique
from tierproof.messages import gettext

__all__ = [
    "DECIDED_BY",
    "DecideBy",
    "Option",
    "Scenario",
    "find_scenario",
    "named_scenario",
    "scenario_from",
    "scenarios_from",
    "settle",
]


DecideBy = Literal["net benefit", "failures removed", "wrong answers removed", "cost saved", "time saved"]
DECIDED_BY: Final[Mapping[Outcome, DecideBy]] = {
    "quality": "failures removed",
    "wrong-answers": "wrong answers removed",
    "cost": "cost saved",
    "latency": "time saved",
}
"""What decides where ways are asked for with that aim; by net benefit with any other."""


class Option(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to go: a set of techniques, each whole or in one form, or the best set among several."""

    id: Slug
    name: str
    what: str = ""
    techniques: tuple[Slug, ...] = ()
    forms: dict[Slug, Slug] = {}
    """Sub-rows: which form of a technique is meant, where not the whole."""
    best_of: tuple[Slug, ...] = ()
    """Candidates among which the planner picks under the scenario's limits."""

    def __post_init__(self) -> None:
        if bool(self.techniques) == bool(self.best_of):
            raise ValueError(gettext("option '{self_id}' needs techniques, or best_of, and not both", self_id=self.id))


class ScenarioLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    budget: float | None = None
    one_off: float | None = None
    weeks: float | None = None
    latency: float | None = None
    team: int = 1


class ScenarioTeam(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role | None = None
    skills: Skill | None = None


class ScenarioContext(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    task_family: str | None = None
    params_b: Positive | None = None


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Slug
    title: str
    question: str
    aliases: tuple[str, ...] = ()
    """What people may call it, lower case."""
    decide_by: DecideBy
    outcomes: tuple[Outcome, ...] = ()
    """Outcomes to show beside quality, cost and latency."""
    profile: dict[str, Any] = {}
    """Figures in which the situation differs from the pack's profile; the reader's own come before them."""
    context: ScenarioContext = ScenarioContext()
    limits: ScenarioLimits = ScenarioLimits()
    team: ScenarioTeam = ScenarioTeam()
    claims: tuple[Slug, ...] = ()
    """Ids of the pack's claims on which it bears."""
    caveats: tuple[str, ...]
    uncovered: str
    """What no evidence covers."""
    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        names = [option.id for option in self.options]
        if len(set(names)) < len(names) or not names:
            raise ValueError(gettext("needs two options or more, each with its own id"))


def scenario_from(table: Mapping[str, Any], techniques: Mapping[str, Technique], settings: Settings) -> Scenario:
    """A scenario whose techniques, forms and task family the pack knows.  Raises InputError otherwise."""
    what = gettext("scenario '{get}'", get=str(table.get("id", "?"))[:60])
    scenario = validated(Scenario, table, what=what)
    problems = []
    if len(scenario.options) < 2:
        problems.append(
            Problem(
                message=gettext("{what}: needs two options or more, each with its own id", what=what), field="options"
            )
        )
    for option in scenario.options:
        place = f"options.{option.id}"
        for name in sorted({*option.techniques, *option.best_of, *option.forms} - techniques.keys()):
            problems.append(_unknown(what, place, "technique", name, techniques))
        for name, form in option.forms.items():
            if name not in option.techniques:
                problems.append(
                    Problem(
                        message=gettext(
                            "{what}: form of '{name}', which the option does not have", what=what, name=name
                        ),
                        field=place,
                    )
                )
            elif name in techniques and form not in (known := {row.id for row in techniques[name].sub_rows}):
                problems.append(_unknown(what, place, gettext("form of {name}", name=name), form, known))
    family = scenario.context.task_family
    if family is not None and settings.task_families and family not in settings.task_families:
        problems.append(_unknown(what, "context.task_family", gettext("task family"), family, settings.task_families))
    if problems:
        raise InputError(*problems)
    return scenario


def scenarios_from(
    tables: Mapping[str, Mapping[str, Any]], techniques: Mapping[str, Technique], settings: Settings
) -> tuple[Scenario, ...]:
    """All scenarios of a pack, in order of title."""
    found = [scenario_from(table, techniques, settings) for table in tables.values()]
    return tuple(sorted(found, key=lambda scenario: (scenario.title, scenario.id)))


def named_scenario(scenarios: Collection[Scenario], words: str) -> Scenario | None:
    """The one scenario whose id, title, question or alias the words are."""
    wanted = _normal(words)
    exact = [scenario for scenario in scenarios if wanted in _names(scenario)]
    return exact[0] if len(exact) == 1 else None


def find_scenario(scenarios: Collection[Scenario], words: str, *, loosely: bool = True) -> Scenario:
    """The scenario that somebody means.

    By id, title, question or alias; else by the words shared with one of them, half of them or, if not `loosely`, three
    in four; else by spelling.  Raises InputError with the nearest ones where no single scenario is meant.
    """
    if (exact := named_scenario(scenarios, words)) is not None:
        return exact
    wanted = _normal(words)
    by_id = {scenario.id: scenario for scenario in scenarios}
    names = {scenario.id: _names(scenario) for scenario in scenarios}
    shared = {key: max(_overlap(wanted, name) for name in known) for key, known in names.items()}
    ranked = sorted(shared, key=lambda key: (-shared[key], key))
    # One scenario must stand out: by a clear margin, and with more than a word in common by chance.
    second = shared[ranked[1]] if len(ranked) > 1 else 0.0
    if ranked and shared[ranked[0]] >= (0.5 if loosely else 0.75) and shared[ranked[0]] - second >= 0.15:
        return by_id[ranked[0]]
    spelling = {name: key for key, known in names.items() for name in known}
    close = difflib.get_close_matches(wanted, spelling, n=4, cutoff=0.6)
    near = list(dict.fromkeys(spelling[name] for name in close))
    telling = wanted if loosely else " ".join(word for word in wanted.split() if word not in _empty_words())
    if close and difflib.SequenceMatcher(None, telling, close[0]).ratio() >= 0.85:
        return by_id[spelling[close[0]]]
    near += [key for key in ranked if shared[key] > 0 and key not in near]
    remedy = (
        gettext("did you mean {near}?", near=" or ".join(near[:3]))
        if near
        else gettext("tierproof brief --list shows them all")
    )
    shown = " ".join(words.split())[:60]
    raise InputError.of(gettext("no scenario is meant by '{shown}'", shown=shown), remedy=remedy)


def settle(
    words: str, scenarios: Collection[Scenario], techniques: Mapping[str, Technique], settings: Settings
) -> Scenario | Asked:
    """The scenario that the words name, or that has every way that they name; else what they ask for.

    Raises InputError, with the nearest scenarios, where they ask for nothing.
    """
    if (exact := named_scenario(scenarios, words)) is not None:
        return exact
    asked = ask(words, techniques, settings.task_families)
    try:
        # Aims and tasks are shared by many decisions: without a way, the words themselves must be a scenario's.
        found = find_scenario(scenarios, words, loosely=bool(asked.ways) or not asked.means_something)
    except InputError:
        if not asked.means_something:
            raise
        return asked
    return found if _holds(found, asked) else asked


def _holds(scenario: Scenario, asked: Asked) -> bool:
    """Whether the scenario has every way that is asked for, and decides by what the ways are asked for."""
    sought = DECIDED_BY.get(asked.aims[0]) if asked.ways and asked.aims else None
    if sought not in (None, scenario.decide_by):
        return False
    whole = {name for option in scenario.options for name in (*option.techniques, *option.best_of)}
    forms = {pair for option in scenario.options for pair in option.forms.items()}
    ways_held = all(set(way.techniques) <= whole and set(way.forms.items()) <= forms for way in asked.ways)
    return ways_held and not (asked.means_something and asked.missing) and not asked.excluded


def _names(scenario: Scenario) -> frozenset[str]:
    return frozenset(_normal(name) for name in (scenario.id, scenario.title, scenario.question, *scenario.aliases))


def _normal(text: str) -> str:
    # Nobody asks for a scenario in a thousand letters; matching must not take longer for whoever tries.
    words = re.findall(r"[^\W_]+", text[:1000].lower())
    return " ".join(words if len(text) <= 1000 else words[:-1])


def _overlap(wanted: str, name: str) -> float:
    """Dice's coefficient of the words that matter, plural and singular alike."""
    first, second = _words(wanted), _words(name)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _words(text: str) -> frozenset[str]:
    """Those that name something, plural and singular alike."""
    words = text.split()[:200]
    telling = [word for word in words if word not in _empty_words()]
    return frozenset(word.removesuffix("s") for word in telling)


def _unknown(what: str, field: str, kind: str, name: str, known: Collection[str]) -> Problem:
    message = gettext("{what}: no {kind} is called '{name}'", what=what, kind=kind, name=name)
    return Problem(message=message, field=field, remedy=meant(name, known))


@lru_cache(maxsize=1)
def _empty_words() -> frozenset[str]:
    """Words and marks that tell no question from another."""
    return question_words().fillers | question_words().separators
