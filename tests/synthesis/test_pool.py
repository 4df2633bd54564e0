"""Plain figures pooled, in Python and on the command line."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from synthesis import metafor
from tierproof.doors.cli import app
from tierproof.synthesis import Priors, Shape, pool

RUN = CliRunner()


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = RUN.invoke(app, ["pool", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    data = metafor.data_set("konstantopoulos2011")
    path = tmp_path / "schools.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["study", "yi", "sei", "vi"])
        writer.writerows(zip(data.cluster, data.y, data.se, data.se**2, strict=True))
    return path


def test_the_command_says_what_the_function_says(figures: Path) -> None:
    data = metafor.data_set("konstantopoulos2011")
    ours = pool(data.y, data.se, data.cluster)
    code, out, _ = invoke(str(figures), "--y", "yi", "--se", "sei", "--cluster", "study", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "tierproof/pool/2"
    assert (document["records"], document["sources"]) == (56, 11)
    assert document["mean"] == ours.mean  # the very digits
    assert document["predictive"]["interval"]["high"] == ours.predictive_interval.high
    assert document["heterogeneity"]["source"]["i2"] == ours.i2_source
    code, out, _ = invoke(str(figures), "--cluster", "study")
    assert code == 0
    assert f"{ours.mean:.4f}" in out
    assert "56 records of 11 sources" in out


def test_what_the_figures_are_is_said_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "minutes.csv"
    path.write_text("study,yi,sei\nA,-25,8\nB,-31,9\nC,-28,7\n", encoding="utf-8")
    code, out, error = invoke(str(path))
    assert (code, out) == (2, "")
    assert "prior does not fit" in error and "--measure MD" in error and "--mean-sd" in error
    code, out, _ = invoke(str(path), "--measure", "MD", "--label", "study")
    assert code == 0
    assert "sd of true effects" in out and "between sources" not in out
    assert [name in out for name in ("A  ", "B  ", "new setting")] == [True] * 3
    # A prior that somebody chose is taken, and the conflict is said.
    code, out, _ = invoke(str(path), "--mean-sd", "2")
    assert code == 0 and "Warning: the prior does not fit" in " ".join(out.split())


def test_events_are_pooled_exactly_and_what_tells_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("trial,ai,n1i,ci,n2i\nX,0,116,3,117\nY,2,208,9,195\nZ,0,118,0,105\n", encoding="utf-8")
    code, out, _ = invoke(str(path), "--from", "events", "--label", "trial", "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["likelihood"], document["records"], document["uninformative"]) == ("exact", 2, ["Z"])
    assert document["ratio"]["median"] == pytest.approx(float(np.exp(document["interval"]["median"])))
    assert sum(figure["weight"] for figure in document["figures"]) == pytest.approx(1.0)
    assert document["one_ended"] is False
    path_of_none = tmp_path / "none.csv"
    path_of_none.write_text("ai,n1i,ci,n2i\n0,50,5,50\n0,40,7,40\n", encoding="utf-8")
    for more, decides in (((), "the prior"), (("--corrected",), "the half event added")):
        code, out, _ = invoke(str(path_of_none), "--from", "events", *more)
        assert code == 0
        assert f"how large it is, {decides}." in " ".join(out.split())
    cells = tmp_path / "cells.csv"
    cells.write_text("ai,bi,ci,di\n0,116,3,114\n2,206,9,186\n0,118,0,105\n", encoding="utf-8")
    assert json.loads(invoke(str(cells), "--from", "events", "--json")[1])["mean"] == document["mean"]
    code, out, _ = invoke(str(path), "--from", "events", "--measure", "RR")
    assert code == 0 and "risk ratio" in out and "Left out: row 3" in out and "Half an event" in out


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("ai,n1i,ci,n2i\n5,4,1,10\n", [], ["5 events of 4 items"]),
        ("ai,n1i,ci,n2i\n1.5,4,1,10\n", [], ["is no count", ":2:"]),
        ("ai,n1i,ci,n2i\n-1,4,1,10\n", [], ["is no count"]),
        ("ai,n1i,ci,n2i\n0,4,0,10\n", [], ["no study has both"]),
        ("ai,n1i,ci,n2i\n1,4,1,10\n", ["--measure", "MD"], ["events have no MD"]),
        ("ai,n1i,ci,n2i\n1,4,1,10\n", ["--se", "x"], ["events are given"]),
        ("a,b\n1,2\n", [], ["no column 'ai'"]),
    ],
)
def test_events_that_cannot_be_are_refused(tmp_path: Path, text: str, arguments: list[str], said: list[str]) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    code, out, error = invoke(str(path), "--from", "events", *arguments)
    assert (code, out) == (2, "")
    assert all(part in error for part in said) and "remedy:" in error


def test_the_picture_is_well_formed_and_bears_any_label(tmp_path: Path) -> None:
    path, picture = tmp_path / "a.csv", tmp_path / "a.svg"
    path.write_text("s,yi,sei\n<script>&,0.1,0.2\nb,0.3,0.2\n", encoding="utf-8")
    assert invoke(str(path), "--label", "s", "--svg", str(picture))[0] == 0
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    words = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "<script>&" in words and "average" in words and "new setting" in words
    assert sum(element.tag.endswith("rect") for element in root.iter()) == 2
    code, _, error = invoke(str(path), "--svg", str(tmp_path))
    assert code == 2 and "cannot be written" in error


@pytest.mark.parametrize(
    ("figures", "spread"),
    [((-20.0, 20.0, 1.0), 39.3), ((-300.0, 310.0, 2.0, 15.0), 498.0)],
)
def test_figures_far_apart_are_not_squeezed_by_the_prior(
    tmp_path: Path, figures: tuple[float, ...], spread: float
) -> None:
    """Their mean is near none, where the prior has it; that they lie tens of units apart the prior would call nothing:
    an average of 0.1 and a new setting within 3, where every figure but one is 20.

    `spread`: DerSimonian and Laird's tau by hand, sqrt(mean square - 4^2) with equal errors of 4, over 0.5.
    """
    file = tmp_path / "apart.csv"
    file.write_text("yi,sei\n" + "".join(f"{y},4\n" for y in figures), encoding="utf-8")
    assert math.sqrt(np.var(figures, ddof=1) - 16) / 0.5 == pytest.approx(spread, rel=0.01)
    code, _, error = invoke(str(file))
    assert code == 2
    assert f"they lie {spread:.0f}" in " ".join(error.split())
    assert "--tau-scale" in error
    assert invoke(str(file), "--measure", "MD")[0] == 0
    code, out, _ = invoke(str(file), "--tau-scale", "0.5")
    assert code == 0
    assert "times as far apart as the prior" in " ".join(out.split())


def test_copies_are_said(tmp_path: Path) -> None:
    path = tmp_path / "ten.csv"
    path.write_text("yi,sei\n" + "0.3,0.2\n" * 10, encoding="utf-8")
    assert "9 of 10 figures repeat an earlier one" in " ".join(invoke(str(path))[1].split())


def test_variances_do_as_well_as_standard_errors(figures: Path) -> None:
    by_se, by_vi = (
        json.loads(invoke(str(figures), option, column, "--cluster", "study", "--json")[1])
        for option, column in (("--se", "sei"), ("--vi", "vi"))
    )
    assert by_vi["mean"] == pytest.approx(by_se["mean"], rel=1e-9)  # a square root apart


def test_one_record_in_closed_form() -> None:
    """With heterogeneity held near zero, the conjugate posterior of one normal figure."""
    one = pool([0.8], [0.3], priors=Priors(tau_source_scale=1e-4, tau_record_scale=1e-4))
    precision = 0.3**-2 + 1.5**-2
    assert one.mean == pytest.approx(0.8 * 0.3**-2 / precision, abs=1e-6)  # what is left of the heterogeneity
    assert one.sd == pytest.approx(precision**-0.5, abs=1e-6)
    assert one.interval.level == 0.95


def test_shares_of_variance() -> None:
    rng = np.random.default_rng(1)
    source = np.repeat(np.arange(40), 5)
    y = 0.3 + 0.6 * rng.normal(size=40)[source] + 0.05 * rng.normal(size=200)
    ours = pool(y, np.full(200, 0.05), source)
    # Between sources 0.36, sampling 0.0025: nearly all of the variance is the sources'.
    assert ours.i2_source > 0.95
    assert ours.i2_record < 0.03
    assert ours.i2_source + ours.i2_record < 1.0
    assert ours.tau_source.low < 0.6 < ours.tau_source.high


def test_every_figure_is_its_own_source_unless_said() -> None:
    assert pool([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]).sources == 3


def test_a_shape_widens_the_tails_of_a_new_setting() -> None:
    y, se = [0.1, 0.9, 0.4, 0.6], [0.1] * 4
    shape = Shape(multipliers=(0.65, 3.5), weights=(0.89, 0.11))
    plain, shaped = pool(y, se), pool(y, se, priors=Priors(shape=shape))
    assert shaped.interval == plain.interval
    assert float(shaped.predictive.cdf(-2.0)) > float(plain.predictive.cdf(-2.0))


@pytest.mark.parametrize(
    ("y", "se", "message"),
    [
        ([], [], "at least one"),
        ([1.0], [0.0], "positive"),
        ([np.nan], [1.0], "finite"),
        ([1.0, 2.0], [1.0], "1 standard"),
    ],
)
def test_impossible_figures_are_refused(y: list[float], se: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pool(y, se)


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("yi,sei\n0.1,0.2\n", ["--cluster", "study"], ["no column 'study'", "there are: yi, sei", ":1:"]),
        ("yi,sei\n0.1,x\n", [], ["'x' is not a number", ":2:", "sei"]),
        ("yi,sei\n0.1,0.2\nNA,0.2\n", [], ["'NA' is not a number", ":3:", "yi"]),
        ("yi,sei\n0.1,0\n", [], ["0 is not positive", ":2:"]),
        ("yi,sei\n0.1,-0.5\n", [], ["-0.5 is not positive"]),
        ("yi,sei\nnan,0.1\n", [], ["not a finite figure"]),
        ("yi,sei\n0.1,inf\n", [], ["not a finite figure"]),
        ("yi,sei\n1e300,0.1\n", [], ["usual size"]),
        ("yi,sei\n0.1\n", [], ["has 1 cells, the header has 2"]),
        ("yi,sei\n,0.1\n", [], ["is empty", "yi"]),
        ("yi,sei,study\n0.1,0.1,\n", ["--cluster", "study"], ["is empty", "study"]),
        ("yi,sei\n", [], ["no figures"]),
        ("", [], ["is empty"]),
        ("\n\n", [], ["is empty"]),
        ('yi,sei\n"0.1,0.1\n', [], ["not a table"]),
        ("yi,yi,sei\n1,1,1\n", [], ["several columns are called 'yi'"]),
        ("yi,sei\n0.1,0.2\n", ["--mean-sd", "0"], ["mean_sd"]),
        ("yi,sei\n0.1,0.2\n", ["--se", "sei", "--vi", "vi"], ["both"]),
    ],
)
def test_bad_files_are_refused_with_place_and_remedy(
    tmp_path: Path, text: str, arguments: list[str], said: list[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    code, out, error = invoke(str(path), *arguments)
    assert code == 2
    assert out == ""
    assert all(part in error for part in said)
    assert "remedy:" in error
    assert "Traceback" not in error


def test_other_bad_files(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("yi,sei,é\n".encode("latin-1"))
    big = tmp_path / "big.csv"
    with big.open("wb") as out:
        out.truncate(1_000_000_000)
    for path, said in (
        (latin, "UTF-8"),
        (big, "MB"),
        (tmp_path / "none.csv", "cannot be read"),
        (tmp_path, "not a plain"),
    ):
        code, _, error = invoke(str(path))
        assert (code, said in error) == (2, True), error


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("yi,sei\nx,1\n1,0\n1,2,3\n", encoding="utf-8")
    error = invoke(str(path))[2]
    assert [f":{line}:" in error for line in (2, 3, 4)] == [True] * 3


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_quotes(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "quoted.csv"
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([["yi", "sei", "study"], ["0.1", "0.2", f"a{separator}b"], ["0.3", "0.2", "c"]])
    path.write_text(buffer.getvalue(), encoding="utf-8")
    code, out, _ = invoke(str(path), "--cluster", "study", "--json")
    assert (code, json.loads(out)["sources"]) == (0, 2)


def test_the_mark_that_spreadsheets_write_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"\xef\xbb\xbfyi;sei\r\n0.1;0.2\r\n")
    code, out, _ = invoke(str(path), "--json")
    assert code == 0 and json.loads(out)["records"] == 1


def test_labels_are_not_markup(tmp_path: Path) -> None:
    path = tmp_path / "markup.csv"
    path.write_text("yi,sei,[red]s\n0.1,0.2,[bold]x\n", encoding="utf-8")
    code, out, _ = invoke(str(path), "--cluster", "[red]s")
    assert code == 0
    assert "1 record of 1 source" in out


def written(tmp_path: Path, *rows: str) -> str:
    path = tmp_path / "figures.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("unit", "shown"), [(1e-6, "0.0000030"), (1.0, "3.00"), (1e6, "3000000 (")])
def test_decimal_places_follow_the_figures(tmp_path: Path, unit: float, shown: str) -> None:
    rows = [f"{at * unit:.12g},{0.2 * unit:.12g}" for at in (3, 2.6, 3.3)]
    code, out, _ = invoke(written(tmp_path, "yi,sei", *rows), "--measure", "MD")
    assert code == 0 and shown in out
    assert "average effect                  0.0000, sd 0.0000" not in out


def test_figures_of_one_label_are_said_to_count_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "study,yi,sei", "a,0.4,0.2", "a,0.5,0.2", "b,0.1,0.2")
    assert "counts as a source of its own" in " ".join(invoke(path, "--label", "study")[1].split())
    assert "counts as a source of its own" not in " ".join(invoke(path, "--cluster", "study")[1].split())


def test_what_is_left_out_of_a_ratio_is_told_by_the_ratio(tmp_path: Path) -> None:
    path = written(tmp_path, "ai,n1i,ci,n2i", "0,40,0,40", "30,30,30,30", "3,50,9,50")
    odds, risks = (" ".join(invoke(path, "--from", "events", "--measure", one)[1].split()) for one in ("OR", "RR"))
    assert "row 1, row 2: no event in either arm, or nothing but events" in odds
    assert "row 1: no event in either arm, which says nothing of a ratio (1 in all)" in risks
    assert "nothing but events" not in risks


def test_the_picture_shows_the_average_that_the_text_tells(tmp_path: Path) -> None:
    """Of a lopsided posterior the median is another."""
    path, picture = written(tmp_path, "ai,n1i,ci,n2i", "0,50,3,50", "1,40,6,40"), tmp_path / "x.svg"
    out = json.loads(invoke(path, "--from", "events", "--json", "--svg", str(picture))[1])
    assert f"{out['mean']:.2f} (" in picture.read_text(encoding="utf-8")
    assert f"{out['predictive']['mean']:.2f} (" in picture.read_text(encoding="utf-8")
