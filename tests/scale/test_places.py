"""Work in pieces: the same figures everywhere, workers that die, errors that come back as they were raised.

Ray and Dask are started here where they are installed (`make test-scale`); processes need nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import traceback
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from scale.worked import counted, dead_at_first, dead_at_two, refused_at_three, squared
from tierproof.errors import InputError
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.pieces import TRIES, Place, Shared, in_pieces, place_of

PLACES = [
    "processes:2",
    *(
        pytest.param(name, marks=pytest.mark.skipif(find_spec(module) is None, reason=f"no {module}: make test-scale"))
        for name, module in (("dask", "distributed"), ("ray", "ray"))
    ),
]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers import what these tests hand them."""
    source = Path(__file__).resolve().parents[2] / "src"
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[1]}:{source}")


@pytest.mark.parametrize("on", PLACES)
@pytest.mark.filterwarnings("ignore")
def test_a_place_works_tells_errors_and_outlives_a_worker(on: str, tmp_path: Path) -> None:
    place = place_of(on)
    assert list(in_pieces(squared, range(7), place)) == [0, 1, 4, 9, 16, 25, 36]
    with pytest.raises(InputError, match="three is refused") as caught:
        list(in_pieces(refused_at_three, range(6), place))
    told = "".join(traceback.format_exception(caught.value))
    assert "in refused_at_three" in told  # where it was raised, in the worker
    marks = ["", str(tmp_path / "one"), "", str(tmp_path / "two")]
    assert list(in_pieces(dead_at_first, marks, place)) == ["", "one", "", "two"]
    found: list[int] = []
    with pytest.raises(InputError, match=f"died {TRIES} times at piece 3 of 4"):
        found.extend(in_pieces(dead_at_two, range(4), place))


@pytest.mark.parametrize("on", PLACES)
@pytest.mark.filterwarnings("ignore")
def test_validation_is_the_same_to_the_byte(on: str) -> None:
    def validated(*more: str) -> str:
        command = [sys.executable, "-m", "tierproof", "validate", "--outcome", "memory", "--json", *more]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    here = validated()
    assert json.loads(here)["overall"]
    assert validated("--on", on) == here


@pytest.mark.parametrize("on", PLACES)
@pytest.mark.parametrize(("name", "language"), [("bcg_vaccine", "en"), ("production_vision", "ru")])
def test_a_report_is_the_same_to_the_byte(on: str, name: str, language: str, tmp_path: Path) -> None:
    """The second has decisions to brief."""
    pack = Path(__file__).resolve().parents[2] / "examples" / "packs" / name

    def reported(file: str, *more: str) -> bytes:
        words = ["--lang", language, "report", "--pack", str(pack), "-o", str(tmp_path / file), *more]
        subprocess.run([sys.executable, "-m", "tierproof", *words], check=True, capture_output=True)
        return (tmp_path / file).read_bytes()

    assert reported("elsewhere.html", "--on", on) == reported("here.html")


def test_what_pieces_share_is_unpacked_once_in_each_process() -> None:
    kept = Shared([0])
    found = list(in_pieces(partial(counted, kept), range(6), place_of("processes:1")))
    assert found == [1, 2, 3, 4, 5, 6]
    assert kept.value == [0]


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Of three systems, whose items have names that are texts, with rows that are told of."""
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"system-{number}.jsonl")
        rows = [
            {"item": f"question {at}", "score": float((at + number) % 3 > 0), "error": "timed out" if at == 5 else ""}
            for at in range(40)
        ]
        paths[-1].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return paths


def imported(logs: list[Path], *more: str) -> tuple[int, bytes, bytes]:
    columns = ["--columns", "item=item,score=score,error=error"]
    command = [sys.executable, "-m", "tierproof", "import", *map(str, logs), *columns, *more]
    done = subprocess.run(command, check=False, capture_output=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("on", PLACES)
@pytest.mark.parametrize("form", [["--json"], ["--lang", "ru"]])
def test_logs_pair_wherever_they_were_read(on: str, form: list[str], logs: list[Path]) -> None:
    status, said, _ = here = imported(logs, *form)
    assert status == 0
    assert b"40" in said
    assert imported(logs, *form, "--on", on) == here


def test_of_logs_that_cannot_be_used_the_first_is_told_in_the_language_spoken(logs: list[Path]) -> None:
    logs[1].write_text("")
    logs[2].write_text("{")
    here = imported(logs, "--lang", "ru")
    assert here[0] == 2
    assert "system-1" in here[2].decode()
    assert re.search("[а-яё]", here[2].decode())
    assert imported(logs, "--lang", "ru", "--on", "processes:3") == here


def test_logs_of_processes_that_hash_otherwise_are_read_here(logs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cluster that somebody else started, each process may have hashes of its own."""
    told = partial(import_logs, logs, Choice.of(columns="item=item,score=score"))
    with monkeypatch.context() as patched:
        patched.setattr("tierproof.pieces._SHARED", {"PYTHONHASHSEED": ""})  # which Python takes for none
        found = told(place=place_of("processes:3"))
    assert [one.pairs for one in found.comparisons] == [one.pairs for one in told().comparisons]


def test_here_nothing_is_begun_before_it_is_asked_for() -> None:
    begun: list[int] = []
    pieces = in_pieces(lambda number: begun.append(number) or number, range(5))
    assert next(pieces) == 0
    assert begun == [0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (None, Place(kind="here")),
        ("processes", Place(kind="processes")),
        ("processes:3", Place(kind="processes", workers=3)),
        ("ray://10.0.0.7:10001", Place(kind="ray", address="ray://10.0.0.7:10001")),
        ("dask://10.0.0.7:8786", Place(kind="dask", address="tcp://10.0.0.7:8786")),
    ],
)
def test_places_by_name(text: str | None, place: Place) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize("text", ["", "spark", "processes:0", "processes:many", "dask://", "ssh://host"])
def test_no_such_place(text: str) -> None:
    with pytest.raises(InputError, match="no place"):
        place_of(text)


@pytest.mark.skipif(find_spec("ray") is None, reason="no ray: make test-scale")
def test_ray_is_not_started_without_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with pytest.raises(InputError, match="token"):
        list(in_pieces(squared, range(3), place_of("ray")))


@pytest.mark.skipif(find_spec("ray") is not None, reason="ray is here")
def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError, match=r"tierproof\[ray\]"):
        list(in_pieces(squared, range(3), place_of("ray")))
