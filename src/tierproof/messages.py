"""In which language people are spoken to, and what is said in it.

Enters: English text as it stands in the code, and values for its placeholders.  Leaves: the same in the language of
whoever reads it: from the catalogue `locale/LANGUAGE/LC_MESSAGES/tierproof.po` for what the code says, from a pack's
`LANGUAGE.toml` for what the pack names.  Knows nothing of what is said, nor of screens.

The language is a context variable: a server speaks to two people at once.  What is told at once is told by `gettext`;
what is written down before anybody reads it (a constant, a value that is kept) is a `Message`: English for programs,
and for people what `translated` makes of it; one that was read as bare text is known again by `written_messages`.
Ids, JSON, CSV heads, logs and files stay English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gettext import NullTranslations

__all__ = [
    "LANGUAGES",
    "LOCALE",
    "Message",
    "Probability",
    "Quoted",
    "catalogue",
    "filled",
    "gettext",
    "headless",
    "in_case",
    "in_figures",
    "joined",
    "learn",
    "learnt",
    "ngettext",
    "pgettext",
    "preferred",
    "replying",
    "speaking",
    "spoken",
    "translated",
]

LANGUAGES: Final = ("en", "ru")
"""The first is that of the code."""
LOCALE: Final = Path(__file__).resolve().parent / "locale"
"""Folder of catalogues."""
_VARIABLES: Final = ("TIERPROOF_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_spoken: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])
_asked: ContextVar[bool] = ContextVar("asked for", default=False)
_LEARNT: Final[dict[tuple[str, Path], Callable[[Path], Mapping[str, Any]]]] = {}
"""Files of words that packs bring, by language, and who reads them."""


def spoken() -> str:
    """The language that people are spoken to in."""
    return _spoken.get()


@contextmanager
def speaking(language: str, *, asked: bool = False) -> Iterator[None]:
    """Speak another language meanwhile, one that is not known is English; `asked`: in answer to any other too."""
    before = _spoken.set(language if language in LANGUAGES else LANGUAGES[0]), _asked.set(asked)
    try:
        yield
    finally:
        _spoken.reset(before[0])
        _asked.reset(before[1])


def replying(language: str) -> AbstractContextManager[None]:
    """Answer what was said in `language` in it, unless another was asked for or it is that of the code."""
    known = language in LANGUAGES[1:] and not _asked.get()
    return speaking(language if known else _spoken.get(), asked=_asked.get())


def preferred(environment: Mapping[str, str]) -> str:
    """The language that an environment asks for: of its first variable that is set, as POSIX orders them."""
    said = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    asked = said.replace("-", "_").split("_")[0].split(".")[0].lower()
    return asked if asked in LANGUAGES else LANGUAGES[0]


class Probability(float):
    """Told in whole percent, and never as none or all: nothing finite is known to be 0 or 1."""

    def __format__(self, spec: str) -> str:
        return "<1%" if self < 0.01 else ">99%" if self > 0.99 else super().__format__(spec)


def _english(form: str, values: Mapping[str, object]) -> str:
    """With a blank before the sign of percent, as everywhere, and ids by their names."""
    if any(isinstance(value, str) and value in _NAMED for value in values.values()):
        values = {name: _named(value) if isinstance(value, str) else value for name, value in values.items()}
    text = form.format(**values)
    return _PERCENT.sub(" %", text) if "%}" in form else text


_PERCENT: Final = re.compile(r"(?<=\d)%")


_NAMED: Final = {"wrong-answers": "wrong answers"}
"""What ids are called in English, where that is another word."""


class Quoted(str):
    """A name that somebody else gave, such as a log's metric: no word of ours, whatever it is called.  Or an id, where
    it is to be typed."""


class Message(str):
    """Text of the code that is translated where it is shown.  Programs see it in English."""

    message: str
    several: str
    """The form for several of `values["n"]`; empty: the same."""
    context: str
    values: Mapping[str, Any]

    def __new__(cls, message: str, several: str = "", /, *, context: str = "", **values: object) -> Message:
        form = several if several and values["n"] != 1 else message
        made = super().__new__(cls, _english(form, values) if values else form)
        made.message, made.several, made.context, made.values = message, several, context, values
        return made

    def said(self) -> str:
        """In the language spoken."""
        if self.several:
            return ngettext(self.message, self.several, self.values["n"], **self.values)
        return pgettext(self.context, self.message) if self.context else gettext(self.message, **self.values)


class _Joined(Message):
    """Messages one after the other."""

    separator: str
    parts: tuple[str, ...]

    def said(self) -> str:
        return translated(self.separator).join(map(translated, self.parts))


def joined(separator: str, parts: Iterable[str]) -> str:
    """`separator.join(parts)`, each of which is translated where it is shown."""
    found = tuple(parts)
    made = _Joined(separator.join(found))
    made.separator, made.parts = separator, found
    return made


class _Headless(Message):
    """A message about something that is named beside it: without the name at its head."""

    whole: Message
    head: str

    def said(self) -> str:
        return _beheaded(self.whole.said(), self.head)


def headless(text: str, head: str) -> str:
    """`text` without the name `head` that it begins with, in whichever language it is told."""
    if not isinstance(text, Message):
        return _beheaded(text, head)
    made = _Headless(_beheaded(text, head))
    made.whole, made.head = text, head
    return made


def _beheaded(text: str, head: str) -> str:
    return text.removeprefix(f"{head} ").removeprefix(f"{head}: ")


def gettext(message: str, /, **values: object) -> str:
    """`message` in the language spoken, its placeholders filled; without values braces stand for themselves."""
    if _spoken.get() != "en":
        return filled(catalogue(_spoken.get()).gettext(message), values)
    return _english(message, values) if values else message


def pgettext(context: str, message: str, /, **values: object) -> str:
    """The same of a message that says several things, told apart by `context`."""
    if _spoken.get() != "en":
        return filled(catalogue(_spoken.get()).pgettext(context, message), values)
    return _english(message, values) if values else message


def ngettext(one: str, several: str, n: int, /, **values: object) -> str:
    """The form of the message that goes with `n` of something; `n` is a value too, unless another is given."""
    values = {"n": n, **values}
    if _spoken.get() != "en":
        return filled(catalogue(_spoken.get()).ngettext(one, several, n), values)
    return _english(one if n == 1 else several, values)


def translated(text: str) -> str:
    """What `text` is in the language spoken, where it is a message of the code or a name of a pack; else `text`."""
    if _spoken.get() == "en":
        return _named(text)
    if isinstance(text, Quoted):
        return text
    if isinstance(text, Message):
        return text.said()
    forms = _words(_spoken.get(), learnt()).get(text)
    return forms[0] if forms else text


def _named(text: str) -> str:
    return text if isinstance(text, Quoted) else _NAMED.get(text, text)


def in_figures(text: str) -> str:
    """A figure written in English, as the language spoken writes it: `1,234.5%` -> `1 234,5 %`."""
    return text if _spoken.get() == "en" else text.translate(_RUSSIAN_FIGURES)


_RUSSIAN_FIGURES: Final = str.maketrans({",": "\u00a0", ".": ",", "%": "\u00a0%", "-": "−"})


def learn(language: str, file: Path, read: Callable[[Path], Mapping[str, Any]]) -> None:
    """Know the words of a pack's file: English texts and what they are, as `read` finds them once they are needed.

    A pack that is gone by then, or a file of another folder of that name, says nothing.
    """
    _LEARNT[language, file.absolute()] = read


def learnt() -> int:
    """How many files of words are known: what was said before another came may be said otherwise now."""
    return len(_LEARNT)


_CASES: Final = ("nom", "gen", "dat", "acc", "ins", "pre")
"""Cases that a translation may ask for in a placeholder: `{outcome:acc}`; and `{name:low}`, as it stands within a
sentence."""


def in_case(word: str, case: str) -> str:
    """A word of the code or a name of a pack in a case, or `low` within a sentence; one that is in no case as it is."""
    if _spoken.get() == "en" or isinstance(word, Quoted):
        return word
    said = translated(word)
    if case == "low":
        return _within(said)
    known = _words(_spoken.get(), learnt())
    forms = known.get(word) or known.get(said) or (said,)
    if len(forms) > 1:
        return forms[_CASES.index(case)]
    return said if case == "nom" else _within(said)


def _within(name: str) -> str:
    """A name within a sentence: its capital goes, unless it is one of several ("RAG")."""
    return name[:1].lower() + name[1:] if name.partition(" ")[0][1:].islower() else name


class _Filling(Formatter):
    """Figures as the language writes them, names of a pack and messages in the language; `{name:id}` as it is."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            if format_spec == "id":
                return value
            cased = format_spec in _CASES or format_spec == "low"
            return in_case(value, format_spec) if cased else format(translated(value), format_spec)
        text = format(value, format_spec)
        return in_figures(text) if isinstance(value, int | float) else text


_FILLING: Final = _Filling()


def filled(message: str, values: Mapping[str, object]) -> str:
    """A message of the language spoken, its placeholders filled as it writes what stands in them."""
    return _FILLING.vformat(message, (), values) if values else message


@cache
def catalogue(language: str) -> NullTranslations:
    """What the code says in `language`; where it has no catalogue, what it says in English."""
    from gettext import translation  # noqa: PLC0415  (English does without)

    return translation("tierproof", LOCALE, [language], fallback=True)


@cache
def _words(language: str, known: int) -> Mapping[str, Sequence[str]]:
    """What the packs name, and words that sentences need in a case, by the English and by the nominative; anew as more
    files are `known`."""
    import tomllib  # noqa: PLC0415  (English does without)

    del known
    found = dict(_texts(tomllib.loads((LOCALE / language / "words.toml").read_text(encoding="utf-8"))))
    for (of, file), read in _LEARNT.items():
        if of == language and file.exists():
            found.update(_texts(read(file)))
    return {forms[0]: forms for forms in found.values() if len(forms) > 1} | found


def _texts(tables: Mapping[str, Mapping[str, str | Sequence[str]]]) -> Iterator[tuple[str, Sequence[str]]]:
    for table in tables.values():
        for english, said in table.items():
            yield english, (said,) if isinstance(said, str) else said
