"""No log, however damaged, makes a traceback or a hang: it is read, or refused with words.

TIERPROOF_FUZZ sets how many damaged logs each reader gets; `make fuzz` sets 100,000.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from experiment.logs import made
from experiment.logs.damage import Cells, Columns, Json, Members, Store, Whole
from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import Choice, compare_logs
from tierproof.experiment.workload.files.item_files import rows_of

TRIES = int(os.environ.get("TIERPROOF_FUZZ", "40"))
SEED = os.environ.get("TIERPROOF_FUZZ_SEED", "")
MOST_SECONDS = 20.0
"""Of processor time for one small log: thousands of times what it takes."""
SCORES = {f"q{number}": float(number % 2) for number in range(4)}


def cut_lines(path: Path) -> list[Any]:
    return [made.cut(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()[:3]]


def in_json(real: Path) -> Iterator[tuple[str, str, Any]]:
    """Form, name of the file, and what it holds."""
    for form, name in (
        ("deepeval", "deepeval/test_run_lab-1m.json"), ("pydantic-evals", "pydantic-evals/report_lab-1m.json"),
        ("promptfoo", "promptfoo/two_models.json"), ("mlflow", "mlflow/result_df_lab-1m.json"),
        ("deepeval-conversation", "settings/deepeval/conversation_weak.json"),
        ("langfuse-page", "settings/langfuse/weak.json"), ("inspect-settings", "settings/inspect/weak.json"),
        ("pydantic-evals-settings", "settings/pydantic-evals/bracket_weak.json"),
        ("ragas-columns", "settings/ragas/columns_weak.json"),
    ):  # fmt: skip
        yield form, name, made.cut(json.loads((real / name).read_text(encoding="utf-8")))
    for form, pattern in (
        ("lm-eval", "lm-eval/lab-1m/samples_desk_2*.jsonl"),
        ("promptfoo-lines", "promptfoo/two_models_two_prompts.jsonl"),
        ("every-eval-ever", "every-eval-ever/lab-200k/*_samples.jsonl"), ("ragas", "ragas/ragas_lab-1m.jsonl"),
        ("ragas-conversation", "settings/ragas/mt_weak.jsonl"),
        ("promptfoo-settings", "settings/promptfoo/repeat3_without_ids.jsonl"),
        ("every-eval-ever-settings", "settings/every-eval-ever/weak_samples.jsonl"),
    ):  # fmt: skip
        (path,) = real.glob(pattern)
        yield form, path.name, cut_lines(path)
    (path,) = real.glob("settings/lm-eval/weak/samples_g_noid*")
    gone = {"filter", "metrics", "doc_hash"}
    yield "lm-eval-old", "old.json", [{k: v for k, v in row.items() if k not in gone} for row in cut_lines(path)]
    yield "helm", "per_instance_stats.json", made.helm({name: (one, one) for name, one in SCORES.items()})
    yield "openai-evals", "log.jsonl", made.oaieval("one", {name: bool(one) for name, one in SCORES.items()})
    yield "langfuse", "log.json", made.langfuse("one", dict(SCORES))
    spans = [made.span("one", score, item=name) for name, score in SCORES.items()]
    yield "opentelemetry", "spans.jsonl", spans
    yield "opentelemetry-otlp", "spans.json", made.otlp(spans)
    rows = [{"item": name, "score": score, "system": "one", "error": ""} for name, score in SCORES.items()]
    yield "table", "rows.json", rows
    trials = [{"arm": "a", "item": name, "position": 0, "score": score} for name, score in SCORES.items()]
    yield "tierproof", "outcomes.jsonl", trials


def seeds(real: Path, folder: Path) -> Iterator[tuple[str, Whole]]:
    """A small sound log of every form, by the name of its reader and form."""
    for form, name, value in in_json(real):
        yield form, Json(Path(name).name, value)
    members = made.cut(made.read_members(real / "inspect" / "lab-1m_truncated_answers.eval"))
    samples = {name: value for name, value in members.items() if name.startswith("samples/")}
    few = dict(list(samples.items())[:3])
    yield "inspect", Members("log.eval", {**few, "header.json": members["header.json"]})
    yield "inspect-json", Json("log.json", {**members["header.json"], "samples": list(few.values())})
    for form in ("promptfoo/two_models.csv", "ragas/ragas_lab-1m.csv", "mlflow/frame_a.csv"):
        with (real / form).open(encoding="utf-8", newline="") as file:
            head = list(csv.reader(file))[:5]
        held = io.StringIO()
        csv.writer(held).writerows(head)
        yield f"{form.split('/', 1)[0]}-csv", Cells(form.split("/", 1)[1], held.getvalue().encode())
    # MLflow's store without what is not read.
    small = sqlite3.connect(folder / "small.db")
    small.execute("attach ? as whole", (str(real / "mlflow" / "store.db"),))
    for table in Store.TABLES:
        key = {"assessments": "trace_id", "runs": "''"}.get(table, "request_id")
        few = f"{key} in (select request_id from whole.trace_info order by request_id limit 8)"
        small.execute(f"create table {table} as select * from whole.{table} where {few} or {key} = ''")
    small.commit()
    small.close()
    yield "mlflow-store", Store("store.db", folder / "small.db")


def parquet_seeds(real: Path) -> Iterator[tuple[str, Whole]]:
    from pyarrow import parquet

    rows = [{"item": name, "score": score, "system": "one", "error": ""} for name, score in SCORES.items()]
    yield "table-parquet", Columns("rows.parquet", rows)
    (path,) = real.glob("settings/lighteval/weak/details_mygen*")
    wanted = ("doc", "metric", "model_response")
    few = [full({name: row[name] for name in wanted}) for row in made.cut(parquet.read_table(path).to_pylist())]
    yield "lighteval", Columns(path.name, few)


FORMS = (
    "deepeval", "pydantic-evals", "promptfoo", "mlflow", "lm-eval", "promptfoo-lines", "every-eval-ever", "ragas",
    "inspect", "inspect-json",
    "helm", "openai-evals", "langfuse", "opentelemetry", "opentelemetry-otlp", "table", "tierproof",
    "promptfoo-csv", "ragas-csv", "mlflow-csv", "mlflow-store",
    "deepeval-conversation", "langfuse-page", "inspect-settings", "pydantic-evals-settings", "ragas-conversation",
    "every-eval-ever-settings", "promptfoo-settings", "lm-eval-old", "ragas-columns",
)  # fmt: skip


def full(value: Any) -> Any:
    """Without what is empty, which Parquet cannot hold in a row of its own."""
    if isinstance(value, dict):
        return {key: full(one) for key, one in value.items() if one not in ({}, [], None)}
    return [full(one) for one in value] if isinstance(value, list) else value


def hangs(number: int, frame: FrameType | None) -> None:
    raise AssertionError(f"a small log took {MOST_SECONDS:g} seconds of processor time")


def fuzz(whole: Whole, folder: Path, form: str) -> str:
    """Damage it `TRIES` times, and hold what comes of it to words.  Returns how it went."""
    rnd = random.Random(form + SEED)
    sound, path = folder / "sound" / whole.name, folder / whole.name
    sound.parent.mkdir()
    whole.write(sound, None)
    log = read_log(sound)
    assert log.rows
    read, told, begun = 0, set(), time.process_time()
    before = signal.signal(signal.SIGVTALRM, hangs)
    try:
        for at in range(TRIES):
            whole.write(path, rnd)
            signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
            try:
                found = read_log(path)
                if at % 10 == 0:  # what pairs logs knows no tool
                    compare_logs([log, found], Choice())
                read += 1
            except InputError as error:
                assert str(error).strip()
                assert all(problem.message for problem in error.problems)
                told.add(error.problems[0].message[:24])
            except Exception:
                (Path(os.environ.get("TIERPROOF_FUZZ_KEEP") or folder) / f"{form}-{at}-{whole.name}").write_bytes(
                    path.read_bytes()
                )
                raise
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    took = time.process_time() - begun
    if TRIES >= 40:
        assert 0 < read < TRIES  # the damage is seen, and not all of it kills
    return f"{form}: {TRIES:,} logs, {read:,} read, {len(told)} kinds of words, {1000 * took / TRIES:.2f} ms each"


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_log_is_read_or_refused_with_words(form: str, real: Path, tmp_path: Path) -> None:
    fuzz(dict(seeds(real, tmp_path))[form], tmp_path, form)


@pytest.mark.parametrize("form", ["lighteval", "table-parquet"])
def test_a_damaged_parquet_file_is_read_or_refused_with_words(form: str, real: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    fuzz(dict(parquet_seeds(real))[form], tmp_path, form)


@pytest.mark.parametrize("damage", [(b"item", b"ite\xed"), (b"what is asked", b"what \xedis asked"[:13])])
def test_damaged_text_in_parquet_is_told_where_items_are_read_too(damage: tuple[bytes, bytes], tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    rows = [{"item": name, "score": score, "input": "what is asked"} for name, score in SCORES.items()]
    pq.write_table(pa.Table.from_pylist(rows), path, compression="none")
    path.write_bytes(path.read_bytes().replace(*damage))
    for read in (lambda: read_log(path), lambda: list(rows_of(tmp_path, path.name))):
        with pytest.raises(InputError, match="Parquet"):
            read()


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


@pytest.mark.parametrize("form", ["openai-evals", "langfuse", "langfuse-page", "promptfoo-csv", "ragas-csv"])
def test_a_log_that_stands_twice_in_one_file_is_refused(form: str, real: Path, tmp_path: Path) -> None:
    whole = dict(seeds(real, tmp_path))[form]
    path = tmp_path / whole.name
    whole.write(path, None)
    held = path.read_bytes()
    if form == "langfuse":
        held = json.dumps(json.loads(held) * 2).encode()
        path.write_bytes(held)
    else:
        path.write_bytes(held.rstrip() + b"\n" + held)
    with pytest.raises(InputError, match="in one file"):
        read_log(path)


def test_spans_that_were_sent_twice_are_read_once(tmp_path: Path) -> None:
    spans = [made.span("one", score, item=name) for name, score in SCORES.items()]
    log = read_log(made.write(tmp_path / "log.jsonl", spans + spans))
    assert log.rows == len(SCORES)
    assert any("stand again" in str(one) for one in log.told.warnings)


def test_pages_one_after_another_are_one_export(real: Path, tmp_path: Path) -> None:
    page = json.loads((real / "settings" / "langfuse" / "weak.json").read_text(encoding="utf-8"))
    halves = [{"data": page["data"][at::2], "meta": {} if at else {"cursor": "next"}} for at in (0, 1)]
    log = read_log(made.write(tmp_path / "pages.jsonl", halves))
    assert (log.rows, log.told.warnings) == (
        len(page["data"]),
        read_log(real / "settings/langfuse/weak.json").told.warnings,
    )


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
