"""What asking again came to, arm by arm; where answers never differ, the endpoint is asked whether it draws at all.

Enters: a run, its results, and a caller.  Leaves: an `Again`.  Must not know files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierproof.experiment.calls.signals import Signals, draws_differ
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.kept.sittings import Earlier
from tierproof.experiment.findings.repeats.noise import Noise, never_apart, noise_of
from tierproof.experiment.findings.repeats.repeated import Kind, Repeated, never_differ, repeated_of
from tierproof.experiment.run.runner import Run
from tierproof.systems.models.chat import ChatCaller

__all__ = ["Again", "asked_again"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """What asking again came to; by the arms' names."""

    kinds: Mapping[str, Kind]
    repeated: Mapping[str, Repeated]
    noise: Noise | None


async def asked_again(
    own: Sequence[Arm],
    results: Sequence[ArmResult],
    run: Run,
    caller: ChatCaller,
    *,
    signals: Mapping[str, Signals],
    earlier: Earlier,
) -> Again:
    """Arms whose answers never differ have their endpoint asked whether it draws at all; the control's answers are held
    against the baseline's.
    """
    draws = {arm.name: run.trials.draws(place) for place, arm in enumerate(run.arms)}
    base = draws[own[0].name]
    kinds: dict[str, Kind] = {name: note.kind for name, note in earlier.notes.items()}
    for arm in own:
        one = draws[arm.name]
        if never_apart(base, one) if arm.control else run.repeats > 1 and never_differ(one):
            kinds[arm.name] = await _why_alike(arm, caller, signals)
    control = next((arm for arm in own if arm.control), None)
    return Again(
        kinds=kinds,
        repeated={
            result.arm.name: repeated_of(draws[result.arm.name], kinds.get(result.arm.name, "differ"))
            for result in results
            if run.repeats > 1 and not result.arm.control and not result.unmeasured
        },
        noise=None
        if control is None
        else noise_of(base, draws[control.name], results, kinds.get(control.name, "differ")),
    )


async def _why_alike(arm: Arm, caller: ChatCaller, signals: Mapping[str, Signals]) -> Kind:
    request = signals.get(arm.name, Signals()).sampled
    if request is None:
        return "greedy"
    return "sure" if await draws_differ(caller, request, purpose=f"{arm.name}, probing") else "kept"
