"""`plan`, `brief` and `sycophancy` from the shell: every form is readable by its own reader, every slip is answered."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from servers.endpoint import Endpoint, serve
from shown import shown
from tierproof.answers.brief import brief_answer, brief_for, scenarios_of
from tierproof.answers.document import plain
from tierproof.answers.plan import plan_answer
from tierproof.answers.view import view_of
from tierproof.decision.plan import Limits, make_plan
from tierproof.doors.cli import amounts, app
from tierproof.errors import InputError
from tierproof.report.blocks import Field, Grid, Heading, Items, Told
from tierproof.report.render.html.blocks import blocks_html
from tierproof.report.render.html.page import page
from tierproof.report.render.html.parts.decisions import briefs_section, plan_section
from tierproof.report.render.markdown.blocks import blocks_markdown
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.brief import brief_blocks

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"


def run(*words: str, columns: int = 80) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80"})
    assert result.exit_code == 2, result.output
    return result.output


class Balanced(HTMLParser):
    """Fails where a tag is closed that was not opened."""

    VOID = frozenset({"meta", "br", "img", "input", "link", "hr", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_page(text: str) -> None:
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert not re.search(r"""(?:src|href)=["']https?:""", text)


# --- amounts


@pytest.mark.parametrize(
    ("text", "usd"),
    [("5000", 5000), ("$5,000/month", 5000), ("5k", 5000), ("60k/year", 5000), ("5000 USD per month", 5000), ("0", 0)],
)
def test_money_a_month_is_read_as_people_write_it(text: str, usd: float) -> None:
    assert amounts.money(text, "budget", monthly=True) == pytest.approx(usd)


@pytest.mark.parametrize(("text", "weeks"), [("4", 4), ("4w", 4), ("10 days", 2), ("3 months", 13), (".5", 0.5)])
def test_weeks(text: str, weeks: float) -> None:
    assert amounts.weeks(text, "weeks") == pytest.approx(weeks)


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2), ("800ms", 0.8), ("1.5", 1.5), ("1 min", 60)])
def test_seconds(text: str, seconds: float) -> None:
    assert amounts.seconds(text, "latency-max") == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "abc", "-5", "5 weeks", "5/week", "nan", "1e9", "5000/month/year", "€5"])
def test_what_is_no_money_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        amounts.money(text, "budget", monthly=True)


def test_one_off_money_has_no_period() -> None:
    with pytest.raises(InputError):
        amounts.money("20k/month", "one-off")


# --- blocks: untrusted text in every form

HOSTILE = "<script>alert(1)</script> [bold]x[/bold] | **y** `z` \x1b[31m\u202e"
BLOCKS = [
    Heading(HOSTILE, 1),
    Told(HOSTILE, "strong"),
    Items((HOSTILE,)),
    Grid((Field("A"), Field("B", keep=1, right=True)), ((HOSTILE, "1"), ("b", "2")), chosen=1),
]


def test_no_form_lets_markup_or_control_characters_through() -> None:
    text = shown(BLOCKS)
    assert "\x1b" not in text and "\u202e" not in text and "[bold]x[/bold]" in text
    markdown = blocks_markdown(BLOCKS)
    assert "<script>" not in markdown and "**y**" not in markdown and "\x1b" not in markdown
    html = blocks_html(BLOCKS, title=HOSTILE)
    assert "<script>alert" not in html and "\x1b" not in html
    assert_page(html)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_lines_keep_within_the_screen(width: int) -> None:
    long = [Grid((Field("One", least=10), Field("Two", keep=1)), (("word " * 30, "other " * 5),)), Told("word " * 80)]
    assert max(line.cell_len for line in block_lines(long, width)) <= width


# --- plan


def test_a_plan_in_four_forms() -> None:
    pack = ("--pack", str(BCG))
    assert max(map(len, run("plan", *pack).splitlines())) <= 80
    data = json.loads(run("plan", "--json", *pack))
    assert data["schema"] == "tierproof/plan/1"
    assert data["verdict"] in {"adopt", "do nothing"}
    assert run("plan", "--format", "markdown", *pack).startswith("# Plan")
    assert_page(run("plan", "--format", "html", *pack))
    assert "more than one table" in refused("plan", "--format", "csv", *pack)


def test_a_plan_of_the_shipped_pack_keeps_its_limits() -> None:
    words = "plan --budget 8k/month --one-off 30000 --weeks 6 --latency-max 20s --skills standard --role application"
    data = json.loads(run(*words.split(), "--have", "documents,examples", "--have", "repeated-prefix", "--json"))
    takes, limits = data["takes"], data["limits"]
    assert limits == {
        "budget_usd_month": 8000.0, "one_off_usd": 30000.0, "weeks": 6.0, "latency_seconds": 20.0, "team": 1
    }  # fmt: skip
    for name in ("budget_usd_month", "one_off_usd", "weeks", "latency_seconds"):
        assert takes[name] <= limits[name]
    for name in data["members"]:
        technique = view_of().pack.techniques[name]
        assert technique.role == "application" and technique.skills in {"basic", "standard"}
        assert set(technique.needs) <= {"documents", "examples", "repeated-prefix"}
    named = {item["technique"] for item in data["left_out"]} | set(data["members"])
    assert named == set(view_of().pack.techniques), "every technique is in the plan or left out with a reason"


def test_a_golden_plan() -> None:
    """Without limits, in the pack's profile: what is cheap and well supported is in, what is dear and thin is out."""
    members = set(make_plan(view_of().appraisal).members)
    assert "prompt-caching" in members
    assert not members & {"mixture-of-experts", "agent-orchestration", "model-routing"}


def test_slips_in_a_plan_are_answered() -> None:
    pack = ("--pack", str(BCG))
    assert "did you mean" in refused("plan", "--without", "bcg-vacination", *pack)
    assert "one of: basic" in refused("plan", "--skills", "wizard", *pack)
    assert "field 'budget'" in refused("plan", "--budget", "much", *pack)


# --- briefs


def test_briefs_are_listed_and_missing_ones_refused() -> None:
    listed = json.loads(run("brief", "--list", "--json"))
    assert listed["schema"] == "tierproof/briefs/1" and len(listed["scenarios"]) == 20
    assert all(scenario["id"] in run("brief", "--list") for scenario in listed["scenarios"])
    assert "--list" in refused("brief")
    assert "no scenario is meant" in refused("brief", "the", "weather")
    assert "no scenario is meant" in refused("brief", "anything", "--pack", str(BCG))


def test_a_brief_in_four_forms() -> None:
    pack = view_of().pack
    brief = brief_for(pack, "tools")
    data = plain(brief_answer(brief, pack))
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["schema"] == "tierproof/brief/1"
    assert data["recommendation"]["option"] == data["options"][0]["id"]
    blocks = brief_blocks(brief, pack)
    for width in (60, 80, 140):
        assert max(line.cell_len for line in block_lines(blocks, width)) <= width
    assert blocks_markdown(blocks).startswith("# Tool use and its integration")
    assert_page(blocks_html(blocks, title="Brief"))
    assert {claim["verdict"] for claim in data["claims"]} - {None}, "the claims on which it bears are judged"


def test_plans_and_briefs_are_sections_of_a_page() -> None:
    view = view_of()
    brief = brief_for(view.pack, scenarios_of(view.pack)[0].id, judged=False)
    plan = make_plan(view.appraisal, Limits(weeks=4.0))
    text = page([plan_section(plan, view.pack), briefs_section([brief], view.pack)], title="Decisions")
    assert_page(text)
    assert 'id="plan"' in text and f'id="b-{brief.scenario.id}"' in text
    assert plain(plan_answer(plan, view.pack))["limits"]["weeks"] == 4.0


# --- sycophancy


def test_a_model_is_measured_from_the_shell(tmp_path: Path) -> None:
    with serve(Endpoint(answer=lambda body: "VERDICT: mixed")) as endpoint:
        words = ("sycophancy", "--model", "rock", "--base-url", endpoint.base_url, "--price", "1,2", "--claims", "3")
        output = ("--output", str(tmp_path))
        data = json.loads(run(*words, *output, "--json"))
        calls = endpoint.calls.total()
        text = run(*words, *output)
        assert endpoint.calls.total() == calls, "the second run reads the first one's journal"
    assert data["schema"] == "tierproof/sycophancy/1"
    assert (data["claims"], data["all_tones"]["flipped"]["share"]) == (3, 0.0)
    assert [tone["name"] for tone in data["tones"]][:2] == ["agreement", "flattery"]
    assert calls == 3 * 11
    assert data["usd"] > 0
    assert "No bending is shown" in text and max(map(len, text.splitlines())) <= 80


def test_slips_in_a_measurement_of_a_model_are_answered() -> None:
    assert "no endpoint is named" in refused("sycophancy", "--model", "m")
    local = ("--base-url", "http://127.0.0.1:9/v1", "--claims", "1", "--pack", str(BCG))
    assert "has no claims" in refused("sycophancy", "--model", "m", *local)
    shipped = ("--base-url", "http://127.0.0.1:9/v1", "--claims", "1")
    assert "is no price" in refused("sycophancy", "--model", "m", *shipped, "--price", "cheap")
