"""A tier table as plain data: what `--format json` prints and programs read.

Enters: a `TierTable` and its pack.  Leaves: a dict of JSON types, documented in `docs/json.md`.  Figures keep their
full precision; rounding is for screens.  Knows nothing of layouts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tierproof.report.uptake import uptake_of

if TYPE_CHECKING:
    from tierproof.decision.results import TierRow, TierTable
    from tierproof.evidence import Pack
    from tierproof.synthesis.posterior import Context, Interval

__all__ = ["SCHEMA", "builtins", "context_dict", "interval_dict", "pack_dict", "rounded", "row_dict", "table_dict"]

SCHEMA = "tierproof/table/1"
"""Grows by new fields only; a field that changes its meaning makes it 2."""
_DIGITS = 12
"""Significant digits: below them differ machines, not evidence."""


def table_dict(table: TierTable, pack: Pack) -> dict[str, Any]:
    """The table with every figure, ready for `json.dumps`."""
    return {
        "schema": SCHEMA,
        "pack": pack_dict(pack),
        "lens": builtins(table.lens),
        "profile": builtins(table.profile),
        "context": context_dict(table.context),
        "role": table.role,
        "baseline_net_usd_month": rounded(table.baseline_net),
        "yardstick_usd_month": rounded(table.yardstick),
        "evpi_usd_month": rounded(table.evpi),
        "rows": [row_dict(row, pack) for row in table.rows],
    }


def row_dict(row: TierRow, pack: Pack) -> dict[str, Any]:
    """One row with every figure."""
    economics = row.cost_effectiveness
    return {
        "technique": row.technique,
        "name": row.name,
        "short": row.short,
        "role": row.role,
        "aims": list(row.aims),
        "rank": row.rank,
        "rank_low": row.rank_low,
        "rank_high": row.rank_high,
        "tier": row.tier,
        "why_no_tier": row.why_no_tier,
        "tier_probabilities": {tier: rounded(p) for tier, p in row.tier_probabilities.items()},
        "p_tier_or_better": rounded(row.p_tier),
        "score": interval_dict(row.score),
        "failures_removed": interval_dict(row.failures_removed),
        "net_benefit_usd_month": {**_present(row.net_benefit), "mean": rounded(row.net_benefit_mean)},
        "net_benefit_relative": interval_dict(row.net_benefit_relative),
        "marks": dict(row.marks),
        "fragility": rounded(row.fragility),
        "p_harm": rounded(row.p_harm),
        "certainty": row.certainty,
        "cost_ratio": interval_dict(row.cost_ratio),
        "latency_ratio": interval_dict(row.latency_ratio),
        "assumed": sorted(row.assumed),
        "unknown": sorted(row.unknown),
        "effort": {
            "assumption": True,
            "engineer_days": builtins(row.effort_days),
            "weeks": builtins(row.weeks),
            "skills": row.skills,
        },
        "cost_effectiveness": {
            "extra_cost_usd_month": rounded(economics.extra_cost),
            "extra_successes_month": rounded(economics.extra_successes),
            "quadrant": economics.quadrant,
            "icer_usd_per_success": rounded(economics.ratio),
            "p_dominant": rounded(economics.p_dominant),
            "p_dominated": rounded(economics.p_dominated),
            "p_net_benefit_positive": rounded(economics.p_worth),
        },
        "evpi_usd_month": rounded(row.evpi),
        "evpi_choice_usd_month": rounded(row.evpi_choice),
        "adoption": _adoption(row.technique, pack),
        "records": row.records,
        "sources": row.sources,
        "sub_rows": [
            {
                "id": sub.id,
                "name": sub.name,
                "tier": sub.tier,
                "score": interval_dict(sub.score),
                "failures_removed": interval_dict(sub.failures_removed),
                "differs": sub.differs,
                "records": sub.records,
                "sources": sub.sources,
            }
            for sub in row.sub_rows
        ],
    }


def _adoption(technique: str, pack: Pack) -> dict[str, Any]:
    adoption = pack.adoption_of(technique)
    pair, disclosure = adoption.case_studies, adoption.disclosure
    return {
        "applications": None
        if pair is None
        else {
            "measure": "percent of case studies: title or summary names it, text names it anywhere",
            "floor_percent": rounded(pair[0].value),
            "ceiling_percent": rounded(pair[1].value),
            "n": pair[0].n,
            "figures": [figure.id for figure in pair],
        },
        "makers": None
        if disclosure is None
        else {"yes": disclosure.yes, "no": disclosure.no, "not_stated": disclosure.not_stated},
        "survey": uptake_of(adoption).survey or None,
    }


def pack_dict(pack: Pack) -> dict[str, Any]:
    """Which pack, of which version."""
    return {"name": pack.settings.name, "title": pack.settings.title, "version": pack.settings.version}


def context_dict(context: Context) -> dict[str, Any]:
    """Where the reader stands."""
    return {
        "task_family": context.task_family,
        "params_b": context.params_b,
        "baseline": context.baseline,
        "as_of": "{}-{:02d}".format(*context.as_of) if context.as_of else None,
        "include_lab": context.include_lab,
    }


def builtins(value: msgspec.Struct) -> Any:
    """A struct as JSON types alone: tuples as lists, so that it equals what comes back."""
    return msgspec.json.decode(msgspec.json.encode(value))


def interval_dict(value: Interval | None) -> dict[str, Any] | None:
    """Median, ends and level; None stays None."""
    return None if value is None else _present(value)


def _present(value: Interval) -> dict[str, Any]:
    ends = {name: rounded(getattr(value, name)) for name in ("median", "low", "high")}
    return {**ends, "level": value.level}


def rounded(value: float | None) -> float | None:
    """Twelve significant digits; JSON has no NaN or infinity, so what is not finite is null."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")


def flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested figures as columns: `score.median`, `cost_ratio.low`; lists joined by spaces, rows within rows left
    out."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            out.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, list):
            if key != "sub_rows":
                out[f"{prefix}{key}"] = " ".join(map(str, value))
        else:
            out[f"{prefix}{key}"] = value
    return out
