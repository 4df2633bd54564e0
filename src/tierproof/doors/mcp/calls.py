"""What a tool does: the same questions as the command line's, answered short.

Enters: validated arguments.  Leaves: a headline and a `Short`, cut to a page that is small enough.  Knows nothing of
the protocol.  Raises InputError for what a person can mend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from tierproof.answers.audit import audit_of
from tierproof.answers.brief import brief_for
from tierproof.answers.compare import comparison_of
from tierproof.answers.critique import critique_of
from tierproof.answers.document import in_english
from tierproof.answers.imported import evidence_of, import_answer
from tierproof.answers.short.choices import short_brief, short_plan
from tierproof.answers.short.claims import short_audit, short_critique
from tierproof.answers.short.logs import short_import
from tierproof.answers.short.parts import Short
from tierproof.answers.short.proof import short_comparison, short_evidence
from tierproof.answers.short.rows import short_table, techniques_of
from tierproof.answers.view import View
from tierproof.challenge.audits.tables import form_of
from tierproof.decision.plan import Limits, Team, make_plan
from tierproof.decision.reader.profile import Profile, profile_from
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.mcp import arguments
from tierproof.errors import InputError
from tierproof.evidence import Pack
from tierproof.experiment.logs.files.log_places import log_at
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.messages import LANGUAGES, speaking
from tierproof.report.blocks import Block, Told
from tierproof.report.render.outline import outline
from tierproof.report.words.audit import audit_blocks
from tierproof.report.words.brief import brief_blocks
from tierproof.report.words.comparison import comparison_blocks
from tierproof.report.words.critique import critique_blocks
from tierproof.report.words.heads import compared_head, table_head
from tierproof.report.words.plan import plan_blocks

T = TypeVar("T", bound=Short)

__all__ = ["Answered", "Desk", "tokens"]

MOST: Final = 2_000
"""Tokens of an answer, text and data together."""
_LETTERS: Final = 3.5
"""Bytes of UTF-8 a token: what English text with figures comes to, rather too many than too few."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as text and as data."""

    text: str
    data: dict[str, Any]


def tokens(*texts: str) -> float:
    """About how many tokens a language model reads."""
    return sum(len(text.encode()) for text in texts) / _LETTERS


@dataclass(kw_only=True)
class Desk:
    """Where questions are answered: one pack, one profile, one folder of logs."""

    pack: Pack
    profile: Profile | None = None
    """The team's own figures; None: the pack's."""
    logs: Path | None = None
    """The only folder from which logs are read."""
    _one_at_a_time: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._views = KeptViews(self.pack)

    def answer(self, asked: Struct) -> Answered:
        """The answer to one tool's arguments, in English: a program asks, whatever the language of a claim.

        Raises InputError.
        """
        with self._one_at_a_time, speaking(LANGUAGES[0], asked=True):
            return _TOOLS[type(asked)](self, asked)

    def list_techniques(self, asked: arguments.ListTechniques) -> Answered:
        view = self._view(arguments.Stand())
        head = "Techniques of the pack, by id; open one with technique_evidence."
        return _fitted(head, lambda limit: techniques_of(view, offset=asked.offset, limit=limit), asked.limit)

    def tier_table(self, asked: arguments.TierTable) -> Answered:
        return self._table(asked, None)

    def invert(self, asked: arguments.Invert) -> Answered:
        return self._table(asked, "value")

    def _table(self, asked: arguments.TierTable, lens: str | None) -> Answered:
        view = self._view(asked, role=asked.role or None, include_lab=asked.include_lab)
        return _fitted(
            lambda made: table_head(made, asked.offset),
            lambda limit: short_table(view, lens=lens, offset=asked.offset, limit=limit),
            asked.limit,
        )

    def technique_evidence(self, asked: arguments.Evidence) -> Answered:
        view = self._view(asked)
        card = self._views.card(view, asked.technique)
        head = f"{card.technique.name}: what its sources say, each with its share of the average."
        return _fitted(
            head,
            lambda limit: short_evidence(card, view, outcome=asked.outcome, offset=asked.offset, limit=limit),
            asked.limit,
        )

    def compare(self, asked: arguments.Compare) -> Answered:
        view = self._view(asked)
        blocks = comparison_blocks(comparison_of(view, asked.first, asked.second), view.pack)
        told = next(block.text for block in blocks if isinstance(block, Told))
        return _fitted(told, lambda _: short_comparison(view, asked.first, asked.second), 1)

    def critique_claim(self, asked: arguments.Critique) -> Answered:
        if not asked.claim.strip():
            raise InputError.of("is empty", remedy='such as "RAG always helps"', field="claim")
        view = self._view(asked)
        found = critique_of(asked.claim, view)
        chosen = found.verdicts[asked.offset : asked.offset + 1]
        told = _strong(critique_blocks(found.parsed, chosen, view.pack)) if chosen else "No claim could be judged."
        rests = " It rests on the evidence alone and stays the same however the claim is put." if chosen else ""
        return _fitted(
            told + rests,
            lambda most: short_critique(found, offset=asked.offset, sources=most - 1),
            asked.sources + 1,
        )

    def audit_table(self, asked: arguments.AuditTable) -> Answered:
        if not asked.table.strip():
            raise InputError.of("is empty", remedy="a head, then one row a technique", field="table")
        settings = {**self._settings(asked), "as_of": asked.as_of or None, "lens": asked.lens}
        found = audit_of(asked.table, form_of(asked.table), pack=self.pack, **settings)
        told = _strong(audit_blocks(found.audit, self.pack, then=found.then))
        return _fitted(told, lambda limit: short_audit(found, offset=asked.offset, limit=limit), asked.limit)

    def plan(self, asked: arguments.Plan) -> Answered:
        view = self._view(asked, role=asked.role or None)
        limits = Limits(
            budget=asked.budget_usd_month,
            one_off=asked.one_off_usd,
            weeks=asked.weeks,
            latency=asked.latency_seconds,
            team=asked.at_once,
        )
        team = Team(
            role=view.role,
            skills=asked.skills or None,
            have=None if asked.have is None else frozenset(asked.have),
            without=frozenset(view.technique(name).id for name in asked.without),
        )
        found = make_plan(view.appraisal, limits, team)
        told = _strong(plan_blocks(found, view.pack))
        return _fitted(told, lambda limit: short_plan(found, view, offset=asked.offset, limit=limit), asked.limit)

    def brief(self, asked: arguments.Brief) -> Answered:
        if not asked.question.strip():
            raise InputError.of("is empty", remedy="such as 'RAG or fine-tuning'", field="question")
        settings = self._settings(asked)
        figures = settings.pop("profile")
        found = brief_for(
            self.pack,
            asked.question,
            **settings,
            role=asked.role or None,
            profile=figures if self.profile is not None else None,
            sets=tuple(f"{name}={value}" for name, value in asked.profile.items()),
            skills=asked.skills or None,
            have=None if asked.have is None else frozenset(asked.have),
            judged=False,
        )
        context = found.context
        view = self._views.view(
            task=context.task_family, model_size=context.params_b, as_of=asked.as_of or None, profile=found.profile
        )
        told = _strong(brief_blocks(found, self.pack))
        return _fitted(told, lambda limit: short_brief(found, view, offset=asked.offset, limit=limit), asked.limit)

    def import_log(self, asked: arguments.ImportLog) -> Answered:
        choice = Choice(
            baseline=asked.baseline,
            treated=asked.treated,
            metrics=(asked.metric,) if asked.metric else (),
            filter=asked.filter,
            task=asked.log_task,
            by=asked.by or None,
            errors_wrong=asked.errors == "wrong",
            columns=asked.columns,
        )
        found = import_logs([self._log(name) for name in asked.logs], choice)
        own: tuple[Any, ...] = ()
        if asked.technique:
            own = evidence_of(found, self._view(asked), asked.technique, setting=asked.setting)
        answer = import_answer(found, *own)
        told = compared_head(answer.comparisons[asked.offset : asked.offset + asked.limit])
        return _fitted(told, lambda limit: short_import(answer, offset=asked.offset, limit=limit), asked.limit)

    def _log(self, name: str) -> Path:
        """A log below the folder; raises InputError for any other place, by links too."""
        if self.logs is None:
            remedy = "start it with one: tierproof mcp --logs FOLDER"
            raise InputError.of("no folder of logs was given at the start", remedy=remedy, field="logs")
        folder = self.logs.resolve()
        try:
            path = log_at((folder / name).resolve()).resolve()
            inside = path.is_relative_to(folder) and path.exists()
        except (OSError, ValueError):
            inside = False
        if not inside:
            message = f"no log '{name[:80]}' below the folder of logs"
            known = ", ".join(sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())[:12])
            raise InputError.of(message, remedy=f"there are: {known or 'none'}", field="logs")
        return path

    def _settings(self, asked: arguments.Stand) -> dict[str, Any]:
        base = self.profile or self._views.profile
        return {
            "task": asked.task or None,
            "model_size": asked.model_size or None,
            "as_of": asked.as_of or None,
            "profile": profile_from({str(name): value for name, value in asked.profile.items()}, base=base)
            if asked.profile
            else base,
        }

    def _view(self, asked: arguments.Stand, **more: Any) -> View:
        return self._views.view(**self._settings(asked), **more)


_TOOLS: Final[dict[type, Callable[[Desk, Any], Answered]]] = {
    arguments.ListTechniques: Desk.list_techniques,
    arguments.TierTable: Desk.tier_table,
    arguments.Invert: Desk.invert,
    arguments.Evidence: Desk.technique_evidence,
    arguments.Compare: Desk.compare,
    arguments.Critique: Desk.critique_claim,
    arguments.AuditTable: Desk.audit_table,
    arguments.Plan: Desk.plan,
    arguments.Brief: Desk.brief,
    arguments.ImportLog: Desk.import_log,
}


def _strong(blocks: Iterable[Block]) -> str:
    """What must be read."""
    return " ".join(block.text for block in blocks if isinstance(block, Told) and block.tone == "strong")


def _fitted(head: str | Callable[[T], str], make: Callable[[int], T], limit: int) -> Answered:
    """The longest page of at most `limit` that is small enough; one row at least."""
    most = limit
    while True:
        made = make(most)
        text = f"{head if isinstance(head, str) else head(made)}\n\n{outline(made)}"
        data: dict[str, Any] = msgspec.to_builtins(made, enc_hook=in_english)
        size = tokens(text, msgspec.json.encode(data).decode())
        if size <= MOST or most == 1:
            return Answered(text, data)
        most = max(1, min(most - 1, int(most * MOST / size)))
