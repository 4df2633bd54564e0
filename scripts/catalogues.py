"""Catalogues of messages: `python scripts/catalogues.py` gathers what the code says and compiles what it is elsewhere.

Enters: the code and its templates, and `locale/LANGUAGE/LC_MESSAGES/tierproof.po`.  Leaves: that file with what
is new (untranslated) and without what is gone, and its `.mo`.  Exit code 1 where something is not translated.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tierproof"
LOCALE = SOURCE / "locale"
MARKS = {
    "gettext": ("message",),
    "Message": ("message", "several"),
    "ngettext": ("one", "several"),
    "pgettext": ("context", "message"),
    "Unread": ("message",),
}
"""Calls that mark a message, and what their first arguments are."""
_IN_TEMPLATE = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)

Found = tuple[str, str, str]
"""Context, message, and its plural; empty: none."""


def messages() -> dict[Found, list[tuple[str, int]]]:
    """What the code says to people, and where."""
    found: dict[Found, list[tuple[str, int]]] = {}
    for file in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        text = file.read_text(encoding="utf-8")
        marked = _marked(ast.parse(text)) if file.suffix == ".py" else _of_template(text)
        for line, message in marked:
            found.setdefault(message, []).append((file.relative_to(SOURCE).as_posix(), line))
    return found


def _of_template(text: str) -> Iterator[tuple[int, Found]]:
    """Of a template's expressions, which read as Python but for filters."""
    for match in re.finditer(r"(?:gettext|ngettext|pgettext)\(\s*(\"[^\"]*\"(?:\s*,\s*\"[^\"]*\")?)", text):
        call = text[match.start() : text.index("(", match.start())]
        name = re.search(r"[np]?gettext$", call)
        assert name is not None
        yield from _marked(ast.parse(f"{name.group()}({match.group(1)})"), text.count("\n", 0, match.start()))


def _marked(tree: ast.AST, above: int = 0) -> Iterator[tuple[int, Found]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    told = {node.name: node for node in functions}
    for function in functions:
        # What registers a technique shows the first line of its docstring.
        if any(_called(one) in ("technique", "trainer") for one in function.decorator_list):
            yield above + function.lineno, ("", (ast.get_docstring(function) or "").partition("\n")[0], "")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Call) and getattr(node.func.func, "attr", "") == "command":
            # `app.command("table")(table)`: the command's help is the function's docstring.
            if isinstance(node.args[0], ast.Name) and (help := ast.get_docstring(told[node.args[0].id])):
                yield node.lineno, ("", help, "")
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name == "counted" and len(node.args) == 2 and (noun := _constant(node.args[1])):
            yield above + node.lineno, ("", f"{{n}} {noun}", f"{{n}} {noun}s")
        elif name in MARKS:
            parts = [_constant(argument) for argument in node.args[: len(MARKS[name])]]
            if None in parts or not parts:
                continue  # a message that is marked where it is written
            given = dict(zip(MARKS[name], parts, strict=False))
            context = next((_constant(word.value) for word in node.keywords if word.arg == "context"), None)
            message = given.get("message") or given.get("one") or ""
            yield above + node.lineno, (given.get("context") or context or "", message, given.get("several") or "")
        for word in node.keywords:
            # Help of options is translated where it is shown; typer takes it as it is.
            if name in ("Option", "Argument") and word.arg == "help" and (said := _constant(word.value)):
                yield above + node.lineno, ("", said, "")


def _called(node: ast.expr) -> str:
    return getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def template() -> Catalog:
    """A catalogue of messages that nobody has translated yet."""
    made = Catalog(project="tierproof", charset="utf-8")
    for (context, message, plural), places in messages().items():
        made.add(
            (message, plural) if plural else message, context=context or None, locations=[(f, 0) for f, _ in places]
        )
    return made


def file_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "tierproof.po"


def catalogue_of(language: str) -> Catalog:
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    """As `gettext` reads it."""
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


_THEN: Final = datetime(2026, 11, 30, tzinfo=UTC)
"""Stands for every date, so that nothing changes but messages."""


def write(language: str, catalogue: Catalog) -> None:
    catalogue.creation_date = catalogue.revision_date = _THEN
    with file_of(language).open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True, include_lineno=False)
    file_of(language).with_suffix(".mo").write_bytes(compiled(catalogue))
    typers = file_of(language).with_name("messages.po")
    with typers.open("rb") as file:
        told = read_po(file, locale=language)
    told.creation_date = told.revision_date = _THEN
    typers.with_suffix(".mo").write_bytes(compiled(told))


def untranslated(catalogue: Catalog) -> list[str]:
    return [
        str(message.id)
        for message in catalogue
        if message.id
        and (
            message.fuzzy or not all(message.string if isinstance(message.string, tuple | list) else (message.string,))
        )
    ]


def main() -> int:
    missing = []
    for folder in sorted(LOCALE.iterdir()):
        catalogue = catalogue_of(folder.name)
        catalogue.update(template(), no_fuzzy_matching=True, update_header_comment=False)
        write(folder.name, catalogue)
        missing += [f"{folder.name}: {message}" for message in untranslated(catalogue)]
    print("\n".join(missing) or "every message is translated")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
