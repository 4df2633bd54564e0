"""No log, however damaged, makes a traceback or a hang: it is read, or refused with words.

TIERPROOF_FUZZ sets how many damaged logs each reader gets; `make fuzz` sets 100,000.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiment.logs import made
from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import import_logs

TRIES = int(os.environ.get("TIERPROOF_FUZZ", "40"))
SCORES = {f"q{number}": float(number % 2) for number in range(4)}
Whole = tuple[str, Any]


def seeds(real: Path) -> Iterator[tuple[str, Whole]]:
    """A small sound log of every form, by the name of its reader and form."""
    for tool, name in (
        ("deepeval", "test_run_lab-1m.json"), ("pydantic-evals", "report_lab-1m.json"),
        ("promptfoo", "two_models.json"), ("mlflow", "result_df_lab-1m.json"),
    ):  # fmt: skip
        yield tool, (name, made.cut(json.loads((real / tool / name).read_text(encoding="utf-8"))))
    for tool, pattern in (
        ("lm-eval", "lab-1m/samples_desk_2*.jsonl"), ("promptfoo-lines", "two_models_two_prompts.jsonl"),
        ("every-eval-ever", "lab-200k/*_samples.jsonl"), ("ragas", "ragas_lab-1m.jsonl"),
    ):  # fmt: skip
        (path,) = (real / tool.removesuffix("-lines")).glob(pattern)
        lines = path.read_text(encoding="utf-8").splitlines()[:4]
        yield tool, (path.name, [made.cut(json.loads(line)) for line in lines])
    members = made.read_members(real / "inspect" / "lab-1m_truncated_answers.eval")
    few = {name: made.cut(value) for name, value in members.items() if name.startswith("samples/")}
    few["header.json"] = members["header.json"]
    yield "inspect", ("log.eval", few)
    whole = {**members["header.json"], "samples": [value for name, value in few.items() if name.startswith("samples/")]}
    yield "inspect-json", ("log.json", whole)
    yield "helm", ("per_instance_stats.json", made.helm({name: (one, one) for name, one in SCORES.items()}))
    yield "openai-evals", ("log.jsonl", made.oaieval("one", {name: bool(one) for name, one in SCORES.items()}))
    yield "langfuse", ("log.json", made.langfuse("one", dict(SCORES)))
    for form, name in (
        ("deepeval-conversation", "deepeval/conversation_weak.json"), ("langfuse-page", "langfuse/weak.json"),
        ("inspect-settings", "inspect/weak.json"), ("pydantic-evals-settings", "pydantic-evals/bracket_weak.json"),
    ):  # fmt: skip
        found = json.loads((real / "settings" / name).read_text(encoding="utf-8"))
        yield form, (name.rpartition("/")[2], made.cut(found))
    for form, name in (
        ("ragas-conversation", "ragas/mt_weak.jsonl"), ("promptfoo-settings", "promptfoo/repeat3_without_ids.jsonl"),
        ("every-eval-ever-settings", "every-eval-ever/weak_samples.jsonl"),
    ):  # fmt: skip
        lines = (real / "settings" / name).read_text(encoding="utf-8").splitlines()[:4]
        yield form, (name.rpartition("/")[2], [made.cut(json.loads(line)) for line in lines])
    (path,) = (real / "settings" / "lm-eval" / "weak").glob("samples_g_noid*")
    old = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:4]]
    gone = {"filter", "metrics", "doc_hash"}
    yield "lm-eval-old", ("old.json", [{key: value for key, value in row.items() if key not in gone} for row in old])
    spans = [made.span("one", score, item=name) for name, score in SCORES.items()]
    yield "opentelemetry", ("spans.jsonl", spans)
    yield "opentelemetry-otlp", ("spans.json", made.otlp(spans))
    rows = [{"item": name, "score": score, "system": "one", "error": ""} for name, score in SCORES.items()]
    yield "table", ("rows.json", rows)
    trials = [{"arm": "a", "item": name, "position": 0, "score": score} for name, score in SCORES.items()]
    yield "tierproof", ("outcomes.jsonl", trials)
    for name in ("promptfoo/two_models.csv", "ragas/ragas_lab-1m.csv"):
        with (real / name).open(encoding="utf-8", newline="") as file:
            few = list(csv.reader(file))[:5]
        held = io.StringIO()
        csv.writer(held).writerows(few)
        yield f"{name.split('/', 1)[0]}-csv", (name.split("/", 1)[1], held.getvalue().encode())


FORMS = (
    "deepeval", "pydantic-evals", "promptfoo", "mlflow", "lm-eval", "promptfoo-lines", "every-eval-ever", "ragas",
    "inspect", "inspect-json",
    "helm", "openai-evals", "langfuse", "opentelemetry", "opentelemetry-otlp", "table", "tierproof",
    "promptfoo-csv", "ragas-csv",
    "deepeval-conversation", "langfuse-page", "inspect-settings", "pydantic-evals-settings", "ragas-conversation",
    "every-eval-ever-settings", "promptfoo-settings", "lm-eval-old",
)  # fmt: skip


def put(path: Path, value: Any, rnd: random.Random, *, sound: bool = False) -> None:
    if isinstance(value, bytes):
        path.write_bytes(value if sound else made.torn(value, rnd))
        return
    found = value if sound else made.damaged(value, rnd) if rnd.random() < 0.8 else value
    torn = not sound and (found is value or rnd.random() < 0.1)
    if path.suffix == ".eval":
        made.write_members(path, found if isinstance(found, dict) else {"header.json": found})
    else:
        lines = path.suffix == ".jsonl" and isinstance(found, list)
        text = "\n".join(map(json.dumps, found)) if lines else json.dumps(found)
        path.write_text(text, encoding="utf-8")
    if torn:
        path.write_bytes(made.torn(path.read_bytes(), rnd))


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_log_is_read_or_refused_with_words(form: str, real: Path, tmp_path: Path) -> None:
    name, value = dict(seeds(real))[form]
    rnd = random.Random(form)
    sound, path = tmp_path / "sound" / name, tmp_path / name
    sound.parent.mkdir()
    put(sound, value, rnd, sound=True)
    assert read_log(sound).rows
    read = 0
    for _ in range(TRIES):
        put(path, value, rnd)
        try:
            import_logs([sound, path])
            read += 1
        except InputError as error:
            assert str(error).strip()
            assert all(problem.message for problem in error.problems)
    if TRIES >= 40:
        assert read < TRIES  # the damage is seen


def test_a_zip_file_is_not_trusted(tmp_path: Path, real: Path) -> None:
    members = made.read_members(real / "inspect" / "lab-1m_truncated_answers.eval")
    samples = {name: value for name, value in members.items() if name.startswith("samples/")}
    hostile = {f"samples/../../{name.rpartition('/')[2]}": value for name, value in samples.items()}
    path = made.write_members(tmp_path / "paths.eval", {**hostile, "header.json": members["header.json"]})
    assert read_log(path).rows  # read in place: nothing is unpacked
    assert sorted(tmp_path.parent.glob("*.json")) == []
    bomb = made.write_members(tmp_path / "bomb.eval", {"header.json": b" " * (64 << 20)})
    with pytest.raises(InputError):
        read_log(bomb)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    for name, text in (("a.json", "[" * 100_000), ("b.json", '{"a":' * 100_000), ("c.jsonl", '{"a":' * 5_000)):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            read_log(path)


def test_places_are_told(tmp_path: Path, real: Path) -> None:
    (source,) = (real / "lm-eval" / "lab-1m").glob("samples_desk_2*.jsonl")
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / source.name
    path.write_text("".join([*lines[:4], "\n", lines[5][: len(lines[5]) // 2]]), encoding="utf-8")
    with pytest.raises(InputError, match="cut off") as told:
        read_log(path)
    assert told.value.problems[0].line == 6
    path.write_text("".join(lines + lines[:3]), encoding="utf-8")
    with pytest.raises(InputError, match="two runs in one file") as told:
        read_log(path)
    assert told.value.problems[0].line == len(lines) + 1
