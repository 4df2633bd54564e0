"""The sections of a report, in the order in which a reader asks.

Enters: a `Material`.  Leaves: `Section`s.  Computes nothing but counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from tierproof.answers.addresses import source_address
from tierproof.answers.safe_text import clean
from tierproof.answers.studies import author_year
from tierproof.decision.ranking.lens import TIERS
from tierproof.decision.ranking.results import TierTable
from tierproof.evidence.record import Record
from tierproof.messages import gettext, ngettext
from tierproof.report.render.html.blocks import laid
from tierproof.report.render.html.page import Section
from tierproof.report.render.html.parts.cards import card_view
from tierproof.report.render.html.parts.material import Material
from tierproof.report.render.html.parts.packed import packed_records
from tierproof.report.render.html.table import score_axis, table_markup
from tierproof.report.render.svg.plane import Point, plane
from tierproof.report.words import numerals
from tierproof.report.words.calibration import validation_blocks
from tierproof.report.words.history import move_told
from tierproof.report.words.method import method_blocks
from tierproof.report.words.terms import KINDS, termed
from tierproof.report.words.uptake import adoption_by_technique, measure_of, uptake_of

__all__ = ["lead_of", "points_of", "roll_of", "sections_of"]


_ENOUGH_REPORTS = 10


def sections_of(material: Material) -> tuple[Section, ...]:
    """Table, inversion, plane, history, adoption, cards, method, sources."""
    return tuple(_sections(material))


def lead_of(material: Material) -> tuple[str, ...]:
    """What the report found, in two paragraphs of plain words."""
    pack, table = material.pack, material.effect
    records, sources = len(pack.records), len({record.source_id for record in pack.records})
    ranked = [row for row in table.rows if row.tier is not None]
    first = gettext(
        "{figures} from {sources} on {techniques}; {pooled:,} answer the table's questions and are pooled as a "
        "systematic review pools trials.",
        figures=numerals.counted(records, "figure"),
        sources=numerals.counted(sources, "source"),
        techniques=numerals.counted(len(table.rows), "technique"),
        pooled=sum(row.records for row in table.rows),
    )
    risky = sum(row.fragility is not None and row.fragility >= 0.25 for row in ranked)
    paying = sum(row.cost_effectiveness.p_worth > 0.5 for row in material.value.rows if row.tier is not None)
    harm = gettext(
        "By these estimates {risky} of {all} make quality worse in a new setting at least one time in four.",
        risky=risky,
        all=len(ranked),
    )
    pays = ngettext(
        "For the profile “{profile}”, {n} is more likely to pay than not.",
        "For the profile “{profile}”, {n} are more likely to pay than not.",
        paying,
        profile=material.profile.name,
    )
    opens = gettext("Every figure opens down to its records and their sources; ~ marks what is assumed, not measured.")
    return first, f"{harm} {pays} {opens}"


def roll_of(material: Material) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names by tier, best first; tiers without a technique are left out, except the best, whose emptiness is a
    finding."""
    rows = material.effect.rows
    roll = [(str(tier), tuple(clean(row.short) for row in rows if row.tier == tier)) for tier in TIERS]
    roll.append((numerals.UNKNOWN, tuple(clean(row.short) for row in rows if row.tier is None)))
    return tuple((tier, names or (gettext("none"),)) for tier, names in roll if names or tier == TIERS[0])


def _sections(material: Material) -> Iterator[Section]:
    pack = material.pack
    adoption = adoption_by_technique(pack)
    yield Section(
        id="table",
        title=gettext("The tier table"),
        short=gettext("Table"),
        lead=material.effect.lens.summary,
        body=table_markup(material.effect, pack, href="#t-{}".format, adoption=adoption),
    )
    yield Section(
        id="inversion",
        title=gettext("The table inverted: what pays"),
        short=gettext("Inverted"),
        template="section_inversion.html",
        lead=material.value.lens.summary,
        data={
            "table": table_markup(material.value, pack, href="#t-{}".format, adoption=adoption),
            "profile": _profile(material),
            "movers": _movers(material.effect, material.value),
        },
    )
    if points := tuple(points_of(material.effect, "#t-{}".format)):
        yield Section(
            id="plane",
            title=gettext("Effect against cost"),
            short=gettext("Map"),
            template="section_plane.html",
            lead=gettext(
                "Points are medians, lines hold 90 % of new settings. Hollow points rest on an assumed cost or effect."
            ),
            data={"figure": plane(points, id_="plane-figure", unit=material.pack.settings.words.a)},
        )
    if material.history is not None:
        history = material.history
        yield Section(
            id="history",
            title=gettext("Tiers through time"),
            short=gettext("History"),
            template="section_history.html",
            lead=gettext("Each column knows only what was published by the end of its year."),
            data={
                "history": history,
                "href": "#t-{}".format,
                "names": {name: pack.techniques[name].short for name in history.standings},
                "moves": [
                    move_told(move, pack.techniques)
                    for move in history.moves
                    if move.year == history.years[-1] and move.steps
                ],
            },
        )
    if pack.adoption:
        yield Section(
            id="adoption",
            title=gettext("Who uses what"),
            short=gettext("Adoption"),
            template="section_adoption.html",
            lead=gettext(
                "Applications and makers are counted apart, each measure by itself. Use says nothing of effect."
            ),
            data={
                "rows": _uptakes(material),
                "measure": measure_of(adoption.values()),
            },
        )
    cards = [card_view(card, score_axis(material.effect)) for card in material.cards]
    yield Section(
        id="cards",
        title=gettext("Technique by technique"),
        short=gettext("Evidence"),
        template="section_cards.html",
        lead=gettext(
            "Each card holds the sources behind a row, what speaks for and against it, how the answer changes with the "
            "analysis, and every record."
        ),
        data={"cards": cards, "packed": packed_records(cards)},
    )
    yield Section(
        id="method",
        title=gettext("How the numbers were made"),
        short=gettext("Method"),
        body=Markup('<div class="passages">{}</div>').format(laid(method_blocks(material.method))),
    )
    if material.validation is not None:
        yield Section(
            id="validation",
            title=gettext("How well the intervals hold"),
            short=gettext("Validation"),
            lead=gettext(
                "Intervals that hold nine in ten should do so nine times in ten, and be no wider than they must."
            ),
            body=laid(validation_blocks(material.validation, pack.techniques)),
        )
    sources = _sources(material)
    yield Section(
        id="sources",
        title=gettext("Sources"),
        short=gettext("Sources"),
        template="section_sources.html",
        lead=ngettext(
            "The {n} source of effects.", "All {n} sources of effects, by the number of records.", len(sources)
        ),
        data={"sources": sources, "names": {name: one.short for name, one in pack.techniques.items()}},
    )


def _profile(material: Material) -> tuple[tuple[str, str], ...]:
    profile, words = material.profile, material.pack.settings.words
    return (
        (gettext("succeeds today"), numerals.standing(profile.baseline_success)),
        (gettext("a success is worth"), numerals.money(profile.value_per_success)),
        (gettext("{request} costs", request=words.a), numerals.money(profile.cost_per_request)),
        (gettext("takes"), gettext("{n} s", n=numerals.figure(profile.latency_seconds))),
        (gettext("a second saved is worth"), numerals.money(profile.latency_price)),
        (gettext("{requests} a month", requests=words.many), numerals.count(profile.requests_per_month)),
        (gettext("effort is written off over"), numerals.months(profile.horizon_months)),
        (gettext("an engineer-day costs"), numerals.money(profile.engineer_day_usd)),
        (gettext("nets today"), gettext("{money} a month", money=numerals.money(material.value.baseline_net))),
    )


def _movers(effect: TierTable, value: TierTable) -> tuple[str, ...]:
    """The techniques that money moves most, up and down."""
    ranks = {row.technique: row.rank for row in effect.rows}
    moved = sorted(
        ((before - row.rank, row) for row in value.rows if row.rank and (before := ranks.get(row.technique))),
        key=lambda pair: (-abs(pair[0]), pair[1].technique),
    )
    return tuple(
        gettext("{name} rises from {before} to {now}", name=row.short, before=row.rank + by, now=row.rank)
        if by > 0
        else gettext("{name} falls from {before} to {now}", name=row.short, before=row.rank + by, now=row.rank)
        for by, row in moved[:4]
        if by and row.rank is not None
    )


def points_of(table: TierTable, href: Callable[[str], str], *, chosen: str = "") -> Iterator[Point]:
    """The table's techniques by effect and cost; `href`: where each leads; `chosen`: the id of one to bring out."""
    for row in table.rows:
        if row.tier is not None and row.cost_ratio is not None:
            yield Point(
                label=clean(row.short),
                href=href(row.technique),
                chosen=row.technique == chosen,
                cost=row.cost_ratio,
                effect=row.failures_removed,
                tier=row.tier,
                assumed=bool({"quality", "cost"} & row.assumed),
            )


def _uptakes(material: Material) -> tuple[Mapping[str, object], ...]:
    rows = []
    for card in material.cards:
        pair, disclosure = card.adoption.case_studies, card.adoption.disclosure
        rows.append(
            {
                "id": card.technique.id,
                "short": card.technique.short,
                "uptake": uptake_of(card.adoption),
                "floor": pair[0].value if pair else None,
                "ceiling": pair[1].value if pair else None,
                # A bar of three reports would look as sure as one of forty.
                "makers": 100 * disclosure.yes / disclosure.reports
                if disclosure and disclosure.reports >= _ENOUGH_REPORTS
                else None,
            }
        )
    return tuple(sorted(rows, key=lambda row: (-float(str(row["ceiling"] or 0)), str(row["id"]))))


@dataclass(slots=True)
class _Source:
    source_id: str
    label: str
    title: str
    url: str | None
    records: int
    techniques: tuple[str, ...]
    independence: str


def _sources(material: Material) -> tuple[_Source, ...]:
    by_id: dict[str, list[Record]] = defaultdict(list)
    for record in material.pack.records:
        by_id[record.source_id].append(record)
    sources = []
    for source_id, records in by_id.items():
        first = records[0]
        years = [record.year for record in records if record.year is not None]
        sources.append(
            _Source(
                source_id=source_id,
                label=author_year(first.source, max(years, default=None)),
                title=first.source.title,
                url=source_address(first.source.ref, source_id),
                records=len(records),
                techniques=tuple(sorted({record.technique for record in records})),
                independence=", ".join(
                    termed(kind, KINDS) for kind in sorted({record.independence for record in records})
                ),
            )
        )
    return tuple(sorted(sources, key=lambda source: (-source.records, source.source_id)))
