"""Retrieval over back ends: the protocol, a function of the team's own, and what is told where one is down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import IndexRetriever, retriever_from
from tierproof.systems.parts.search.searches import SearchFailed, noted, searched
from tierproof.systems.resources import Looked
from tierproof.techniques.agent_orchestration import search_tool


def over(function: Callable[..., Any], **settings: Any) -> IndexRetriever:
    access = Access(load=lambda name: function)
    made = retriever_from({"kind": "function", "function": "search.py:search", **settings}, access)
    assert made is not None
    return made


def found(retriever: IndexRetriever, query: str = "boots") -> Sequence[Passage]:
    return asyncio.run(retriever.search(query))


def looked(retriever: IndexRetriever) -> Looked:
    return asyncio.run(retriever.looked("boots"))


def test_a_function_finds_texts_or_tables() -> None:
    def search(query: str, top: int) -> list[object]:
        return [f"of {query}", {"text": "b", "id": 7, "source": "care.md", "score": 0.5}, "c"]

    first, second = found(over(search).with_top(2))
    assert (first.text, first.source) == ("of boots", "1")
    assert (second.text, second.source, second.id, second.score) == ("b", "care.md", "7", 0.5)


def test_a_function_may_be_async() -> None:
    async def search(query: str, top: int) -> list[str]:
        return [query] * top

    assert len(found(over(search).with_top(3))) == 3


@pytest.mark.parametrize("wrong", ["a text", {"text": "a"}, [1], [{"id": 1}], None])
def test_what_is_no_passage_is_for_a_person_to_mend(wrong: object) -> None:
    with pytest.raises(InputError, match="where passages were wanted"):
        found(over(lambda query, top: wrong))


def test_a_search_that_fails_is_no_answer() -> None:
    def search(query: str, top: int) -> list[str]:
        raise ConnectionError("refused")

    with pytest.raises(SearchFailed, match=r"function search\.py:search: ConnectionError: refused"):
        found(over(search))
    assert looked(over(search)).faults == ("function search.py:search: ConnectionError: refused",)


def test_a_slow_search_is_no_answer() -> None:
    async def search(query: str, top: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(SearchFailed, match=r"no answer within 0\.05 seconds"):
        found(over(search, timeout_seconds=0.05))


class Hollow:
    """A back end that holds as much as it says."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __str__(self) -> str:
        return "hollow"

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        return ()

    async def empty(self) -> bool:
        return self.count == 0

    async def faults(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        pass


def test_nothing_found_is_an_answer_and_an_empty_index_is_none() -> None:
    assert found(IndexRetriever(backend=Hollow(3), access=Access())) == ()
    with pytest.raises(SearchFailed, match="hollow: there is nothing to find"):
        found(IndexRetriever(backend=Hollow(0), access=Access()))
    assert looked(IndexRetriever(backend=Hollow(0), access=Access())).faults
    assert not looked(IndexRetriever(backend=Hollow(3), access=Access())).faults


def test_secrets_are_not_shown() -> None:
    access = Access(environ={"KEY": "s3cret-value"})

    class Talkative(Hollow):
        async def search(self, query: str, top: int) -> Sequence[Passage]:
            raise RuntimeError(f"bad key {access.secret('KEY')}\x1b[31m")

    with pytest.raises(SearchFailed) as caught:
        found(IndexRetriever(backend=Talkative(1), access=access))
    assert str(caught.value) == "hollow: RuntimeError: bad key *** [31m"
    with pytest.raises(InputError, match="the environment variable OTHER is not set"):
        access.secret("OTHER")


def test_a_forecast_reaches_nothing() -> None:
    def search(query: str, top: int) -> list[str]:
        raise AssertionError("reached")

    async def go() -> int:
        with noted(rehearsal=True):
            return len(await searched(over(search).with_top(5), "boots"))

    assert asyncio.run(go()) == 5


def test_searches_are_noted_with_their_time_also_within_a_tool() -> None:
    def search(query: str, top: int) -> list[str]:
        time.sleep(0.02)
        return [query]

    async def go() -> list[tuple[str, float]]:
        tool = search_tool(over(search))
        with noted(rehearsal=False) as made:
            await asyncio.gather(tool.call('{"query": "one"}'), tool.call('{"query": "two"}'))
        return sorted((one.query, one.seconds) for one in made)

    (one, took), (two, _) = asyncio.run(go())
    # It slept for 0.02 s; clocks of sleep and of measuring may differ by a millisecond.
    assert (one, two) == ("one", "two") and took > 0.019


def test_a_tool_does_not_hide_from_the_run_that_a_search_failed() -> None:
    def search(query: str, top: int) -> list[str]:
        raise ConnectionError("refused")

    with pytest.raises(SearchFailed):
        asyncio.run(search_tool(over(search)).call('{"query": "one"}'))


@pytest.mark.parametrize(
    ("table", "field", "words"),
    [
        ({"kind": "elastic"}, "retriever.kind", "did you mean elasticsearch?"),
        ({"kind": "bm25", "index": "x"}, "retriever.index", "state another kind"),
        ({"kind": "function"}, "retriever", "function"),
        ({"kind": "function", "function": "a.py:b", "timeout_seconds": 0}, "retriever.timeout_seconds", "> 0"),
        ({"kind": "elasticsearch", "url": "http://h", "index": "i", "find": "vectors"}, "retriever", "'vector'"),
        ({"kind": "pgvector", "url_env": "U", "table": "t"}, "retriever", "[embedder]"),
    ],
)
def test_a_wrong_table_is_told_with_its_field(table: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        retriever_from(table, Access(load=lambda name: lambda query, top: []))
    [problem] = caught.value.problems
    assert problem.field == field
    assert words in f"{problem.message} {problem.remedy}"


def test_the_usual_way_is_no_back_end() -> None:
    assert retriever_from({}, Access()) is None
    assert retriever_from({"kind": "bm25"}, Access()) is None
