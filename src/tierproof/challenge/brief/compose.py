"""A scenario out of a question: the ways that it names as options, or those that serve what it is for.

Enters: an `Asked`, an `Appraisal` of where the reader stands.  Leaves: a `Scenario`.  Knows nothing of screens.

Where no technique is named, those that serve the aim are the options: their records show a gain that is likelier than
not on average, or the pack says that they aim at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tierproof.challenge.brief.option import own_evidence
from tierproof.challenge.brief.question import Asked, Way
from tierproof.challenge.brief.scenario import DECIDED_BY, Option, Scenario, ScenarioContext, ScenarioTeam
from tierproof.decision.appraisals.appraisal import Appraisal
from tierproof.decision.ranking.tiers import can_adopt
from tierproof.evidence.record import Outcome, up_is_better
from tierproof.evidence.technique import Role, Technique
from tierproof.messages import gettext, translated

__all__ = ["compose"]

_MOST: Final = 8
"""Options of a question that names none."""
_SHOWN_ANYWAY: Final = frozenset(("quality", "cost", "latency"))


def compose(asked: Asked, appraisal: Appraisal, *, role: Role | None = None) -> tuple[Scenario, Asked] | None:
    """The decision that the question is about, in the reader's own profile; None where nothing serves it.

    A form that no record sets apart is no option, since the whole technique would be shown under its name: the whole is
    one, and what was asked says so.
    """
    # Whoever names a place and nothing else builds on models of others.
    placed = not (asked.ways or asked.aims or role)
    whose = "application" if placed else role or appraisal.profile.role
    ways = asked.ways or _serving(asked, appraisal, whose)
    apart = [
        (name, form) for way in ways for name, form in way.forms.items() if not own_evidence(appraisal, name, form)
    ]
    asked = replace(asked, not_apart=tuple(dict.fromkeys(_form_told(appraisal.techniques[n], f) for n, f in apart)))
    options = [_option(way, appraisal.techniques, apart) for way in ways]
    if not options:
        return None
    aim = asked.aims[0] if asked.aims else None
    scenario = Scenario(
        id="as-asked",
        title=_title(asked, options),
        question=asked.words,
        decide_by=DECIDED_BY.get(aim, "net benefit") if aim is not None else "net benefit",
        outcomes=tuple(outcome for outcome in asked.aims if outcome not in _SHOWN_ANYWAY),
        context=ScenarioContext(task_family=asked.task),
        team=ScenarioTeam(role=role),
        caveats=(
            gettext(
                "Put together from the words of the question: the situation is the profile's own. State yours by "
                "--profile or --set."
            ),
            *(
                ()
                if asked.ways
                else (
                    gettext("The question names no technique: of those that serve it, the first {most}.", most=_MOST),
                )
            ),
            *(
                (gettext("Only what an application can adopt: --role owner adds what changes the model."),)
                if placed
                else ()
            ),
        ),
        uncovered=gettext("Your documents, users and team: no record knows them."),
        options=tuple({option.id: option for option in options}.values()),
    )
    return scenario, asked


def _option(way: Way, techniques: Mapping[str, Technique], apart: Sequence[tuple[str, str]]) -> Option:
    forms = {name: form for name, form in way.forms.items() if name in way.techniques and (name, form) not in apart}
    names = [
        _form_told(techniques[name], forms[name]) if name in forms else translated(techniques[name].short)
        for name in way.techniques
    ]
    ids = [f"{name}-{forms[name]}" if name in forms else name for name in way.techniques]
    return Option(id="-and-".join(ids), name=" + ".join(names), techniques=way.techniques, forms=forms)


def _form_told(technique: Technique, form: str) -> str:
    names = {row.id: row.name for row in technique.forms} | {row.id: row.name for row in technique.sub_rows}
    name = names.get(form, form)
    return f"{translated(technique.short)}: {translated(name)}"


def _title(asked: Asked, options: Sequence[Option]) -> str:
    if asked.ways:
        names = [option.name for option in options]
        return names[0] if len(names) == 1 else gettext(" or ").join((", ".join(names[:-1]), names[-1]))
    aims = gettext(" and ").join(gettext("{aim}", aim=aim).replace("-", " ") for aim in asked.aims)
    what = gettext("What serves {aims}", aims=aims) if aims else gettext("What to adopt")
    return what + (gettext(" for {task}", task=asked.task) if asked.task else "")


def _serving(asked: Asked, appraisal: Appraisal, role: Role | None) -> tuple[Way, ...]:
    """Techniques that serve the first aim, or the balance of all, the most promising first."""
    ranked: list[tuple[float, str]] = []
    for name, technique in sorted(appraisal.techniques.items()):
        if name in asked.excluded or not can_adopt(role, technique):
            continue
        worth = _serves(asked.aims[0], name, appraisal) if asked.aims else _nets(name, appraisal)
        if worth is not None:
            ranked.append((-worth, name))
    return tuple(Way(techniques=(name,)) for _, name in sorted(ranked)[:_MOST])


def _serves(aim: Outcome, name: str, appraisal: Appraisal) -> float | None:
    """Median gain on the aim's scale; None where it does not serve it."""
    posterior = appraisal.posterior(name, aim)
    if posterior is None:
        return None
    median = float(posterior.average.quantile(0.5))
    gain = median if up_is_better(aim) else -median
    measured = posterior.basis != "assumed"
    return gain if gain > 0 and (measured or aim in appraisal.techniques[name].aims) else None


def _nets(name: str, appraisal: Appraisal) -> float | None:
    known = appraisal.posterior(name, "quality") or appraisal.posterior(name, "cost")
    return None if known is None else float(appraisal.net_benefit(name).mean())
