"""`tierproof lab`: small open models and a workload, anywhere, without a key.

Enters: words of a shell.  Leaves: a workload's folder, an endpoint, a table of accuracies, or the family made anew.
"""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli.options import On
from tierproof.errors import InputError
from tierproof.messages import gettext, ngettext
from tierproof.pieces import place_of
from tierproof.written_messages import kept

__all__ = ["register"]

Models = Annotated[
    Path | None,
    typer.Option("--models", metavar="FOLDER", help="Folder of models; else those that come with Tierproof."),
]
PORT = 8321


def register(app: typer.Typer) -> None:
    lab = typer.Typer(no_args_is_help=True, help="Small open models and a workload that run anywhere, without a key.")
    lab.command("models")(models_)
    lab.command("workload")(workload)
    lab.command("serve")(serve)
    lab.command("score")(score)
    lab.command("build")(build)
    app.add_typer(lab, name="lab")


def models_(*, models: Models = None) -> None:
    """List the models with their sizes."""
    from tierproof.lab.serving.family import SHIPPED, Family  # noqa: PLC0415  (numpy)

    family = Family(models or SHIPPED)
    sizes = family.sizes()
    width = max(len(name) for name, _ in sizes)
    for name, active in sizes:
        total = family.parameters(name)
        told = gettext("{total:,} parameters", total=total)
        if active != total:
            told = gettext("{total:,} parameters, {active:,} of them active for a token", total=total, active=active)
        typer.echo(f"{name:<{width}}  {told}")


def workload(
    folder: Annotated[Path, typer.Argument(help="Where to write it; must be empty or new.")],
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the shop and its questions.")] = 1,
    items: Annotated[int, typer.Option("--items", min=20, max=100_000, help="Questions.")] = 200,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of `tierproof lab serve`.")] = PORT,
    pretrained: Annotated[
        bool, typer.Option("--pretrained", help="Models before instruction tuning, and their weights: to train on.")
    ] = False,
    models: Models = None,
) -> None:
    """Write the lab's workload as a folder for `tierproof measure`."""
    from tierproof.lab.serving.family import SHIPPED, Family  # noqa: PLC0415
    from tierproof.lab.world.shop import write_workload  # noqa: PLC0415

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        remedy = gettext("name a folder that is empty or does not exist yet")
        raise InputError.of(gettext("is there already and not empty"), remedy=remedy, file=folder)
    source = models or SHIPPED
    family = Family(source)
    ladder, sparse = family.ladder(pretrained=pretrained), family.sparse(pretrained=pretrained)
    if not ladder:
        lacks = gettext("holds no models after instruction tuning")
        message = gettext("holds no models before instruction tuning") if pretrained else lacks
        remedy = gettext("`tierproof lab models` lists what there is")
        raise InputError.of(message, remedy=remedy, file=source)
    weights = source if pretrained else None
    base_url = f"http://127.0.0.1:{port}/v1"
    write_workload(folder, seed=seed, items=items, base_url=base_url, models=ladder, sparse=sparse, weights=weights)
    at = "" if port == PORT else f" --port {port}"
    told = ngettext(
        "Wrote {n} question to {folder}.  To measure on it:",
        "Wrote {n} questions to {folder}.  To measure on them:",
        items,
        folder=str(folder),
    )
    typer.echo(told)
    typer.echo(f"  tierproof lab serve{at} -- tierproof measure {folder}")


def serve(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND...]", help="Serve while this command runs, and end with its exit code."),
    ] = None,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = PORT,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; there is no authentication.")
    ] = "127.0.0.1",
    models: Models = None,
) -> None:
    """Serve the models over an OpenAI-compatible endpoint until interrupted."""
    _one_thread()
    from tierproof.lab.serving.endpoint import LabServer  # noqa: PLC0415
    from tierproof.lab.serving.family import SHIPPED, Family  # noqa: PLC0415

    family = Family(models or SHIPPED)
    try:
        server = LabServer(family, host, port)
    except OSError as error:
        message = gettext(
            "cannot listen on {address}: {strerror}", address=f"{host}:{port}", strerror=kept(str(error.strerror))
        )
        raise InputError.of(message, remedy=gettext("choose another port, or 0"), field="--port") from None
    told = gettext("Serving {names} at {address}", names=", ".join(family.folders), address=server.base_url)
    typer.echo(told, err=bool(command))
    if command:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        raise typer.Exit(_run(command))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo(gettext("Stopped."))
    finally:
        server.server_close()


def _one_thread() -> None:
    """Keep matrix products on one thread, before numpy is imported: these are too small to gain from more."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _run(command: list[str]) -> int:
    """Exit code of a command that is run to its end; an interrupt reaches it by itself, and it says when it is done."""
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        message = gettext(
            "'{command}' cannot be run: {strerror}", command=command[0], strerror=kept(str(error.strerror))
        )
        raise InputError.of(message, field="COMMAND") from None
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def score(
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the questions.")] = 1,
    items: Annotated[int, typer.Option("--items", min=10, max=10_000, help="Questions of each kind.")] = 100,
    split: Annotated[str, typer.Option("--split", help="test or validation.")] = "test",
    models: Models = None,
) -> None:
    """Measure every model on every kind of question, beside the level of guessing."""
    _one_thread()
    from tierproof.lab.serving.accuracy import score_table  # noqa: PLC0415
    from tierproof.lab.serving.family import SHIPPED, Family  # noqa: PLC0415

    if split not in ("test", "validation"):
        message, remedy = gettext("there is no split '{split}'", split=split), gettext("test or validation")
        raise InputError.of(message, remedy=remedy, field="--split")
    typer.echo(score_table(Family(models or SHIPPED), seed=seed, items=items, split=split))


def build(
    folder: Annotated[Path, typer.Argument(help="Where to write the models; an unfinished build goes on.")],
    *,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="These models; else all.")] = None,
    on: On = None,
) -> None:
    """Train the family anew from its recipe (needs torch and tokenizers; about an hour on one core)."""
    from tierproof.lab.family.recipe import FAMILY  # noqa: PLC0415

    for name in only or ():
        if name not in FAMILY:
            message = gettext("there is no recipe for '{name}'", name=name)
            remedy = gettext("one of: {names}", names=", ".join(FAMILY))
            raise InputError.of(message, remedy=remedy, field="--only")
    try:
        from tierproof.lab.family.build import build as build_family  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = gettext("training needs {package}", package=error.name)
        raise InputError.of(message, remedy="pip install torch tokenizers") from None
    try:
        build_family(only or list(FAMILY), folder, place=place_of(on))
    except (FloatingPointError, OSError) as error:
        # The last checkpoint is whole: it is written beside and moved over.
        remedy = gettext("the same command goes on from the last checkpoint")
        raise InputError.of(str(error), remedy=remedy, file=folder) from None
