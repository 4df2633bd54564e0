"""Templates that cannot let markup through.

Enters: a template's name and its data.  Leaves: markup.  Every value is escaped unless it is `Markup` made here, and
every text is cleaned of control characters on the way; a name that a template misspells is an error, not an empty
space.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tierproof.answers.safe_text import printable
from tierproof.report.words import numerals
from tierproof.report.words.units import unit_for

__all__ = ["TEMPLATES", "render"]

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(template: str, **data: Any) -> Markup:
    """The template's markup."""
    return Markup(_environment().get_template(template).render(data))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(
        count=numerals.count,
        percent=numerals.percent,
        probability=numerals.probability,
        money=numerals.money,
        figure=numerals.figure,
        ratio=numerals.ratio,
        unit=unit_for,
    )
    return environment


def _finalize(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
