"""Outcomes as Every Eval Ever records, one a system and task, through its own library (Python 3.12 and later)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any

from tierproof import __version__
from tierproof.errors import InputError
from tierproof.experiment.findings.kept.records import slug
from tierproof.experiment.logs.files.rows import item_of
from tierproof.experiment.logs.outcome import Outcome
from tierproof.messages import gettext

__all__ = ["write_every_eval_ever"]

SCHEMA = "0.3.0"


def write_every_eval_ever(
    outcomes: Sequence[Outcome], folder: Path, *, more_is_better: Mapping[str, bool]
) -> tuple[Path, ...]:
    """`UUID.json` and `UUID_samples.jsonl` in a folder a system, checked by the library's own types.

    A row without a score has score 0, as the schema demands, and its `error`.  It also demands which way a metric is
    better: what `more_is_better` does not have is said to be better the more there is of it.  Raises InputError where
    every-eval-ever is not installed.
    """
    try:
        types: Any = import_module("every_eval_ever.eval_types")
        lines: Any = import_module("every_eval_ever.instance_level_types")
    except ImportError:
        message = gettext("Every Eval Ever records are written by its own library, which needs Python 3.12")
        raise InputError.of(message, remedy="pip install 'tierproof[every-eval-ever]'") from None
    now = datetime.now(UTC).timestamp()
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        for metric in one.scores:
            task = " / ".join(part for part in (one.task, one.filter) if part) or "outcomes"
            groups.setdefault((one.system, task, metric), []).append(one)
    paths = []
    for (system, task, metric), rows in groups.items():
        # Where the schema wants it: data/TASK/DEVELOPER/MODEL.
        developer, *model = list(map(slug, system.split("/"))) if "/" in system else ("unknown", slug(system))
        inner = Path("data", slug(task), developer, "_".join(model))
        place = folder / inner
        place.mkdir(parents=True, exist_ok=True)
        name = str(uuid.uuid4())
        samples = place / f"{name}_samples.jsonl"
        evaluation = f"{task}/{slug(system)}/{now}"
        told = [_row(one, metric, task, evaluation) for one in rows]
        kind = lines.InstanceLevelEvaluationLog
        text = "".join(kind.model_validate(one).model_dump_json() + "\n" for one in told)
        samples.write_text(text, encoding="utf-8")
        record = types.EvaluationLog.model_validate(
            _record(
                rows,
                told[0],
                developer=developer,
                lower=not more_is_better.get(metric, True),
                retrieved=str(now),
                samples=(inner / samples.name).as_posix(),
                text=text,
            )
        )
        path = place / f"{name}.json"
        path.write_text(record.model_dump_json(indent=2, exclude_none=True), encoding="utf-8")
        paths += [path, samples]
    return tuple(paths)


def _row(one: Outcome, metric: str, task: str, evaluation: str) -> dict[str, Any]:
    value = one.scores.get(metric)
    score = float(value) if isinstance(value, int | float) else 0.0
    return {
        "schema_version": SCHEMA,
        "evaluation_id": evaluation,
        "model_id": one.system,
        "evaluation_name": task,
        "evaluation_result_id": metric,
        "sample_id": item_of(one),
        "interaction_type": "single_turn",
        "input": {"raw": one.input or item_of(one), "reference": [one.target]},
        "output": {"raw": [one.answer]},
        "answer_attribution": [],
        "evaluation": {"score": score, "is_correct": score == 1.0},
        "performance": None if one.seconds is None else {"latency_ms": 1000 * one.seconds},
        "error": one.error or (None if value is not None else "no score"),
        "metadata": {"repeat": one.repeat} if one.repeat else None,
    }


def _record(
    rows: Sequence[Outcome],
    first: dict[str, Any],
    *,
    developer: str,
    lower: bool,
    retrieved: str,
    samples: str,
    text: str,
) -> dict[str, Any]:
    system, task, metric = first["model_id"], first["evaluation_name"], first["evaluation_result_id"]
    values = [float(value) for one in rows if isinstance(value := one.scores.get(metric), int | float)]
    return {
        "schema_version": SCHEMA,
        "evaluation_id": first["evaluation_id"],
        "retrieved_timestamp": retrieved,
        "source_metadata": {
            "source_name": "tierproof",
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
        },
        "eval_library": {"name": "tierproof", "version": __version__},
        "model_info": {"name": system, "id": system, "developer": developer},
        "evaluation_results": [
            {
                "evaluation_result_id": metric,
                "evaluation_name": task,
                "source_data": {"dataset_name": task, "source_type": "other"},
                "metric_config": {
                    "metric_name": metric,
                    "lower_is_better": lower,
                    "score_type": "continuous",
                    "min_score": min([0.0, *values]),
                    "max_score": max([1.0, *values]),
                },
                "score_details": {
                    "score": fmean(values) if values else 0.0,
                    "uncertainty": {"num_samples": len(values)},
                },
            }
        ],
        "detailed_evaluation_results": {
            "format": "jsonl",
            "file_path": samples,
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(text.encode()).hexdigest(),
            "total_rows": len(rows),
        },
    }
