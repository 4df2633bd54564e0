"""A cap on what a run may take, held at any concurrency: reserve the worst case before a call, settle after it.

Enters: limits in dollars, tokens, calls and minutes, and what earlier sessions of the run took.  Leaves: yes or no
for one more call, and the running account.  Must not know models, endpoints or where the account is kept.

Money is counted in whole picodollars (1e-12 USD), so that sums are exact and do not depend on the order in which
calls come back; a price per million tokens with six decimals is still exact for a single token.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["NOTHING", "PICO", "Amount", "Budget", "BudgetExhausted", "Ledger", "parse_budget", "picodollars"]

PICO = 10**12
LARGEST_USD = 1_000_000
"""Sums above nine million dollars would not fit the journal's 64-bit integers."""

UNITS = {
    **dict.fromkeys(("usd", "$", "dollar", "dollars"), ("usd", 1.0)),
    **dict.fromkeys(("cent", "cents"), ("usd", 0.01)),
    **dict.fromkeys(("token", "tokens"), ("tokens", 1.0)),
    **dict.fromkeys(("call", "calls"), ("calls", 1.0)),
    **dict.fromkeys(("second", "seconds", "s"), ("minutes", 1 / 60)),
    **dict.fromkeys(("minute", "minutes", "min"), ("minutes", 1.0)),
    **dict.fromkeys(("hour", "hours", "h"), ("minutes", 60.0)),
}
FORM = re.compile(r"(\$?)\s*([0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)\s*([kKmM]?)\s*([a-zA-Z$]*)")


def picodollars(usd: float) -> int:
    """Whole picodollars nearest to a price; monotone, so a worst case never rounds below the case itself."""
    return round(usd * PICO)


class Amount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one call takes or may take at most."""

    picodollars: int = 0
    tokens: int = 0
    """Prompt and completion together."""
    calls: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            picodollars=self.picodollars + other.picodollars,
            tokens=self.tokens + other.tokens,
            calls=self.calls + other.calls,
        )

    def __sub__(self, other: Amount) -> Amount:
        return Amount(
            picodollars=self.picodollars - other.picodollars,
            tokens=self.tokens - other.tokens,
            calls=self.calls - other.calls,
        )

    @property
    def usd(self) -> float:
        return self.picodollars / PICO


NOTHING = Amount()


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Limits of a run, over all its sessions; None: no limit of this kind."""

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    """Attempts that reach an endpoint, retries included."""
    minutes: float | None = None

    @property
    def picodollars(self) -> int | None:
        return None if self.usd is None else picodollars(self.usd)

    def __str__(self) -> str:
        parts = [
            f"{self.usd:g} USD" if self.usd is not None else "",
            f"{self.tokens:,} tokens" if self.tokens is not None else "",
            f"{self.calls:,} calls" if self.calls is not None else "",
            f"{self.minutes:g} minutes" if self.minutes is not None else "",
        ]
        return ", ".join(part for part in parts if part) or "no limit"


def parse_budget(texts: str | Iterable[str]) -> Budget:
    """Budget from what a person writes: `5usd`, `$5`, `200k tokens`, `1000calls`, `30min`; several joined by commas.

    Raises InputError for a text that is no amount, an unknown unit, a unit given twice, or an amount not above 0.
    """
    parts = [part.strip() for text in ([texts] if isinstance(texts, str) else texts) for part in text.split(",")]
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for part in parts:
        try:
            kind, value = _read_amount(part)
        except ValueError as error:
            remedy = Message("write an amount and a unit: 5usd, 200k tokens, 1000calls, 30min (several: 5usd,30min)")
            problems.append(Problem(field="budget", message=kept(str(error)), remedy=remedy))
            continue
        if kind in found:
            problems.append(
                Problem(
                    field="budget",
                    message=Message("{kind} is limited twice", kind=kind),
                    remedy=Message("keep one of the two"),
                )
            )
        found[kind] = value
    if problems:
        raise InputError(*problems)
    return Budget(
        usd=found.get("usd"),
        tokens=None if "tokens" not in found else int(found["tokens"]),
        calls=None if "calls" not in found else int(found["calls"]),
        minutes=found.get("minutes"),
    )


def _read_amount(text: str) -> tuple[str, float]:
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(Message("'{text}' is no amount", text=text[:40]))
    sign, number, scale, unit = match.groups()
    if (scale + unit).lower() in UNITS:
        # "30min" is minutes, not thirty million "in"; a bare "30m" could be either, and is refused.
        scale, unit = "", scale + unit
    known = UNITS.get((unit or sign).lower())
    if known is None or (sign and unit):
        raise ValueError(Message("'{text}' has no unit that a budget can be in", text=text[:40]))
    kind, factor = known
    value = float(number.replace("_", "")) * {"": 1.0, "k": 1e3, "m": 1e6}[scale.lower()] * factor
    if not math.isfinite(value) or value <= 0 or (kind in ("tokens", "calls") and value < 1):
        raise ValueError(Message("'{text}' must be above 0", text=text[:40]))
    if kind == "usd" and value > LARGEST_USD:
        raise ValueError(Message("'{text}' is above {most:,} USD", text=text[:40], most=LARGEST_USD))
    return kind, value


class BudgetExhausted(Exception):
    """The next call's worst case does not fit what is left.  Nothing was sent."""

    def __init__(self, *, kind: str, told: Message) -> None:
        self.kind = kind
        """`usd`, `tokens`, `calls` or `minutes`."""
        self.told = told
        super().__init__(told)


class Ledger:
    """The running account of one run.  All arithmetic, no waiting: a caller waits for settlements by itself."""

    def __init__(
        self,
        budget: Budget,
        *,
        taken: Amount = NOTHING,
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`taken` and `seconds`: what earlier sessions of the run took, calls cut off by a kill at their worst case."""
        self.budget = budget
        self.taken = taken
        """Settled, whether known or presumed at the worst case."""
        self.reserved = NOTHING
        """Worst case of the calls in flight."""
        limits = (
            ("usd", "picodollars", budget.picodollars),
            ("tokens", "tokens", budget.tokens),
            ("calls", "calls", budget.calls),
        )
        self._limits = [(kind, field, limit) for kind, field, limit in limits if limit is not None]
        self._clock = clock
        self._start = clock() - seconds

    @property
    def seconds(self) -> float:
        """Time the run has taken, in all its sessions."""
        return self._clock() - self._start

    @property
    def seconds_left(self) -> float:
        if self.budget.minutes is None:
            return math.inf
        return max(0.0, self.budget.minutes * 60 - self.seconds)

    def reserve(self, worst: Amount) -> bool:
        """Set the worst case of one call aside.

        True: reserved.  False: does not fit now, but may once calls in flight are settled below their worst case.
        Raises BudgetExhausted where waiting cannot help.
        """
        if self.seconds_left <= 0:
            raise self._exhausted("minutes", worst)
        fits = True
        for kind, field, limit in self._limits:
            after = getattr(self.taken, field) + getattr(worst, field)
            if after > limit:
                raise self._exhausted(kind, worst)
            fits = fits and after + getattr(self.reserved, field) <= limit
        if fits:
            self.reserved += worst
        return fits

    def adopt(self, worst: Amount) -> None:
        """What was counted as taken at its worst case is on its way still, and will be settled."""
        self.taken -= worst
        self.reserved += worst

    def settle(self, worst: Amount, actual: Amount) -> None:
        """Replace a reservation by what the call took."""
        self.reserved -= worst
        self.taken += actual

    def _exhausted(self, kind: str, worst: Amount) -> BudgetExhausted:
        budget, taken = self.budget, self.taken
        told = {
            "usd": Message(
                "the budget of {limit} USD is used up: {taken:.4g} USD taken, and the next call may take up to "
                "{needed:.2g} USD",
                limit=budget.usd or 0.0,
                taken=taken.usd,
                needed=worst.usd,
            ),
            "tokens": Message(
                "the budget of {limit} tokens is used up: {taken} tokens taken, and the next call may take up to "
                "{needed} tokens",
                limit=budget.tokens,
                taken=taken.tokens,
                needed=worst.tokens,
            ),
            "calls": Message(
                "the budget of {limit} calls is used up: {taken} calls taken, and the next call may take 1 call",
                limit=budget.calls,
                taken=taken.calls,
            ),
            "minutes": Message(
                "the budget of {limit} minutes is used up: {taken:.1f} minutes taken, and the next call may take "
                "longer",
                limit=budget.minutes or 0.0,
                taken=self.seconds / 60,
            ),
        }
        return BudgetExhausted(kind=kind, told=told[kind])
