"""Workload folders: what can be read, and what is told of what cannot."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pace import timed
from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.folder import load_workload

HELP_DESK = Path(__file__).resolve().parents[2] / "examples" / "workloads" / "help-desk"
MANIFEST = """\
name = "w"

[[models]]
name = "small"
base_url = "http://localhost:8000/v1"
price = { input = 0.1, output = 0.4 }

[scorer]
kind = "exact"
"""
ITEMS = '{"id": "a", "input": "1 + 1?", "target": "2"}\n{"id": "b", "input": "2 + 2?", "target": "4", "unit": "m"}\n'


def folder(where: Path, manifest: str = MANIFEST, items: str = ITEMS, **files: str | bytes) -> Path:
    """`files`: names with `__` for a dot and `___` for a slash."""
    given: Mapping[str, str | bytes] = {"workload.toml": manifest, "items.jsonl": items, **files}
    for name, content in given.items():
        path = where / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return where


def problems(where: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_workload(where)
    return caught.value.problems


def told(where: Path) -> list[tuple[str, int | None, str | None]]:
    return [(problem.file.name if problem.file else "", problem.line, problem.field) for problem in problems(where)]


def test_the_example_is_read_whole() -> None:
    workload = load_workload(HELP_DESK)
    assert (workload.name, workload.setting, len(workload.items)) == ("help-desk", "production", 20)
    assert [spec.name for spec in workload.resources.models] == ["small", "large"]
    assert workload.resources.swaps == {"quantization": {"small": "small-4bit"}}
    assert {document.name for document in workload.resources.documents} == {"care.md", "delivery.md", "returns.md"}
    assert [tool.name for tool in workload.resources.tools] == ["delivery_price", "voucher_value"]
    assert workload.baseline.decoding.temperature == 0.0
    assert workload.profile["value_per_success"] == 0.40
    assert workload.items[0].target == ["45 days", "45"]
    assert all(item.target is None for item in workload.resources.requests), "techniques never see targets"


def test_a_small_folder_is_enough(tmp_path: Path) -> None:
    workload = load_workload(folder(tmp_path))
    assert [(item.id, item.input, item.target) for item in workload.items] == [
        ("a", "1 + 1?", "2"),
        ("b", "2 + 2?", "4"),
    ]
    assert workload.items[1].metadata == {"unit": "m"}
    assert workload.baseline.model == "small"


def test_the_baseline_may_use_techniques_already(tmp_path: Path) -> None:
    manifest = MANIFEST + '[baseline]\ntechniques = ["retrieval-augmented-generation(top=2)"]\n'
    workload = load_workload(folder(tmp_path, manifest, documents___a__md="Herons nest in reeds."))
    assert str(workload.baseline.retriever) == "BM25 over 1 passages, top 2"


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ('name = "w"\n', "", 1, None, "missing required field `name`"),
        ('name = "small"', 'name = "small"\ncolour = 1', 3, "models[0]", "unknown field `colour`"),
        ("{ input = 0.1, output = 0.4 }", "{ input = 0.1 }", 6, "models[0].price", "missing required field `output`"),
        ("input = 0.1", "input = -1", 6, "models[0].price.input", ">= 0"),
        ('"http://localhost:8000/v1"', '"localhost"', 5, "base_url", "no http address"),
        ('kind = "exact"', 'kind = "exakt"', 9, "scorer.kind", "no scorer of kind 'exakt'"),
        ('name = "w"', 'name = "w', 1, None, "no TOML"),
        ('name = "w"', 'name = "w"\narms = ["chain-of-thougt"]', None, "arm", "no technique is called"),
        ('name = "w"', 'name = "w"\nsetting = "prod"', 2, "setting", "enum value 'prod'"),
        ("[scorer]", "[options.rag]\n[scorer]", 8, 'options."rag"', "no technique is called 'rag'"),
        ("[scorer]", '[baseline]\nmodel = "x"\n[scorer]', 9, "baseline.model", "no step of the ladder"),
        ('name = "small"', 'name = "small"\nof = "x"', 3, "models[0]", "one of 'technique' and 'of'"),
    ],
)
def test_a_slip_in_the_manifest_is_told_with_its_line(  # noqa: PLR0917
    old: str, new: str, line: int | None, field: str | None, message: str, tmp_path: Path
) -> None:
    assert old in MANIFEST
    [problem, *_] = problems(folder(tmp_path, MANIFEST.replace(old, new)))
    assert message in problem.message
    assert problem.field == field
    if line is not None and field not in ("base_url", None):
        assert problem.line == line


@pytest.mark.parametrize(
    ("items", "line", "message"),
    [
        ('{"input": "a", "target": "1"}\n{"input": 5}\n', 2, "text that is not empty"),
        ('{"input": "a", "target": "1"}\n\n{"input": "  "}\n', 3, "text that is not empty"),
        ('{"input": "a"\n', 1, "no JSON"),
        ('["a"]\n', 1, "begins with a JSON list"),
        ('{"id": 1, "input": "a", "target": "x"}\n{"id": 1, "input": "b", "target": "x"}\n', 2, "was used on line 1"),
        ('{"text_": "a"}\n', 1, "no column looks like the input"),
        ('{"input": [{"role": "user"}, {"role": "assistant"}], "target": "x"}\n', 1, "must end with the user's"),
        ('{"input": [{"content": "x"}], "target": "x"}\n', 1, "role and content"),
        ("", None, "holds no items"),
        ('{"input": "a"}\n', None, "it has no target"),
    ],
)
def test_a_bad_item_is_told_with_its_line(items: str, line: int | None, message: str, tmp_path: Path) -> None:
    [problem, *_] = problems(folder(tmp_path, items=items))
    assert message in problem.message
    assert (problem.file is not None and problem.file.name) == "items.jsonl"
    assert problem.line == line


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        MANIFEST.replace('kind = "exact"', 'kind = "regex"\npattern = "("'),
        '{"input": "a"}\nnot json\n',
        documents___scan__pdf=b"%PDF",
        documents___latin__txt=b"caf\xe9",
        examples__jsonl='{"input": "x"}\n',
        schema__json="{\n  nonsense\n}",
        tools__py="def f(x):\n    return x\n",
    )
    files = [name for name, *_ in told(where)]
    assert {"workload.toml", "items.jsonl", "examples.jsonl", "schema.json", "tools.py"} <= set(files)
    assert "scan.pdf" in files or "latin.txt" in files


def test_twenty_problems_of_a_file_are_enough(tmp_path: Path) -> None:
    assert len(problems(folder(tmp_path, items="nonsense\n" * 500))) == 20


def test_text_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    assert told(folder(tmp_path, documents___a__txt=b"good\nbad \xff\n")) == [("a.txt", 2, None)]
    (tmp_path / "documents" / "a.txt").unlink()
    (tmp_path / "workload.toml").write_bytes(b'name = "\xff"')
    assert told(tmp_path) == [("workload.toml", 1, None)]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    where = folder(tmp_path, "\ufeff" + MANIFEST, "\ufeff" + ITEMS)
    assert load_workload(where).items[0].id == "a"


def test_there_is_no_workload(tmp_path: Path) -> None:
    [problem] = problems(tmp_path / "nowhere")
    assert "tierproof init" in problem.remedy
    [problem] = problems(tmp_path)
    assert problem.message == "there is no workload.toml"


def test_semicolons_part_columns_where_commas_are_decimal_marks(tmp_path: Path) -> None:
    manifest = f'{MANIFEST}\n[items]\nsource = "t.csv"\n'
    where = folder(tmp_path, manifest, t__csv='input;target\n"Eins; und 0,5?";1,5\n')
    [item] = load_workload(where).items
    assert (item.input, item.target) == ("Eins; und 0,5?", "1,5")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_items_from_tables(suffix: str, tmp_path: Path) -> None:
    rows = [{"q": "a, or\nb?", "answer": "x", "n": "1"}, {"q": 'the "other"', "answer": "y", "n": "2"}]
    manifest = f'{MANIFEST}\n[items]\nsource = "t.{suffix}"\ninput = "q"\nid = "n"\n'
    where = folder(tmp_path, manifest)
    if suffix == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(rows), where / "t.parquet")
    else:
        import csv

        with (where / f"t.{suffix}").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["q", "answer", "n"], delimiter="\t" if suffix == "tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    items = load_workload(where).items
    assert [(item.id, item.input, item.target) for item in items] == [
        ("1", rows[0]["q"], "x"),
        ("2", rows[1]["q"], "y"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("input,target\na,1\nb\n", 3, "1 fields where the header has 2"),
        ("input,input\na,1\n", 1, "two columns are called 'input'"),
        ('input,target\n"a\nb",1\n"c"x,2\n', 4, "no CSV"),
        ("input,target\n", None, "holds no items"),
        ("input,target\na,\n", None, "no target"),
    ],
)
def test_a_bad_table_is_told_with_its_line(text: str, line: int | None, message: str, tmp_path: Path) -> None:
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "t.csv"\n', t__csv=text)
    [problem, *_] = problems(where)
    assert message in problem.message
    assert problem.line == line


def test_a_limit_takes_the_first(tmp_path: Path) -> None:
    assert len(load_workload(folder(tmp_path, f"{MANIFEST}\n[items]\nlimit = 1\n")).items) == 1


def test_datasets_by_name_need_their_package_or_say_so(tmp_path: Path) -> None:
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "hf:nobody/nothing@test"\n')
    [problem] = problems(where)
    assert "datasets" in problem.message or "cannot be loaded" in problem.message


def test_a_saved_dataset_is_read_like_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The package that reads it is an extra; its two calls are stood in for by a module of the same name.
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "datasets.py").write_text(
        "def load_from_disk(path):\n    return {'dev': [{'question': path[-4:], 'answer': 'x'}]}\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.delitem(sys.modules, "datasets", raising=False)
    where = folder(tmp_path / "w", f'{MANIFEST}\n[items]\nsource = "hf:./kept@dev"\n')
    (where / "kept").mkdir()
    [item] = load_workload(where).items
    assert (item.input, item.target) == ("kept", "x")
    monkeypatch.delitem(sys.modules, "datasets", raising=False)


def test_files_of_the_team_are_run_once_and_told_where_they_fail(tmp_path: Path) -> None:
    systems = (
        '\n[[systems]]\nname = "ours"\nfunction = "ours.py:answer"\n'
        '[[systems]]\nname = "chain"\nmake = "ours.py:make"\n'
    )
    where = folder(tmp_path, MANIFEST + systems, ours__py="import beside\ndef answer(x): return x\nmake = answer\n")
    (where / "beside.py").write_text("", encoding="utf-8")
    own = load_workload(where).resources.own
    assert {name: one.kind for name, one in own.items()} == {"ours": "function", "chain": "factory"}
    broken = folder(tmp_path / "b", MANIFEST + systems, ours__py="x = 1\n\nraise RuntimeError('no')\n")
    [problem, *_] = problems(broken)
    assert (problem.line, problem.message) == (3, "RuntimeError: no")
    both = folder(tmp_path / "c", MANIFEST + '[[systems]]\nname = "x"\n')
    assert "either 'function' or 'make'" in problems(both)[0].message


def test_a_judge_stands_beside_the_ladder(tmp_path: Path) -> None:
    judge = '\n[[models]]\nname = "judge"\nbase_url = "http://localhost:1/v1"\njudge = true\n'
    manifest = (MANIFEST + judge).replace('kind = "exact"', 'kind = "judge"\nmodel = "judge"\nrubric = "Right?"')
    workload = load_workload(folder(tmp_path, manifest))
    assert [spec.name for spec in workload.models] == ["small", "judge"]
    assert [spec.name for spec in workload.resources.models] == ["small"]


def test_a_hundred_thousand_items_are_read_in_seconds(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": n, "input": f"{n} + 1?", "target": n + 1}) + "\n" for n in range(100_000))
    where = folder(tmp_path, items=lines)
    workload, seconds = timed(lambda: load_workload(where))
    assert len(workload.items) == 100_000
    # Near 0.6 s on the machine it was written on.
    assert seconds < 15


def test_a_copy_of_the_example_is_the_example(tmp_path: Path) -> None:
    shutil.copytree(HELP_DESK, tmp_path / "copy")
    one, other = load_workload(HELP_DESK), load_workload(tmp_path / "copy")
    assert one.baseline == other.baseline
    assert one.items == other.items


def test_kinds_of_resources_are_typed(tmp_path: Path) -> None:
    where = folder(
        tmp_path,
        train__jsonl='{"input": "a", "output": {"x": 1}}\n',
        grammar__lark='start: "yes"',
        schema__json='{"type": "object"}',
        documents___d__jsonl='{"name": "one", "text": "t"}\n{"text": "u"}\n',
    )
    resources: Any = load_workload(where).resources
    assert resources.train[0].output == '{"x": 1}'
    assert (resources.grammar, resources.schema) == ('start: "yes"', {"type": "object"})
    assert [document.name for document in resources.documents] == ["one", "d.jsonl:2"]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("input,target,,\na,1,,\n", {"input": "a", "target": "1"}),
        ("input,target\na,1,,\n", {"input": "a", "target": "1"}),
        ("sep=;\ninput;target\na;1\n", {"input": "a", "target": "1"}),
        ("sep=|\r\ninput|target\r\na,b|1\r\n", {"input": "a,b", "target": "1"}),
        ('input;"why, then";target\n"a, b";x;1\n', {"input": "a, b", "target": "1"}),
        ("input\ttarget\na\t1\n", {"input": "a", "target": "1"}),
        ("\ufeffQuestion,Expected Answer\na,1\n", {"input": "a", "target": "1"}),
    ],
)
def test_tables_as_spreadsheets_write_them(text: str, row: dict[str, str], tmp_path: Path) -> None:
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "t.csv"\n', t__csv=text)
    [item] = load_workload(where).items
    assert {"input": item.input, "target": item.target} == row


def test_a_value_without_a_name_is_told(tmp_path: Path) -> None:
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "t.csv"\n', t__csv="input,target,\na,1,\nb,2,note\n")
    [problem] = problems(where)
    assert (problem.line, problem.message) == (3, "column 3 has no name, and holds 'note'")


def test_dates_and_labels_of_typed_files_stay_as_they_are_shown(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    moments = pa.array([1_709_164_800_000_000, 1_709_200_000_000_000], pa.timestamp("us"))
    classes = {"names": ["no", "yes"], "_type": "ClassLabel"}
    features = {"label": classes, "all": {"feature": classes, "_type": "List"}}
    table = pa.table(
        {"input": ["a", "b"], "target": moments, "label": [1, 0], "all": [[0, 1], [-1]]},
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "t.parquet"\n')
    parquet.write_table(table.replace_schema_metadata(table.schema.metadata), where / "t.parquet")
    one, two = load_workload(where).items
    assert (one.target, one.metadata["label"]) == ("2024-02-29", "yes")
    assert (one.metadata["all"], two.metadata["all"]) == (["no", "yes"], [-1])
    assert (two.target, two.metadata["label"]) == ("2024-02-29 09:46:40", "no")


def test_squads_answers_are_their_texts(tmp_path: Path) -> None:
    rows = [
        {"question": "a", "answers": {"text": ["x", "x", "y"], "answer_start": [1, 1, 2]}},
        {"question": "b", "answers": {"text": [], "answer_start": []}},
    ]
    where = folder(tmp_path, MANIFEST.replace("exact", "f1"), items="\n".join(map(json.dumps, rows)))
    one, two = load_workload(where).items
    assert (one.target, two.target) == (["x", "y"], [])


def test_a_schema_is_taken_out_of_its_envelope(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["a"]}
    for envelope in (
        schema,
        {"name": "n", "strict": True, "schema": schema},
        {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}},
    ):
        where = folder(tmp_path, schema__json=json.dumps(envelope))
        assert load_workload(where).resources.schema == schema
    where = folder(tmp_path, schema__json='{"name": "n", "title": "all"}')
    assert "allows everything" in problems(where)[0].message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"input": "a", "output": "  "}', "empty"),
        ('{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}', "empty"),
        ('{"instruction": "a"}', "'input' and 'output'"),
        ('{"input": "a", "output": "b", "hint": "c"}', "unknown field `hint`"),
    ],
)
def test_an_example_without_an_answer_is_told_with_its_line(line: str, told: str, tmp_path: Path) -> None:
    where = folder(tmp_path, examples__jsonl=f'{{"input": "x", "output": 0}}\n{line}\n')
    [problem] = problems(where)
    assert problem.line == 2 and told in problem.message


def test_an_instruction_stands_before_its_input(tmp_path: Path) -> None:
    lines = '{"instruction": "Say it in French.", "input": "cat", "output": "chat"}\n'
    lines += '{"instruction": "Sing.", "response": "la", "category": "songs"}\n'
    lines += '{"instruction": "Sum it up.", "context": "It rained.", "answer": "rain"}'
    examples = load_workload(folder(tmp_path, examples__jsonl=lines)).resources.examples
    assert [one.input for one in examples] == ["Say it in French.\n\ncat", "Sing.", "Sum it up.\n\nIt rained."]
    assert [one.output for one in examples] == ["chat", "la", "rain"]


def test_arms_may_be_named_by_any_name(tmp_path: Path) -> None:
    manifest = 'arms = ["Docs + CoT(plan=1)", "unheard of"]\n' + MANIFEST + "\n[options.CoT]\n"
    aliases = {"docs": "retrieval-augmented-generation", "cot": "chain-of-thought"}
    with pytest.raises(InputError) as caught:
        load_workload(folder(tmp_path, manifest), aliases)
    # Only what is no name at all is told, and an option that there is not.
    messages = [problem.message for problem in caught.value.problems]
    assert any("unheard of" in message for message in messages)
    assert not any("Docs" in message or "CoT" in message for message in messages)


def test_a_module_that_is_missing_is_told_with_its_remedy(tmp_path: Path) -> None:
    where = folder(
        tmp_path, MANIFEST.replace('"exact"', '"function"\nfunction = "s.py:f"'), s__py="import no_such_thing"
    )
    [problem] = problems(where)
    assert "pip install no_such_thing" in problem.remedy


def test_labels_and_dates_of_a_saved_dataset_stay_as_they_are_shown(tmp_path: Path) -> None:
    # Other tests put a module of that name in place, which has no version.
    datasets = pytest.importorskip("datasets", minversion="3.2")
    from datetime import date

    features = datasets.Features(
        {
            "input": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["negative", "positive"]),
            "day": datasets.Value("date32"),
            "topics": datasets.Sequence(datasets.ClassLabel(names=["money", "time"])),
        }
    )
    rows = {"input": ["a", "b"], "label": [1, 0], "topics": [[0, 1], []], "day": [date(2024, 2, 29), date(2023, 1, 2)]}
    datasets.DatasetDict({"test": datasets.Dataset.from_dict(rows, features=features)}).save_to_disk(tmp_path / "saved")
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "hf:./saved@test"\n')
    one, two = load_workload(where).items
    assert (one.target, two.target) == ("positive", "negative")
    assert (one.metadata["topics"], two.metadata["topics"]) == (["money", "time"], [])
    assert (one.metadata["day"], two.metadata["day"]) == ("2024-02-29", "2023-01-02")


def test_numbers_of_single_precision_are_read_as_they_are_shown(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"input": ["a", "b"], "target": arrow.array([0.1, 3.14], arrow.float32())}
    where = folder(tmp_path, f'{MANIFEST}\n[items]\nsource = "t.parquet"\n')
    parquet.write_table(arrow.table(columns), where / "t.parquet")
    assert [item.target for item in load_workload(where).items] == [0.1, 3.14]
