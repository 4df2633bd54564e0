"""People are spoken to in their language, programs in English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from threading import Barrier

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from tierproof.answers.safe_text import clean, shorten
from tierproof.challenge.telling.phrases import phrases_in
from tierproof.doors.cli import COMMANDS, app
from tierproof.errors import InputError
from tierproof.evidence import Pack, load_pack
from tierproof.experiment.findings.labelled.labels import Labels
from tierproof.experiment.findings.labelled.sheet import answer_key
from tierproof.messages import (
    Message,
    Quoted,
    gettext,
    in_case,
    joined,
    ngettext,
    preferred,
    speaking,
    spoken,
    translated,
)
from tierproof.report.words import numerals
from tierproof.techniques import recipes

ROOT = Path(__file__).resolve().parents[2]
VISION = ("--pack", "examples/packs/production_vision")
BEFORE, AFTER = "examples/logs/before.json", "examples/logs/after.json"
SCREENS = {
    "critique": ("critique", "Агенты лучше, чем цепочка рассуждений"),
    "critique-form": ("critique", "RAG on small models is better than fine-tuning for math, and everybody uses agents"),
    "critique-none": ("critique", "погода хороша"),
    "audit": ("audit", "AUDITED"),
    "brief": ("brief", "hallucination"),
    "brief-asked": ("brief", "RAG или дообучение"),
    "brief-list": ("brief", "--list"),
    "compare": ("compare", "lora", "rag"),
    "evidence": ("evidence", "stats"),
    "evidence-diff": ("evidence", "diff", "examples/packs/bcg_vaccine", "examples/packs/bcg_vaccine"),
    "doctor": ("doctor", "examples/workloads/help-desk", "--offline"),
    "evidence-lint": ("evidence", "lint", "examples/packs/bcg_vaccine"),
    "gate": ("gate", AFTER, "--baseline", BEFORE, "--metric", "Exact Match"),
    "history": ("history",),
    "import": ("import", BEFORE, AFTER, "--technique", "model-scaling", "--metric", "Exact Match"),
    "import-two": ("import", BEFORE, AFTER),
    "init": ("init", "ITEMS", "FOLDER", "--model", "small", "--base-url", "http://localhost:1/v1"),
    "invert": ("invert",),
    "lab": ("lab", "models"),
    "label": ("label", "RESULTS", "--no-ask"),
    "measure": ("measure", "examples/workloads/help-desk", "--dry-run", "--techniques", "chain-of-thought"),
    "packs": ("packs",),
    "pool": ("pool", "FIGURES", "--cluster", "group", "--measure", "OR"),
    "profile": ("profile",),
    "plan": ("plan", "--budget", "2k", "--weeks", "4"),
    "report": ("report", "--pack", "examples/packs/bcg_vaccine", "--output", "REPORT"),
    "show": ("show", "rag"),
    "show-vaccine": ("show", "bcg", "--pack", "examples/packs/bcg_vaccine"),
    "table": ("table",),
    "table-maker": ("table", "--role", "application", "--task", "math", "--as-of", "2024"),
    "table-vision": ("table", *VISION),
    "validate": ("validate", "--pack", "examples/packs/bcg_vaccine"),
}
"""One of each command at least that speaks Russian."""
SILENT = frozenset({"export", "mcp", "schema"})
"""Commands that say names and JSON alone where nothing is wrong."""
ELSEWHERE = frozenset({"serve", "sycophancy"})
"""Commands that wait for others: `test_sycophancy` looks at the words of one, the other says one line."""
PLAIN = frozenset({"doctor", "evidence-lint", "init", "lab", "measure", "pool", "profile", "report"})
"""Screens without a form."""
DATA = (
    "prediction-powered; Angelopoulos",
    "Rogan-Gladen",
    "MissingTestCaseParamsError: 'actual_output' cannot be empty for the 'Exact Match",
    "Exact Match",
    "deepeval",
    "Spoke",
)
"""What the logs of examples name and say, the longest first."""
OURS = frozenset(
    [
        "Tierproof",
        "LoRA",
        "QLoRA",
        "MoE",
        "DoRA",
        "SmoothQuant",
        "bitsandbytes",
        "Normal",
        "half-Normal",
        "GraphRAG",
        "Outlines",
        "BloombergGPT",
        "Mixtral",
        "FrugalGPT",
        "RouteLLM",
        "GPTCache",
    ]
)
"""Names that are written so in Russian too, beside those in capitals."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*words: str, width: int = 80, **environment: str) -> str:
    env = {"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "", "LANG": "", "TIERPROOF_LANG": ""}
    ended = CliRunner().invoke(app, [*words], env=env | environment)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def russian(text: str) -> bool:
    return re.search("[а-яё]{3}", text) is not None


def test_the_language_is_the_one_asked_for_else_the_environments_else_the_claims() -> None:
    assert russian(run("--lang", "ru", "packs"))
    assert russian(run("packs", "--lang=ru"))
    assert russian(run("packs", "--lang", "ru", LANG="en_US.UTF-8"))
    assert russian(run("packs", TIERPROOF_LANG="ru"))
    assert russian(run("packs", LANG="ru_RU.UTF-8"))
    assert not russian(run("packs", LANG="ru_RU.UTF-8", LC_ALL="C.UTF-8"))
    assert not russian(run("packs"))
    assert russian(run("critique", "RAG переоценён"))
    assert not russian(run("critique", "RAG переоценён", "--lang", "en"))
    assert spoken() == "en"


def test_a_language_that_is_not_known_is_refused() -> None:
    ended = CliRunner().invoke(app, ["critique", "RAG is dead", "--lang", "xx"])
    assert ended.exit_code == 2
    assert "--lang" in ended.output


def test_behind_two_dashes_words_are_the_claims_own() -> None:
    assert "No claim was understood" in run("critique", "--", "--lang=ru")


def test_programs_read_english() -> None:
    claim = "Цепочка рассуждений улучшает качество"
    told = run("critique", claim, "--json", "--lang", "ru")
    assert told == run("critique", claim, "--json")
    answer = json.loads(told)
    assert answer["verdicts"][0]["question"].startswith("On average over settings")


@pytest.mark.parametrize("name", ["gate", "import"])
def test_a_document_is_english_to_the_byte(name: str) -> None:
    assert run(*SCREENS[name], "--json", "--lang", "ru") == run(*SCREENS[name], "--json")


def test_a_file_for_programs_is_english(tmp_path: Path) -> None:
    files = [tmp_path / "en.xml", tmp_path / "ru.xml"]
    for file in files:
        run(*SCREENS["gate"], "--junit", str(file), "--lang", file.stem)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("name", SCREENS)
def test_a_russian_screen_holds_no_english(name: str) -> None:
    form = () if name in PLAIN else ("--format", "markdown")
    told = run(*SCREENS[name], "--lang", "ru", *form)
    assert russian(told)
    assert sorted(set(_english(told, SCREENS[name]))) == []


@pytest.mark.parametrize("width", (60, 80, 120))
@pytest.mark.parametrize("name", ["critique", "doctor", "table-vision", "show-vaccine"])
def test_a_russian_screen_keeps_to_its_width(name: str, width: int) -> None:
    told = run(*SCREENS[name], "--lang", "ru", width=width)
    assert [line for line in told.splitlines() if cell_len(line) > width] == []


def test_every_command_that_speaks_russian_is_looked_at() -> None:
    assert {words[0] for words in SCREENS.values()} | SILENT | ELSEWHERE == set(COMMANDS)


def _english(told: str, words: tuple[str, ...]) -> Iterator[str]:
    """Words of a screen in Latin letters that are neither names, nor quoted, nor to be typed."""
    pack = words[words.index("--pack") + 1] if "--pack" in words else None
    told = re.sub(r"\\(?=[^a-z\s])|\u2060", "", told)
    for path in words:
        told = told.replace(path, " ") if "/" in path else told
    told = re.sub(
        r"tierproof [a-z-]+( [\w./-]+)*( \"[^\"]*\")?|`[^`]*`|--[\w-]+( [a-z]+-[a-z]+\b)?|<?https?://[^\s>]+>?",
        " ",
        told,
    )
    if words[0] == "doctor":
        told = _TYPED.sub(" ", told)
    # Acronyms and what stands for a word to be typed; ids of records and sources; keys and texts of a profile.
    told = re.sub(
        r"\[[a-z0-9][\w.:/-]+\]|\b(?:title|arxiv|doi|url):\S+|^\w+ = (\"[^\"]*\"|\S+)", " ", told, flags=re.MULTILINE
    )
    for quoted in (*DATA, *_quoted(pack)):
        if quoted in DATA or len(quoted) > _WORD:
            told = told.replace(quoted, " ")
    told = re.sub(r"\b[A-Z][A-Z@^-]+\b|\b[a-z]+(_[a-z]+)+\b", " ", told)
    ids = _ids(pack) | {
        word for text in (*words, *_quoted(pack)) if len(text) <= _WORD for word in re.split(r"\W", text)
    }
    yield from (
        word
        for word in re.findall(r"[A-Za-z][A-Za-z0-9-]{2,}", told)
        if word not in ids | OURS and not re.search("[0-9]", word)
    )


_TYPED = re.compile(
    "|".join(
        [
            *map(re.escape, sorted({**recipes(), **recipes(stress=True)}, key=len, reverse=True)),
            r"[\w-]+\.(?:jsonl?|toml|lark|py)\b|\[+\w+\]+|documents/|\b(?:weights|baseline|normalised)\b",
            r"[a-z]+-[a-z-]*(?:…|$)",
        ]
    )
)
"""Names of arms, files and fields."""
_WORD = 24
"""Letters up to which what is quoted may be a part of another word: it is looked for as one."""


@cache
def _quoted(pack: str | None) -> tuple[str, ...]:
    """What sources say and are called, the longest first."""
    loaded = load_pack(pack)
    found: set[str] = set()
    for record in loaded.records:
        source = record.source
        found |= {source.title, source.authors or "", record.task, record.metric, record.unit, record.model or ""}
    for figure in loaded.adoption:
        found |= {figure.measure, figure.unit, figure.source.title, figure.source.authors or ""}
    told = {clean(text) for text in found}
    told |= {shorten(text, width) for text in told for width in (48, 60, 90)}
    return tuple(sorted({text for text in told if len(text) > 2}, key=len, reverse=True))


@cache
def _ids(pack: str | None) -> frozenset[str]:
    loaded = load_pack(pack)
    authors = {word for text in _quoted(pack) for word in re.findall(r"[A-Z][\w-]+", text)}
    typed = {"effect", "setting", "question", "number", "workload", "toml", "baseline", "ana", "ben"}
    typed |= {"one-off", "weeks", "latency", "budget", "foo", "application", "owner", "maker"}
    ids = {*loaded.techniques, *loaded.settings.task_families, *loaded.settings.resources, *loaded.scenarios}
    return frozenset({*ids, *typed, *authors, *_PACKS})


_PACKS = frozenset(word for name in ("production_ai", "production_vision", "bcg_vaccine") for word in name.split("_"))


def test_two_people_are_spoken_to_at_once() -> None:
    both = Barrier(2)

    def said(language: str) -> str:
        with speaking(language):
            both.wait()
            return gettext("Not understood")

    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(copy_context().run, said, language) for language in ("en", "ru")]
    assert [one.result() for one in told] == ["Not understood", "Не понято"]


@pytest.mark.parametrize(
    ("n", "told"), [(1, "1 запись"), (2, "2 записи"), (5, "5 записей"), (21, "21 запись"), (1111, "1\u00a0111 записей")]
)
def test_a_number_has_its_form(n: int, told: str) -> None:
    with speaking("ru"):
        assert numerals.counted(n, "record") == told
        assert ngettext("{n} record", "{n} records", n % 100).startswith(str(n % 100))


def test_figures_are_written_as_the_language_writes_them() -> None:
    with speaking("ru"):
        assert numerals.count(1234567) == "1\u00a0234\u00a0567"
        assert numerals.percent(-0.294) == "−29\u00a0%"
        assert numerals.threshold(0.003) == "0,3\u00a0%"
        assert numerals.ratio(0.625) == "×0,62"
        assert numerals.money(12345) == "12\u00a0тыс.\u00a0$"
        assert numerals.duration(0.42) == "0,42\u00a0с"
        assert numerals.figure(12345.6) == "12\u00a0346"
        assert numerals.spanned("29\u00a0%", "12", "44") == "29\u00a0% (12…44)"
        assert gettext("{share:.0%} of the weight comes from authors or vendors", share=0.5).startswith("50\u00a0%")


def test_a_message_is_english_for_programs_and_translated_where_it_is_shown() -> None:
    kept = joined("; ", [Message("{n} source", "{n} sources", n=2), Message("high", context="certainty")])
    assert kept == "2 sources; high"
    with speaking("ru"):
        assert kept == "2 sources; high"
        assert translated(kept) == clean(kept) == "2 источника; высокая"


def test_names_stand_in_the_case_that_a_sentence_needs() -> None:
    load_pack()
    with speaking("ru"):
        assert in_case("Chain of thought", "acc") == "цепочку рассуждений"
        assert in_case("Chain of thought", "low") == "цепочка рассуждений"
        assert in_case("LoRA / QLoRA", "acc") == "LoRA / QLoRA"
        assert in_case("wrong-answers", "gen") == phrases_in("ru").outcomes["wrong-answers"].replace(
            "число", "числа", 1
        )


@pytest.mark.parametrize(("language", "name"), [("en", "wrong answers"), ("ru", "число неверных ответов")])
def test_a_sentence_names_an_outcome_and_an_option_its_id(language: str, name: str) -> None:
    with speaking(language):
        assert gettext("{outcome}", outcome="wrong-answers") == translated("wrong-answers") == name
        assert gettext("{metric}", metric=Quoted("wrong-answers")) == "wrong-answers"
        told = "Sources of another outcome: --outcome {others}."
        assert "--outcome wrong-answers." in gettext(told, others=Quoted("wrong-answers"))


@pytest.mark.parametrize("environment", [{}, {"LANG": "C"}, {"LANG": "de_DE.UTF-8"}, {"LC_ALL": "en_GB"}])
def test_an_environment_of_another_language_is_english(environment: dict[str, str]) -> None:
    assert preferred(environment) == "en"


@pytest.mark.parametrize("name", [None, "examples/packs/production_vision", "examples/packs/bcg_vaccine"])
def test_a_pack_has_a_russian_name_for_what_it_shows(name: str | None) -> None:
    pack = load_pack(name)
    with speaking("ru"):
        assert [text for text in _shown(pack) if not _is_name(text) and translated(text) == text] == []


def _shown(pack: Pack) -> Iterator[str]:
    for technique in pack.techniques.values():
        yield from (technique.name, technique.short)
        yield from (part.name for part in (*technique.sub_rows, *technique.forms))
        if technique.question.against:
            yield technique.question.against
    for lens in pack.lenses.values():
        yield from (str(lens["name"]), str(lens["summary"]))
    yield from (pack.settings.title, *pack.settings.resources.values(), pack.settings.words.one)


def _is_name(text: str) -> bool:
    return all(
        word in OURS or word.isupper() or not word.isalpha()
        for word in re.findall(r"[\w-]+", text.replace(" and ", " "))
    )


@pytest.mark.parametrize("text", ['[names]\n"RAG" = 3\n', '[names]\n"request" = ["запрос", "запроса"]\n', 'a = "b"\n'])
def test_words_of_a_pack_that_are_none_are_refused(text: str, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    copytree(ROOT / "examples/packs/bcg_vaccine", pack)
    (pack / "ru.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"ru\.toml.*is no table of texts"):
        load_pack(pack)


TABLE = "| Tier | Technique |\n|-|-|\n|1|RAG|\n|1|Agents|\n|2|LoRA|\n|3|4-bit quantization|\n|4|foo|\n"


@pytest.fixture(autouse=True)
def _audited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A table to audit, named in `SCREENS`."""
    file = tmp_path / "table.md"
    file.write_text(TABLE, encoding="utf-8")
    monkeypatch.setitem(SCREENS, "audit", ("audit", str(file)))
    monkeypatch.setitem(SCREENS, "report", (*SCREENS["report"][:-1], str(tmp_path / "report.html")))
    figures = tmp_path / "figures.csv"
    figures.write_text("study,yi,sei,group\nA,0.5,0.2,A\nB,0.3,0.25,A\nC,-0.1,0.3,B\n", encoding="utf-8")
    monkeypatch.setitem(SCREENS, "pool", ("pool", str(figures), *SCREENS["pool"][2:]))
    items = tmp_path / "items.csv"
    items.write_text('question,number\n"How many are two and two, and what are they called?",4\n', encoding="utf-8")
    monkeypatch.setitem(SCREENS, "init", ("init", str(items), str(tmp_path / "new"), *SCREENS["init"][3:]))
    results = tmp_path / "results"
    _label(results)
    monkeypatch.setitem(SCREENS, "label", ("label", str(results), "--no-ask"))


def _label(results: Path) -> None:
    """A dozen items of two arms, labelled by two people."""
    results.mkdir()
    trials = [
        {"arm": arm, "item": str(item), "position": item, "score": float(item % share > 0), "text": f"{arm} {item}"}
        for item in range(12)
        for arm, share in (("baseline", 2), ("chain-of-thought", 3))
    ]
    (results / "outcomes.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in trials), encoding="utf-8")
    for person, wrong in (("ana", 4), ("ben", 5)):
        labels = Labels(results, person)
        for one in trials:
            said = None if one["item"] == "11" else int(one["position"] % wrong > 0)
            labels.give(answer_key(one["item"], one["text"]), one["item"], said)


def test_words_of_a_pack_that_is_gone_stand_in_no_other_ones_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders named from where one stands: a page or a notebook reads many packs, and may leave their folder."""
    copytree(load_pack().path, tmp_path / "copied")
    monkeypatch.chdir(tmp_path)
    load_pack(Path("copied"), whole=False)
    monkeypatch.chdir("/")
    rmtree(tmp_path / "copied")
    ended = CliRunner().invoke(app, ["critique", "RAG is dead", "--lang", "ru"], env={"COLUMNS": "80"})
    assert ended.exit_code == 0, ended.output
    assert "Понято так" in ended.stdout
