"""`tierproof validate` on a small pack: forms, progress apart from output, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app

RUN = CliRunner()
BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = RUN.invoke(app, ["validate", "--pack", str(BCG), *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_json_has_every_model_for_every_group() -> None:
    code, out, error = invoke("--json")
    document = json.loads(out)
    assert (code, error) == (0, "")
    assert document["schema"] == "tierproof/validation/1"
    assert document["levels"] == [0.5, 0.8, 0.9]
    groups = document["overall"] + document["by_technique"]
    assert groups
    for group in groups:
        assert set(group["models"]) == set(document["models"])
        for scores in group["models"].values():
            assert len(scores["coverage"]) == len(scores["width"]) == 3
            assert all(0.0 <= share <= 1.0 for share in scores["coverage"])
    assert sum(group["sources"] for group in document["by_technique"]) == document["overall"][-1]["sources"]


def test_text_and_markdown_say_the_same_figures() -> None:
    document = json.loads(invoke("--json")[1])
    share = document["overall"][0]["models"]["pack"]["coverage"][2]
    for form in ("text", "markdown"):
        code, out, _ = invoke("--format", form)
        assert code == 0
        assert f"{100 * share:.1f} %" in out
        assert "in use" in out
        assert "nan" not in out.lower().split()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--outcome", "beauty"], "no outcome 'beauty'"),
        (["--format", "csv"], "more than one table"),
        (["--as-of", "1900"], "two sources"),
        (["--pack", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_validated(arguments: list[str], said: str) -> None:
    code, out, error = invoke(*arguments)
    assert code == 2
    assert out == ""
    assert said in error
