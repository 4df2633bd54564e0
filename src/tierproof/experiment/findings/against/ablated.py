"""A whole system minus each of its parts: is a part carrying its weight?

Enters: the name of a composed arm; then the trials of the whole and of what lacks a part.  Leaves: the arms, the whole
first, and what each part is worth.  Must not know how arms are run.

The whole stands where a baseline stands otherwise, so that all that holds for arms against a baseline holds for the
whole without a part against the whole; what a part is worth is what leaving it out costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tierproof.errors import InputError, Problem
from tierproof.experiment.design.standing import Extreme, Stakes, Standing
from tierproof.experiment.findings.against.stressed import JOINT
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.workload.scorers.agreement import JudgeError
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message, joined
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.training.bench import Workshop
from tierproof.systems.training.side_by_side import in_turn
from tierproof.techniques import build, parse_arm, unmet

__all__ = ["Part", "build_ablated", "parts_of", "worth_of_parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one part does in the whole."""

    name: str
    arm: str
    """The whole without it."""
    standing: Standing | None
    """Of the part: the difference is that of the whole from the whole without it."""
    month: tuple[float, float, float] | None
    """USD a month that it is worth with its cost and time counted, and the ends of its interval, which holds for all
    parts together as that of the difference does; None where its cost was not seen, or a success is worth nothing."""
    unmeasured: str = ""
    """Why it was not measured here."""


def parts_of(system: str) -> tuple[str, ...]:
    """The parts of a composed arm.  Raises InputError for fewer than two, one named twice, or an adverse condition."""
    parts = tuple(part.strip() for part in JOINT.split(system))
    if len(parts) < 2:
        message = Message("'{system}' has no parts to leave out", system=system[:60])
        remedy = Message(
            "join parts with +, such as chain-of-thought+retrieval-augmented-generation; --techniques measures one"
        )
        raise InputError.of(message, remedy=remedy, field="ablate")
    if len(set(parts)) < len(parts):
        raise InputError.of(Message("'{system}' names a part twice", system=system[:60]), field="ablate")
    for part in parts:
        if any(step.recipe.stress for step in parse_arm(part)):
            remedy = Message("leave it out; --techniques measures a system under it")
            raise InputError.of(
                Message("{part} is an adverse condition, no part of a system", part=part), remedy=remedy, field="ablate"
            )
    return parts


async def build_ablated(
    workload: Workload, system: str, caller: ChatCaller | None = None, workshop: Workshop | None = None
) -> tuple[tuple[Arm, ...], dict[str, str]]:
    """The whole first, then the whole without each part; and for each of these that cannot be built, why.

    Raises InputError where the whole cannot be built.
    """
    parts = parts_of(system)
    if lacks := unmet(parse_arm(system), workload.resources):
        raise InputError(*(Problem(field="ablate", message=joined(": ", (system, lack))) for lack in lacks))
    whole = await build(parse_arm(system), workload.baseline, workload.resources, caller, workshop)
    arms = [Arm(name="+".join(parts), system=whole, whole=True, parts=_techniques(system))]
    left_out: dict[str, str] = {}

    async def without(part: str) -> Arm | str:
        rest = "+".join(one for one in parts if one != part)
        try:
            built = await build(parse_arm(rest), workload.baseline, workload.resources, caller, workshop)
        except InputError as error:
            return joined("; ", (problem.message for problem in error.problems))
        name = f"without {part}"
        return Arm(name=name, system=built, lacks=part, parts=_techniques(rest), diff=built.diff(whole))

    for part, one in zip(parts, await in_turn([partial(without, part) for part in parts]), strict=True):
        if isinstance(one, Arm):
            arms.append(one)
        else:
            left_out[f"without {part}"] = one
    return tuple(arms), left_out


def _techniques(name: str) -> tuple[str, ...]:
    return tuple(step.recipe.technique for step in parse_arm(name))


def worth_of_parts(
    results: Sequence[ArmResult], stakes: Stakes, unseen: Mapping[str, str], error: JudgeError | None = None
) -> tuple[Part, ...]:
    """One an arm that lacks a part.  `unseen`: arms whose cost was not seen; `stakes`: as they look through a judge who
    makes the errors `error`.
    """
    value = stakes.value_per_success * (1.0 if error is None else error.informative)
    scale = value * stakes.requests / stakes.months
    found = []
    for result in results:
        if not result.arm.lacks:
            continue
        standing = None if result.standing is None else _turned(result.standing)
        known = standing is not None and result.arm.name not in unseen
        found.append(
            Part(
                name=result.arm.lacks,
                arm=result.arm.name,
                standing=standing,
                month=_month(standing, scale) if known and standing is not None else None,
                unmeasured=result.unmeasured,
            )
        )
    return tuple(found)


def _turned(standing: Standing) -> Standing:
    """How the part stands, where this is how leaving it out does."""
    low, high = standing.interval
    state = standing.state
    return replace(
        standing,
        state="worse" if state == "better" else "better" if state == "worse" else state,
        difference=-standing.difference,
        interval=(-high, -low),
        threshold=-standing.threshold,
        p_worth=1 - standing.p_worth,
        differences=None,
        extremes=tuple(
            Extreme(difference=-one.difference, interval=(-one.interval[1], -one.interval[0]), p_worth=1 - one.p_worth)
            for one in reversed(standing.extremes)
        ),
    )


def _month(standing: Standing, scale: float) -> tuple[float, float, float] | None:
    """What the difference brings beyond what pays for the part, in USD a month; `scale`: of a whole success each time.

    Its ends are those of the difference, with the error of what pays for it.
    """
    gap, (low, high) = standing.difference, standing.interval
    if not math.isfinite(gap) or not math.isfinite(standing.threshold):
        return None
    worst, best = (scale * (end - standing.threshold) for end in (low - standing.reach, high + standing.reach))
    return scale * (gap - standing.threshold), min(worst, best), max(worst, best)
