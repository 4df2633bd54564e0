"""Whether a new log is worse than the last: `tierproof gate`; and whether a measurement ends as one that is.

Enters: a `Gate`, a `Measurement`.  Leaves: a `GateAnswer`, a command's ending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tierproof.answers.document import Exact
from tierproof.answers.imported import ComparedAnswer, LogRead, compared_answer, log_read
from tierproof.errors import InputError
from tierproof.experiment.logs.files.log_places import log_at
from tierproof.experiment.logs.gate import Gate, gate
from tierproof.experiment.logs.imported import Choice, Imported, import_logs
from tierproof.messages import gettext

if TYPE_CHECKING:  # which calls models, by a package of an extra
    from tierproof.experiment.run.measurement import Measurement

__all__ = ["GateAnswer", "GatedAnswer", "Says", "ended_worse", "gate_answer", "gate_files", "gate_logs", "margin_of"]

LEAST_MATTER: Final = 0.01
"""Of the score, a point: what `--fail-if-worse` lets go."""

Says = Literal["not worse", "worse", "not settled"]


class GatedAnswer(Exact, frozen=True):
    """One comparison at the gate."""

    compared: ComparedAnswer
    verdict: Says
    low: float | None
    """One-sided lower end of the gain, at the gate's confidence; null of one pair."""
    high: float | None
    """One-sided upper end, which holds for all comparisons together."""
    why: str


class GateAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/gate/1"):
    """`tierproof gate LOG --baseline LOG --json`"""

    verdict: Says
    exit_code: int
    """0 not worse, 1 worse, 3 not settled."""
    margin: float
    """In the metric's unit; a point of a share is 0.01."""
    confidence: float
    """Of each one-sided end, 0 to 1."""
    logs: tuple[LogRead, ...]
    lacking: tuple[str, ...]
    """What the baseline has scores for and the new log was not held against: the gate does not open."""
    gated: tuple[GatedAnswer, ...]


def gate_answer(found: Imported, said: Gate) -> GateAnswer:
    """The whole document."""
    return GateAnswer(
        verdict=said.verdict,
        exit_code=said.exit_code,
        margin=said.margin,
        confidence=said.confidence,
        logs=tuple(map(log_read, found.logs)),
        lacking=said.lacking,
        gated=tuple(
            GatedAnswer(
                compared=compared_answer(one.compared, wrong=found.choice.errors_wrong),
                verdict=one.verdict,
                low=one.low,
                high=one.high,
                why=one.why,
            )
            for one in said.gated
        ),
    )


def gate_logs(log: Path, baseline: str, choice: Choice, *, margin: float, confidence: float) -> GateAnswer:
    """Hold a log against another, or against a system within it; `choice.baseline` is set from `baseline`.

    `margin` in the metric's unit, `confidence` from 0.5 to below 1.  Raises InputError.
    """
    other = Path(baseline) if baseline else None
    apart = other is not None and other.exists()
    if other is not None and not apart and other.suffix:
        raise InputError.of(gettext("no such file"), file=other)
    paths = [log_at(other), log_at(log)] if apart and other is not None else [log_at(log)]
    return gate_files(paths, replace(choice, baseline="" if apart else baseline), margin=margin, confidence=confidence)


def gate_files(paths: Sequence[Path], choice: Choice, *, margin: float, confidence: float) -> GateAnswer:
    """Hold the last of the logs against the first, or against `choice.baseline` within it.  Raises InputError."""
    if not 0.5 <= confidence < 1:
        message = gettext("{confidence:g} is no confidence", confidence=confidence)
        raise InputError.of(message, remedy=gettext("a probability from 0.5 to below 1"), field="confidence")
    found = import_logs(paths, choice, copies=True)
    if margin >= 1 and all(one.shares for one in found.comparisons):
        message = gettext("a margin of {points:g} points lets everything pass", points=100 * margin)
        raise InputError.of(message, remedy=gettext("for one point write 1pt, or 0.01"), field="margin")
    strict = found.recompared(replace(choice, absent_wrong=True))
    # Two tasks over the same items may ask, and score, otherwise: that they are one, a person must say.
    apart = [
        gettext(
            "the baseline's task is another one ({tasks}): --log-task OLD=NEW takes two for one", tasks=one.named.task
        )
        for one in found.comparisons
        if one.named.apart and not choice.task
    ]
    lacking = (*found.lacking, *dict.fromkeys(apart))
    said = gate(found.comparisons, strict, margin=margin, confidence=confidence, lacking=lacking)
    return gate_answer(found, said)


def ended_worse(found: Measurement) -> tuple[int, str]:
    """As `--fail-if-worse` ends, and why: 1 where an arm's whole interval lies below the baseline or it gave no
    answers, 3 where one reaches more than a point below or was not measured, else 0.

    Arms under stress, and the baseline itself, are no candidates.
    """
    candidates = [
        one for one in found.results if not (one.arm.stress or one.arm.control) and one.arm.name not in found.joined
    ]
    standings = [(one.arm.name, one.standing) for one in candidates if one.standing is not None]
    worse = [name for name, one in standings if one.state == "broken" or one.reaches[1] < 0]
    if worse:
        return 1, gettext("worse than the baseline, or broken: {names}", names=", ".join(worse))
    # An arm that was asked for and not measured may be as bad as any.
    lacking = [one.arm.name for one in candidates if one.unmeasured]
    if lacking:
        return 3, gettext("not settled, since these were not measured: {names}", names=", ".join(lacking))
    if not standings:
        return 3, gettext("not settled, since no arm was measured")
    # A system cannot pass by failing: what it never answered may have been wrong.
    wide = [name for name, one in standings if one.reaches[0] < -LEAST_MATTER]
    if wide:
        return 3, gettext(
            "not settled, since intervals, with missing answers at their worst, reach more than a point below the "
            "baseline: {names}",
            names=", ".join(wide),
        )
    return 0, gettext("no arm is worse than the baseline by more than a point")


def margin_of(text: str) -> float:
    """`1pt` is 0.01 of a share; a bare number is in the metric's own unit.  Raises InputError."""
    number = text.strip().removesuffix("points").removesuffix("pts").removesuffix("pt").removesuffix("%").strip()
    try:
        value = float(number)
        if not 0 <= value < 1e6:
            raise ValueError
    except ValueError:
        message = gettext("'{text}' is no margin", text=text)
        raise InputError.of(message, remedy=gettext("such as 1pt, 0.5pt or 0.01"), field="margin") from None
    return value / 100 if number != text.strip() else value
