"""Views kept from one question to the next: evidence is pooled once, and only decided on anew when figures change.

Enters: a loaded pack and settings as in `answers.view.view_of`.  Leaves: `View`s and what costs most of them.  Knows
nothing of who asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from msgspec import structs

from tierproof.answers.card import Card, card_of
from tierproof.answers.validate import validation_of
from tierproof.answers.view import View, lens_of, view_of
from tierproof.decision.history import History
from tierproof.evidence import Pack
from tierproof.messages import LANGUAGES, speaking
from tierproof.synthesis import Synthesis
from tierproof.synthesis.validation.validation import Validation

__all__ = ["KeptViews"]

T = TypeVar("T")
_MOST: Final = 128
"""Results of a kind that are kept; what was asked for longest ago goes first."""
_PLACED: Final = 32
"""The same of evidence read where readers stand: some 2 MB of draws each."""
_POOLED: Final = 8
"""The same of evidence as pooled, which is larger: by date, with and without the lab."""


class KeptViews:
    """One pack's views.  Several threads may ask: what one works out, others of the same question wait for."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.profile = view_of(pack).profile
        self._pooled: _Kept[View] = _Kept(_POOLED)
        self._placed: _Kept[View] = _Kept(_PLACED)
        self._detailed: _Kept[Synthesis] = _Kept(_MOST)
        self._whole: _Kept[Synthesis] = _Kept(_POOLED)
        self._histories: _Kept[History] = _Kept(_MOST)
        self._validations: _Kept[Validation] = _Kept(_POOLED)

    def view(self, **settings: Any) -> View:
        """As `view_of(pack, **settings)`, and with the same figures.  Raises InputError as that does."""
        view = view_of(self.pack, **settings)
        return view.sharing(self._placed.get(view.context, lambda: _worked_out(self._place(view), "appraisal")))

    def whole(self, **settings: Any) -> View:
        """The same with every technique pooled in detail, which happens once: briefs ask for forms."""
        view = self.view(**settings)
        pooled = self._pool(view)
        found = self._whole.get(pooled.context, lambda: pooled.detailed)
        view.__dict__["detailed"] = found.at(view.context)
        return view

    def card(self, view: View, name: str) -> Card:
        """As `answers.card.card_for`; each technique is pooled in detail once.  Raises InputError where it is none."""
        technique, pooled = view.technique(name), self._pool(view)
        detailed = self._detailed.get((pooled.context, technique.id), lambda: pooled.detailed_for(technique.id))
        return card_of(
            technique,
            pack=view.pack,
            conversion=pooled.conversion,
            synthesis=detailed.at(view.context, technique=technique.id),
            profile=view.profile,
            tables=[view.table(lens_of(view.pack, lens)) for lens in view.pack.lenses],
        )

    def history(self, view: View) -> History:
        """As `View.history()`.  Raises InputError where nothing is dated."""
        return self._histories.get((view.context, view.profile, view.lens.id, view.role), view.history)

    def validation(self, view: View, outcome: str | None = None) -> Validation:
        """As `answers.validate.validation_of`, which takes seconds: once.  Raises InputError as that does."""
        return self._validations.get((view.context, outcome), lambda: validation_of(view, outcome))

    def _place(self, view: View) -> View:
        """The view's evidence read where it stands, but for the reader's figures."""
        usual = self.profile.baseline_success
        if view.context.baseline == usual:
            return structs.replace(view).sharing(self._pool(view))
        # Effects on cost and time are the same at every baseline: what was made of them is shared.
        home = replace(view.context, baseline=usual)
        at_home = structs.replace(view, context=home, profile=structs.replace(view.profile, baseline_success=usual))
        return structs.replace(view).sharing(
            self._placed.get(home, lambda: _worked_out(at_home.sharing(self._pool(view)), "appraisal"))
        )

    def _pool(self, view: View) -> View:
        """The view's evidence as pooled, wherever it is read."""
        everywhere = replace(view.context, task_family=None, params_b=None, baseline=None)
        return self._pooled.get(
            everywhere, lambda: _worked_out(structs.replace(view, context=everywhere), "conversion", "synthesis")
        )


def _worked_out(view: View, *parts: str) -> View:
    """The view with these of its parts computed."""
    for part in parts:
        getattr(view, part)
    return view


class _Kept(Generic[T]):
    """The latest results by what was asked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._working: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under `key`, else what `make` makes; one thread makes it, what it raises is raised."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
            working = self._working.setdefault(key, Lock())
        with working:
            with self._lock:
                if key in self._found:
                    return self._found[key]
            try:
                with speaking(LANGUAGES[0]):  # what is kept is told in any language
                    made = make()
            finally:
                with self._lock:
                    self._working.pop(key, None)
            with self._lock:
                self._found[key] = made
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
        return made
