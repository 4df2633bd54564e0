"""What a gathered figure compares, by rule: labels that its own words contradict are set right, for all records alike.

Enters: a gathered line.  Leaves: the fields that change.  Knows nothing of files.  Each rule reads the words of the
record (metric, comparator, note) and never an id, so that a new record with the same words gets the same label.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

__all__ = ["RULES", "relabelled"]

Raw = dict[str, Any]

FORMAT_ASKED: Final = re.compile(
    r"format (is )?asked for in the prompt|\bdecoding (is )?free\b|returned in JSON by a function call", re.IGNORECASE
)
PART: Final = re.compile(
    r"\bfirst (token|mask|response)\b|\bttft\b|\bmask time\b|\bcompile time\b"
    r"|\bprompt tokens read\b|\binput tokens per second\b",
    re.IGNORECASE,
)
LENGTH: Final = re.compile(
    r"\binstruction to be (concise|verbose|brief|short)\b|\bwithout the length limits\b", re.IGNORECASE
)
WRONG: Final = re.compile(r"\bhallucinat|\bconfabulation rate\b|\b(incorrect|wrong)-answer rate\b", re.IGNORECASE)
EXTREME: Final = re.compile(
    r"\bmost extreme\b|\b(best|worst)[ -]case\b|\blargest (gain|loss)\b|(?<! is) \ban upper bound\b"
    r"|\bupper bound of (a|the)\b|\bupper bound \(['\"]?up to"
    r"|\bmaximum(?= over|, not)|\bworst [\w-]+ variant\b|\bstrongest attack\b|^['\"]up to \d",
    re.IGNORECASE,
)
EDITOR: Final = re.compile(r"\beditor (?:is )?(?P<name>[\w .-]+?)(?: writes|, which)", re.IGNORECASE)
EXCHANGED: Final = re.compile(
    r"\bmodels? (were|was) (exchanged|changed)\b|\bmodels? changed as well\b|\bother models in\b", re.IGNORECASE
)
FORMATS_DIFFER: Final = re.compile(
    r"\bedit formats differ\b|\brun used the [\w-]+ format, .* the [\w-]+ format\b", re.IGNORECASE
)

NO_AUTHOR: Final = re.compile(
    r"^(various|unnamed|.*\b(authors?|names?)? ?(is |are )?not (named|read|shown|given)\b.*)$", re.IGNORECASE
)
BRACKETS: Final = re.compile(r"\s*\([^()]*\)")
PRIVATE_ID: Final = re.compile(
    r"[,;]?\s*(?:\b(?:Tables? \d+ |same figures in )?\b(?:also )?\b(?:(?:file|text) )?ids? \d{6,}(?:, \d{6,})*"
    r"|\balso \d{6,})"
)


def _said(raw: Raw) -> str:
    return f"{raw.get('comparator') or ''} | {raw.get('note') or ''}"


def format_asked(raw: Raw) -> Raw:
    """A format that the prompt or a function's form asks for is not a constraint on decoding."""
    asked = raw.get("subtype") == "constrained-output" and FORMAT_ASKED.search(_said(raw))
    return {"subtype": "format-asked"} if asked else {}


def part_of_a_request(raw: Raw) -> Raw:
    """The time to the first token, or of one step, is a part of a request's time."""
    timed = raw.get("outcome") in ("latency", "throughput") and PART.search(str(raw.get("metric")))
    return {"scope": "part"} if timed else {}


def length(raw: Raw) -> Raw:
    """A system prompt that asks for shorter or longer replies moves their length, by which judges are biased."""
    asked = raw.get("technique") == "system-prompt-design" and LENGTH.search(_said(raw))
    return {"subtype": "length"} if asked else {}


def wrong_answers(raw: Raw) -> Raw:
    """A share of items with something wrong stated, where an item may be right, wrong, or left unanswered."""
    told = raw.get("outcome") in ("quality", "safety") and not raw.get("higher_is_better")
    return {"outcome": "wrong-answers"} if told and WRONG.search(str(raw.get("metric"))) else {}


def extreme(raw: Raw) -> Raw:
    """A figure picked because it is the most extreme of several says nothing of the others."""
    picked = raw.get("selection") == "picked" and EXTREME.search(str(raw.get("note") or ""))
    return {"doubtful": True} if picked else {}


def several_models(raw: Raw) -> Raw:
    """Agents in which another model than the comparator's does a part: model and loop cannot be told apart."""
    if raw.get("technique") != "agent-orchestration" or raw.get("subtype") not in ("single-agent", "multi-agent"):
        return {}
    editor = EDITOR.search(str(raw.get("note") or ""))
    other = editor is not None and _plain(editor["name"]) != _plain(raw.get("model"))
    return {"subtype": "several-models"} if other or EXCHANGED.search(_said(raw)) else {}


def _plain(model: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(model or "").lower())


def formats_differ(raw: Raw) -> Raw:
    """Two models, each in an output format of its own: size and format cannot be told apart."""
    confounded = raw.get("technique") == "model-scaling" and FORMATS_DIFFER.search(str(raw.get("note") or ""))
    return {"doubtful": True} if confounded else {}


def rate_unit(raw: Raw) -> Raw:
    """Tokens per second are no tokens."""
    rate = raw.get("outcome") == "throughput" and raw.get("unit") == "tokens"
    return {"unit": "tokens per second"} if rate and "per second" in str(raw.get("metric")) else {}


def source_named(raw: Raw) -> Raw:
    """Words that say that no author is known are no author, and a number of our own filing leads nobody anywhere."""
    changed: Raw = {}
    source = dict(raw.get("source") or {})
    if NO_AUTHOR.match(BRACKETS.sub("", str(source.get("authors") or ""))):
        source["authors"] = None
    if PRIVATE_ID.fullmatch(str(source.get("ref") or "")):
        source["ref"] = None
    if source != raw.get("source"):
        changed["source"] = source
    read_at = PRIVATE_ID.sub("", str(raw.get("read_at") or ""))
    read_at = read_at.replace("(; ", "(").replace("(, ", "(").replace(" ()", "")
    return changed | ({"read_at": read_at} if raw.get("read_at") else {})


RULES: Final[tuple[Callable[[Raw], Raw], ...]] = (
    format_asked, part_of_a_request, length, wrong_answers, extreme, several_models, formats_differ, rate_unit,
    source_named,
)  # fmt: skip


def relabelled(raw: Raw) -> Raw:
    """What the rules change of a line; empty where its labels say what its words say."""
    changed: Raw = {}
    for rule in RULES:
        changed |= rule(raw | changed)
    return {field: value for field, value in changed.items() if raw.get(field) != value}
