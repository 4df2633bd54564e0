"""Init and doctor: a workload made from a file, looked at, and tried against a real endpoint."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from experiment.test_folder import ITEMS, MANIFEST, folder
from servers.endpoint import serve
from tierproof.doors.cli import app
from tierproof.experiment.workload.diagnosis import Diagnosis, Reach, detectable_difference, diagnose
from tierproof.experiment.workload.folder import load_workload
from tierproof.experiment.workload.new_workload import look
from tierproof.experiment.workload.scorers.choice import Choice
from tierproof.systems.models import ModelSpec
from tierproof.systems.models.probe import list_models


def found(where: Path, reach: Reach = "nothing", environ: dict[str, str] | None = None) -> Diagnosis:
    return asyncio.run(diagnose(load_workload(where), reach=reach, environ=environ or {}))


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], terminal_width=100)
    return result.exit_code, result.output


def test_detectable_difference_by_hand() -> None:
    # (1.959964 + 0.841621) * sqrt(0.2 / 1000) = 0.03962.
    assert detectable_difference(1000) == pytest.approx(0.03962, abs=5e-6)
    # With 20 items the usual formula gives 0.28, more than the 20 % on which arms differ: 2.801585^2 / 20 = 0.3924.
    assert detectable_difference(20) == pytest.approx(0.39244, abs=5e-6)
    assert detectable_difference(2) == 1.0


def test_the_detectable_difference_is_detected_in_four_of_five_experiments() -> None:
    import numpy as np

    n, d, discordant = 1000, detectable_difference(1000), 0.2
    draw = np.random.default_rng(1)
    won = draw.binomial(n, (discordant + d) / 2, 40_000)
    lost = draw.binomial(n - won, (discordant - d) / 2 / (1 - (discordant + d) / 2))
    z = (won - lost) / np.sqrt(won + lost)
    # Nominal 0.80; the approximation leaves out that the variance is discordant - d^2, under 1 point here.
    assert float((z > 1.959964).mean()) == pytest.approx(0.80, abs=0.015)


def test_leaked_and_repeated_items_are_found(tmp_path: Path) -> None:
    items = ITEMS + '{"id": "c", "input": "1 + 1?", "target": "2"}\n'
    where = folder(tmp_path, items=items, examples__jsonl='{"input": "2 + 2?", "output": "4"}\n')
    checks = {check.message: check.state for check in found(where).checks if check.area == "items"}
    assert any("word for word" in message and state == "doubtful" for message, state in checks.items())
    assert any("given away" in message and state == "bad" for message, state in checks.items())
    assert not found(where).ready


def test_prices_and_keys(tmp_path: Path) -> None:
    manifest = MANIFEST.replace("price = { input = 0.1, output = 0.4 }", 'api_key_env = "MY_KEY"')
    where = folder(tmp_path, manifest)
    bad = [check.message for check in found(where).checks if check.state == "bad"]
    assert len(bad) == 2
    assert "price" in bad[0] and "MY_KEY is not set" in bad[1]
    bad = [check.message for check in found(where, environ={"MY_KEY": "sk-1"}).checks if check.state == "bad"]
    assert len(bad) == 1


def test_an_endpoint_whose_key_is_missing_is_not_asked(tmp_path: Path) -> None:
    where = folder(tmp_path, MANIFEST.replace("price = {", 'api_key_env = "MY_KEY"\nprice = {'))
    bad = [check.message for check in found(where, reach="list", environ={}).checks if check.state == "bad"]
    assert len(bad) == 1 and "MY_KEY is not set" in bad[0]


def test_needs_are_told_technique_by_technique(tmp_path: Path) -> None:
    fits = {fit.name: fit.lacks for fit in found(folder(tmp_path)).fits}
    assert fits["chain-of-thought"] == ()
    assert fits["retrieval-augmented-generation"] == ("needs documents/ or [retriever]",)
    assert fits["model-scaling"] == ("needs two or more [[models]]",)
    assert fits["quantization"] == ("needs an endpoint that serves 'small' with it, or the model's weights",)
    assert fits["stress/injection"] == ()


def test_a_schema_that_is_none_is_bad(tmp_path: Path) -> None:
    where = folder(tmp_path, schema__json='{"type": "nonsense"}')
    assert any("schema.json" in check.message and check.state == "bad" for check in found(where).checks)


def test_code_is_held_and_judges_are_doubted(tmp_path: Path) -> None:
    tests = '{"id": "a", "input": "?", "target": "assert f() == 1"}\n'
    code = folder(tmp_path / "a", MANIFEST.replace('"exact"', '"code"'), items=tests)
    assert any("programs are held by time" in check.message for check in found(code).checks)
    judge = folder(tmp_path / "b", MANIFEST.replace('"exact"', '"judge"\nmodel = "small"\nrubric = "r"'))
    assert any("not measured against people" in check.message for check in found(judge).checks)


def served(where: Path, base_url: str) -> Path:
    return folder(where, MANIFEST.replace("http://localhost:8000/v1", base_url))


def test_an_endpoint_is_called_only_when_asked(tmp_path: Path) -> None:
    with serve() as endpoint:
        where = served(tmp_path, endpoint.base_url)
        assert found(where, "nothing").ready and found(where, "list").ready
        assert endpoint.stats()["calls"] == 0
        checks = found(where, "call").checks
        assert endpoint.stats()["calls"] > 1
        assert any("answered in" in check.message for check in checks)
        (told,) = (check.message for check in checks if "temperature" in check.message)
        # It answers the same whatever is asked of it, and says what that took.
        assert "has logprobs, usage;" in told and "tools: ignored" in told and "all alike" in told
    dead = [check for check in found(where, "list").checks if check.state == "bad"]
    assert len(dead) == 1 and "no answer" in dead[0].message
    assert not found(where, "call").ready


def listing(payload: Any, status: int = 200, key: str | None = None) -> tuple[bool, str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/v1/models"
            right = key is None or self.headers.get("Authorization") == f"Bearer {key}"
            self.send_response(status if right else 401)
            self.end_headers()
            self.wfile.write(json.dumps(payload).encode())

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        spec = ModelSpec(name="m", base_url=f"http://127.0.0.1:{server.server_port}/v1/", api_key_env="K")
        probe = asyncio.run(list_models(spec, {"K": "sk-right"}))
        return probe.ok, probe.message
    finally:
        server.shutdown()
        server.server_close()


def test_a_list_of_models_is_read() -> None:
    assert listing({"data": [{"id": "m"}]}, key="sk-right") == (True, "answers and serves the model")
    assert listing({"data": [{"id": "other"}]}) == (False, "answers, and serves no model 'm' but other")
    assert listing({}, 404)[0] and listing(["?"])[0]
    assert listing({}, key="sk-wrong") == (False, "answers with status 401")


def test_doctor_speaks_and_its_exit_code_is_the_answer(tmp_path: Path) -> None:
    where = folder(tmp_path)
    code, text = run("doctor", where, "--offline")
    assert code == 0
    assert "Cannot be measured here" in text and "In all:" in text
    code, text = run("doctor", where, "--offline", "--json")
    data = json.loads(text)
    assert (data["schema"], data["ready"]) == ("tierproof/diagnosis/1", True)
    assert data["forecast"]["calls"]["low"] > 0
    code, _ = run("doctor", where)
    assert code == 2, "nothing listens at the example's address"
    code, _ = run("doctor", tmp_path / "nowhere")
    assert code == 2


@pytest.mark.parametrize(
    ("rows", "scorer"),
    [
        ([{"question": "a", "answer": 1}, {"question": "b", "answer": "2.5"}], "number"),
        ([{"question": "a", "answer": "Paris"}, {"question": "b", "answer": "Lake Como"}], "normalised"),
        ([{"question": "a", "answer": " ".join(f"w{n}" for n in range(40))}], "f1"),
        ([{"question": "a", "answer": {"x": 1}}], "json-fields"),
        ([{"question": "a", "answer": "B", "choices": ["x", "y"]}], "choice"),
        ([{"question": "a"}], "judge"),
        ([{"question": "a", "answer": ["1", "one"]}], "number"),
        ([{"question": "a", "answer": "2023-11-05"}, {"question": "b", "answer": "2023-12-24"}], "normalised"),
        ([{"question": "a", "answer": "3.11.4"}], "normalised"),
        ([{"question": "a", "answer": "08:45"}], "normalised"),
        ([{"question": "a", "answer": "$1,250"}, {"question": "b", "answer": "3/4"}], "number"),
        ([{"question": "a", "answer": "First there are 3 of them, and each has 4, so 3 * 4 = 12.\n#### 12"}], "number"),
        ([{"question": "a", "answer": "We add 2 and 5 and so we get 7 in all. The answer is \\boxed{7}."}], "number"),
        ([{"question": "a", "answer": "assert f(1) == 2\nassert f(2) == 3"}], "code"),
        ([{"question": "a", "answer": ["assert f(1) == 2"]}], "code"),
        ([{"question": "a", "answer": 1, "choices": "['x', 'y']"}], "choice"),
        ([{"question": "a", "answer": "B", "A": "x", "B": "y", "C": "z"}], "choice"),
        ([{"question": "a", "answer": "y", "option_a": "x", "option_b": "y"}], "choice"),
        ([{"Question": "a", "ideal": "Paris"}], "normalised"),
        ([{"question": "a", "test": "assert f(1) == 1", "entry_point": "f"}], "code"),
        ([{"question": "a", "opa": "x", "opb": "y", "cop": 1}], "choice"),
        ([{"question": "a", "options": "iron; gold; tin", "answer": "gold"}], "choice"),
        ([{"question": "a", "options": "iron, gold, tin", "answer": 2}], "choice"),
        ([{"question": "a", "options": "A) iron B) gold C) tin", "correct_option": "B"}], "choice"),
        ([{"question": "a", "options": '{"A": "iron", "B": "gold"}', "answer": "B"}], "choice"),
        ([{"question": "a", "choices": "['iron' 'gold']", "answer": "1"}], "choice"),
        ([{"question": "a", "options": ["iron", "gold"], "correct_index": 0}], "choice"),
        ([{"question": "a", "ending0": "iron", "ending1": "gold", "label": 0}], "choice"),
        ([{"question": "Which?\nA. iron\nB. gold", "answer": "B"}], "choice"),
        ([{"question": "Which?", "answer": "B"}], "normalised"),
        ([{"question": "a", "expectedOutput": "Paris"}], "normalised"),
        ([{"question": "a", "Gold Answer": "Paris"}], "normalised"),
        ([{"question": "a", "answer": "2023/24"}], "normalised"),
        ([{"question": "a", "answer": "01067"}], "normalised"),
        ([{"question": "a", "answer": "> 5"}], "normalised"),
        ([{"question": "a", "answer": "6'2\""}], "normalised"),
        ([{"question": "a", "answer": "4.2 million"}, {"question": "b", "answer": "6e23"}], "number"),
        ([{"question": "a", "answer": "Es sind drei Kisten mit je vier Birnen. Antwort: 12"}], "number"),
        ([{"question": "a", "answer": "We halve it twice, so that is \\boxed{\\frac{3}{4}} of it."}], "number"),
        ([{"question": "Какой?\nА) медь\nБ) олово\nВ) свинец", "answer": "Б"}], "choice"),
        ([{"question": "a", "answers": {"text": ["Paris"], "answer_start": [3]}}], "normalised"),
        ([{"question": "a", "answer": {"value": "Paris", "aliases": ["Lutetia"]}}], "normalised"),
        ([{"question": "a", "turns": [{"from": "human", "value": "b"}, {"from": "gpt", "value": "c"}]}], "judge"),
        ([{"question": "a", "answer": "We square it and then add one to it all: \\boxed{x^2+1}"}], "f1"),
    ],
)
def test_init_sees_what_fits(rows: list[dict[str, Any]], scorer: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    seen = look(file)
    assert (seen.input.lower(), seen.scorer) == ("question", scorer)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("ticket_body", "ticket_category", "ticket_id"), ("ticket_body", "ticket_category")),
        (("User Query", "goldResponse"), ("User Query", "goldResponse")),
        (("review", "stars"), ("review", "stars")),
        (("customer_message", "agent_response", "gold_intent"), ("customer_message", "gold_intent")),
        # What a model said is no right answer, and of two that may be neither is taken.
        (("question", "model_answer"), ("question", "")),
        (("user_query", "bot_response", "remark"), ("user_query", "")),
        (("mail_body", "team_label", "final_category"), ("mail_body", "")),
        (("customer_mail", "reference_text"), ("", "")),
    ],
)
def test_init_reads_names_that_are_made_of_words(
    names: tuple[str, ...], found: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({name: f"words of {name}" for name in names}), encoding="utf-8")
    seen = look(file)
    assert (seen.input, seen.target) == found


def test_a_conversation_that_ends_with_its_answer_is_parted_from_it(tmp_path: Path) -> None:
    """As files for training have it."""
    file = tmp_path / "x.jsonl"
    turns = [{"role": "user", "content": "What is 6 x 7?"}, {"role": "assistant", "content": "42"}]
    file.write_text(json.dumps({"messages": turns}), encoding="utf-8")
    code, text = run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "--yes")
    assert code == 0 and "which is taken for the right one" in " ".join(text.split())
    workload = load_workload(tmp_path / "w")
    assert workload.scorer.kind == "number"
    assert [(item.input, item.target) for item in workload.items] == [((turns[0],), "42")]


def test_init_asks_with_the_options_and_knows_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Question,Choices,Answer\nq,\"['iron', 'gold']\",1\nr,\"['tin', 'lead']\",0\n", encoding="utf-8")
    code, text = run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "--yes")
    assert code == 0, text
    workload = load_workload(tmp_path / "w")
    [message] = workload.baseline.prompt.messages(workload.items[0])
    assert message["content"] == "q\n\nA. iron\nB. gold"
    assert found(tmp_path / "w").checks[1].state == "good"
    assert all(check.state == "good" for check in found(tmp_path / "w").checks if check.area == "scorer")
    columns = tmp_path / "y.csv"
    columns.write_text("question,A,B,answer\nq,iron,gold,B\n", encoding="utf-8")
    assert run("init", columns, tmp_path / "v", "--model", "m", "--base-url", "http://localhost:1/v1", "-y")[0] == 0
    read = load_workload(tmp_path / "v")
    assert read.baseline.prompt.messages(read.items[0])[0]["content"] == "q\n\nA. iron\nB. gold"


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ({"passage": "Iron rusts.", "question": "Does it?", "answer": "yes"}, "Iron rusts.\n\nDoes it?"),
        ({"instruction": "Translate.", "input": "cat", "output": "chat"}, "Translate.\n\ncat"),
        ({"article": "Iron rusts.", "summary": "It does."}, "Iron rusts."),
        ({"question": "Does it?", "context": ["Iron rusts."], "answer": "yes"}, "Does it?"),
        (
            {"Context": "Iron rusts.", "question": "Does it?", "choices": ["yes", "no"], "answer": "A"},
            "Iron rusts.\n\nDoes it?\n\nA. yes\nB. no",
        ),
    ],
)
def test_init_shows_what_a_question_is_about(row: dict[str, Any], asked: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    code, text = run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "--yes")
    assert code == 0, text
    assert ("shown before the input" in text) == (asked != "Does it?" and "article" not in row)
    workload = load_workload(tmp_path / "w")
    assert workload.baseline.prompt.messages(workload.items[0])[0]["content"] == asked


@pytest.mark.parametrize(
    ("answers", "numbering", "unsure"),
    [([0, 2], "number from 0", False), ([1, 3], "number from 1", False), ([1, 2], "number from 0", True)],
)
def test_init_says_where_it_cannot_see_how_options_are_numbered(
    answers: list[int], numbering: str, unsure: bool, tmp_path: Path
) -> None:
    file = tmp_path / "x.jsonl"
    rows = [{"question": "a", "choices": ["x", "y", "z"], "answer": answer} for answer in answers]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    seen = look(file)
    assert (seen.scorer, seen.numbering, bool(seen.advice)) == ("choice", numbering, unsure)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"question": "a", "remark": "b"}, "no column looks like the right answer"),
        ({"question": "a", "options": "many", "answer": "B"}, "options of multiple choice were not understood"),
        (
            {"question": "a", "answer": "It was built by the last king of Burgundy, we read.\n#### Lyon"},
            "worked solutions",
        ),
    ],
)
def test_init_says_what_it_did_not_find(row: dict[str, Any], told: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    code, text = run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "--yes")
    assert code == 0 and told in " ".join(text.split())
    assert ("the judge is the model that it judges" in text) == (load_workload(tmp_path / "w").scorer.kind == "judge")


def test_options_that_the_request_lists_itself_are_not_shown_twice(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('question,answer\n"Which?\n(A) iron\n(B) gold",B\n"And?\n(A) tin\n(B) lead",A\n', encoding="utf-8")
    assert run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "-y")[0] == 0
    workload = load_workload(tmp_path / "w")
    assert workload.scorer == Choice(options="input")
    [message] = workload.baseline.prompt.messages(workload.items[0])
    assert message["content"] == "Which?\n(A) iron\n(B) gold"
    assert [workload.scorer.mark(workload.items[0], answer).value for answer in ("B", "It is gold.", "iron")] == [
        1,
        1,
        0,
    ]
    assert all(check.state == "good" for check in found(tmp_path / "w").checks if check.area == "scorer")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("x.csv", b'"sep=;"\r\nquestion;answer\r\nwhat, please;tin\r\n'),
        ("x.csv", b"SEP=;\nquestion;answer\nwhat, please;tin\n"),
        ("x.csv", b"question|answer\nwhat, please|tin\n"),
        ("x.csv", b',question,answer\n0,"what, please",tin\n'),
        ("x.csv", "question;answer\nwhat, please;tin\n".encode("utf-16")),
        ("x.csv", "\u200bquestion\u00a0;answer\nwhat, please;tin\n".encode()),
        ("x.CSV", b'question,answer\n"what, please",tin\n'),
        ("x.json", b'[{"question": "what, please", "answer": "tin"}]'),
        ("x.json", b'{"version": 1, "items": [{"question": "what, please", "answer": "tin"}]}'),
        ("x.ndjson", b'{"question": "what, please", "answer": "tin"}\n'),
    ],
)
def test_tables_are_read_as_spreadsheets_and_programs_write_them(name: str, raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(raw)
    assert run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "-y")[0] == 0
    assert [(item.text, item.target) for item in load_workload(tmp_path / "w").items] == [("what, please", "tin")]


def test_the_column_heads_sign_is_the_one_that_its_lines_have(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("question, in full;answer\nwhat;tin\nwhich;lead\n", encoding="utf-8")
    assert look(file).columns == ("question, in full", "answer")


@pytest.mark.parametrize(
    ("row", "input", "scorer", "numbering"),
    [
        # A list of wrong answers alone is none to choose from.
        ({"question": "Q{n}?", "correct_answer": "x", "incorrect_answers": ["y", "z"]}, "question", "normalised", ""),
        # Columns that count their options from 1: answers do, too.
        (
            {"sentence": "The _ is big, {n}.", "option1": "cat", "option2": "dog", "answer": "1"},
            *("sentence", "choice", "number from 1"),
        ),
        # All that is left beside the answer.
        ({"ticket": "My lamp {n} broke.", "answer": "lamp"}, "ticket", "normalised", ""),
        ({"ticket": "My lamp {n} broke.", "place": "Oslo", "answer": "lamp"}, "", "normalised", ""),
    ],
)
def test_what_is_left_of_a_file_shows_what_it_is(
    row: dict[str, Any], input: str, scorer: str, numbering: str, tmp_path: Path
) -> None:
    file = tmp_path / "items.jsonl"
    text = json.dumps(row) + "\n"
    file.write_text("".join(text.replace("{n}", str(n)) for n in range(5)), encoding="utf-8")
    seen = look(file)
    assert (seen.input, seen.scorer, seen.numbering) == (input, scorer, numbering)


def test_init_offers_a_judge_for_long_answers(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({"question": "a", "answer": " ".join(f"w{n}" for n in range(40))}), encoding="utf-8")
    _, text = run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "--yes")
    assert "--scorer judge" in text
    assert "value_per_success" in text


def test_init_takes_columns_in_any_case_and_lists_them(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Kysymys,Ratkaisu\nq,a\n", encoding="utf-8")
    models = ("--model", "m", "--base-url", "http://localhost:1/v1", "--yes")
    code, text = run("init", file, tmp_path / "w", *models)
    assert code == 2 and "Kysymys, Ratkaisu" in text
    assert run("init", file, tmp_path / "w", "--input", "kysymys", "--target", "RATKAISU", *models)[0] == 0
    assert [item.target for item in load_workload(tmp_path / "w").items] == ["a"]


def test_init_makes_a_workload_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_text('question,answer\n"1 + 1?",2\n"2 + 2?",4\n', encoding="utf-8")
    code, text = run("init", file, tmp_path / "w", "--model", 'a "b" \\ ü', "--base-url", "http://localhost:1/v1")
    assert code == 0, text
    assert "next: tierproof doctor" in text
    workload = load_workload(tmp_path / "w")
    assert ([spec.name for spec in workload.models], str(workload.scorer)) == (['a "b" \\ ü'], "number")
    assert len(workload.items) == 2
    assert run("init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1")[0] == 2
    prices = ("--price", "0.15,0.6", "--price", "1,2")
    models = ("--model", "s", "--model", "l", "--base-url", "http://localhost:1/v1")
    assert run("init", file, tmp_path / "v", *models, *prices, "--scorer", "exact")[0] == 0
    assert [spec.price.output for spec in load_workload(tmp_path / "v").models if spec.price] == [0.6, 2.0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--model"),
        (["--model", "m"], "--base-url"),
        (["--model", "m", "--base-url", "http://x/v1", "--price", "cheap"], "no price"),
        (["--model", "m", "--base-url", "http://x/v1", "--price", "1,1", "--price", "1,1"], "2 prices for 1"),
        (["--model", "m", "--base-url", "http://x/v1", "--scorer", "vibes"], "no scorer 'vibes'"),
        (["--input", "q"], "no column 'q'"),
    ],
)
def test_init_says_what_it_needs(words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    file = tmp_path / "q.csv"
    file.write_text("question,answer\na,b\n", encoding="utf-8")
    code, text = run("init", file, tmp_path / "w", *words)
    assert code == 2
    assert told in text
    assert not (tmp_path / "w").exists()
