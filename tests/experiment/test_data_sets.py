"""Items in the shapes in which other tools and data sets keep them: read as they are, by `init` and thereafter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app
from tierproof.experiment.workload.folder import load_workload
from tierproof.experiment.workload.new_workload import look

SPOKEN = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "Paris"}]
ASKED = {"role": "user", "content": "q"}
OF_TOOLS: dict[str, tuple[str, str, Any, Any]] = {
    "ShareGPT": ("x.json", json.dumps([{"conversations": SPOKEN}]), (ASKED,), "Paris"),
    "LangSmith": ("x.jsonl", json.dumps({"inputs": {"question": "q"}, "outputs": {"answer": "Paris"}}), "q", "Paris"),
    "LangSmith, conversations": (
        "x.json",
        json.dumps(
            [{"inputs": {"messages": [ASKED]}, "outputs": {"messages": [{"role": "assistant", "content": "Paris"}]}}]
        ),
        (ASKED,),
        "Paris",
    ),
    "Langfuse": (
        "x.json",
        json.dumps([{"input": {"query": "q"}, "expectedOutput": {"answer": "Paris"}}]),
        "q",
        "Paris",
    ),
    "promptfoo": (
        "x.json",
        json.dumps([{"vars": {"question": "q"}, "assert": [{"type": "equals", "value": "Paris"}]}]),
        "q",
        "Paris",
    ),
    "promptfoo's table": ("x.csv", "question,__expected\nq,equals:Paris\nr,Rome\n", "q", "Paris"),
    "the viewer's rows": (
        "x.json",
        json.dumps({"rows": [{"row": {"question": "q", "answer": "Paris"}}]}),
        "q",
        "Paris",
    ),
    "SQuAD": (
        "x.json",
        json.dumps(
            {
                "data": [
                    {
                        "title": "t",
                        "paragraphs": [
                            {
                                "context": "c",
                                "qas": [{"question": "q", "answers": [{"text": "Paris", "answer_start": 1}]}],
                            }
                        ],
                    }
                ]
            }
        ),
        "q",
        ["Paris"],
    ),
    "TriviaQA": (
        "x.json",
        json.dumps({"Data": [{"Question": "q", "Answer": {"Value": "Paris", "Aliases": ["Lutetia"]}}]}),
        "q",
        ["Paris", "Lutetia"],
    ),
    "Spider": (
        "x.json",
        json.dumps([{"question": "q", "query": "SELECT 1", "sql": {"select": [[1, [2]]]}, "db_id": "d"}]),
        "q",
        "SELECT 1",
    ),
    "Alpaca": (
        "x.json",
        json.dumps(
            [{"instruction": "q", "input": "", "output": "a"}, {"instruction": "b", "input": "c", "output": "d"}]
        ),
        "q",
        "a",
    ),
    "MT-bench": (
        "x.jsonl",
        json.dumps({"category": "writing", "turns": ["q", "shorter"], "reference": ["Paris", "P"]}),
        "q",
        "Paris",
    ),
    "MMLU": ("x.csv", '"q","a","b","c","d",B\n"r","a","b","c","d",A\n', "q", "B"),
    "ARC": (
        "x.jsonl",
        json.dumps(
            {
                "question": {"stem": "q", "choices": [{"text": "x", "label": "A"}, {"text": "y", "label": "B"}]},
                "answerKey": "A",
            }
        ),
        "q",
        "A",
    ),
    "a list, a member a line": (
        "x.jsonl",
        '[\n{"question": "q", "answer": "a"},\n{"question": "r", "answer": "b"},\n]\n',
        "q",
        "a",
    ),
    "one after the other": ("x.json", '\n{"question": "q", "answer": "a"}\n{"question": "r", "answer": "b"}', "q", "a"),
    "by columns": ("x.json", json.dumps({"question": ["q", "r"], "answer": ["a", "b"]}), "q", "a"),
    "by ids": (
        "x.json",
        json.dumps({"1": {"question": "q", "answer": "a"}, "2": {"question": "r", "answer": "b"}}),
        "q",
        "a",
    ),
}


@pytest.mark.parametrize(("name", "text", "asked", "target"), OF_TOOLS.values(), ids=OF_TOOLS)
def test_items_in_the_shapes_of_other_tools_are_read(
    name: str, text: str, asked: Any, target: Any, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    words = ["init", file, tmp_path / "w", "--model", "m", "--base-url", "http://localhost:1/v1", "--yes"]
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.output
    item = load_workload(tmp_path / "w").items[0]
    assert (item.input, item.target) == (asked, target)
    # What holds the answer is no part of what systems see.
    assert "Paris" not in json.dumps([item.blind().metadata])


def test_a_question_to_a_model_is_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("question,__expected\nq,llm-rubric: is it polite?\n", encoding="utf-8")
    assert (look(file).target, look(file).scorer) == ("", "judge")
