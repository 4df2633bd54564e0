"""Every fault that a person can write into a pack is named with its file, line, field and remedy, and exit code 2."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tierproof.answers.view import priors_in, view_of
from tierproof.decision.ranking.lens import Lens
from tierproof.decision.reader.profile import Profile
from tierproof.doors.cli import app
from tierproof.errors import InputError, Problem
from tierproof.evidence import load_pack
from tierproof.evidence.pack import SHIPPED
from tierproof.evidence.reading.lint import Finding, lint

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"
OWNED = {"lens": Lens, "profile": Profile}
EVIDENCE = "evidence/bcg-vaccination.jsonl"
TECHNIQUE = "techniques/bcg-vaccination.toml"
LENS = "lenses/effect.toml"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BCG, tmp_path / "bcg"))


def look(path: Path) -> Finding:
    return lint(path, OWNED, priors_in)


def only(finding: Finding) -> Problem:
    assert len(finding.problems) == 1, finding.problems
    return finding.problems[0]


def change_line(file: Path, number: int, change: Callable[[dict[str, Any]], object]) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    raw = json.loads(lines[number - 1])
    change(raw)
    lines[number - 1] = json.dumps(raw)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


RECORD_FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    # field, what is written, part of the message, part of the remedy
    ("treated", {"treated": 104.0}, "104 percent is no proportion", "from 0 to 100"),
    ("baseline", {"baseline": -3.0}, "-3 percent is no proportion", "from 0 to 100"),
    ("baseline", {"baseline": None}, "missing", "comparator's figure"),
    ("n", {"n": 0}, "expected int >= 1: 0", "above 0 or null"),
    ("n", {"n": 12.5}, "expected", "above 0 or null"),
    ("se", {"se": 0}, "expected float >= 1e-09", "above 0 or null"),
    ("treated", {"treated": "12"}, "expected float, got str: '12'", "a finite number, without quotes"),
    ("outcome", {"outcome": "qualty"}, "invalid enum value 'qualty'", "did you mean 'quality'?"),
    ("contrast", {"contrast": "zzz"}, "invalid enum value", "one of: added, instead-of, variant, stress"),
    ("higher_is_better", {"higher_is_better": "no"}, "expected bool, got str", "true or false"),
    ("basline", {"basline": 3}, "unknown field", "did you mean 'baseline'?"),
    ("source.titel", {"source": {"title": "t", "titel": "t"}}, "unknown field", "did you mean 'title'?"),
    ("source.title", {"source": {}}, "missing", 'text in "quotes", not empty'),
    ("source", {"source": "Colditz"}, "expected object, got str", "a table with title"),
    ("metric", {"metric": ""}, "expected str of length >= 1", "not empty"),
    ("year", {"year": 20240}, "expected int <= 2100", "a number from 1900 to 2100"),
    ("technique", {"technique": "bcg-vacination"}, "unknown technique", "did you mean 'bcg-vaccination'?"),
    ("comparator_technique", {"comparator_technique": "x"}, "unknown technique 'x'", "one of: bcg-vaccination"),
    ("task_family", {"task_family": "tuberculoses"}, "unknown task family", "did you mean 'tuberculosis'?"),
    ("mirror_of", {"mirror_of": "bcg-comstock1970"}, "unknown original record", ""),
    ("mirror_of", {"mirror_of": "bcg-ferguson1949", "id": "bcg-ferguson1949"}, "the record itself", "other technique"),
    ("id", {"id": "BCG Coetzee"}, "is no id", "lower-case"),
]


@pytest.mark.parametrize(("field", "written", "message", "remedy"), RECORD_FAULTS)
def test_a_fault_in_a_record_is_named(
    pack: Path, field: str, written: dict[str, Any], message: str, remedy: str
) -> None:
    change_line(pack / EVIDENCE, 2, lambda raw: raw.update(written))
    problem = only(look(pack))
    assert (problem.file, problem.line, problem.field) == (pack / EVIDENCE, 2, field)
    assert message in problem.message
    assert remedy in problem.remedy
    with pytest.raises(InputError) as caught:
        load_pack(pack)
    assert caught.value.problems == (problem,)


BROKEN_LINES = [
    (b'{"id": "x",}', "trailing comma", "remove the comma"),
    (b'{"id": "x"', "ends in the middle", "on one line"),
    (b'{"id": NaN}', "NaN or Infinity", "null"),
    (b'{"treated": Infinity}', "NaN or Infinity", "null"),
    (b"id,technique", "broken JSON", "one object a line"),
    (b"[1, 2]", "expected object, got array", "a table with id"),
    (b'{"id": "x"} {"id": "y"}', "broken JSON", "one object a line"),
    (b'{"treated": 1e999}', "too large to be a figure", "a finite number"),
]


@pytest.mark.parametrize(("line", "message", "remedy"), BROKEN_LINES)
def test_a_broken_line_is_named(pack: Path, line: bytes, message: str, remedy: str) -> None:
    good = (pack / EVIDENCE).read_bytes()
    (pack / EVIDENCE).write_bytes(good + b"\n" + line + b"\n")
    problem = only(look(pack))
    assert (problem.file, problem.line) == (pack / EVIDENCE, good.count(b"\n") + 2)
    assert message in problem.message
    assert remedy in problem.remedy


def test_every_fault_of_every_line_is_named_at_once(pack: Path) -> None:
    change_line(pack / EVIDENCE, 1, lambda raw: raw.update(n=0, outcome="cots", treated="x"))
    change_line(pack / EVIDENCE, 3, lambda raw: raw.pop("source_id"))
    rewrite(pack / TECHNIQUE, 'role = "application"', 'role = "aplication"')
    rewrite(pack / TECHNIQUE, "engineer_days = { low = 20", "engineer_days = { low = 200")
    rewrite(pack / "pack.toml", "assumed_n = 250", "assumed_n = 0")
    rewrite(pack / LENS, "A = 0.50", "A = 0.90")
    found = {(problem.file.name, problem.line, problem.field) for problem in look(pack).problems if problem.file}
    assert found == {
        ("bcg-vaccination.jsonl", 1, "n"),
        ("bcg-vaccination.jsonl", 1, "outcome"),
        ("bcg-vaccination.jsonl", 1, "treated"),
        ("bcg-vaccination.jsonl", 3, "source_id"),
        ("bcg-vaccination.toml", 6, "role"),
        ("bcg-vaccination.toml", 18, "effort.engineer_days"),
        ("pack.toml", 6, "assumed_n"),
        ("effect.toml", 10, "thresholds"),
    }


def test_a_duplicate_id_names_the_first_place_too(pack: Path) -> None:
    first = (pack / EVIDENCE).read_text(encoding="utf-8").splitlines()[0]
    (pack / "evidence" / "more.jsonl").write_text(f"\n{first}\n", encoding="utf-8")
    problem = only(look(pack))
    assert (problem.file, problem.line, problem.field) == (pack / "evidence" / "more.jsonl", 2, "id")
    assert "bcg-vaccination.jsonl:1 already" in problem.message


@pytest.mark.parametrize(
    ("change", "line", "field", "message"),
    [
        (('role = "application"', 'role = "app"'), 6, "role", "invalid enum value 'app'"),
        (('stage = "prevention"', "stage = prevention"), 7, None, "not valid TOML"),
        (('needs = ["cold-chain"', 'needs = ["cold-chian"'), 8, "needs", "unknown resource 'cold-chian'"),
        (("low = 20, mode = 60", "low = 70, mode = 60"), 18, "effort.engineer_days", "70, 60, 150 are out of order"),
        (("low = 20, mode = 60", "low = -20, mode = 60"), 18, "effort.engineer_days.low", "-20 is no effort"),
        (("cost = { low = 1.03", "cost = { low = 0.0"), 37, "assumed.cost.low", "0 is no ratio"),
        (('ru = ["бцж"', 'ru = ["бцж", "BCG"'), 15, "aliases.ru", "'BCG' is not in lower case"),
        (('ru = ["бцж"', 'ru = ["бцж", "bcg"'), 15, "aliases.ru", "'bcg' stands here twice"),
        (("low = 20, mode = 60", "low = nan, mode = 60"), 18, "effort.engineer_days.low", "expected float"),
        (('skills = "basic"', 'excludes = ["bcg-vaccination"]\nskills = "basic"'), 9, "excludes", "technique itself"),
        (('skills = "basic"', 'skills = "basic"\nrequires = ["vaccine"]'), 10, "requires", "unknown technique"),
        (('skills = "basic"', 'skills = "basic"\nshared_aliases = ["Jab"]'), 10, "shared_aliases", "not in lower case"),
        (('skills = "basic"', 'skills = "basic"\nskils = 1'), 10, "skils", "unknown field"),
        (('name = "Trials below 30 degrees"', ""), 31, "sub_rows[1].name", "missing"),
    ],
)
def test_a_fault_in_a_technique_is_named(
    pack: Path, change: tuple[str, str], line: int, field: str | None, message: str
) -> None:
    rewrite(pack / TECHNIQUE, *change)
    problem = only(look(pack))
    assert (problem.file, problem.field) == (pack / TECHNIQUE, field)
    assert message in problem.message
    assert problem.line == line
    assert problem.remedy or not field  # TOML's own message says what it expected


def second_technique(pack: Path, **lists: list[str]) -> None:
    text = (pack / TECHNIQUE).read_text(encoding="utf-8").replace('"bcg-vaccination"', '"other"', 1)
    text = re.sub(r"(?m)^(en|ru) = .*$", "", text)
    fields = "\n".join(f"{name} = {json.dumps(names)}" for name, names in lists.items())
    (pack / "techniques" / "other.toml").write_text(
        text.replace('skills = "basic"', f'skills = "basic"\n{fields}'), encoding="utf-8"
    )


def test_an_exclusion_must_be_mutual(pack: Path) -> None:
    second_technique(pack, excludes=["bcg-vaccination"])
    problem = only(look(pack))
    assert (problem.file, problem.field, problem.line) == (pack / "techniques" / "other.toml", "excludes", 10)
    assert "does not exclude 'other' in turn" in problem.message


def test_a_circle_of_requirements_is_shown(pack: Path) -> None:
    second_technique(pack, requires=["bcg-vaccination"])
    rewrite(pack / TECHNIQUE, 'skills = "basic"', 'skills = "basic"\nrequires = ["other"]')
    problems = look(pack).problems
    assert {problem.field for problem in problems} == {"requires"}
    assert any("bcg-vaccination -> other -> bcg-vaccination" in problem.message for problem in problems)


def test_one_id_for_two_techniques_is_refused(pack: Path) -> None:
    shutil.copy(pack / TECHNIQUE, pack / "techniques" / "copy.toml")
    messages = [problem.message for problem in look(pack).problems if problem.field == "id"]
    assert messages == ["'bcg-vaccination' is the id of another technique too"] * 2


def test_a_technique_without_evidence_is_a_warning_and_no_fault(pack: Path) -> None:
    second_technique(pack)
    finding = look(pack)
    assert finding.problems == ()
    assert [warning.file for warning in finding.warnings] == [pack / "techniques" / "other.toml"]
    assert "not having enough evidence" in finding.warnings[0].message
    assert "other" in load_pack(pack).techniques


def test_one_alias_for_two_techniques_is_refused(pack: Path) -> None:
    second_technique(pack)
    rewrite(pack / "techniques" / "other.toml", "[aliases]", '[aliases]\nen = ["another", "bcg"]')
    problem = only(look(pack))
    assert (problem.file, problem.field, problem.line) == (pack / "techniques" / "other.toml", "aliases.en", 15)
    assert problem.message == "'bcg' is a name of 'bcg-vaccination' too"


def test_a_subtype_that_no_record_has_is_a_warning(pack: Path) -> None:
    rewrite(pack / TECHNIQUE, 'subtypes = ["near-the-equator"]', 'subtypes = ["near-the-equater"]')
    (warning,) = look(pack).warnings
    assert (warning.file, warning.field) == (pack / TECHNIQUE, "sub_rows[1].subtypes")
    assert "'near-the-equater'" in warning.message


def test_one_id_for_two_lenses_is_refused(pack: Path) -> None:
    shutil.copy(pack / LENS, pack / "lenses" / "mine.toml")
    problem = only(look(pack))
    assert (problem.file, problem.field) == (pack / "lenses" / "mine.toml", "id")


def test_adoption_of_an_unknown_technique_is_refused(pack: Path) -> None:
    rewrite(pack / "pack.toml", "[profile]", '[adoption.also]\nbgc = ["jab"]\n\n[profile]')
    (pack / "adoption").mkdir()
    survey = {
        "id": "s",
        "technique": "flu-shot",
        "who": "parents",
        "measure": "share vaccinated",
        "value": 140,
        "unit": "percent",
        "source": {"title": "t"},
        "independence": "independent",
    }
    (pack / "adoption" / "surveys.jsonl").write_text(json.dumps(survey), encoding="utf-8")
    problem = only(look(pack))
    assert "between 0 and 100 percent" in problem.message
    (pack / "adoption" / "surveys.jsonl").write_text(json.dumps(survey | {"value": 40}), encoding="utf-8")
    assert [(problem.field, problem.line) for problem in look(pack).problems] == [
        ("adoption.also.bgc", 33),
        ("technique", 1),
    ]


def test_a_name_of_a_task_family_that_is_none_is_refused(pack: Path) -> None:
    rewrite(pack / "pack.toml", "tasks = { tuberculosis =", "tasks = { tubercolosis =")
    problem = only(look(pack))
    assert (problem.file, problem.field) == (pack / "pack.toml", "words.tasks.tubercolosis")
    assert problem.remedy == "did you mean 'tuberculosis'?"


def test_a_pack_without_techniques_or_without_pack_toml_is_refused(pack: Path) -> None:
    (pack / TECHNIQUE).unlink()
    assert "holds no technique" in str(look(pack).problems[0])
    (pack / "pack.toml").unlink()
    assert "it has no pack.toml" in only(look(pack)).message


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("A = 0.50", "A = 0.90", "thresholds", "contradict"),
        ("C = 0.0", "", "thresholds.C", "missing"),
        ("C = 0.0", "C = inf", "thresholds.C", "expected float"),
        ("quality = 1.0", "quality = -1.0", "weights.quality", "expected float >= 0"),
        ("quality = 1.0", "speed = 1.0", "weights.speed", "invalid enum value"),
        ('score = "effect"', 'score = "net_benefit"', "weights", "profile's prices"),
    ],
)
def test_a_lens_that_contradicts_itself_is_named(pack: Path, old: str, new: str, field: str, message: str) -> None:
    rewrite(pack / LENS, old, new)
    for path in (pack, pack / LENS):
        problem = only(look(path))
        assert (problem.file, problem.field) == (pack / LENS, field)
        assert message in problem.message
        assert problem.line is not None


def test_a_profile_is_checked_with_its_pack(pack: Path) -> None:
    rewrite(pack / "pack.toml", "baseline_success = 0.97", "baseline_success = 97")
    problem = only(look(pack))
    assert problem.field == "profile.baseline_success"
    assert problem.remedy == "a number above 0 and below 1"
    assert problem.line == 34


@pytest.mark.parametrize(
    ("data", "message", "remedy"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark", "without a byte order mark"),
        ('{"id": "x"}'.encode("utf-16"), "UTF-16", "save it as UTF-8"),
        ('{"id": "é"}'.encode("latin-1"), "not UTF-8: byte 0xe9", "save it as UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_named(pack: Path, data: bytes, message: str, remedy: str) -> None:
    (pack / EVIDENCE).write_bytes(data)
    problem = only(look(pack))
    assert (problem.file, problem.line) == (pack / EVIDENCE, 1)
    assert message in problem.message
    assert remedy in problem.remedy


def test_windows_line_ends_are_read(pack: Path) -> None:
    for name in (EVIDENCE, TECHNIQUE, "pack.toml", LENS):
        text = (pack / name).read_text(encoding="utf-8")
        (pack / name).write_text(text, encoding="utf-8", newline="\r\n")
    assert b"\r\n" in (pack / TECHNIQUE).read_bytes()
    assert look(pack).problems == ()
    assert load_pack(pack).records == load_pack(BCG).records


@pytest.mark.parametrize("name", [EVIDENCE, TECHNIQUE])
def test_a_gigabyte_is_refused_before_it_is_read(pack: Path, name: str) -> None:
    with (pack / name).open("r+b") as file:
        file.truncate(1_000_000_000)  # sparse: takes no room on the disk
    problem = only(look(pack / name))
    assert problem.message.startswith("1,000 MB, and no more than")
    assert "split the file" in problem.remedy


def test_a_pipe_or_device_is_not_read(pack: Path) -> None:
    os.mkfifo(pack / "evidence" / "pipe.jsonl")
    assert only(look(pack)).message == "not a plain file"


def test_an_empty_file_alone_is_named_and_in_a_pack_is_none_of_its_records(pack: Path) -> None:
    (pack / "evidence" / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    assert only(look(pack / "evidence" / "empty.jsonl")).message == "is empty"
    assert len(load_pack(pack).records) == 13


def test_deep_nesting_is_a_fault_and_no_crash(pack: Path) -> None:
    (pack / EVIDENCE).write_text('{"id": ' + "[" * 100_000, encoding="utf-8")
    assert only(look(pack)).line == 1


def test_a_file_of_a_pack_is_judged_with_its_pack(pack: Path) -> None:
    change_line(pack / EVIDENCE, 4, lambda raw: raw.update(technique="other"))
    assert only(look(pack / EVIDENCE)).line == 4
    alone = Path(shutil.copy(pack / EVIDENCE, pack.parent / "alone.jsonl"))
    assert look(alone).problems == ()


@pytest.mark.parametrize("name", ["nowhere", "nowhere.jsonl", "README.md", "lenses"])
def test_what_is_no_part_of_a_pack_is_said_so(pack: Path, name: str) -> None:
    assert only(look(pack / name)).remedy


def test_the_command_lists_faults_counts_the_rest_and_leaves_with_2(pack: Path) -> None:
    (pack / EVIDENCE).write_text("{\n" * 60, encoding="utf-8")
    result = CliRunner().invoke(app, ["evidence", "lint", str(pack)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("error: ") == 50
    assert "60 faults; 10 more are not shown" in result.stderr
    assert f"{pack / EVIDENCE}:1: broken JSON" in result.stderr
    assert "  remedy: " in result.stderr


@pytest.mark.parametrize("path", [SHIPPED, BCG, BCG / EVIDENCE, BCG / TECHNIQUE, BCG / LENS, BCG / "pack.toml"])
def test_what_is_shipped_is_in_order(path: Path) -> None:
    result = CliRunner().invoke(app, ["evidence", "lint", str(path)])
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    assert "in order" in result.stdout


def test_control_characters_in_a_file_do_not_reach_the_terminal(pack: Path) -> None:
    change_line(pack / EVIDENCE, 2, lambda raw: raw.update(technique="\x1b[2Jx", outcome="quality"))
    result = CliRunner().invoke(app, ["evidence", "lint", str(pack)])
    assert result.exit_code == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.stderr)
    assert "\\x1b[2Jx" in result.stderr


def test_a_long_list_of_faults_is_cut_in_the_message_and_whole_in_the_error(pack: Path) -> None:
    (pack / EVIDENCE).write_text("{\n" * 60, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_pack(pack)
    assert len(caught.value.problems) == 60
    assert str(caught.value).endswith("... and 40 more")


@pytest.mark.parametrize("name", ["effect", "value"])
def test_a_pack_without_a_lens_that_commands_take_is_warned_of(pack: Path, name: str) -> None:
    (pack / "lenses" / f"{name}.toml").unlink()
    (warning,) = look(pack).warnings
    assert f"'{name}'" in warning.message and warning.file == pack / "lenses"
    assert f"lenses/{name}.toml" in warning.remedy


@pytest.mark.parametrize("prior", ["mean_sd = -1", "no_such = 1", "shape = 3"])
def test_a_prior_that_cannot_be_used_is_told_with_its_file(pack: Path, prior: str) -> None:
    with (pack / "pack.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[priors]\n{prior}\n")
    problem = only(look(pack))
    with pytest.raises(InputError) as raised:
        view_of(pack)
    assert raised.value.problems == (problem,)
    assert problem.file == pack / "pack.toml"
    assert problem.field == "priors" and prior.partition(" ")[0] in problem.message


@pytest.mark.parametrize("option", ["--lens", "--profile"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = = 1", ":1: not valid TOML"),
        (b'a = "\xe9"', ":1: is not UTF-8: byte 0xe9"),
        (b"\xff\xfea", "is UTF-16"),
        (b"no_such = 1", "field 'no_such'"),
        (None, "1,000 MB, and no more than 2 MB are read"),
    ],
)
def test_a_reader_s_own_file_is_named_with_its_fault(
    tmp_path: Path, option: str, data: bytes | None, message: str
) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(data or b"")
    if data is None:
        os.truncate(file, 10**9)  # sparse: takes no room
    result = CliRunner().invoke(app, ["table", "--pack", str(BCG), option, str(file)])
    assert result.exit_code == 2
    assert str(file) in result.stderr and message in result.stderr and "remedy: " in result.stderr
    assert not result.stdout


def test_a_profile_that_is_no_table_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("profile = 3", encoding="utf-8")
    for name, message in (("p.toml", "is no table"), ("", "not a plain file"), ("missing.toml", "no such file")):
        with pytest.raises(InputError, match=message):
            view_of(BCG, profile=tmp_path / name)


def test_a_fault_of_a_pack_s_lens_is_told_with_its_file(pack: Path) -> None:
    rewrite(pack / LENS, "S =", "S = -5 #")
    with pytest.raises(InputError) as raised:
        view_of(pack)
    (problem,) = raised.value.problems
    assert problem.file == pack / LENS and "contradict" in problem.message


def test_claims_and_scenarios_are_looked_over_and_no_table_waits_for_them(pack: Path) -> None:
    (pack / "claims.toml").write_text("claims = [", encoding="utf-8")
    (pack / "scenarios").mkdir()
    (pack / "scenarios" / "one.toml").write_text("id = ", encoding="utf-8")
    broken = {"claims.toml", "one.toml"}
    assert {problem.file.name for problem in look(pack).problems if problem.file} == broken
    with pytest.raises(InputError) as refusal:
        load_pack(pack)
    assert {problem.file.name for problem in refusal.value.problems if problem.file} == broken
    assert CliRunner().invoke(app, ["table", "--pack", str(pack)]).exit_code == 0
    unread = load_pack(pack, whole=False)
    with pytest.raises(InputError, match=r"claims\.toml"):
        _ = unread.claims
    with pytest.raises(InputError, match=r"one\.toml"):
        _ = unread.scenarios


def test_where_a_pack_is_broken_its_claims_are_told_of_too(pack: Path) -> None:
    (pack / "claims.toml").write_text("claims = [", encoding="utf-8")
    rewrite(pack / TECHNIQUE, 'role = "', 'role = "x')
    with pytest.raises(InputError) as refusal:
        load_pack(pack, whole=False)
    named = {problem.file.name for problem in refusal.value.problems if problem.file}
    assert named == {"claims.toml", "bcg-vaccination.toml"}
