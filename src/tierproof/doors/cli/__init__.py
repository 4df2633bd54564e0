"""The command line: thin commands over the packages to the left.

Enters: words of a shell.  Leaves: text on standard output and an exit code: 0 done, 2 the input cannot be used
(standard error says where and what would be right), 130 interrupted.  Knows nothing worth testing twice.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from inspect import cleandoc
from typing import Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from tierproof import __version__
from tierproof.doors.cli.misuse import UsageError, fault_of
from tierproof.errors import InputError, language_of
from tierproof.messages import LANGUAGES, LOCALE, Message, gettext, preferred, speaking, spoken

__all__ = ["app", "main"]

COMMANDS = {
    "table": Message("Rank techniques in tiers, with what each removes, costs and risks."),
    "invert": Message("Turn the table over: rank techniques by net benefit a month for your profile."),
    "profile": Message("Write your figures as a commented profile.toml to edit."),
    "show": Message("Open one technique: its sources, what speaks for and against it, and what is assumed."),
    "compare": Message("Put two techniques head to head: which is better at what, and how sure that is."),
    "history": Message("Show how each technique's tier moved by year of evidence."),
    "report": Message("Write one self-contained HTML file: tables, evidence, history, method and all sources."),
    "serve": Message("Open the page in a browser: the table with sliders, evidence, claims, measurements."),
    "critique": Message(
        "Hold a claim against the evidence: verdict, evidence on both sides, and when it would be right."
    ),
    "audit": Message("Hold a tier table against the evidence: row by row, pair by pair, then and now."),
    "brief": Message(
        "Brief a decision: options in your profile, a recommendation, what would change it, what to measure next."
    ),
    "plan": Message("Find the best set of techniques under limits of money, time, skills and latency."),
    "init": Message("Make a workload folder from a CSV or JSONL file."),
    "doctor": Message(
        "Check a workload's files, endpoints, prices and needs; forecast calls, cost and time. Spends nothing."
    ),
    "measure": Message("Measure techniques on your own workload, within a budget."),
    "label": Message(
        "Label measured answers right or wrong, blind to the arm; learn what that says of judge and arms."
    ),
    "import": Message(
        "Turn evaluation logs that you have into paired effects, and the table with them. Costs no call."
    ),
    "gate": Message(
        "Say whether a new evaluation log is worse than the last: exit 0 not worse, 1 worse, 3 not settled."
    ),
    "export": Message("Write the outcomes of a measurement, or of any log, in the form of another tool."),
    "sycophancy": Message(
        "Measure how far a language model bends: flips by tone, persistence, agreement with the evidence."
    ),
    "lab": Message("Small open models and a workload that run anywhere, without a key."),
    "mcp": Message("Serve the same answers as tools for an assistant, by the Model Context Protocol."),
    "packs": Message("List the packs of evidence that are known by name."),
    "evidence": Message("Look evidence over: is it right, how much is there, what changed."),
    "pool": Message("Pool your own figures or events: a random-effects meta-analysis."),
    "schema": Message("Print the JSON Schema of a document that a command prints."),
    "validate": Message("Leave each source out in turn, foretell its figures, and count how often the intervals hold."),
}
"""A module each, and the line that `--help` shows for it."""
MODULES = {"import": "import_"}
"""Modules whose command is a word of Python."""


class _Group(TyperGroup):
    """Imports the module of the command that is asked for, and no other: each start would wait for all of them.

    Turns an `InputError` into a message and exit code 2, wherever it was raised.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=line) for name, line in COMMANDS.items()}

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> Any:
        """Speaks the language that `--lang` names, before the command or after it, else the environment's."""
        language, words = _language_of(sys.argv[1:] if args is None else args)
        chosen = language if language in LANGUAGES else preferred(os.environ)
        if "--json" in words:
            chosen = LANGUAGES[0]
        with speaking(chosen, asked=language is not None or "--json" in words), _typer_speaking(chosen):
            if chosen != LANGUAGES[0]:
                _translate(self)
            return super().main([*(["--lang", language] if language is not None else []), *words], *others, **settings)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        own = typer.Typer()
        import_module(f"tierproof.doors.cli.{MODULES.get(str(name), name)}").register(own)
        found = get_group(own).commands[str(name)]
        if spoken() != LANGUAGES[0]:
            _translate(found)
        return name, found, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return _told_once(lambda: super(_Group, self).invoke(ctx))
        except InputError as error:
            _complain(str(error))
        raise typer.Exit(2)

    def make_context(self, *names: Any, **settings: Any) -> Any:
        return _told_once(lambda: super(_Group, self).make_context(*names, **settings))


def _told_once(work: Callable[[], Any]) -> Any:
    """What typer would say of misuse, in the language spoken; its help and its English are its own."""
    try:
        return work()
    except UsageError as error:
        if spoken() == LANGUAGES[0] or type(error).__name__ == "NoArgsIsHelpError":
            raise
        _complain(str(fault_of(error)))
        raise typer.Exit(2) from None


def _complain(error: str) -> None:
    with speaking(language_of(error)):
        typer.echo(gettext("error: {error}", error=error), err=True)


@contextmanager
def _typer_speaking(language: str) -> Iterator[None]:
    """Typer says its own words by Python's `gettext`, whose language is the environment's alone."""
    before = os.environ.get("LANGUAGE")
    if language != LANGUAGES[0]:
        import gettext as catalogues  # noqa: PLC0415  (English does without)

        catalogues.bindtextdomain("messages", LOCALE)
        os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = before


def _translate(command: Any) -> None:
    """A command made for this call: its help, and that of its options and of the commands within it."""
    for said in (command, *command.params):
        if getattr(said, "help", None):
            said.help = gettext(cleandoc(said.help))
        if getattr(said, "rich_help_panel", None):
            said.rich_help_panel = gettext(said.rich_help_panel)
    usage, option = command.get_usage, command.get_help_option
    command.get_usage = lambda ctx: usage(ctx).replace("Usage:", gettext("Usage:"), 1)
    command.get_help_option = lambda ctx: _explained(option(ctx))
    for within in getattr(command, "commands", {}).values():
        _translate(within)


def _explained(option: Any) -> Any:
    option.help = gettext("Show this message and exit.")
    return option


def _language_of(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The language that is asked for, and the words without that; what stands behind `--` is no option."""
    language, rest = None, list(words)
    end = rest.index("--") if "--" in rest else len(rest)
    for place in reversed(range(end)):
        if rest[place].startswith("--lang="):
            named = rest.pop(place).partition("=")[2]
        elif rest[place] == "--lang" and place + 1 < end:
            named = rest[place + 1]
            del rest[place : place + 2]
        else:
            continue
        language = language or named
    return language, rest


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=Message("Which production AI techniques are worth it for you, how sure that is, and why."),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tierproof {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    lang: Annotated[
        Literal["en", "ru"] | None,
        typer.Option("--lang", help="Language to speak to you, before or after a command; else the environment's."),
    ] = None,
) -> None:
    del version, lang


def main() -> NoReturn:
    """Entry point of the `tierproof` command."""
    # Nearly all values live to the end of a command, those that imports make too: cycles are looked for rarely.
    gc.set_threshold(100_000)
    # A shell may have closed a stream; what is written there is for nobody.
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    _leave(_exit_code())


def _exit_code() -> int:
    """Run the command that the shell's words name, up to the last letter of its output."""
    try:
        try:
            app()
        finally:
            _flush()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader of the pipe has left; point standard output at nothing so that the last flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        typer.echo("error: the disk is full\n  remedy: free some space and run the command again", err=True)
        return 1
    return 0


def _leave(code: int) -> NoReturn:
    """Leave without freeing a hundred thousand values one by one, which would take a twentieth of a table's time.

    What waits for the end of the program is still run; where a thread, a debugger or a profiler is at work, Python
    leaves as usual.
    """
    if threading.active_count() > 1 or sys.gettrace() or sys.getprofile():
        sys.exit(code)
    atexit._run_exitfuncs()
    _flush()
    os._exit(code)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
