"""Items that were asked several times, and the noise floor, in words and figures.

Enters: what each arm's repeats came to, and what the baseline did against itself.  Leaves: blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierproof.experiment.findings.repeats.noise import Noise
from tierproof.experiment.findings.repeats.passes import Share
from tierproof.experiment.findings.repeats.repeated import Repeated
from tierproof.messages import Message, gettext, ngettext
from tierproof.report.blocks import Block, Field, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import points
from tierproof.report.words.names import named

__all__ = ["noise_told", "repeated_blocks"]

SAME = {
    "sure": Message("always the same answer: the model is sure, for its endpoint draws when it is asked to"),
    "greedy": Message(
        "always the same answer, as temperature 0 asks for: its repeats show how steady the endpoint is, no more"
    ),
}
FLOORLESS = {
    "greedy": Message(
        "No noise floor: on {items} the baseline was asked anew, and at temperature 0 it answers alike, so that its "
        "draws make no difference."
    ),
    "sure": Message(
        "No noise floor: on {items} the baseline was asked anew, and it gave the same answers, though its endpoint "
        "draws: drawing anew makes no difference."
    ),
    "kept": Message(
        "No noise floor: on {items} the baseline was asked anew, and it gave the same answers, to a dozen random "
        "letters too: the endpoint ignores the temperature or a cache answers, so that what chance makes of a "
        "difference was not measured."
    ),
}


def repeated_blocks(found: Mapping[str, Repeated], noise: Noise | None) -> Iterator[Block]:
    """One row an arm, then what is to be said of their answers, then the noise floor."""
    if found:
        most = max(one.repeats for one in found.values())
        once = gettext("once in {n}", n=str(most))
        each = gettext("each of {n}", n=str(most))
        fields = (
            Field(gettext("arm"), least=16, style="bold"),
            Field(once, right=True, label=once),
            Field(gettext("interval"), style="dim"),
            Field(each, right=True, label=each),
            Field(gettext("interval"), style="dim", yields=True, label=gettext("interval of each")),
            Field(gettext("alike"), keep=1, right=True),
        )
        yield Heading(
            ngettext(
                "Asked {n} time: right at least once (pass@{n}), and each time (pass^{n})",
                "Asked {n} times: right at least once (pass@{n}), and each time (pass^{n})",
                most,
            )
        )
        yield Grid(fields, tuple(_row(name, one) for name, one in found.items()))
        for name, one in found.items():
            if told := _said(one):
                yield Told(f"{named(name)}: {told}.", "note")
        yield Told(
            gettext(
                "Intervals hold 95 %, over items, for one arm. Alike: items whose answers are the same text. Scores, "
                "points and cost above are of the mean of an item's answers."
            ),
            "note",
        )
    if noise is not None:
        if not found:
            yield Heading(gettext("Asked anew"))
        yield Told(noise_told(noise))


def _row(name: str, one: Repeated) -> tuple[str, ...]:
    alike = gettext("{part} of {all}", part=numerals.count(one.alike), all=numerals.count(one.items))
    if not one.passes or one.passes[-1].k < one.repeats:
        return (named(name), numerals.UNKNOWN, "", numerals.UNKNOWN, "", alike)
    last = one.passes[-1]
    return (named(name), _share(last.once), _interval(last.once), _share(last.each), _interval(last.each), alike)


def _said(one: Repeated) -> str:
    if one.kind == "kept":
        return ngettext(
            "always the same answer, to a dozen random letters too: the endpoint ignores the temperature or a cache "
            "answers, so that one answer was told {n} time, and nothing is said of {n} times (switch the cache off)",
            "always the same answer, to a dozen random letters too: the endpoint ignores the temperature or a cache "
            "answers, so that one answer was told {n} times, and nothing is said of {n} times (switch the cache off)",
            one.repeats,
        )
    if one.kind in SAME:
        return gettext(SAME[one.kind])
    if not one.binary:
        return gettext("its scores lie between right and wrong, so an answer is neither")
    if not one.passes or one.passes[-1].k < one.repeats:
        return ngettext("no item was answered {n} time", "no item was answered {n} times", one.repeats)
    return ""


def noise_told(noise: Noise) -> str:
    """What chance alone makes of a difference, in sentences."""
    items = numerals.counted(noise.pairs, "item")
    if noise.floor is None:
        return gettext(FLOORLESS[noise.kind], items=items)
    told = ngettext(
        "The baseline, asked anew, differs from itself by {gap} points on {n} item: differences below {floor} points, "
        "on so many items, mean nothing here (95 %).",
        "The baseline, asked anew, differs from itself by {gap} points on {n} items: differences below {floor} points, "
        "on so many items, mean nothing here (95 %).",
        noise.pairs,
        gap=points(noise.difference.value),
        n=numerals.count(noise.pairs),
        floor=points(noise.floor).removeprefix("+"),
    )
    if noise.beyond:
        told += " " + gettext(
            "That is more than chance makes of it 19 times in 20: something else changed between the two askings, and "
            "the floor may be too low."
        )
    if noise.below:
        told += " " + gettext("Below it: {names}.", names=named(*noise.below))
    return told


def _share(share: Share) -> str:
    return numerals.percent(share.value, 1)


def _interval(share: Share) -> str:
    return gettext("{low} to {high} %", low=f"{100 * share.low:.0f}", high=f"{100 * share.high:.0f}")
