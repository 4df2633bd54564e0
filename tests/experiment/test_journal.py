"""The journal: what it keeps, what it refuses, and what happens when its file is not as it should be."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spent import spent
from tierproof.errors import InputError
from tierproof.experiment.calls.journals.journal import Journal, Sent, Settled
from tierproof.experiment.calls.money.budget import Amount

WORST = Amount(picodollars=1000, tokens=100, calls=1)
TOOK = Amount(picodollars=400, tokens=40, calls=1)


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def sent(journal: Journal, number: int, purpose: str = "arm") -> Sent:
    attempt = Sent(journal.next_id(), key(number), purpose, "m", WORST)
    journal.send(attempt)
    return attempt


def answered(journal: Journal, number: int, reply: bytes = b"hello") -> None:
    attempt = sent(journal, number)
    journal.settle(Settled(attempt.id, "answered", TOOK, reply=reply))


def test_an_answer_is_kept_and_found_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with Journal(path, run="r") as journal:
        answered(journal, 1)
        assert journal.answer(key(1)) == b"hello"
        assert journal.answer(key(2)) is None
    with Journal(path, run="another run") as journal:
        # Answers are shared by runs; the account is not.
        assert journal.answer(key(1)) == b"hello"
        assert journal.spend().total == Amount()


def test_the_account_by_state(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite", run="r") as journal:
        answered(journal, 1)
        free, lost = sent(journal, 2, "b"), sent(journal, 3, "b")
        sent(journal, 4)
        endings = [
            Settled(free.id, "free", Amount(calls=1), reason="429"),
            Settled(lost.id, "lost", WORST, reason="cut"),
        ]
        for ending in endings:
            journal.settle(ending)
        spend = journal.spend()
        assert spend.answered == TOOK
        assert spend.presumed == WORST + WORST
        assert (spend.free, spend.in_flight) == (1, 1)
        assert spend.total == TOOK + WORST + WORST + Amount(calls=1)
        assert spend.purposes == {"arm": TOOK + WORST, "b": WORST}


def test_what_a_dead_process_left_in_flight_is_lost_at_its_worst_case(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    journal = Journal(path, run="r")
    sent(journal, 1)
    journal.close()
    with Journal(path, run="r") as again:
        assert again.spend().presumed == WORST
        assert again.spend().in_flight == 0
        # A late ending of the old session changes nothing.
        again.settle(Settled(1, "answered", TOOK, reply=b"late"))
        assert again.spend().presumed == WORST


def test_no_key_is_answered_twice(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite", run="r") as journal:
        answered(journal, 1)
        answered(journal, 1, b"again")
        answered(journal, 2)
        journal.flush()
        assert journal.answer(key(1)) == b"hello"
        # The second was paid for all the same.
        assert journal.spend().presumed == TOOK
        assert journal.spend().answered == TOOK + TOOK


def test_one_run_at_a_time_and_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    code = (
        "import sys, time; from pathlib import Path; from tierproof.experiment.calls.journals.journal import Journal\n"
        f"j = Journal(Path({str(path)!r}), run='r'); print('open', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        with pytest.raises(InputError, match=f"another run uses this journal \\(process {other.pid}\\)"):
            Journal(path, run="r")
        # Reading beside it is safe.
        assert spent(path).total == Amount()
        other.kill()
        other.wait()
    Journal(path, run="r").close()


def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    Journal(path, run="r").close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    for opening in (lambda: Journal(path, run="r"), lambda: spent(path)):
        with pytest.raises(InputError, match=r"written by a newer Tierproof \(journal version 99"):
            opening()
    assert path.read_bytes() == before


def test_a_strange_file_is_not_touched(tmp_path: Path) -> None:
    database = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(InputError, match="a database of another program"):
        Journal(database, run="r")
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all " * 100)
    with pytest.raises(InputError, match=r"notes\.txt"):
        Journal(text, run="r")
    assert text.read_text().startswith("not a database")
    with pytest.raises(InputError, match="no such journal"):
        spent(tmp_path / "none.sqlite")


def test_a_damaged_journal_is_told_before_money_is_spent(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with Journal(path, run="r") as journal:
        for number in range(300):
            answered(journal, number, b"x" * 200)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 6000] = os.urandom(6000)
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="damaged") as caught:
        Journal(path, run="r")
    assert "remedy" in str(caught.value)
    assert path.read_bytes() == bytes(damaged)


FILL = """
import sys
import time
from pathlib import Path
from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import Amount
from tierproof.experiment.calls.journals.journal import Journal, Sent, Settled

def key(number):
    return number.to_bytes(16, "big")

def send(journal):
    attempt = Sent(journal.next_id(), key(journal._next), "arm", "m", Amount(calls=1))
    journal.send(attempt)
    return attempt

def settle(journal, attempt):
    journal.settle(Settled(attempt.id, "answered", Amount(calls=1), reply=b"x" * 20_000))

with Journal(Path(sys.argv[1]) / "j.sqlite", run="r") as journal:
    flying = [send(journal) for _ in range(40)]
    settled = 0
    try:
        while True:
            settle(journal, flying.pop(0))
            settled += 1
            flying.append(send(journal))
    except InputError as error:
        assert "the disk is full" in str(error) and "remedy" in str(error), error
    for attempt in flying:
        settle(journal, attempt)
    try:
        send(journal)
        raise SystemExit("an attempt was let out onto a full disk")
    except InputError:
        pass
    last = settled + len(flying)
    kept = sum(journal.answer(key(number)) is not None for number in range(1, last + 1))
    print(settled, last, kept, journal.spend().in_flight)
"""


def test_on_a_full_disk_every_answer_is_kept_and_no_call_goes_out(tmp_path: Path) -> None:
    """On a real file system of 12 MB, in a mount name space of its own."""
    command = f"mount -t tmpfs -o size=12m tmpfs {tmp_path} && exec {sys.executable} -c '{FILL}' {tmp_path}"
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], check=False).returncode:
        pytest.skip("needs the right to make a mount name space")
    result = subprocess.run([unshare, "-rm", "sh", "-c", command], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    settled, last, kept, in_flight = map(int, result.stdout.split())
    # 12 MB less the 8 that are held back hold some hundred answers of 20 kB.
    assert 50 < settled < 300
    # Those in flight found room in what was held back.
    assert kept == last == settled + 39
    assert in_flight == 0


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be"):
        Journal(tmp_path / "missing" / "j.sqlite", run="r")


def test_what_was_recorded_and_stood_in_no_table_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    code = (
        "import os, signal; from pathlib import Path\n"
        "from tierproof.experiment.calls.money.budget import Amount\n"
        "from tierproof.experiment.calls.journals.journal import Journal, Sent, Settled\n"
        f"j = Journal(Path({str(path)!r}), run='r'); worst = Amount(picodollars=1000, tokens=100, calls=1)\n"
        "for n in (1, 2, 3): j.send(Sent(j.next_id(), n.to_bytes(16, 'big'), 'arm', 'm', worst))\n"
        "j.settle(Settled(1, 'answered', Amount(picodollars=400, tokens=40, calls=1), reply=b'one'))\n"
        "j.settle(Settled(2, 'free', Amount(calls=1), reason='429'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    # Beside the journal it is seen at once.
    before = spent(path)
    assert (before.answered, before.presumed, before.free, before.in_flight) == (TOOK, WORST, 1, 1)
    assert spent(path, "another") == spent(path, "none such")
    with Journal(path, run="r") as journal:
        assert journal.answer(key(1)) == b"one"
        spend = journal.spend()
        assert (spend.answered, spend.presumed, spend.free, spend.in_flight) == (TOOK, WORST, 1, 0)
        assert journal.next_id() == 4


def test_what_stands_in_a_table_and_still_in_the_tail_is_settled(tmp_path: Path) -> None:
    """As a kill leaves it between a transaction and the clearing of the tail."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    path, tail = before / "j.sqlite", before / "j.sqlite.tail"
    with Journal(path, run="r") as journal:
        attempt = sent(journal, 1)
        begun = tail.read_bytes()
        journal.flush()
        journal.settle(Settled(attempt.id, "answered", TOOK, reply=b"hello"))
        ended = tail.read_bytes()
        shutil.copytree(before, after)
    (after / "j.sqlite.tail").write_bytes(begun + ended)
    with Journal(after / "j.sqlite", run="r") as again:
        assert again.answer(key(1)) == b"hello"
        assert again.spend().total == again.spend().answered == TOOK


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_a_record_that_a_kill_cut_short_is_left_aside(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j.sqlite"
    tail = tmp_path / "j.sqlite.tail"
    with Journal(path, run="r") as journal:
        answered(journal, 1)
        sent(journal, 2)
        whole = tail.read_bytes()
    tail.write_bytes(whole[:-cut])
    with Journal(path, run="r") as again:
        assert again.answer(key(1)) == b"hello"
    tail.write_bytes(b"\x00" * 40 + whole)
    Journal(path, run="r").close()


@pytest.mark.parametrize("damage", ["substr(reply, 1, 4)", "x''", "CAST(reply || 'x' AS BLOB)"])
def test_a_damaged_answer_is_no_answer_and_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "j.sqlite"
    with Journal(path, run="r") as journal:
        answered(journal, 1)
        answered(journal, 2)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE attempts SET reply = {damage} WHERE id = 1")
        connection.commit()
    with Journal(path, run="r") as again:
        assert again.answer(key(1)) is None
        assert again.answer(key(2)) == b"hello"
        assert again.damaged == 1
        # What it took still counts; and it can be asked for again.
        assert again.spend().total == TOOK + TOOK
        answered(again, 1, b"anew")
        assert again.answer(key(1)) == b"anew"


def test_a_journal_of_version_1_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with Journal(path, run="r") as journal:
        answered(journal, 1)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE attempts SET reply = CAST('hello' AS BLOB)")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    with Journal(path, run="r") as again:
        assert again.answer(key(1)) == b"hello"


@pytest.mark.parametrize("gone", [(".lock",), (".lock", ".tail"), ("",)])
def test_removed_files_let_no_second_run_in_unseen(tmp_path: Path, gone: tuple[str, ...]) -> None:
    path = tmp_path / "j.sqlite"
    with Journal(path, run="r") as journal:
        answered(journal, 1)
        for one in gone:
            (tmp_path / f"j.sqlite{one}").unlink()
        if gone == (".lock",):
            # The tail is locked as well.
            with pytest.raises(InputError, match="another run uses this journal"):
                Journal(path, run="r")
            return
        with pytest.raises(InputError, match="removed or replaced"):
            journal.flush()
        with pytest.raises(InputError, match="removed or replaced"):
            sent(journal, 2)


def test_a_clock_that_is_set_back_gives_no_time_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j.sqlite"
    with Journal(path, run="r"):
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 50)
        monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.undo()
    with Journal(path, run="r") as again:
        assert 49 < again.seconds_before < 60
