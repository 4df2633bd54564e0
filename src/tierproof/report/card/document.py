"""An evidence card as plain data: what `tierproof show X --json` prints.

Enters: a `Card` and its pack.  Leaves: a dict of JSON types, documented in `docs/json.md`.  Figures keep their full
precision.
"""

from __future__ import annotations

from typing import Any

from tierproof.answers.addresses import address
from tierproof.answers.card import Answer, Card, RecordLine
from tierproof.answers.studies import Study
from tierproof.evidence.adoption import AdoptionFigure
from tierproof.evidence.pack import Pack
from tierproof.report.table.document import builtins, context_dict, interval_dict, pack_dict, rounded, row_dict
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.posterior import Certainty, Posterior

__all__ = ["SCHEMA", "card_dict"]

SCHEMA = "tierproof/card/1"
"""Grows by new fields only; a field that changes its meaning makes it 2."""


def card_dict(card: Card, pack: Pack) -> dict[str, Any]:
    """Everything the card shows, and every record with its source."""
    return {
        "schema": SCHEMA,
        "pack": pack_dict(pack),
        "technique": builtins(card.technique),
        "profile": builtins(card.profile),
        "placings": [{"lens": placing.lens.id, "row": row_dict(placing.row, pack)} for placing in card.placings],
        "outcomes": [_answer(answer) for answer in card.answers],
        "adoption": [_figure(figure) for part in card.adoption for figure in part],
        "records": [_record(line) for line in card.records],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "question": builtins(answer.question),
        **_posterior(answer.posterior),
        "sources": [_study(study) for study in answer.studies],
        "strongest_for": [study.source_id for study in answer.strongest_for],
        "strongest_against": [study.source_id for study in answer.strongest_against],
        "sensitivity": [
            {
                "name": s.name,
                "what": s.what,
                "average": interval_dict(s.average),
                "records": s.records,
                "sources": s.sources,
            }
            for s in answer.posterior.sensitivity
        ],
        "sub_rows": {name: _posterior(posterior) for name, posterior in answer.posterior.sub_rows.items()},
    }


def _posterior(posterior: Posterior) -> dict[str, Any]:
    return {
        "scale": posterior.scale,
        "basis": posterior.basis,
        "average": _mixture(posterior.average),
        "predictive": _mixture(posterior.predictive),
        "tau_source": interval_dict(posterior.tau_source),
        "tau_record": interval_dict(posterior.tau_record),
        "coefficients": [
            {"name": c.name, "mean": rounded(c.mean), "sd": rounded(c.sd)} for c in posterior.coefficients
        ],
        "discount": rounded(posterior.discount),
        "certainty": _certainty(posterior.certainty),
        "context": context_dict(posterior.context),
        "records": list(posterior.records),
    }


def _mixture(mixture: Mixture) -> dict[str, Any]:
    return {**(interval_dict(mixture.interval(0.9)) or {}), "mean": rounded(mixture.mean), "sd": rounded(mixture.sd)}


def _certainty(certainty: Certainty) -> dict[str, Any]:
    domains = [{"name": d.name, "levels": d.levels, "reason": d.reason} for d in certainty.domains]
    return {"level": certainty.level, "domains": domains}


def _study(study: Study) -> dict[str, Any]:
    return {
        "source_id": study.source_id,
        "label": study.label,
        "title": study.title,
        "url": study.url,
        "estimate": interval_dict(study.point),
        "weight": rounded(study.weight),
        "records": list(study.records),
        "interested": study.interested,
        "picked": study.picked,
    }


def _figure(figure: AdoptionFigure) -> dict[str, Any]:
    return {
        "id": figure.id,
        "technique": figure.technique,
        "population": figure.population,
        "measure": figure.measure,
        "value": rounded(figure.value),
        "unit": figure.unit,
        "n": figure.n,
        "year": figure.year,
        "independence": figure.independence,
        "source": builtins(figure.source),
        "url": address(figure.source.ref),
        "note": figure.note,
    }


def _record(line: RecordLine) -> dict[str, Any]:
    effect = line.effect
    return {
        **builtins(line.record),
        "url": address(line.record.source.ref),
        "effect": None
        if effect is None
        else {
            "estimate": rounded(effect.estimate),
            "se": rounded(effect.se),
            "scale": effect.scale,
            "n_assumed": effect.n_assumed,
        },
        "weight": rounded(line.weight),
        "fate": line.fate,
    }
