"""A scorer tried on its own targets, before anything is measured with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from experiment.test_doctor import found
from experiment.test_folder import MANIFEST, folder
from servers.endpoint import serve
from tierproof.errors import InputError
from tierproof.experiment.run.measurement import measure
from tierproof.experiment.workload.folder import load_workload


def scorer_checks(where: Path) -> list[tuple[str, str]]:
    return [(check.state, check.message) for check in found(where).checks if check.area == "scorer"]


def workload(path: Path, rows: list[dict[str, Any]], scorer: str, extra: str = "", **files: str) -> Path:
    manifest = MANIFEST.replace('kind = "exact"', scorer) + extra
    return folder(path, manifest, "\n".join(json.dumps({"id": str(n), **row}) for n, row in enumerate(rows)), **files)


@pytest.mark.parametrize(
    ("scorer", "targets"),
    [
        ('kind = "exact"', ["a", "b", ["c", "d"]]),
        ('kind = "normalised"', ["C#", "C", "1/2", "12"]),
        ('kind = "number"', [1.5, "2,5", "$4,200", "-3/4"]),
        ('kind = "f1"', ["one two", "three"]),
        ('kind = "json-fields"', [{"a": 1}, {"a": [2.5]}]),
    ],
)
def test_a_sound_scorer_passes(scorer: str, targets: list[Any], tmp_path: Path) -> None:
    where = workload(tmp_path, [{"input": f"q{n}", "target": target} for n, target in enumerate(targets)], scorer)
    assert [state for state, _ in scorer_checks(where)] == ["good"]


def test_a_scorer_that_takes_all_for_right_is_doubted(tmp_path: Path) -> None:
    rows = [{"input": f"q{n}", "target": n} for n in range(10)]
    where = workload(tmp_path, rows, 'kind = "number"\nabsolute = 100')
    [message] = [message for state, message in scorer_checks(where) if state == "doubtful"]
    assert "gives 1 to another item's answer in 10 of 10 cases" in message


@pytest.mark.parametrize(
    ("template", "state", "told"),
    [
        ("{input}\\n{topic}", "doubtful", "'{topic}', which 1 of 2 items do not have, such as 1"),
        ("{imput}", "doubtful", "no place for the request"),
        ("Answer.", "bad", "no place for the request"),
        ('{input} as {"answer": 1}', "good", "exact"),
    ],
)
def test_a_template_that_is_not_filled_in_is_told(template: str, state: str, told: str, tmp_path: Path) -> None:
    rows = [{"input": "q", "target": "x", "topic": "t"}, {"input": "r", "target": "y"}]
    where = workload(tmp_path, rows, 'kind = "exact"', f"\n[baseline]\ntemplate = {json.dumps(template)}\n")
    assert any(one == state and told in message for one, message in scorer_checks(where))


def test_the_teams_own_scorer_is_run_once(tmp_path: Path) -> None:
    rows = [{"input": "q", "target": "x"}, {"input": "r", "target": "y"}]
    for body, state, told in (
        ("return answer == item.target", "good", "function"),
        ("return item['target'] == answer", "bad", "'Item' object is not subscriptable"),
        ("return 7", "bad", "gave 7"),
        ("return 0", "doubtful", "gives 0 to the target of item 0 itself"),
    ):
        where = workload(
            tmp_path / state / told[:4].strip("'"),
            rows,
            'kind = "function"\nfunction = "s.py:score"',
            s__py=f"def score(answer, item):\n    {body}\n",
        )
        checks = scorer_checks(where)
        assert any(state == one and told in message for one, message in checks), checks
        assert all("docs" not in message for _, message in checks)


def test_options_that_the_model_is_not_shown_are_bad(tmp_path: Path) -> None:
    rows = [{"input": "Which metal?", "choices": ["iron", "gold"], "target": "B"} for _ in range(2)]
    hidden = workload(tmp_path / "a", rows, 'kind = "choice"')
    assert any(state == "bad" and "not shown to the model" in message for state, message in scorer_checks(hidden))
    shown = workload(tmp_path / "b", rows, 'kind = "choice"', '\n[baseline]\ntemplate = "{input}\\n{choices}"\n')
    assert [state for state, _ in scorer_checks(shown)] == ["good"]
    spoken = [{**row, "input": "Which metal, iron or gold?"} for row in rows]
    assert [state for state, _ in scorer_checks(workload(tmp_path / "c", spoken, 'kind = "choice"'))] == ["good"]


def test_options_stand_in_lists_tables_texts_and_columns(tmp_path: Path) -> None:
    forms: list[tuple[dict[str, Any], str]] = [
        ({"choices": ["iron", "gold"]}, 'kind = "choice"'),
        ({"choices": {"A": "iron", "B": "gold"}}, 'kind = "choice"'),
        ({"choices": {"label": ["A", "B"], "text": ["iron", "gold"]}}, 'kind = "choice"'),
        ({"choices": "['iron', 'gold']"}, 'kind = "choice"'),
        ({"choices": "A) iron\nB) gold"}, 'kind = "choice"'),
        ({"choices": "iron|gold"}, 'kind = "choice"'),
        ({"one": "iron", "two": "gold"}, 'kind = "choice"\noptions = ["one", "two"]'),
    ]
    for number, (columns, scorer) in enumerate(forms):
        rows = [{"input": "Which?", "target": "gold", **columns}, {"input": "Other?", "target": "A", **columns}]
        where = workload(tmp_path / str(number), rows, scorer, '\n[baseline]\ntemplate = "{input}\\n{choices}"\n')
        assert [state for state, _ in scorer_checks(where)] == ["good"], scorer
        from tierproof.experiment.workload.folder import load_workload

        read = load_workload(where)
        [message] = read.baseline.prompt.messages(read.items[0])
        assert message["content"] == "Which?\nA. iron\nB. gold"


def test_targets_may_be_numbers_of_options(tmp_path: Path) -> None:
    rows = [{"input": "q iron gold", "choices": ["iron", "gold"], "target": n} for n in (0, 1)]
    assert [
        s for s, _ in scorer_checks(workload(tmp_path / "a", rows, 'kind = "choice"\ntarget = "number from 0"'))
    ] == ["good"]


def test_training_examples_that_are_nearly_items_are_told(tmp_path: Path) -> None:
    rows = [{"input": "How do I block a card that was stolen from me?", "target": "x"}]
    train = '{"input": "How do I block a card that was stolen from me today?", "output": "x"}\n'
    where = workload(tmp_path, rows, 'kind = "exact"', train__jsonl=train)
    assert any("nearly what an item asks" in check.message for check in found(where).checks)
    same = workload(tmp_path / "b", rows, 'kind = "exact"', train__jsonl=train.replace("me today?", "me"))
    assert any("given away" in check.message for check in found(same).checks)


def test_tests_that_every_program_passes_are_refused_before_a_run(tmp_path: Path) -> None:
    rows = [{"input": "Write triple(n).", "target": "import math\nassert math.pi > 3"}]
    where = workload(tmp_path, rows, 'kind = "code"')
    with pytest.raises(InputError, match="an empty program passes the tests of item 0"):
        asyncio.run(measure(load_workload(where), tmp_path / "results", names=("chain-of-thought",)))
    assert not (tmp_path / "results").exists()


def test_options_that_are_not_shown_are_told_of_where_they_are_measured(tmp_path: Path) -> None:
    rows = [{"input": f"Which is {n}?", "target": "B", "choices": ["tin", f"lead {n}"]} for n in range(8)]
    with serve(answer=lambda body: "B") as endpoint:
        where = workload(tmp_path, rows, 'kind = "choice"')
        text = (where / "workload.toml").read_text().replace("http://localhost:8000/v1", endpoint.base_url)
        (where / "workload.toml").write_text(text)
        names = ("chain-of-thought",)
        found = asyncio.run(measure(load_workload(where), tmp_path / "results", names=names, fixed=4))
    [told] = found.doubts
    assert "the options are not shown to the model" in told and "{choices}" in told


@pytest.mark.parametrize("scorer", ["exact", "judge"])
def test_options_beside_the_items_of_another_scorer_are_told_of(scorer: str, tmp_path: Path) -> None:
    rows = [{"input": "Which?", "target": "B", "Options": ["tin", "lead"]}]
    table = f'kind = "{scorer}"' + ('\nmodel = "small"\nrubric = "Right?"' if scorer == "judge" else "")
    where = workload(tmp_path / "hidden", rows, table)
    assert ("doubtful", True) in [
        (state, "that the model is not shown" in told) for state, told in scorer_checks(where)
    ]
    shown = [{**rows[0], "input": "Which? A. tin B. lead"}]
    where = workload(tmp_path / "shown", shown, table)
    assert not any("that the model is not shown" in told for _, told in scorer_checks(where))
