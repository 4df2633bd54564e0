"""One technique: what is known of it, by whom, where, and what is assumed; and two of them head to head.

Enters: kept views, who asks, and of what.  Leaves: what the pages show.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from tierproof.answers.card import Card
from tierproof.answers.compare import comparison_of
from tierproof.answers.selection import Selection, by_baseline, selected
from tierproof.answers.view import View
from tierproof.decision.compare import Comparison
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.doors.web.pages.table import technique_address
from tierproof.errors import InputError
from tierproof.evidence.record import Outcome
from tierproof.messages import Message
from tierproof.report.render.html.parts.cards import card_view, forest_of, places_of
from tierproof.report.render.html.parts.pictured import Picture, Row, part_of, pictured
from tierproof.report.render.html.parts.sections import points_of
from tierproof.report.render.html.table import score_axis
from tierproof.report.render.svg.baselines import baseline_figure
from tierproof.report.render.svg.plane import plane
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import numerals
from tierproof.report.words import page as words
from tierproof.report.words import page_challenge as challenge
from tierproof.report.words.card import verdicts
from tierproof.report.words.comparison import comparison_blocks
from tierproof.report.words.history import move_told
from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["comparison_page", "history_page", "technique_page"]


ZOOM: Final = 10
"""How much nearer the average can be seen than the whole."""


def technique_page(
    views: KeptViews,
    asked: Asked,
    name: str,
    *,
    outcome: Outcome | None = None,
    independent: bool = False,
    family: str = "",
    since: int | None = None,
    until: int | None = None,
    low: float | None = None,
    high: float | None = None,
    zoom: float = 1.0,
) -> Shown:
    """What is known of one technique, by the sources that the reader lets count."""
    if not 1 <= zoom <= ZOOM:
        remedy = Message("from 1, the whole, to {zoom}", zoom=ZOOM)
        raise InputError.of(Message("{zoom:g} is no zoom", zoom=zoom), remedy=remedy, field="zoom")
    view = views.view(**asked.settings)
    card = views.card(view, name)
    selection = Selection(independent=independent, family=family, since=since, until=until, low=low, high=high)
    technique = card.technique
    drawable = [answer for answer in card.answers if not answer.assumed]
    main = next((answer for answer in drawable if answer.outcome == outcome), card.main)
    found = None if main is None or selection.all else selected(view, main, selection)
    shown = found if found is not None else main if selection.all else None
    moderated = by_baseline(view, main) if main is not None else None
    drawn = card_view(card, score_axis(view.table()), listed=True)
    further = {
        "outcome": outcome if main is not None and main is not card.main else None,
        **{key: getattr(selection, key) for key in Selection.__struct_fields__},
        "zoom": zoom if zoom != 1 else None,
    }
    return Shown(
        title=technique.name,
        lead=tuple(verdicts(card)),
        form="technique_form.html" if main is not None else "",
        answer="technique_answer.html",
        data={
            "view": drawn,
            "card": card,
            "technique": technique,
            "selection": selection,
            "zoom": zoom,
            "nearest": ZOOM,
            "outcomes": [answer.outcome for answer in drawable],
            "chosen": main.outcome if main is not None else None,
            "families": _families(card),
            "others": [(one.id, one.short) for one in view.pack.techniques.values() if one.id != technique.id],
            "forest": forest_of(shown, places_of(drawn.groups), zoom) if shown is not None else None,
            "told": words.selection_told(main, found, selection) if main is not None else "",
            "baselines": baseline_figure(moderated, view.profile.baseline_success, id_="by-baseline")
            if moderated is not None
            else "",
            "plane": _plane(view, asked, technique.id),
            "told_before": True,
            "figures_of": asked.pairs(),
            "href": partial(technique_address, asked),
        },
        address=technique_address(asked, technique.id, {key: _told(value) for key, value in further.items()}),
    )


def comparison_page(views: KeptViews, asked: Asked, first: str, second: str) -> Shown:
    """Which of two techniques is better at what, and how sure that is."""
    view = views.view(**asked.settings)
    found = comparison_of(view, first, second)
    blocks = comparison_blocks(found, view.pack)
    one, other = view.technique(first), view.technique(second)
    return Shown(
        title=words.against(one.short, other.short),
        answer="comparison_answer.html",
        # A page leads on by links, not by the last block's commands.
        data={
            "part": part_of(blocks[1:-1], [_likelier(found, one.short)]),
            "say": challenge,
            "both": (one, other),
            "href": partial(technique_address, asked),
        },
        address=f"/comparison/{one.id}/{other.id}{asked.query()}",
    )


def _likelier(found: Comparison, first: str) -> Picture:
    """Of each outcome, how likely the first is the better one in a new setting."""
    rows = [
        Row(
            label=one.outcome,
            told=numerals.probability(one.p_better_here),
            value=Interval(one.p_better_here, one.p_better_here, one.p_better_here),
            hollow=one.assumed,
        )
        for one in found.outcomes
    ]
    ticks = [(at, numerals.percent(at)) for at in (0.0, 0.5, 1.0)]
    return pictured(
        rows,
        axis_of(-0.06, 1.06, ticks),
        title=words.better_told(first),
        head=words.OUTCOME,
        over=words.NEW_SETTING,
        rules=(0.5,),
        legend=words.BETTER_LEGEND,
    )


def history_page(views: KeptViews, asked: Asked, technique: str = "") -> Shown:
    """How tiers moved as evidence came in; of one technique, or of all."""
    view = views.view(**asked.settings)
    history = views.history(view)
    named = view.technique(technique).id if technique else ""
    if named:
        history = replace(history, standings={key: one for key, one in history.standings.items() if key == named})
    moves = [move for move in history.moves if move.steps and (move.technique == named or not named)]
    last = history.years[-1]
    latest = sum(move.year == last for move in moves)
    return Shown(
        title=words.HISTORY_TITLE,
        lead=() if named else (words.moved_told(latest, len(history.standings), history.years[0], last),),
        answer="section_history.html",
        data={
            "history": history,
            "names": {key: view.pack.techniques[key].short for key in history.standings},
            "moves": [move_told(move, view.pack.techniques) for move in moves if named or move.year == last],
            "href": partial(technique_address, asked),
        },
        address="/history" + asked.query({"technique": named}),
    )


def _families(card: Card) -> list[str]:
    pooled = (line.record.task_family for line in card.records if line.weight is not None)
    return sorted(set(pooled))


def _plane(view: View, asked: Asked, technique: str) -> str:
    points = tuple(points_of(view.table(), partial(technique_address, asked), chosen=technique))
    return plane(points, id_="plane-figure", unit=view.pack.settings.words.a) if points else ""


def _told(value: object) -> str:
    """As an address has it; empty for what is not asked for."""
    if value is None or value is False:
        return ""
    return "true" if value is True else f"{value:g}" if isinstance(value, float) else str(value)
