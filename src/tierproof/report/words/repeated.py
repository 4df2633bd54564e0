"""Items that were asked several times, and the noise floor, in words and figures.

Enters: what each arm's repeats came to, and what the baseline did against itself.  Leaves: blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierproof.answers.safe_text import clean
from tierproof.experiment.findings.repeats.noise import Noise
from tierproof.experiment.findings.repeats.passes import Share
from tierproof.experiment.findings.repeats.repeated import Repeated
from tierproof.report.blocks import Block, Field, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import points

__all__ = ["noise_told", "repeated_blocks"]

SAME = {
    "sure": "always the same answer: the model is sure, for its endpoint draws when it is asked to",
    "greedy": "always the same answer, as temperature 0 asks for: its repeats show how steady the endpoint is, no more",
    "kept": "always the same answer, to a dozen random letters too: the endpoint ignores the temperature or a cache "
    "answers, so that one answer was told {times}, and nothing is said of {times} (switch the cache off)",
}


def repeated_blocks(found: Mapping[str, Repeated], noise: Noise | None) -> Iterator[Block]:
    """One row an arm, then what is to be said of their answers, then the noise floor."""
    if found:
        most = max(one.repeats for one in found.values())
        fields = (
            Field("arm", least=16, style="bold"),
            Field(f"once in {most}", right=True, label=f"once in {most}"),
            Field("interval", style="dim"),
            Field(f"each of {most}", right=True, label=f"each of {most}"),
            Field("interval", style="dim"),
            Field("alike", keep=1, right=True),
        )
        yield Heading(f"Asked {most} times: right at least once (pass@{most}), and each time (pass^{most})")
        yield Grid(fields, tuple(_row(name, one) for name, one in found.items()))
        for name, one in found.items():
            if told := _said(one):
                yield Told(f"{clean(name)}: {told}.", "note")
        yield Told(
            "Intervals hold 95 %, over items, for one arm. Alike: items whose answers are the same text. Scores, "
            "points and cost above are of the mean of an item's answers.",
            "note",
        )
    if noise is not None:
        if not found:
            yield Heading("Asked anew")
        yield Told(noise_told(noise))


def _row(name: str, one: Repeated) -> tuple[str, ...]:
    alike = f"{numerals.count(one.alike)} of {numerals.count(one.items)}"
    if not one.passes or one.passes[-1].k < one.repeats:
        return (clean(name), numerals.UNKNOWN, "", numerals.UNKNOWN, "", alike)
    last = one.passes[-1]
    return (clean(name), _share(last.once), _interval(last.once), _share(last.each), _interval(last.each), alike)


def _said(one: Repeated) -> str:
    times = f"{one.repeats} times"
    if one.kind in SAME:
        return SAME[one.kind].format(times=times)
    if not one.binary:
        return "its scores lie between right and wrong, so an answer is neither"
    if not one.passes or one.passes[-1].k < one.repeats:
        return f"no item was answered {times}"
    return ""


def noise_told(noise: Noise) -> str:
    """What chance alone makes of a difference, in sentences."""
    items = numerals.counted(noise.pairs, "item")
    differs = f"The baseline, asked anew, differs from itself by {points(noise.difference.value)} points on {items}"
    if noise.floor is None:
        why = {
            "greedy": "at temperature 0 it answers alike, so that its draws make no difference",
            "sure": "it gave the same answers, though its endpoint draws: drawing anew makes no difference",
            "kept": "it gave the same answers, to a dozen random letters too: the endpoint ignores the temperature or "
            "a cache answers, so that what chance makes of a difference was not measured",
        }[noise.kind]
        return f"No noise floor: on {items} the baseline was asked anew, and {why}."
    floor = points(noise.floor).removeprefix("+")
    told = f"{differs}: differences below {floor} points, on so many items, mean nothing here (95 %)."
    if noise.beyond:
        told += (
            " That is more than chance makes of it 19 times in 20: something else changed between the two askings, and "
            "the floor may be too low."
        )
    if noise.below:
        told += f" Below it: {', '.join(clean(name) for name in noise.below)}."
    return told


def _share(share: Share) -> str:
    return f"{100 * share.value:.1f} %"


def _interval(share: Share) -> str:
    return f"{100 * share.low:.0f} to {100 * share.high:.0f} %"
