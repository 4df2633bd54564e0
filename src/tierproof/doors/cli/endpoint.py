"""What commands that ask a model say of where it answers.

Enters: words of a shell.  Leaves: options, and the `ModelSpec` that they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierproof.errors import InputError
from tierproof.messages import gettext

if TYPE_CHECKING:
    from tierproof.systems.models import ModelSpec

__all__ = ["PANEL", "BaseUrl", "Key", "spec_of"]

PANEL = "The model"
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        envvar="OPENAI_BASE_URL",
        help="OpenAI-compatible address, such as http://localhost:8000/v1.",
        rich_help_panel=PANEL,
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--api-key-env", metavar="NAME", help="Environment variable that holds the key.", rich_help_panel=PANEL
    ),
]


def spec_of(model: str, base_url: str | None, api_key_env: str | None, **further: Any) -> ModelSpec:
    """`further`: as a `ModelSpec` takes it.  Raises InputError where no endpoint is named."""
    from tierproof.systems.models import ModelSpec  # noqa: PLC0415

    if base_url is None:
        remedy = gettext("name the endpoint: --base-url http://localhost:8000/v1, or set OPENAI_BASE_URL")
        raise InputError.of(gettext("no endpoint is named"), remedy=remedy, field="base-url")
    return ModelSpec(name=model, base_url=base_url, api_key_env=api_key_env, **further)
