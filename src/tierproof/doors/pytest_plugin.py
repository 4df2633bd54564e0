"""A pytest plugin: the fixture `tierproof_gate` fails a test whose evaluation log is worse than the last.

Enters: a test's words.  Leaves: a failure that says what was compared.  Knows nothing of formats or statistics; pytest
loads it in every run, so that it imports nothing before it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from tierproof.answers.gated import GateAnswer

__all__ = ["tierproof_gate"]


@pytest.fixture
def tierproof_gate() -> Callable[..., GateAnswer]:
    """A function of a log and its baseline that fails the test where the log is worse, or where it is not settled."""
    return _gate


def _gate(
    log: str | Path,
    baseline: str | Path,
    *,
    margin: str = "1pt",
    confidence: float = 0.95,
    metric: str | Sequence[str] = (),
    unsettled: Literal["fail", "skip", "pass"] = "fail",
    **options: str,
) -> GateAnswer:
    """`options`: as `tierproof gate` takes them (`filter`, `treated`, `by`, `errors`, `cluster`, `columns`, ...).

    Raises InputError where the logs cannot be used.
    """
    from tierproof.answers.gated import gate_logs, margin_of  # noqa: PLC0415
    from tierproof.experiment.logs.imported import Choice  # noqa: PLC0415
    from tierproof.report.render.markdown.blocks import blocks_markdown  # noqa: PLC0415
    from tierproof.report.words.imported import gate_blocks  # noqa: PLC0415

    metrics = [metric] if isinstance(metric, str) else list(metric)
    choice = Choice.of(metric=metrics, **options)
    answer = gate_logs(Path(log), str(baseline), choice, margin=margin_of(margin), confidence=confidence)
    told = blocks_markdown(gate_blocks(answer))
    if answer.verdict == "worse" or (answer.verdict == "not settled" and unsettled == "fail"):
        pytest.fail(told, pytrace=False)
    if answer.verdict == "not settled" and unsettled == "skip":
        pytest.skip(told)
    return answer
