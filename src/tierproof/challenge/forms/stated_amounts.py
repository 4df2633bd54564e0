"""An amount of a claim in words: which way, how much, and how its bound is read.

Enters: a claim that states an amount.  Leaves: sentences and parts of them.  Knows nothing of evidence.
"""

from __future__ import annotations

from typing import Final

from tierproof.challenge.claim import Claim
from tierproof.decision.reader.profile import Profile
from tierproof.messages import Message, gettext, translated

__all__ = ["bound_notes", "told"]


def bound_notes(claim: Claim, profile: Profile) -> tuple[str, ...]:
    """How a figure's bound is read, where it is not plain, and of whose bill or wait an amount of money or time is."""
    return (*_of_whose(claim, profile), *_bound(claim))


def _of_whose(claim: Claim, profile: Profile) -> tuple[str, ...]:
    name = profile.name
    if claim.unit == "usd":
        bill = profile.requests_per_month * profile.cost_per_request
        return (gettext("Of a bill of ${bill:.0f} a month, as in the profile “{name}”.", bill=bill, name=name),)
    if claim.unit == "seconds":
        wait = profile.latency_seconds
        return (gettext("Of a wait of {wait:g} seconds, as in the profile “{name}”.", wait=wait, name=name),)
    return ()


def _bound(claim: Claim) -> tuple[str, ...]:
    if claim.bound == "up-to":
        return (gettext('"Up to" is read as: a new setting reaches it.  Anything smaller would satisfy the words.'),)
    if claim.bound == "about":
        return (gettext("“About” is read as: within a quarter of the figure on either side."),)
    if claim.bound == "exactly":
        return (gettext("“Exactly” is read as: it rounds to the figure."),)
    return ()


def told(claim: Claim) -> str:
    """The amount in words: "down by at least 30 percent"."""
    bound = translated(_BOUNDS.get(claim.bound or "", _BOUNDS["at-least"]))
    low, high = claim.amount or 0.0, claim.amount_high
    figure = gettext("{low:g}", low=low) if high is None else gettext("{low:g} and {high:g}", low=low, high=high)
    amount = bound + gettext(_AMOUNTS[claim.unit or "percent"].message, amount=figure)
    if claim.of_failures:
        return (
            gettext("by adding {amount} of failures", amount=amount)
            if claim.direction == "down"
            else gettext("by removing {amount} of failures", amount=amount)
        )
    return (
        gettext("up by {amount}", amount=amount)
        if claim.direction == "up"
        else gettext("down by {amount}", amount=amount)
    )


_AMOUNTS: Final = {
    "percent": Message("{amount} percent"),
    "times": Message("{amount} times"),
    "points": Message("{amount} points"),
    "usd": Message("{amount} USD a month"),
    "seconds": Message("{amount} seconds"),
}


_BOUNDS: Final = {
    "at-least": Message("at least "),
    "more-than": Message("more than "),
    "at-most": Message("at most "),
    "less-than": Message("less than "),
    "about": Message("about "),
    "exactly": Message("exactly "),
    "between": Message("between "),
}
