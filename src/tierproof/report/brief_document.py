"""A decision brief as data.

Enters: a `Brief` and its pack.  Leaves: a dict of JSON types (`docs/briefs.md`).  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tierproof.report.plan import limits_dict, measurement_dict, takes_dict
from tierproof.report.table.document import context_dict, interval_dict, pack_dict, rounded

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief, OptionRow, Scenario
    from tierproof.evidence import Pack

__all__ = ["LIST_SCHEMA", "SCHEMA", "brief_dict", "scenario_list_dict"]

SCHEMA = "tierproof/brief/1"
LIST_SCHEMA = "tierproof/briefs/1"


def brief_dict(brief: Brief, pack: Pack) -> dict[str, Any]:
    """Every figure of the brief, ready for `json.dumps`; see `docs/briefs.md`."""
    scenario, found = brief.scenario, brief.recommendation
    return {
        "schema": SCHEMA,
        "pack": pack_dict(pack),
        "scenario": scenario.id,
        "asked": None
        if brief.asked is None
        else {
            "words": brief.asked.words,
            "aims": list(brief.asked.aims),
            "task": brief.asked.task,
            "missing": list(brief.asked.missing),
            "unread": list(brief.asked.unread),
            "excluded": list(brief.asked.excluded),
        },
        "title": scenario.title,
        "question": scenario.question,
        "decide_by": scenario.decide_by,
        "recommendation": None
        if found is None
        else {
            "option": found.option,
            "p_best": rounded(found.p_best),
            "runner_up": found.runner_up or None,
            "p_over_runner_up": rounded(found.p_over_runner_up),
            "advantage": {**(interval_dict(found.advantage) or {}), "mean": rounded(found.advantage_mean)},
            "p_pays": rounded(found.p_pays),
            "pays_from_usd_per_success": rounded(brief.pays_from),
        },
        "leader_that_does_not_pay": None
        if brief.leader is None
        else {"option": brief.leader.option, "pays_from_usd_per_success": rounded(brief.leader.pays_from)},
        "options": [_option_dict(row) for row in brief.options],
        "head_to_head": [
            {
                "first": one.first,
                "second": one.second,
                "outcome": one.outcome,
                "p_first_better": rounded(one.p_better),
                "p_first_better_new_setting": rounded(one.p_better_here),
                "records": one.records,
                "sources": one.sources,
            }
            for one in brief.direct
        ],
        "evidence_for": [effect.record.id for effect in brief.evidence_for],
        "evidence_against": [effect.record.id for effect in brief.evidence_against],
        "turns": [
            {
                "quantity": turn.quantity,
                "now": rounded(turn.now),
                "threshold": rounded(turn.threshold),
                "becomes": turn.becomes,
            }
            for turn in brief.turns
        ],
        "evpi_usd_month": rounded(brief.evpi),
        "measurements": [measurement_dict(item) for item in brief.measurements],
        "claims": [
            {
                "id": name,
                "verdict": brief.claims[name].word if name in brief.claims else None,
                "probability": rounded(brief.claims[name].probability) if name in brief.claims else None,
            }
            for name in scenario.claims
        ],
        "caveats": list(scenario.caveats),
        "uncovered": scenario.uncovered,
        "limits": limits_dict(brief.limits),
        "team": {
            "role": brief.team.role,
            "skills": brief.team.skills,
            "have": None if brief.team.have is None else sorted(brief.team.have),
        },
        "profile": msgspec.to_builtins(brief.profile),
        "context": context_dict(brief.context),
    }


def _option_dict(row: OptionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "what": row.what,
        "techniques": list(row.techniques),
        "forms": dict(row.forms),
        "missing_forms": dict(row.missing_forms),
        "value": rounded(row.value),
        "measure": interval_dict(row.measure),
        "apart": list(row.apart),
        "inherited": sorted(row.inherited),
        "p_best": rounded(row.p_best),
        "fits": row.fits,
        "breaks": list(row.breaks),
        "barred": [{"technique": b.technique, "bar": b.bar, "missing": list(b.missing)} for b in row.barred],
        "net_benefit_usd_month": {**(interval_dict(row.net_benefit) or {}), "mean": rounded(row.net_benefit_mean)},
        "p_pays": rounded(row.p_pays),
        "failures_removed": interval_dict(row.failures_removed),
        "wrong_answers_removed": interval_dict(row.wrong_answers_removed),
        "cost_ratio": interval_dict(row.cost_ratio),
        "latency_ratio": interval_dict(row.latency_ratio),
        "outcomes": {outcome: interval_dict(effect) for outcome, effect in row.outcomes.items()},
        "fragility": rounded(row.fragility),
        "takes": takes_dict(row.takes),
        "skills": row.skills,
        "needs": list(row.needs),
        "certainty": row.certainty,
        "records": row.records,
        "sources": row.sources,
        "assumed": [list(pair) for pair in row.assumed],
    }


def scenario_list_dict(scenarios: Sequence[Scenario], pack: Pack) -> dict[str, Any]:
    """All scenarios of a pack as data."""
    return {
        "schema": LIST_SCHEMA,
        "pack": pack_dict(pack),
        "scenarios": [
            {"id": s.id, "title": s.title, "question": s.question, "options": [option.name for option in s.options]}
            for s in scenarios
        ],
    }
