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

from tierproof.errors import InputError, Problem

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
        part = "" if active == total else f", {active:,} of them active for a token"
        typer.echo(f"{name:<{width}} {total:>10,} parameters{part}")


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
        remedy = "name a folder that is empty or does not exist yet"
        raise InputError(Problem(file=folder, message="is there already and not empty", remedy=remedy))
    source = models or SHIPPED
    family = Family(source)
    ladder, sparse = family.ladder(pretrained=pretrained), family.sparse(pretrained=pretrained)
    if not ladder:
        message = f"holds no models {'before' if pretrained else 'after'} instruction tuning"
        raise InputError(Problem(file=source, message=message, remedy="`tierproof lab models` lists what there is"))
    weights = source if pretrained else None
    base_url = f"http://127.0.0.1:{port}/v1"
    write_workload(folder, seed=seed, items=items, base_url=base_url, models=ladder, sparse=sparse, weights=weights)
    at = "" if port == PORT else f" --port {port}"
    typer.echo(f"Wrote {items} questions to {folder}.  To measure on them:")
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
        message = f"cannot listen on {host}:{port}: {error.strerror}"
        raise InputError(Problem(field="--port", message=message, remedy="choose another port, or 0")) from None
    typer.echo(f"Serving {', '.join(family.folders)} at {server.base_url}", err=bool(command))
    if command:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        raise typer.Exit(_run(command))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("Stopped.")
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
        raise InputError(Problem(field="COMMAND", message=f"'{command[0]}' cannot be run: {error.strerror}")) from None
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
        raise InputError(Problem(field="--split", message=f"there is no split '{split}'", remedy="test or validation"))
    typer.echo(score_table(Family(models or SHIPPED), seed=seed, items=items, split=split))


def build(
    folder: Annotated[Path, typer.Argument(help="Where to write the models; an unfinished build goes on.")],
    *,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="These models; else all.")] = None,
) -> None:
    """Train the family anew from its recipe (needs torch and tokenizers; about an hour on one core)."""
    from tierproof.lab.family.recipe import FAMILY  # noqa: PLC0415

    for name in only or ():
        if name not in FAMILY:
            message = f"there is no recipe for '{name}'"
            raise InputError(Problem(field="--only", message=message, remedy=f"one of {', '.join(FAMILY)}"))
    try:
        from tierproof.lab.family.build import build as build_family  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f"training needs {error.name}"
        raise InputError(Problem(message=message, remedy="pip install torch tokenizers")) from None
    try:
        build_family(only or list(FAMILY), folder)
    except (FloatingPointError, OSError) as error:
        # The last checkpoint is whole: it is written beside and moved over.
        remedy = "the same command goes on from the last checkpoint"
        raise InputError(Problem(file=folder, message=str(error), remedy=remedy)) from None
