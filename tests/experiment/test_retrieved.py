"""Retrieval measured: recall and nDCG by hand, and a run over an index of the team's own, sound, dead and dying."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiment.test_folder import folder
from servers.endpoint import Endpoint, serve
from tierproof.doors.cli import app
from tierproof.errors import InputError
from tierproof.experiment.run.forecast import forecast
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.experiment.trials.retrieved.ranking import ndcg, ranked, recall
from tierproof.experiment.workload.folder import load_workload
from tierproof.report.words.retrieved import retrieved_blocks, retrieved_words
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.searches import Search

RAG = "retrieval-augmented-generation"


def passages(*sources: str) -> tuple[Passage, ...]:
    return tuple(Passage(text=f"{place}", source=name) for place, name in enumerate(sources))


def test_recall_and_ndcg_by_hand() -> None:
    found = passages("x", "a", "a", "b")
    assert recall(found, ("a", "b", "c")) == pytest.approx(2 / 3)
    # Gains at ranks 2 and 4: 1/log2(3) + 1/log2(5) = 0.63093 + 0.43068; the best has ranks 1 to 3: 1 + 0.63093 + 0.5.
    assert ndcg(found, ("a", "b", "c")) == pytest.approx((0.630930 + 0.430677) / 2.130930, abs=1e-6)
    assert recall((), ("a",)) == ndcg((), ("a",)) == 0
    assert recall(passages("a"), ("a",)) == ndcg(passages("a"), ("a",)) == 1
    # One passage can hold one of two documents at most: its rank is the best there can be.
    assert ndcg(passages("a"), ("a", "b")) == 1


def test_a_passage_stands_for_its_document_by_source_or_id() -> None:
    assert recall((Passage(text="t", source="page", id="17"),), ("17",)) == 1


def test_passages_of_several_searches_count_once() -> None:
    first, second = passages("a", "b"), passages("a", "c")
    assert [one.source for one in ranked([Search("q", first, 0.0), Search("r", second, 0.0)])] == ["a", "b", "c"]


SEARCH = """
import pathlib

def search(query, top):
    if (pathlib.Path(__file__).parent / "down").exists():
        raise ConnectionError("nobody there")
    number = int(query.split()[1])
    # Items 0 to 11 have their document first, 12 to 15 second, the others not at all.
    if number < 12:
        return [{"text": f"fact {number}", "source": f"doc-{number}"}, {"text": "noise", "source": "noise"}]
    if number < 16:
        return [{"text": "noise", "source": "noise"}, {"text": f"fact {number}", "source": f"doc-{number}"}]
    return [{"text": "noise", "source": "noise"}]
"""


def answer(body: Mapping[str, Any]) -> str:
    """Right where the fact was shown, and for every fourth item without it."""
    text = body["messages"][-1]["content"]
    number = int(text.rsplit("item ", 1)[1])
    return "right" if f"fact {number}" in text or number % 4 == 0 else "wrong"


def workload(where: Path, endpoint: Endpoint, retriever: str = "") -> Path:
    manifest = f"""\
name = "w"

[items]
documents = "in"

[[models]]
name = "small"
base_url = "{endpoint.base_url}"
price = {{ input = 0.1, output = 0.4 }}

[scorer]
kind = "exact"

[retriever]
{retriever or 'kind = "function"'}
function = "search.py:search"
"""
    items = "".join(
        json.dumps({"id": f"{n}", "input": f"item {n}", "target": "right", "in": [f"doc-{n}"]}) + "\n"
        for n in range(20)
    )
    return folder(where, manifest, items, search__py=SEARCH)


def run(where: Path, name: str = RAG) -> Measurement:
    return asyncio.run(measure(load_workload(where), where / "results", names=(name,), fixed=20))


def test_what_was_there_and_what_became_of_it(tmp_path: Path) -> None:
    with serve(answer=answer) as endpoint:
        found = run(workload(tmp_path, endpoint))
        assert found.ending.kind == "complete"
        assert list(found.retrieved) == [RAG]
        one = found.retrieved[RAG]
        # 16 of 20 documents are found, 12 of them first and 4 second; of the four others item 16 is right by itself.
        assert (one.named, one.there, one.most) == (20, 16, 2)
        assert one.recall == pytest.approx(0.8)
        assert one.ndcg == pytest.approx((12 + 4 * 0.630930) / 20, abs=1e-6)
        assert (one.score_there, one.score_elsewhere) == (1.0, 0.25)
        assert retrieved_words(one).startswith(
            "the right passage was there in 80 % (of 20 items), and then answered in 100 %; without it in 25 %; "
            "recall@2 0.80, nDCG@2 0.73; a search took "
        )
        told = CliRunner().invoke(
            app, ["measure", str(tmp_path), "--techniques", RAG, "--fixed", "20", "-o", str(tmp_path / "results")]
        )
        assert "the right passage was there in 80 %" in " ".join(told.output.split())
        plain = CliRunner().invoke(
            app,
            ["measure", str(tmp_path), "--techniques", RAG, "--fixed", "20", "--json", "-o", str(tmp_path / "results")],
        )
        arms = json.loads(plain.output)["arms"]
        assert arms[0]["retrieval"] is None
        assert arms[1]["retrieval"]["recall"] == pytest.approx(0.8)
    # What a system is asked holds neither the target nor the documents.
    item = load_workload(tmp_path).items[0].blind()
    assert (item.documents, item.metadata) == ((), {})


def test_a_back_end_that_is_down_stops_before_anything_is_paid(tmp_path: Path) -> None:
    with serve(answer=answer) as endpoint:
        where = workload(tmp_path, endpoint)
        (where / "down").touch()
        with pytest.raises(InputError, match="nobody there"):
            run(where)
        assert endpoint.calls.total() == 0
        told = CliRunner().invoke(app, ["doctor", str(where)])
        assert told.exit_code == 2 and "nobody there" in " ".join(told.output.split())


def test_an_index_that_never_finds_anything_measures_no_retrieval(tmp_path: Path) -> None:
    """What a function of the team's own holds cannot be asked; an empty one is told by what it finds."""
    with serve(answer=answer) as endpoint:
        where = workload(tmp_path / "never", endpoint)
        (where / "search.py").write_text("def search(query, top):\n    return []\n")
        empty = run(where).results[1]
        assert "its searches found nothing for any of 20 items" in empty.unmeasured
        assert (empty.comparison, empty.standing) == (None, None)
        assert not (where / "results" / "evidence.jsonl").read_text()
        # One that finds something for a single item is measured.
        where = workload(tmp_path / "once", endpoint)
        few = "def search(query, top):\n    return ['fact 3'] if query == 'item 3' else []\n"
        (where / "search.py").write_text(few)
        assert run(where).results[1].unmeasured == ""


def test_a_back_end_that_dies_is_booked_as_no_answer(tmp_path: Path) -> None:
    where = tmp_path

    def dying(body: Mapping[str, Any]) -> str:
        # Not with the first answer: where nothing was answered yet, a few trials without one end the run.
        if endpoint.calls.total() > 5:
            (where / "down").touch()
        return answer(body)

    with serve(answer=dying) as endpoint:
        found = run(workload(where, endpoint))
        rag = found.results[1]
        assert rag.failed > 0
        assert rag.broken == 0
        assert rag.answered + rag.failed <= 20
        lines = [json.loads(line) for line in (where / "results" / "outcomes.jsonl").read_text().splitlines()]
        lost = [line for line in lines if line["arm"] == RAG and line["error"]]
        assert lost and all(line["score"] is None and "nobody there" in line["error"] for line in lost)
        # When it is back, the same command measures what is left.
        (where / "down").unlink()
        endpoint.answer = answer
        again = run(where)
        assert (again.ending.kind, again.results[1].answered, again.results[1].failed) == ("complete", 20, 0)


JUDGE = """
[[models]]
name = "judge"
base_url = "{base_url}"
price = {{ input = 1.0, output = 1.0 }}
judge = true

[groundedness]
model = "judge"
"""


def test_grounded_is_what_the_passages_say(tmp_path: Path) -> None:
    """Answers are grounded where the fact is among the passages: 16 of 20; the judge mistakes some on purpose."""
    shown: list[str] = []

    def both(body: Mapping[str, Any]) -> str:
        if body["model"] != "judge":
            return answer(body)
        text = body["messages"][1]["content"]
        shown.append(text)
        passages = text.partition("The passages:")[2].partition("The answer to judge:")[0]
        if "fact 3\n" in passages:
            return "Hm."  # asked twice, and no grade
        return f"So.\nGrade: {int('fact' in passages)}"

    with serve(answer=both) as endpoint:
        where = workload(tmp_path, endpoint)
        with (where / "workload.toml").open("a") as file:
            file.write(JUDGE.format(base_url=endpoint.base_url))
        foreseen = asyncio.run(forecast(load_workload(where), names=(RAG,), fixed=20))
        found = run(where)
        one = found.retrieved[RAG].grounded
        assert one is not None and (one.judged, one.ungraded, one.true) == (19, 1, None)
        assert one.share == pytest.approx(15 / 19)
        # Arms that search are judged, others not; the answer that got no grade keeps its score.
        assert len(shown) == 21 and found.results[1].answered == 20
        told = " ".join(str(block) for block in retrieved_blocks(found.retrieved, found.workload.groundedness))
        assert "grounded in what was found: 79 % of 19 answers, 1 answer without a grade of groundedness" in told
        assert "Groundedness: judge judge, not measured against people." in told
        # Its calls are the run's: foreseen (but for a judge asked twice), paid within the cap, and paid once.
        assert foreseen.calls.likely >= found.spend.total.calls - 1 > 80
        assert found.spend.total.usd < foreseen.usd.high
        before = len(shown)
        assert run(where).retrieved[RAG].grounded == one
        assert len(shown) == before


def test_a_judge_of_groundedness_is_measured_against_people(tmp_path: Path) -> None:
    def both(body: Mapping[str, Any]) -> str:
        if body["model"] != "judge":
            return answer(body)
        return f"Grade: {int('fact' in body['messages'][-1]['content'])}"

    lines = [
        {"input": "?", "passages": [passage], "answer": "yes", "label": label}
        for passage, label, count in (("fact", 1, 18), ("noise", 1, 2), ("fact", 0, 4), ("noise", 0, 16))
        for _ in range(count)
    ]
    with serve(answer=both) as endpoint:
        where = workload(tmp_path, endpoint)
        with (where / "workload.toml").open("a") as file:
            file.write(JUDGE.format(base_url=endpoint.base_url) + 'calibration = "grounds.jsonl"\n')
        (where / "grounds.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        found = run(where)
        one = found.retrieved[RAG].grounded
        assert one is not None and one.share == 0.8 and one.true is not None
        # Sensitivity 18.5 / 21 and specificity 16.5 / 21: (0.8 + 0.785714 - 1) / (0.880952 + 0.785714 - 1) = 0.878571.
        assert one.true.value == pytest.approx(0.878571, abs=1e-6)
        # Sampling alone: 16.5 / 21 of 20 items have an error of 0.0918, over 0.6667 0.138; the judge's own widens it.
        assert 0.14 < one.true.se < 0.25
        told = " ".join(str(block) for block in retrieved_blocks(found.retrieved, found.workload.groundedness))
        assert "found: 80 % of 20 answers (88 % with the judge's mistakes put right, " in told
        assert "kappa 0.70 on 40 answers" in told
        bare = [{"input": "?", "answer": "yes", "label": label} for label in (0, 1)]
        (where / "grounds.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in bare))
        with pytest.raises(InputError, match="without the passages"):
            load_workload(where)


def test_repeats_are_told_as_answers(tmp_path: Path) -> None:
    with serve(answer=answer) as endpoint:
        where = workload(tmp_path, endpoint)
        found = asyncio.run(measure(load_workload(where), where / "results", names=(RAG,), fixed=20, repeats=2))
        assert "was there in 80 % (of 40 answers)" in retrieved_words(found.retrieved[RAG])
