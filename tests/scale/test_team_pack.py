"""A pack that a team keeps in a real PostgreSQL: the same table as from files, several writers, every change kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tierproof.evidence import load_pack
from tierproof.evidence.reading import team as team_pack
from tierproof.evidence.reading.known import SHIPPED
from tierproof.evidence.reading.team import TeamPack
from tierproof.postgres import Database

RECORDS = "evidence/chain-of-thought.jsonl"


def tierproof(*words: str, cache: Path, code: int = 0) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "COLUMNS": "100", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tierproof", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def copied(place: Path) -> Path:
    return shutil.copytree(SHIPPED, place, ignore=shutil.ignore_patterns("__pycache__", "*.py"))


def with_line(folder: Path, id: str, **changes: object) -> None:
    """A record more, like the first of the file; or the one of this id with other values."""
    path = folder / RECORDS
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    own = next((row for row in rows if row["id"] == id), None)
    if own is None:
        rows.append({**rows[0], "id": id, **changes})
    else:
        own.update(changes)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def ids(folder: Path) -> set[str]:
    return {json.loads(line)["id"] for line in (folder / RECORDS).read_text(encoding="utf-8").splitlines()}


def test_the_same_table_from_files_and_from_the_database(url: str, tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", copied(tmp_path / "pack")
    written = tierproof("evidence", "push", str(folder), url, "--note", "all of it", cache=cache)
    assert "change 1" in written
    for words in (("table", "--format", "csv"), ("table",), ("show", "chain-of-thought")):
        here = tierproof(*words, "--pack", str(SHIPPED), cache=cache)
        assert tierproof(*words, "--pack", url, cache=cache) == here
    assert "nothing to push" in tierproof("evidence", "push", str(folder), url, cache=cache)


def test_writers_do_not_undo_one_another_and_nothing_is_forgotten(url: str, tmp_path: Path) -> None:
    cache, first = tmp_path / "cache", copied(tmp_path / "first")
    tierproof("evidence", "push", str(first), url, "--author", "ann", cache=cache)
    second, third = tmp_path / "second", tmp_path / "third"
    for folder in (second, third):
        tierproof("evidence", "pull", url, str(folder), cache=cache)
    before = ids(second)
    with_line(first, "cot-team-a", note="of ann")
    with_line(second, "cot-team-b", note="of bob")
    tierproof("evidence", "push", str(first), url, "--author", "ann", cache=cache)
    tierproof("evidence", "push", str(second), url, "--author", "bob", "--note", "\x1b[31mred", cache=cache)
    assert ids(second) == before | {"cot-team-a", "cot-team-b"}
    # The third changes what ann wrote meanwhile by another word: refused by name, and nothing is written.
    with_line(third, "cot-team-a", note="of cid")
    told = tierproof("evidence", "push", str(third), url, cache=cache, code=2)
    assert "cot-team-a" in told and "somebody else" in told
    told = tierproof("evidence", "pull", url, str(third), cache=cache, code=2)
    assert "not pushed" in told
    # What would be no pack any more is refused whole.
    (second / "techniques" / "chain-of-thought.toml").unlink()
    told = tierproof("evidence", "push", str(second), url, cache=cache, code=2)
    assert "chain-of-thought" in told
    log = tierproof("evidence", "log", url, cache=cache).splitlines()
    assert len(log) == 3 and "ann" in log[1] and "bob" in log[2] and "\x1b" not in log[2]
    earlier = tmp_path / "earlier"
    tierproof("evidence", "pull", url, str(earlier), "--at", "1", cache=cache)
    assert ids(earlier) == before
    told = tierproof("evidence", "pull", url, str(earlier), "--at", "9", cache=cache, code=2)
    assert "the last is 3" in told


def test_many_write_at_once(url: str, tmp_path: Path) -> None:
    cache, first = tmp_path / "cache", copied(tmp_path / "first")
    tierproof("evidence", "push", str(first), url, cache=cache)
    folders = [tmp_path / f"writer-{number}" for number in range(3)]
    for number, folder in enumerate(folders):
        tierproof("evidence", "pull", url, str(folder), cache=cache)
        with_line(folder, f"cot-writer-{number}")
    command = [sys.executable, "-m", "tierproof", "evidence", "push"]
    writers = [subprocess.Popen([*command, str(folder), url], stdout=subprocess.PIPE) for folder in folders]
    assert [writer.wait(timeout=300) for writer in writers] == [0, 0, 0]
    for writer in writers:
        writer.communicate()
    last = tmp_path / "last"
    tierproof("evidence", "pull", url, str(last), cache=cache)
    assert {f"cot-writer-{number}" for number in range(3)} <= ids(last)


def test_a_change_that_was_not_committed_undoes_nothing_later(url: str, tmp_path: Path) -> None:
    import psycopg

    cache, first, second = tmp_path / "cache", copied(tmp_path / "first"), tmp_path / "second"
    tierproof("evidence", "push", str(first), url, cache=cache)
    tierproof("evidence", "pull", url, str(second), cache=cache)
    with_line(first, "cot-team-a")
    with_line(second, "cot-team-b")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk is full'; END $$; "
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON tierproof_pack_changes DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION fails()"
        )
        told = tierproof("evidence", "push", str(first), url, cache=cache, code=2)
        assert "the disk is full" in told
        connection.execute("DROP TRIGGER late ON tierproof_pack_changes")
    tierproof("evidence", "push", str(second), url, cache=cache)
    tierproof("evidence", "push", str(first), url, cache=cache)
    assert {"cot-team-a", "cot-team-b"} <= ids(first)


def test_two_who_push_one_folder_undo_nothing(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has read the folder as the first brings it to a state with what a third wrote."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shared, third, team = copied(tmp_path / "shared"), tmp_path / "third", TeamPack(Database(url))

    def push(folder: Path) -> int | None:
        return team.push(folder, author="somebody", note="", check=load_pack)

    push(shared)
    team.pull(third)
    with_line(third, "cot-of-the-third")
    push(third)
    with_line(shared, "cot-of-the-first")
    real, firsts = team_pack._parts, iter([push])

    def parts(folder: Path) -> object:
        found = real(folder)
        for first in firsts:
            first(folder)
        return found

    monkeypatch.setattr(team_pack, "_parts", parts)
    push(shared)
    team.pull(tmp_path / "last")
    for folder in (shared, tmp_path / "last"):
        assert {"cot-of-the-first", "cot-of-the-third"} <= ids(folder)


def test_many_push_one_folder_at_once(url: str, tmp_path: Path) -> None:
    cache, shared, apart = tmp_path / "cache", copied(tmp_path / "shared"), tmp_path / "apart"
    tierproof("evidence", "push", str(shared), url, cache=cache)
    tierproof("evidence", "pull", url, str(apart), cache=cache)
    with_line(shared, "cot-shared")
    with_line(apart, "cot-apart")
    command = [sys.executable, "-m", "tierproof", "evidence", "push"]
    writers = [subprocess.Popen([*command, str(folder), url], stdout=subprocess.PIPE) for folder in (shared, apart) * 2]
    for writer in writers:
        writer.communicate(timeout=300)
        assert writer.returncode == 0
    for folder in (shared, apart):
        tierproof("evidence", "pull", url, str(folder), cache=cache)
        assert {"cot-shared", "cot-apart"} <= ids(folder)
    assert len(tierproof("evidence", "log", url, cache=cache).splitlines()) == 3
    files = {str(path.relative_to(shared)): path.read_bytes() for path in shared.rglob("*") if path.is_file()}
    assert files == {str(path.relative_to(apart)): path.read_bytes() for path in apart.rglob("*") if path.is_file()}
    here = tierproof("table", "--format", "csv", "--pack", str(shared), cache=cache)
    assert tierproof("table", "--format", "csv", "--pack", url, cache=cache) == here


@pytest.mark.parametrize(
    "name", ["../outside.toml", "evidence/../../outside.toml", "/tmp/outside.toml", ".hidden.toml"]
)
def test_a_database_writes_nowhere_else(name: str, url: str, tmp_path: Path) -> None:
    import psycopg

    cache = tmp_path / "cache"
    tierproof("evidence", "push", str(copied(tmp_path / "pack")), url, cache=cache)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO tierproof_pack_changes (change, author, note) VALUES (2, 'x', '')")
        connection.execute("INSERT INTO tierproof_pack_parts VALUES (2, %s, '', 'x = 1')", (name,))
    told = tierproof("table", "--pack", url, cache=cache, code=2)
    assert "no name of a pack's file" in told
    assert not list(tmp_path.rglob("outside.toml"))
