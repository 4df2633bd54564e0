"""Anyone's tier table held against the evidence: `tierproof audit`.

Enters: the text of a table.  Leaves: an `Audit`, and an `AuditAnswer` of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import field

from tierproof.answers.document import Answer, Interval, PackNamed, Where, drawn
from tierproof.answers.view import View, view_of
from tierproof.challenge.audits.audit import Audit, AuditedMark, AuditedRow, Standing, audit
from tierproof.challenge.audits.naming import parts_of
from tierproof.challenge.audits.tables import TableForm, read_table, seed_table
from tierproof.challenge.audits.tables.stated import MarkWord
from tierproof.challenge.reading.lexis.vocabulary import vocabulary_of
from tierproof.challenge.weighing.ground import Ground, ground_of
from tierproof.decision.ranking.lens import Tier
from tierproof.decision.ranking.results import Mark
from tierproof.decision.ranking.tiers import tier_table
from tierproof.decision.reader.profile import Profile
from tierproof.evidence import Pack, load_pack
from tierproof.evidence.record import Outcome
from tierproof.synthesis.posteriors.posterior import Context

__all__ = ["AuditAnswer", "Audited", "audit_answer", "audit_of", "audit_of_seed"]


class MarkAnswer(Answer, frozen=True):
    """A mark of the table, and the mark that the evidence gives."""

    mark: MarkWord
    of: str
    """The table's own words."""
    outcome: Outcome | None
    """Null: the words name none of the pack's."""
    here: Mark = field(name="evidence_says")
    standing: Standing
    probability: float | None
    """Of a gain worth acting on (gain), of none (marginal), of harm in a new setting (fragile), 0 to 1."""
    why_open: str | None
    """Why it was not held against anything."""


class Opponent(Answer, frozen=True):
    """The source that speaks most clearly against a row's place."""

    source_id: str
    title: str
    effect: Interval | None
    """Its own mean effect, on the scale of analysis."""
    records: tuple[str, ...]
    """Ids."""


class RowAnswer(Answer, frozen=True):
    """One row of the table that could be matched."""

    name: str
    """As the table has it."""
    technique: str
    """What it was read as."""
    stated_place: str
    """As the table shows it."""
    place: float = field(name="place_among_matched")
    """From 1, ties shared."""
    rank_here: Interval = field(name="rank_among_matched")
    """By the evidence."""
    then: float | None = field(name="rank_then")
    """Median, by the evidence of the table's date."""
    rank: int | None
    """In the whole table of the lens."""
    tier: Tier | None
    set_against: str
    """What its quality is set against, where that is not the reader's system without it; empty: it is."""
    p_right: float | None = field(name="p_pairs_right")
    """Mean over its pairs that their order is right, 0 to 1; null where it shares its place with all."""
    marks: tuple[MarkAnswer, ...]
    against: Opponent | None = field(name="strongest_source_against")


class Left(Answer, frozen=True):
    """A row that is no row of a tier table."""

    name: str
    why: str


class Together(Answer, frozen=True):
    """A name that puts several techniques together, which no row of the pack is."""

    name: str
    techniques: tuple[str, ...]


class Repeated(Answer, frozen=True):
    """A row whose technique another row has."""

    name: str
    technique: str
    earlier: str
    """The name of the row that stands for it."""
    place: str
    """As stated."""
    earlier_place: str
    """As stated; where the two differ the table contradicts itself."""


class Narrower(Answer, frozen=True):
    """A name of a technique in a circumstance, or with something else: not judged as the whole technique."""

    name: str
    technique: str


class PairAnswer(Answer, frozen=True):
    """Two rows in the table's order."""

    upper: str
    lower: str
    p_right: float
    """That the upper one is the better, 0 to 1."""
    then: float | None = field(name="p_right_then")
    """By the evidence of the table's date."""


class ChangedAnswer(Answer, frozen=True):
    """What held by the evidence of the table's date and no longer does, or the other way round."""

    held: tuple[PairAnswer, ...] = field(name="true_then_no_longer")
    come_true: tuple[PairAnswer, ...] = field(name="true_now_not_then")
    kendall: Interval | None = field(name="kendall_tau_b_then")
    """-1 to 1."""


class AuditAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/audit/1"):
    """`tierproof audit TABLE --json`"""

    pack: PackNamed
    profile: Profile
    """The reader's figures, defaults included."""
    context: Where
    then: Where | None
    """The context of the table's date; null where it states none."""
    title: str
    stated: int | None
    """Year that the table states."""
    kendall: Interval | None = field(name="kendall_tau_b")
    """Rank correlation with the evidence, -1 to 1; null where too few rows could be matched."""
    spearman: Interval | None = field(name="spearman_rho")
    """-1 to 1."""
    p_better_than_chance: float | None
    """That tau is above 0, 0 to 1."""
    expected_right: float | None = field(name="expected_share_of_pairs_right")
    """0 to 1, where a coin gets 0.5; null without pairs."""
    rows: tuple[RowAnswer, ...]
    """In the table's order."""
    reading: tuple[str, ...]
    """How the table was read."""
    left: tuple[Left, ...]
    unmatched: tuple[str, ...]
    """Names that no technique of the pack has."""
    together: tuple[Together, ...]
    unknown: tuple[str, ...]
    """Techniques of the table that have no tier."""
    repeated: tuple[str, ...]
    """Names of rows whose technique another row has."""
    repeated_as: tuple[Repeated, ...]
    narrower: tuple[Narrower, ...]
    pairs: tuple[PairAnswer, ...]
    """Every pair of different places, the likeliest wrong first."""
    worst_rows: tuple[str, ...]
    """Techniques of the rows that are most wrong."""
    changed: ChangedAnswer | None


@dataclass(frozen=True)
class Audited:
    """An audit, whose eyes it was made with, and the context of the table's own date."""

    audit: Audit
    view: View
    then: Context | None


def audit_of(
    text: str,
    kind: TableForm,
    *,
    pack: Pack | Path | str | None = None,
    as_of: str | None = None,
    view_for: Callable[..., View] = view_of,
    **settings: Any,
) -> Audited:
    """Hold the tier table that `text` is against the evidence of today, and of its own date where that is known.

    `as_of`: the table's date; None: what it states.  `view_for`: `view_of`, or what keeps its views.  `settings`:
    further ones of `view_of`.  Raises InputError for a text that is no tier table, with its line and field.
    """
    whose = pack if isinstance(pack, Pack) else load_pack(pack, whole=False)
    names = vocabulary_of(whose.techniques)
    stated = read_table(text, kind, lambda cell: any(found for _, found in parts_of(cell, names)))
    date = as_of or (str(stated.stated) if stated.stated is not None else None)
    now = view_for(whose, **settings, as_of=None)
    if date is None:
        return Audited(audit(stated, _ground(now), now.table()), now, None)
    then = view_for(whose, **settings, as_of=date)
    return Audited(audit(stated, _ground(now), now.table(), then=_ground(then)), now, then.context)


def _ground(view: View) -> Ground:
    return ground_of(view.pack, view.conversion.effects, view.appraisal, view.lens)


def audit_of_seed(view: View) -> Audit | None:
    """The table that the pack started from, held against the evidence under the view's lens; None where it has none."""
    stated = seed_table(view.pack.techniques, view.pack.settings.seed_title)
    if stated is None:
        return None
    ground = ground_of(view.pack, view.conversion.effects, view.appraisal, view.lens)
    # Somebody's table has rows of every role, whoever reads.
    return audit(stated, ground, tier_table(view.appraisal, view.lens))


def audit_answer(found: Audited) -> AuditAnswer:
    audit, view = found.audit, found.view
    table = audit.table
    return drawn(
        AuditAnswer,
        audit,
        pack=view.pack,
        profile=view.profile,
        context=view.context,
        then=found.then,
        title=table.title,
        stated=table.stated,
        rows=[_row(row) for row in audit.rows],
        reading=table.reading,
        left=table.left,
        together=[Together(name, techniques) for name, techniques in audit.together],
        unknown=[name for name, _ in audit.unknown],
        repeated=[row.name for row, _, _ in audit.repeated],
        repeated_as=[
            Repeated(row.name, technique, earlier.name, row.shown, earlier.shown)
            for row, technique, earlier in audit.repeated
        ],
        narrower=[Narrower(*each) for each in audit.narrower],
        worst_rows=[row.technique for row in audit.worst_rows],
    )


def _row(row: AuditedRow) -> RowAnswer:
    return drawn(
        RowAnswer,
        row,
        name=row.stated.name,
        stated_place=row.stated.shown,
        rank_here=row.rank,
        rank=row.here.rank,
        tier=row.here.tier,
        set_against=row.here.against,
        marks=[_mark(mark) for mark in row.marks],
        against=None if row.against is None else drawn(Opponent, row.against, title=row.against.source.title),
    )


def _mark(mark: AuditedMark) -> MarkAnswer:
    return drawn(MarkAnswer, mark, mark=mark.stated.mark, of=mark.stated.of, why_open=mark.why_open or None)
