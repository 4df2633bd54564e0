"""A pack of another field of AI goes all the way: no word of the first field on its screens, no code changed for it.

What is right of its figures is its sources' (README of the pack); here every command answers, in its words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.answers.view import View, view_of
from tierproof.doors.cli import app
from tierproof.evidence import load_pack
from tierproof.evidence.reading.known import folder_of

RUN = CliRunner()
VISION = "production_vision"
# An author of one of its sources is called llm-art.
FOREIGN = re.compile(r"\b(requests?|prompts?|tokens?|LLMs?(?!-art)|RAG)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def view() -> View:
    return view_of(VISION)


def run(*words: str) -> str:
    result = RUN.invoke(app, [*words, "--pack", VISION])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_is_in_order_and_as_large_as_it_says(view: View) -> None:
    pack = view.pack
    assert (len(pack.records), len({record.source_id for record in pack.records})) == (8_860, 131)
    assert len(pack.techniques) == 16
    assert len(view.conversion.effects) + len(view.conversion.left_out) == len(pack.records)
    done = RUN.invoke(app, ["evidence", "lint", str(folder_of(VISION))])
    assert done.exit_code == 0 and "warning" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("table",),
        ("table", "--lens", "value"),
        ("table", "--format", "markdown"),
        ("table", "--format", "html"),
        ("invert",),
        ("plan",),
        ("show", "quantization"),
        ("show", "model-scaling", "--records"),
        ("compare", "quantization", "pruning"),
        ("brief", "more-accuracy"),
        ("brief", "edge-device"),
        ("brief", "few-labels"),
        ("critique", "Pruning is worth it."),
        ("critique", "there is no claim in this"),
    ],
    ids=" ".join,
)
def test_every_screen_speaks_of_images(words: tuple[str, ...]) -> None:
    told = run(*words)
    shown = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", told, flags=re.DOTALL)
    assert not (found := FOREIGN.search(shown)), shown[max(found.start() - 60, 0) : found.end() + 20]


def test_the_unit_stands_where_the_first_field_says_request(view: View) -> None:
    assert "of an image, as a multiple of today's" in " ".join(run("table").split())
    brief = " ".join(run("brief", "more-accuracy").split())
    assert "85 % of images succeed" in brief and "1,000,000 images a month" in brief
    shipped = " ".join(RUN.invoke(app, ["table"]).stdout.split())
    assert "of a request, as a multiple of today's" in shipped
    assert view.pack.settings.words.a == "an image"


def test_columns_that_nothing_fills_are_left_out() -> None:
    vision, shipped = run("table"), RUN.invoke(app, ["table"]).stdout
    assert "cases" not in vision and "makers" not in vision
    assert "cases" in shipped
    assert "wrong answers" not in vision and "wrong answers" in shipped


def test_its_own_claims_are_read(view: View) -> None:
    for claim in view.pack.claims:
        done = json.loads(run("critique", claim["en"], "--json"))
        assert done["verdicts"], claim["en"]


def test_the_hint_names_sentences_that_the_pack_can_read(view: View) -> None:
    hint = " ".join(run("critique", "there is no claim in this").split())
    for claim in list(view.pack.claims)[:2]:
        assert claim["en"] in hint


def test_what_measure_runs_is_another_packs() -> None:
    workload = Path(__file__).resolve().parents[2] / "examples" / "workloads" / "help-desk"
    done = RUN.invoke(app, ["measure", str(workload), "--dry-run", "--pack", VISION])
    assert done.exit_code == 2
    assert "has no arms" in done.stderr and "remedy" in done.stderr


def test_a_report_is_written_in_its_words(tmp_path: Path) -> None:
    output = tmp_path / "vision.html"
    run("report", "-o", str(output))
    page = output.read_text(encoding="utf-8")
    shown = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert "Compiled runtime" in shown and "cost per image" in shown
    assert not (found := FOREIGN.search(shown)), shown[max(found.start() - 60, 0) : found.end() + 20]


def test_a_pack_is_loaded_by_its_name() -> None:
    assert load_pack(VISION).records == load_pack(folder_of(VISION)).records


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Self-supervised pretraining improves top-1 accuracy.", "quality"),
        ("Model scaling improves images per second.", "throughput"),
        ("Quantization raises fps.", "throughput"),
        ("Pruning doubles the frame rate.", "throughput"),
        ("Quantization reduces model size.", "memory"),
        ("Higher resolution raises mAP.", "quality"),
        ("Квантизация повышает частоту кадров.", "throughput"),
    ],
)
def test_what_the_field_calls_an_outcome_is_read(said: str, outcome: str) -> None:
    document = json.loads(run("critique", said, "--json"))
    (verdict,) = document["verdicts"]
    assert verdict["claim"]["outcome"] == outcome, said


def test_another_packs_words_are_not_read() -> None:
    done = RUN.invoke(app, ["critique", "Quantization raises fps.", "--json"])
    assert '"throughput"' not in json.dumps([v["claim"] for v in json.loads(done.stdout)["verdicts"]])
    assert "Not understood" in run("critique", "Prompt engineering beats transfer learning")
