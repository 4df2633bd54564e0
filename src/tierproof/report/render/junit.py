"""A gate's verdicts as JUnit XML, which every build server reads.

Enters: a `GateAnswer`.  Leaves: XML in which all text is escaped.  Computes nothing.

Worse is a failure, not settled is an error, not worse is a passed case.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from tierproof.answers.gated import GateAnswer
from tierproof.answers.safe_text import clean

__all__ = ["junit_xml"]


def junit_xml(answer: GateAnswer) -> str:
    """One suite, a case a comparison."""
    verdicts = [one.verdict for one in answer.gated]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites><testsuite name="tierproof gate" tests="{len(verdicts) + len(answer.lacking)}" '
        f'failures="{verdicts.count("worse")}" errors="{verdicts.count("not settled") + len(answer.lacking)}">',
    ]
    for one in answer.gated:
        found = one.compared
        name = " / ".join(part for part in (found.task, found.metric, found.filter) if part)
        told = (
            f"{one.verdict}: {one.why}. Difference {found.difference:+.4g} over {found.pairs} pairs, one-sided ends "
            f"{_end(one.low)} and {_end(one.high)}, margin {answer.margin:g}."
        )
        lines.append(f"<testcase classname={_quoted(found.treated_system)} name={_quoted(name)}>")
        if one.verdict != "not worse":
            kind = "failure" if one.verdict == "worse" else "error"
            lines.append(f"<{kind} message={_quoted(told)}/>")
        notes = "\n".join(clean(warning) for warning in found.warnings)
        lines.append(f"<system-out>{escape(told if not notes else told + chr(10) + notes)}</system-out></testcase>")
    for text in answer.lacking:
        lines.append(
            f'<testcase classname="not compared" name={_quoted(text)}><error message={_quoted(text)}/></testcase>'
        )
    return "\n".join((*lines, "</testsuite></testsuites>", ""))


def _quoted(text: str) -> str:
    return quoteattr(clean(text))


def _end(value: float | None) -> str:
    return "unknown" if value is None else f"{value:+.4g}"
