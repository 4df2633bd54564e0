"""The same documents as the commands' `--json`, over HTTP: one function a question.

Enters: kept views, and who asks.  Leaves: Structs of `answers/`.  Knows nothing of HTTP, nor of how a table is made.
"""

from __future__ import annotations

from tierproof.answers.brief import ScenariosAnswer, scenarios_answer, scenarios_of
from tierproof.answers.census import CensusAnswer, census_answer
from tierproof.answers.compare import ComparisonAnswer, comparison_answer, comparison_of
from tierproof.answers.critique import CritiqueAnswer, critique_answer, critique_of
from tierproof.answers.history import HistoryAnswer, history_answer
from tierproof.answers.packs import PacksAnswer, packs_answer
from tierproof.answers.show import CardAnswer, card_answer
from tierproof.answers.table import TableAnswer, table_answer
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked

__all__ = [
    "census",
    "comparison",
    "critique",
    "history",
    "packs",
    "scenarios",
    "table",
    "technique",
]


def table(views: KeptViews, asked: Asked) -> TableAnswer:
    """Techniques ranked in tiers, with what each removes, costs and risks: `tierproof table --json`."""
    view = views.view(**asked.settings)
    return table_answer(view.table(), view.pack)


def technique(views: KeptViews, asked: Asked, name: str) -> CardAnswer:
    """What is known of one technique, with every source and record: `tierproof show NAME --json`."""
    view = views.view(**asked.settings)
    return card_answer(views.card(view, name), view.pack)


def comparison(views: KeptViews, asked: Asked, first: str, second: str) -> ComparisonAnswer:
    """Two techniques head to head: `tierproof compare FIRST SECOND --json`."""
    view = views.view(**asked.settings)
    return comparison_answer(comparison_of(view, first, second), view.pack)


def history(views: KeptViews, asked: Asked) -> HistoryAnswer:
    """How each technique's tier moved by year of evidence: `tierproof history --json`."""
    view = views.view(**asked.settings)
    return history_answer(views.history(view), view.pack)


def critique(views: KeptViews, asked: Asked, text: str) -> CritiqueAnswer:
    """The verdicts on every claim of a text: `tierproof critique TEXT --json`."""
    return critique_answer(critique_of(text, views.view(**asked.settings)))


def scenarios(views: KeptViews) -> ScenariosAnswer:
    """The decisions that the pack has briefs on: `tierproof brief --list --json`."""
    return scenarios_answer(scenarios_of(views.pack), views.pack)


def census(views: KeptViews) -> CensusAnswer:
    """How much evidence there is: `tierproof evidence stats --json`."""
    return census_answer(views.pack)


def packs() -> PacksAnswer:
    """The packs that are known by name: `tierproof packs --json`."""
    return packs_answer()
