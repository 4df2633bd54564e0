"""`tierproof brief`: a decision that teams face, its options side by side, and an answer with what speaks against it.

Enters: words of a shell.  Leaves: the brief in the form asked for.  Knows nothing of how it is made.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.doors.cli.plan import Have, Skills, team_from
from tierproof.doors.cli.screen import working
from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("brief")(brief)


@reads(without=["lens"])
def brief(
    scenario: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO", help="Its name, or the question in a few words.")
    ] = None,
    *,
    reader: Reader,
    form: Format,
    every: Annotated[bool, typer.Option("--list", help="Show all scenarios.")] = False,
    skills: Skills = None,
    have: Have = None,
) -> None:
    """Brief a decision: options in your profile, a recommendation, what would change it, what to measure next."""
    from tierproof.answers.brief import (  # noqa: PLC0415  (numpy, which `--help` does not need)
        brief_answer,
        brief_for,
        scenarios_answer,
        scenarios_of,
    )
    from tierproof.evidence import load_pack  # noqa: PLC0415
    from tierproof.report.words.brief import brief_blocks, scenario_list_blocks  # noqa: PLC0415

    loaded = load_pack(reader.pack, whole=False)  # the scenarios are asked for below
    words = " ".join(scenario or ())
    if every:
        known = scenarios_of(loaded)
        print_blocks(
            form, lambda: scenario_list_blocks(known), lambda: scenarios_answer(known, loaded), title=gettext("Briefs")
        )
        return
    if not words.strip():
        raise InputError.of(gettext("no scenario was named"), remedy=gettext("tierproof brief --list shows them all"))
    team = team_from(role=None, skills=skills, have=have)
    with working(gettext("pooling the evidence in your setting")):
        result = brief_for(loaded, words, **reader.settings(), skills=team.skills, have=team.have)
    print_blocks(
        form, lambda: brief_blocks(result, loaded), lambda: brief_answer(result, loaded), title=gettext("Brief")
    )
