"""What one option would do in the reader's profile: joint draws of its techniques, each whole or in one form.

Enters: an option, an `Appraisal` with sub-rows.  Leaves: a `Drawn` option.  Knows nothing of which one is best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tierproof.challenge.brief.scenario import DecideBy, Option
from tierproof.decision.appraisals.appraisal import Appraisal, failures_removed
from tierproof.decision.plan import Joint, Limits, Team, combine
from tierproof.decision.plan.candidate import Candidate
from tierproof.decision.plan.gather import candidate_of, gather
from tierproof.decision.plan.search import Solver
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.record import Outcome
from tierproof.messages import Message
from tierproof.synthesis.posteriors.posterior import Posterior
from tierproof.synthesis.values.normal import Array

__all__ = ["TODAY", "Drawn", "draw", "own_evidence", "today"]

TODAY = "today"
"""Id of going on as today, which is always an option."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """An option in one profile."""

    id: str
    name: str
    what: str
    techniques: tuple[str, ...]
    forms: dict[str, str]
    """Forms for which there is evidence of their own."""
    missing_forms: dict[str, str]
    """Forms without: the whole technique stands in."""
    inherited: frozenset[tuple[str, Outcome]]
    """Effects that are of the whole technique and not of the form meant."""
    appraisal: Appraisal
    """With the posteriors of the forms in the place of the whole."""
    candidates: tuple[Candidate, ...]
    joint: Joint

    @property
    def failures_removed(self) -> Array:
        p0 = self.appraisal.profile.baseline_success
        return (self.joint.success - p0) / (1.0 - p0)

    @property
    def wrong_answers_removed(self) -> Array | None:
        """Share of today's wrong answers removed, if all that fails today is answered wrongly; members add up undamped.

        None where a member is not measured.
        """
        if len(self.posteriors("wrong-answers")) < len(self.techniques):
            return None
        effect = self.effect("wrong-answers")
        return np.zeros(1) if effect is None else failures_removed(self.appraisal.profile.baseline_success, effect)

    def measured(self, by: DecideBy) -> Array | None:
        """Draws of what decides; None where a member is not measured on it."""
        match by:
            case "net benefit":
                return self.joint.net_benefit
            case "failures removed":
                return self.failures_removed
            case "wrong answers removed":
                return self.wrong_answers_removed
            case "cost saved":
                return 1.0 - self.joint.cost if len(self.posteriors("cost")) == len(self.techniques) else None
            case "time saved":
                return 1.0 - self.joint.latency if len(self.posteriors("latency")) == len(self.techniques) else None

    @property
    def pays(self) -> bool:
        """Whether it nets more than going on as today on average and in the median; doing nothing does."""
        net = self.joint.net_benefit
        return not self.techniques or bool(net.mean() > 0 and np.median(net) > 0)

    def under(self, profile: Profile) -> Drawn:
        """The same option, the same techniques, in another profile."""
        appraisal = self.appraisal.under(profile)
        candidates = tuple(candidate_of(appraisal, name) for name in self.techniques)
        joint = combine(candidates, profile, appraisal.settings.damping)
        return replace(self, appraisal=appraisal, candidates=candidates, joint=joint)

    def posteriors(self, outcome: Outcome) -> dict[str, Posterior]:
        """What is known of each member on one outcome."""
        found = {name: self.appraisal.posterior(name, outcome) for name in self.techniques}
        return {name: posterior for name, posterior in found.items() if posterior is not None}

    def effect(self, outcome: Outcome) -> Array | None:
        """Draws of the members' effects on one outcome, added up on its scale; None where nothing is known of it.

        Resources multiply, so their logs add.  For quality see `joint`, which damps; other successes add undamped,
        which is said where they are shown.
        """
        known = self.posteriors(outcome)
        if not known:
            return None
        return np.asarray(sum(self.appraisal.theta(name, outcome) for name in known))


def own_evidence(appraisal: Appraisal, name: str, form: str) -> dict[tuple[str, Outcome], Posterior]:
    """What records say of a form alone; nothing where its quality is not among it and the whole technique's is."""
    posteriors = appraisal.synthesis.posteriors
    own = {key: p.sub_rows[form] for key, p in posteriors.items() if key[0] == name and form in p.sub_rows}
    whole = posteriors.get((name, "quality"))
    return own if (name, "quality") in own or whole is None or whole.basis == "assumed" else {}


def draw(option: Option, appraisal: Appraisal, limits: Limits, team: Team) -> Drawn:
    """An option's joint draws; `best_of` is settled by the planner under the limits."""
    techniques = option.techniques or _planned(option.best_of, appraisal, limits, team)
    found: dict[str, str] = {}
    missing: dict[str, str] = {}
    in_form: dict[tuple[str, Outcome], Posterior] = {}
    inherited: set[tuple[str, Outcome]] = set()
    for name, form in option.forms.items():
        own = own_evidence(appraisal, name, form)
        (found if own else missing)[name] = form
        in_form |= own
        inherited |= {key for key in appraisal.synthesis.posteriors if key[0] == name and key not in own}
    if found:
        forms = ("in forms", *sorted(found.items()))
        appraisal = appraisal.fact(forms, partial(appraisal.in_forms, in_form)).under(appraisal.profile)
    return _drawn(option, techniques, appraisal, forms=found, missing=missing, inherited=frozenset(inherited))


def today(appraisal: Appraisal) -> Drawn:
    """Going on as today."""
    nothing = Option(id=TODAY, name=Message("Go on as today"), best_of=(TODAY,))
    return _drawn(nothing, (), appraisal, forms={}, missing={})


def _planned(names: tuple[str, ...], appraisal: Appraisal, limits: Limits, team: Team) -> tuple[str, ...]:
    candidates, _ = gather(appraisal, replace(team, only=frozenset(names)))
    found = Solver(candidates, appraisal.profile, appraisal.settings.damping).best(limits).sets
    return found[0].members if found else ()


def _drawn(
    option: Option,
    techniques: tuple[str, ...],
    appraisal: Appraisal,
    *,
    forms: dict[str, str],
    missing: dict[str, str],
    inherited: frozenset[tuple[str, Outcome]] = frozenset(),
) -> Drawn:
    candidates = tuple(candidate_of(appraisal, name) for name in techniques)
    return Drawn(
        id=option.id,
        name=option.name,
        what=option.what,
        techniques=techniques,
        forms=forms,
        missing_forms=missing,
        inherited=inherited,
        appraisal=appraisal,
        candidates=candidates,
        joint=combine(candidates, appraisal.profile, appraisal.settings.damping),
    )
