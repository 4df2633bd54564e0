"""`tierproof plan`: the best set of techniques under limits.

Enters: words of a shell.  Leaves: the plan in the form asked for.  Knows nothing of how it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli import amounts
from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.errors import InputError
from tierproof.messages import Message, gettext

if TYPE_CHECKING:
    from tierproof.decision.plan import Team
    from tierproof.evidence.technique import Role

__all__ = ["Have", "Skills", "register", "team_from"]

_LIMITS = Message("Limits")
Skills = Annotated[
    str | None,
    typer.Option(
        "--skills", metavar="LEVEL", help="At most basic, standard, specialist or research.", rich_help_panel=_LIMITS
    ),
]
Have = Annotated[
    list[str] | None,
    typer.Option(
        "--have",
        metavar="A,B",
        help="Resources at hand, such as documents,tools; left out: all.",
        rich_help_panel=_LIMITS,
    ),
]


def register(app: typer.Typer) -> None:
    app.command("plan")(plan)


@reads(without=["lens"])
def plan(
    *,
    reader: Reader,
    form: Format,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="USD/MONTH", help="More than today, all in.", rich_help_panel=_LIMITS),
    ] = None,
    one_off: Annotated[
        str | None,
        typer.Option("--one-off", metavar="USD", help="Once, engineer-days included.", rich_help_panel=_LIMITS),
    ] = None,
    weeks: Annotated[
        str | None, typer.Option("--weeks", metavar="N", help="Calendar time.", rich_help_panel=_LIMITS)
    ] = None,
    at_once: Annotated[
        int,
        typer.Option(
            "--at-once", metavar="N", min=1, help="Techniques worked on at the same time.", rich_help_panel=_LIMITS
        ),
    ] = 1,
    latency_max: Annotated[
        str | None,
        typer.Option("--latency-max", metavar="TIME", help="Of a request, such as 2s.", rich_help_panel=_LIMITS),
    ] = None,
    skills: Skills = None,
    have: Have = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="A,B", help="Techniques that are not wanted.", rich_help_panel=_LIMITS),
    ] = None,
) -> None:
    """Find the best set of techniques under limits of money, time, skills and latency."""
    view = reader.view()
    from tierproof.answers.plan import plan_answer  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.decision.plan import Limits, make_plan  # noqa: PLC0415
    from tierproof.report.words.plan import plan_blocks  # noqa: PLC0415

    limits = Limits(
        budget=amounts.money(budget, "budget", monthly=True),
        one_off=amounts.money(one_off, "one-off"),
        weeks=amounts.weeks(weeks, "weeks"),
        latency=amounts.seconds(latency_max, "latency-max"),
        team=at_once,
    )
    unwanted = frozenset(view.technique(name).id for name in amounts.names(without))
    team = team_from(role=view.role, skills=skills, have=have, without=unwanted)
    result = make_plan(view.appraisal, limits, team)
    print_blocks(
        form,
        lambda: plan_blocks(result, view.pack),
        lambda: plan_answer(result, view.pack),
        title=gettext("Plan"),
    )


def team_from(
    *, role: Role | None, skills: str | None, have: list[str] | None, without: frozenset[str] = frozenset()
) -> Team:
    """Who would carry a plan out; raises InputError for a level of skill that does not exist."""
    from tierproof.decision.plan import SKILLS, Team  # noqa: PLC0415

    level = next((known for known in SKILLS if known == skills), None)
    if skills is not None and level is None:
        raise InputError.of(
            gettext("no skills '{skills}'", skills=skills[:40]),
            remedy=gettext("one of: {skills}", skills=", ".join(SKILLS)),
            field="skills",
        )
    return Team(role=role, skills=level, have=None if have is None else amounts.names(have), without=without)
