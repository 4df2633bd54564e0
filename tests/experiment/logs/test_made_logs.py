"""Readers of formats of which there is no real log here, in the form that the tools' own sources write."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from experiment.logs import made
from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.experiment.logs.pairs.comparison import Compared

NAMES = [f"q{number}" for number in range(12)]
FIRST = {name: float(at % 2) for at, name in enumerate(NAMES)}
SECOND = {name: float(at % 3 > 0) for at, name in enumerate(NAMES)}
# 6 of 12 right against 8 of 12; items 0..11: gains where at is even and no multiple of 3, losses where odd and one.
EXPECTED = (12, 0.5, 8 / 12)


def figures(one: Compared) -> tuple[int, float, float]:
    return one.pairs, pytest.approx(one.baseline), pytest.approx(one.treated)  # type: ignore[return-value]


def test_helm(tmp_path: Path) -> None:
    paths = []
    for model, scores in (("org/one", FIRST), ("org/two", SECOND)):
        folder = tmp_path / model.replace("/", "_")
        folder.mkdir()
        made.write(folder / "run_spec.json", {"name": f"desk:model={model},k=0", "adapter_spec": {"model": model}})
        trials = {name: (score, score) for name, score in scores.items()}
        paths.append(made.write(folder / "per_instance_stats.json", made.helm(trials)))
    (found,) = import_logs(paths).comparisons
    assert figures(found) == EXPECTED
    assert (found.named.baseline, found.named.treated, found.named.task) == ("org/one", "org/two", "desk:k=0")
    assert found.paired.sides[0].most_repeats == 2
    assert found.latency is not None
    assert found.tokens is not None


def test_each_metric_of_helm_writes_all_instances_anew(tmp_path: Path) -> None:
    """As its runner does: entries of one metric after those of another, and perturbed instances among them."""
    paths = []
    for model, scores in (("one", FIRST), ("two", SECOND)):
        first = made.helm({name: (score, score) for name, score in scores.items()})
        second = [{**one, "stats": [made.stat("f1_score", 0.5 * one["stats"][0]["mean"])]} for one in first]
        hard = []
        for prob in (0.1, 0.5):
            typos = {"name": "misspelling", "prob": prob, "computed_on": "perturbed"}
            for one in first:
                told = made.stat("exact_match", 0.0 if prob > 0.2 else one["stats"][0]["mean"])
                told["name"] = {**told["name"], "perturbation": typos}
                hard.append({**one, "perturbation": typos, "stats": [told]})
        folder = tmp_path / model
        folder.mkdir()
        paths.append(made.write(folder / "per_instance_stats.json", [*first, *hard, *second]))
    found = {(one.named.metric, one.named.filter): one for one in import_logs(paths).comparisons}
    plain = found["exact_match", ""]
    assert figures(plain) == EXPECTED
    assert plain.paired.sides[0].rows == 24  # 12 items, 2 trials
    assert found["f1_score", ""].treated == pytest.approx(4 / 12)
    kinds = {name: one for (metric, name), one in found.items() if name}
    assert len(kinds) == 2
    assert sorted(one.treated for one in kinds.values()) == pytest.approx([0.0, 8 / 12])


def test_openai_evals(tmp_path: Path) -> None:
    paths = [
        made.write(tmp_path / f"{model}.jsonl", made.oaieval(model, {name: bool(v) for name, v in scores.items()}))
        for model, scores in (("one", FIRST), ("two", SECOND))
    ]
    (found,) = import_logs(paths).comparisons
    assert figures(found) == EXPECTED
    lacking = made.oaieval("three", {name: None if name == "q1" else True for name in NAMES})[:-1]
    paths[1] = made.write(tmp_path / "three.jsonl", lacking)
    (found,) = import_logs(paths).comparisons
    assert (found.pairs, found.paired.sides[1].errors) == (11, 1)
    assert any("final report" in text for text in found.warnings)


@pytest.mark.parametrize("form", ["jsonl", "json", "page"])
def test_langfuse(form: str, tmp_path: Path) -> None:
    paths = []
    for run, scores in (("one", FIRST), ("two", {**SECOND, "q0": None})):
        items = made.langfuse(run, scores)
        value = {"data": items, "meta": {}} if form == "page" else items
        paths.append(made.write(tmp_path / f"{run}.{form if form != 'page' else 'json'}", value))
    found = {one.named.metric: one for one in import_logs(paths).comparisons}
    assert set(found) == {"right", "safe"}  # a category is no number
    assert (found["right"].pairs, found["right"].paired.sides[1].errors) == (11, 1)
    assert found["right"].treated == pytest.approx(8 / 11)


@pytest.mark.parametrize("form", ["lines", "otlp"])
def test_opentelemetry_with_recorded_evaluations(form: str, tmp_path: Path) -> None:
    paths = []
    for model, scores in (("one", FIRST), ("two", SECOND)):
        spans = [made.span(model, score, item=name, failed=name == "q3") for name, score in scores.items()]
        value = spans if form == "lines" else [made.otlp(spans)]
        paths.append(made.write(tmp_path / f"{model}.jsonl", value))
    (found,) = import_logs(paths).comparisons
    assert found.pairs == 11
    assert found.paired.sides[0].errors == 1
    assert found.latency is not None
    assert found.tokens is not None


def item_spans(model: str, scores: dict[str, float], *, failed: str, convention: str) -> list[dict[str, object]]:
    """As instrumentations of openai write them: the call below the span of its item, which ends after it."""
    spans: list[dict[str, object]] = []
    for at, (name, score) in enumerate(scores.items()):
        whole = made.span(model, score, item=name)
        asked = [{"role": "system", "content": f"You are {model}."}, {"role": "user", "content": f"question {name}"}]
        if convention != "openinference":
            told: dict[str, object] = {
                "gen_ai.request.model": model, "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 4,
                "gen_ai.input.messages": json.dumps(asked), "gen_ai.response.finish_reasons": ["length"],
            }  # fmt: skip
        else:
            told = {
                "openinference.span.kind": "LLM", "llm.invocation_parameters": json.dumps({"model": model}),
                "llm.token_count.prompt": 10, "llm.token_count.completion": 4,
                "input.value": json.dumps({"model": model, "messages": asked}),
            }  # fmt: skip
        broken = name == failed
        call = {
            **whole, "attributes": told, "events": [], "parent_id": f"0xa{at}",
            "context": {"trace_id": "0x1", "span_id": f"0xb{at}"},
            "status": {"status_code": "ERROR" if broken else "UNSET", "description": "RateLimitError"},
        }  # fmt: skip
        top = {
            **whole, "attributes": {"dataset.item.id": name}, "parent_id": None,
            "context": {"trace_id": "0x1", "span_id": f"0xa{at}"}, "events": [] if broken else whole["events"],
        }  # fmt: skip
        if convention == "attributes":
            judged = {"gen_ai.evaluation.name": "right", "gen_ai.evaluation.score.value": score}
            if broken:
                del judged["gen_ai.evaluation.score.value"]
            top = {**top, "attributes": {**top["attributes"], **judged}, "events": []}
        again = {**call, "context": {"trace_id": "0x1", "span_id": f"0xc{at}"}, "status": {"status_code": "OK"}}
        spans += [call, again, top] if at == 0 else [call, top]
    return spans


@pytest.mark.parametrize("convention", ["gen_ai", "openinference", "attributes"])
@pytest.mark.parametrize("form", ["lines", "indented"])
def test_a_call_belongs_to_the_item_that_a_span_above_it_names(form: str, convention: str, tmp_path: Path) -> None:
    paths = []
    for model, scores in (("one", FIRST), ("two", SECOND)):
        spans = item_spans(model, scores, failed="q3" if model == "two" else "", convention=convention)
        path = tmp_path / (f"{model}.jsonl" if form == "lines" else f"{model}.txt")
        path.write_text("".join(json.dumps(one, indent=None if form == "lines" else 4) + "\n" for one in spans))
        paths.append(path)
    (found,) = import_logs(paths).comparisons
    assert (found.named.baseline, found.named.treated, found.pairs) == ("one", "two", 11)
    assert found.paired.sides[1].errors == 1
    # The first item was called twice.
    assert found.paired.seconds.baseline == pytest.approx((0.5 * 10 + 1.0) / 11)
    assert found.paired.tokens.baseline == pytest.approx((14 * 10 + 28) / 11)
    (by_question,) = import_logs(paths, Choice(by="input")).comparisons
    assert by_question.pairs == 11
    assert (found.paired.sides[0].truncated > 0) is (convention != "openinference")


def test_evaluations_may_be_log_records_that_name_a_span(tmp_path: Path) -> None:
    paths = []
    for model, scores in (("one", FIRST), ("two", SECOND)):
        spans = [made.span(model, score, item=name) for name, score in scores.items()]
        told = made.otlp(spans)
        events = told["resourceSpans"][0]["scopeSpans"][0]["spans"]
        records = []
        for at, span in enumerate(events):
            span["spanId"] = f"s{at}"
            (event,) = span.pop("events")
            records.append({"eventName": event["name"], "spanId": f"s{at}", "attributes": event["attributes"]})
        logged = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
        paths.append(made.write(tmp_path / f"{model}.jsonl", [logged, told]))
    (found,) = import_logs(paths).comparisons
    assert figures(found) == EXPECTED


@pytest.mark.parametrize("version", ["0.13", "0.9"])
def test_lighteval(version: str, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    paths = []
    for model, scores in (("one", FIRST), ("two", SECOND)):
        folder = tmp_path / "details" / model / "2026-11-30T04-00-00.000000"
        folder.mkdir(parents=True)
        rows = [
            {
                "doc": {"query": f"question {name}", "id": str(at), "task_name": "desk|0", "specific": {"kind": "a"}},
                "metric": {"em": score, "pass@k": [score]},
                "model_response": {"text": ["x"], "truncated_tokens_count": 0},
            }
            if version == "0.13"
            else {"example": f"question {name}", "metrics": {"em": score}, "predictions": ["x"]}
            for at, (name, score) in enumerate(scores.items())
        ]
        path = folder / "details_desk|0_2026-11-30T04-00-00.000000.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path)
        paths.append(path)
    (found,) = import_logs(paths).comparisons
    assert figures(found) == EXPECTED
    assert (found.named.baseline, found.named.treated, found.named.task) == ("one", "two", "desk|0")


def table(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_any_table_by_the_names_of_its_columns(form: str, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"case": name, "who": who, "ok": "yes" if score else "no", "ms": 5, "fault": "down" if name == "q2" else ""}
        for who, scores in (("one", FIRST), ("two", SECOND))
        for name, score in scores.items()
    ]
    path = tmp_path / f"results.{form}"
    if form == "csv":
        table(path, rows)
    elif form == "tsv":
        path.write_text(table(path, rows).read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-8")
    elif form == "parquet":
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        made.write(path, rows)
    columns = {"item": "case", "system": "who", "score": "ok", "error": "fault"}
    (found,) = import_logs([path], Choice(columns=columns, baseline="one")).comparisons
    assert (found.pairs, found.paired.sides[0].errors) == (11, 1)
    assert found.baseline == pytest.approx(6 / 11)
    assert found.treated == pytest.approx(7 / 11)
    with pytest.raises(InputError, match="no column 'nothing'"):
        import_logs([path], Choice(columns={**columns, "score": "nothing"}))


def test_letters_are_worth_what_is_said_and_nothing_else(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"item": name, "system": who, "score": letter}
        for who, letters in (("one", "ABCA"), ("two", "AABB"))
        for name, letter in zip("wxyz", letters, strict=True)
    ]
    path = table(tmp_path / "letters.csv", rows)
    with pytest.raises(InputError, match="'A' is no number") as told:
        import_logs([path], Choice(baseline="one"))
    assert told.value.problems[0].line == 2
    (found,) = import_logs([path], Choice(baseline="one", grades={"A": 1.0, "B": 0.5, "C": 0.0})).comparisons
    assert (found.baseline, found.treated) == (pytest.approx(0.625), pytest.approx(0.75))


def test_groups_of_items_widen_the_interval(tmp_path: Path) -> None:
    # Ten groups of five equal items: as much is known as of ten items.
    rows: list[dict[str, object]] = [
        {"item": f"{group}-{at}", "system": who, "score": score, "document": f"d{group}"}
        for group in range(10)
        for at in range(5)
        for who, score in (("one", group % 2), ("two", int(group < 7)))
    ]
    path = table(tmp_path / "grouped.csv", rows)
    (plain,) = import_logs([path], Choice(baseline="one")).comparisons
    (grouped,) = import_logs([path], Choice(baseline="one", cluster="document")).comparisons
    (ten,) = import_logs(
        [table(tmp_path / "ten.csv", [row for row in rows if str(row["item"]).endswith("-0")])], Choice(baseline="one")
    ).comparisons
    assert grouped.clusters == 10
    assert grouped.difference == plain.difference
    # sqrt(G / (G-1) sum (5 d_g)^2) / (5 G) is sd / sqrt(G) of the ten, exactly.
    assert grouped.se == pytest.approx(ten.se, rel=1e-12)
    # What skewness and steps add rests on variances with divisors n - 1 of 50 and of 10: a tenth of it.
    assert grouped.interval() == pytest.approx(ten.interval(), abs=0.01)
    assert (plain.se or 0) < (grouped.se or 0)


def test_a_question_is_found_within_the_prompt_of_the_other_log(tmp_path: Path) -> None:
    bare: list[dict[str, object]] = [
        {"input": f"What is {n}\nplus {n}, in words?", "score": n % 2, "system": "one"} for n in range(20)
    ]
    full: list[dict[str, object]] = [
        {"input": f"You are kind.\n\n{row['input']}\n\nThink.", "score": 1, "system": "two"} for row in bare[:15]
    ]
    paths = [made.write(tmp_path / "bare.jsonl", bare), made.write(tmp_path / "full.jsonl", full)]
    (found,) = import_logs(paths).comparisons
    assert (found.pairs, found.paired.key.found_within) == (15, 15)
    assert any("within the other log's prompt" in text for text in found.warnings)


def test_another_question_under_the_same_name_is_another_item(tmp_path: Path) -> None:
    first = [{"item": f"q{n}", "input": f"question {n}", "score": n % 2, "system": "one"} for n in range(20)]
    second = [{**row, "system": "two", "input": f"question {n + 100 * (n < 4)}"} for n, row in enumerate(first)]
    paths = [made.write(tmp_path / "a.jsonl", first), made.write(tmp_path / "b.jsonl", second)]
    (found,) = import_logs(paths).comparisons
    assert (found.pairs, found.paired.key.conflicts) == (16, 4)
    (told,) = import_logs(paths, Choice(by="id")).comparisons
    assert told.pairs == 20
    assert any("other questions" in text for text in told.warnings)


def test_own_measurements_are_read_like_any_log(tmp_path: Path) -> None:
    rows = [
        {"arm": arm, "item": name, "position": at, "score": score, "usd": 0.01, "seconds": 0.2, "error": ""}
        for at, name in enumerate(NAMES)
        for arm, score in (("baseline", FIRST[name]), ("chain", SECOND[name]))
    ]
    path = made.write(tmp_path / "outcomes.jsonl", rows)
    (found,) = import_logs([path], Choice(baseline="baseline")).comparisons
    assert figures(found) == EXPECTED
    assert found.cost is not None
    assert read_log(path).told.tool == "tierproof"


def test_documents_of_early_lm_eval_have_neither_filter_nor_hash(tmp_path: Path) -> None:
    for name, scores in (("one", FIRST), ("two", SECOND)):
        rows = [
            {"doc_id": at, "doc": {"id": item}, "target": "x", "resps": [["x"]], "filtered_resps": ["x"], "acc": score}
            for at, (item, score) in enumerate(scores.items())
        ]
        (tmp_path / f"{name}.json").write_text(json.dumps(rows, indent=4), encoding="utf-8")
    (found,) = import_logs([tmp_path / "one.json", tmp_path / "two.json"]).comparisons
    assert figures(found) == EXPECTED
