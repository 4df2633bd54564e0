"""`tierproof init`: a workload from a file of items, by asking little.

Enters: words of a shell, and answers typed where it is a terminal.  Leaves: a folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.errors import InputError
from tierproof.messages import gettext, translated

if TYPE_CHECKING:
    from tierproof.systems.models import Price

__all__ = ["register"]

Model = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="What the endpoint calls it; repeatable, from small to large."),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url", metavar="URL", envvar="OPENAI_BASE_URL", help="Such as http://localhost:8000/v1; for all models."
    ),
]
Key = Annotated[
    str | None, typer.Option("--api-key-env", metavar="NAME", help="Environment variable that holds the key.")
]
PriceOption = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="IN,OUT", help="USD per million tokens, one for each --model; 0,0 for your own."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what fits.")]


def register(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Items: .csv, .tsv, .json, .jsonl or .parquet.")],
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Default: named like the file.")] = None,
    *,
    input: Annotated[str, typer.Option("--input", metavar="COLUMN", help="What is asked.")] = "",
    target: Annotated[str, typer.Option("--target", metavar="COLUMN", help="The right answer.")] = "",
    scorer: Annotated[str, typer.Option("--scorer", metavar="KIND", help="Default: what fits the answers.")] = "",
    model: Model = None,
    base_url: BaseUrl = None,
    api_key_env: Key = None,
    price: PriceOption = None,
    yes: Yes = False,
) -> None:
    """Make a workload folder from a CSV or JSONL file."""
    from tierproof.answers.safe_text import clean  # noqa: PLC0415
    from tierproof.experiment.workload.new_workload import NewModel, look, write_workload  # noqa: PLC0415  (not for `--help`)
    from tierproof.experiment.workload.scorers import KINDS  # noqa: PLC0415

    asking = not yes and sys.stdin.isatty()
    seen = look(file, input=input, target=target)
    if asking and not (input and seen.input):
        typer.echo(gettext("Columns: {names}", names=", ".join(map(clean, seen.columns))))
        # Where no column has a usual name, the first of text is the likeliest.
        likely = seen.input or next(iter(seen.candidates), "")
        seen = look(file, input=_asked(gettext("Column with the input"), likely, seen.columns), target=seen.target)
    if asking and not target:
        none = gettext("none")
        column = _asked(gettext("Column with the right answer"), seen.target or none, (*seen.columns, none))
        seen = look(file, input=seen.input, target="" if column == none else column)
    if asking and not scorer and seen.advice:
        typer.echo(translated(seen.advice))
    kind = scorer or (_asked(gettext("Scorer"), seen.scorer, tuple(KINDS)) if asking else seen.scorer)
    if kind not in KINDS:
        message, remedy = gettext("no scorer '{kind}'", kind=kind), gettext("one of: {names}", names=", ".join(KINDS))
        raise InputError.of(message, remedy=remedy, field="--scorer")
    names = model or ([typer.prompt(gettext("Model, as its endpoint calls it"))] if asking else [])
    address = base_url or (typer.prompt(gettext("Endpoint, such as http://localhost:8000/v1")) if asking else None)
    if not names or not address:
        lacking = "--model" if not names else "--base-url"
        raise InputError.of(gettext("is needed where nothing can be asked"), field=lacking)
    prices: list[Price | None] = [_read_price(text) for text in price or []]
    if len(prices) > len(names):
        message = gettext("{prices} prices for {models} models", prices=len(prices), models=len(names))
        raise InputError.of(message, field="--price")
    prices += [None] * (len(names) - len(prices))
    models = [
        NewModel(name=name, base_url=address, api_key_env=api_key_env or "", price=price)
        for name, price in zip(names, prices, strict=True)
    ]
    path = write_workload(folder or Path(file.stem), file, seen, models, scorer=kind)
    typer.echo(
        gettext(
            "wrote {path} (input: {input}, answer: {answer}, scorer: {scorer})",
            path=str(path),
            input=seen.input,
            answer=seen.target or gettext("none"),
            scorer=kind,
        )
    )
    if seen.above:
        typer.echo(gettext("shown before the input, by the template: {names}", names=", ".join(map(clean, seen.above))))
    if kind == seen.scorer and seen.advice and not asking:
        typer.echo(translated(seen.advice))
    if kind == "judge" and len(names) == 1:
        typer.echo(
            gettext("the judge is the model that it judges: name another in [scorer], of a [[models]] table of its own")
        )
    typer.echo(
        gettext("check in it before you measure: setting, value_per_success and requests_per_month are examples")
    )
    typer.echo(gettext("next: {command}", command=f"tierproof doctor {path.parent}"))


def _asked(question: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of what is allowed; asked again until it is."""
    while True:
        given = str(typer.prompt(question, default=default or None)).strip()
        found = next((one for one in allowed if one.casefold() == given.casefold()), None)
        if found is not None:
            return found
        typer.echo(gettext("one of: {names}", names=", ".join(allowed)))


def _read_price(text: str) -> Price:
    from tierproof.systems.models import Price  # noqa: PLC0415

    parts = text.split(",")
    try:
        figures = [float(part) for part in parts]
    except ValueError:
        figures = []
    if len(figures) != 2:
        message = gettext("'{text}' is no price", text=text[:40])
        raise InputError.of(message, remedy=gettext("write IN,OUT: 0.15,0.6"), field="--price")
    return Price(input=figures[0], output=figures[1])
