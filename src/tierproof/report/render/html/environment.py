"""Templates that cannot let markup through.

Enters: a template's name and its data.  Leaves: markup.  Every value is escaped unless it is `Markup` made here, and
every text is cleaned of control characters on the way; a name that a template misspells is an error, not an empty
space.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from tierproof.answers.safe_text import harmless, printable
from tierproof.messages import gettext, in_figures, ngettext, pgettext, spoken, translated
from tierproof.report.render.svg.strip import scale
from tierproof.report.words import numerals
from tierproof.report.words.table import HEADS, outcome_told
from tierproof.report.words.terms import KINDS, QUADRANTS, SKILLS, termed
from tierproof.report.words.units import unit_for

__all__ = ["TEMPLATES", "environment", "render"]

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(template: str, **data: Any) -> Markup:
    """The template's markup."""
    return Markup(environment().get_template(template).render(data))


class _Spoken(Extension):
    """Texts that stand whole in a template are told in the language once, as it is compiled."""

    _TEXT: ClassVar = re.compile(r'\{\{ gettext\(("[^"\\]*")\) \}\}')

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        del name, filename
        return self._TEXT.sub(lambda found: str(escape(printable(gettext(found[1][1:-1])))), source)


def environment(*folders: Path) -> Environment:
    """The templates of `folders` beside those of a report, in the language spoken; a name in several is the first
    one's."""
    return _environment(spoken(), *folders)


@cache
def _environment(language: str, *folders: Path) -> Environment:
    del language
    found = Environment(
        extensions=[_Spoken],
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    found.globals.update(gettext=gettext, ngettext=ngettext, pgettext=pgettext, spoken=spoken)
    found.filters.update(
        count=numerals.count,
        counted=numerals.counted,
        figures=in_figures,
        kind=lambda word: termed(word, KINDS),
        percent=numerals.percent,
        quadrant=lambda word: termed(word, QUADRANTS),
        skill=lambda word: termed(word, SKILLS),
        probability=numerals.probability,
        money=numerals.money,
        figure=numerals.figure,
        ratio=numerals.ratio,
        scale=scale,
        headed=_headed,
        initial=lambda outcome: translated(HEADS[outcome]),
        letters=_letters,
        typed=_typed,
        unit=unit_for,
    )
    return found


def _headed(outcome: str) -> str:
    """An outcome's name as a heading."""
    told = outcome_told(outcome)
    return told[:1].upper() + told[1:]


def _letters(text: str) -> Markup:
    """Text whose lines and spaces count."""
    return Markup("\n").join(printable(line) for line in text.splitlines())


def _typed(text: str) -> Markup:
    """What somebody typed, a model said or a program reads: in its own language, its lines kept."""
    return Markup("\n").join(escape(harmless(line)) for line in str(text).splitlines())


def _finalize(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
