"""Outcomes as Inspect logs, one a system and task, through Inspect's own library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.findings.kept.records import slug
from tierproof.experiment.logs.files.rows import item_of
from tierproof.experiment.logs.outcome import Outcome
from tierproof.messages import gettext

__all__ = ["write_inspect"]


def write_inspect(outcomes: Sequence[Outcome], folder: Path) -> tuple[Path, ...]:
    """`.eval` files in a folder.  Raises InputError where inspect-ai is not installed."""
    try:
        log: Any = import_module("inspect_ai.log")
        model: Any = import_module("inspect_ai.model")
        scorer: Any = import_module("inspect_ai.scorer")
    except ImportError:
        message = gettext("Inspect's logs are written by its own library")
        raise InputError.of(message, remedy="pip install 'tierproof[inspect]'") from None
    folder.mkdir(parents=True, exist_ok=True)
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((one.system, one.task, one.filter), []).append(one)
    paths = []
    for (system, task, filter), rows in groups.items():
        samples = [_sample(one, at, log, model, scorer) for one, at in _numbered(rows)]
        name = "-".join(slug(part) for part in (system, task, filter) if part)
        path = folder / f"{name}.eval"
        log.write_eval_log(
            log.EvalLog(
                status="success",
                eval=log.EvalSpec(
                    created=datetime.now(UTC).isoformat(),
                    task=task or "outcomes",
                    model=system,
                    dataset=log.EvalDataset(name=task or None, samples=len({one.id for one in samples})),
                    config=log.EvalConfig(epochs=max(one.epoch for one in samples)),
                    metadata={"written_by": "tierproof", "filter": filter},
                ),
                results=_results(rows, log),
                samples=samples,
            ),
            str(path),
        )
        paths.append(path)
    return tuple(paths)


def _numbered(rows: Sequence[Outcome]) -> list[tuple[Outcome, int]]:
    """Each with the number of its try at the item, from 1."""
    seen: dict[str, int] = {}
    numbered = []
    for one in rows:
        seen[item_of(one)] = seen.get(item_of(one), 0) + 1
        numbered.append((one, seen[item_of(one)]))
    return numbered


def _sample(one: Outcome, epoch: int, log: Any, model: Any, scorer: Any) -> Any:
    return log.EvalSample(
        id=item_of(one),
        epoch=epoch,
        input=one.input or item_of(one),
        target=one.target,
        output=model.ModelOutput.from_content(one.system, one.answer),
        scores={name: scorer.Score(value=value) for name, value in one.scores.items() if value is not None},
        error=log.EvalError(message=one.error, traceback="", traceback_ansi="") if one.error else None,
        working_time=one.seconds,
        total_time=one.seconds,
    )


def _results(rows: Sequence[Outcome], log: Any) -> Any:
    """Means as Inspect counts them: samples with an error are left out, repeats of an item averaged first."""
    scores = []
    for metric in dict.fromkeys(name for one in rows for name in one.scores):
        by_item: dict[str, list[float]] = {}
        for one in rows:
            value = one.scores.get(metric)
            if isinstance(value, int | float):
                by_item.setdefault(item_of(one), []).append(float(value))
        if by_item:
            mean = fmean(fmean(values) for values in by_item.values())
            scores.append(
                log.EvalScore(
                    name=metric,
                    scorer=metric,
                    scored_samples=len(by_item),
                    metrics={"mean": log.EvalMetric(name="mean", value=mean)},
                )
            )
    failed = sum(bool(one.error) for one in rows)
    return log.EvalResults(total_samples=len(rows), completed_samples=len(rows) - failed, scores=scores)
