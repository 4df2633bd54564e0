"""The answer within a reply that marks it, such as `Answer: Paris`.

Enters: a reply and the mark.  Leaves: the answer alone, as it would have been given without a mark.  Must not know how
it is scored.
"""

from __future__ import annotations

import re

__all__ = ["after_mark"]

DECORATION = "*_`#> \t"
EXPLAINS = re.compile(
    r"\n[\s*_#>(-]*(?:(?:explanation|reasoning|reasons?|rationale|justification|notes?|why|steps?"
    r"|confidence|sources?|working|verification|check|proof"
    r"|erklärung|begründung|hinweis|explication|remarque|explicación|nota|spiegazione|объяснение|пояснение|примечание"
    r"|解释|说明|説明)[\s*_]*[:：]|(?:because|this is because|here'?s why"
    r"|(?:let me|let's|to|we can) (?:check|verify|explain|confirm))\b)",
    re.IGNORECASE,
)
OPENS_MORE = re.compile(r"\s*(?:[-*+•]\s|\d+[.)]\s|[`~]{3}|[{\[<|]|#)")
RULE = re.compile(r"\n\s*(?:-{3,}|\*{3,}|_{3,})\s*$")
FEW_WORDS = 20
"""An answer of at most so many words on the mark's own line ends with its paragraph: what follows explains it."""


def after_mark(text: str, mark: str) -> str:
    """What follows the last mark, without the marks of Markdown around both and without an explanation below it.

    All of the text where there is no mark in it, or none was asked for.
    """
    if not mark:
        return text.strip()
    name = mark.rstrip(": \t")
    # Bold of HTML and LaTeX is that of Markdown.
    text = re.sub(rf"<(b|strong)>(\s*(?:\w+\s+){{0,2}}{re.escape(name)}.*?)</\1>", r"**\2**", text, flags=re.IGNORECASE)
    text = re.sub(rf"\\textbf\{{([^{{}}\n]*{re.escape(name)}[^{{}}\n]*)\}}", r"**\1**", text, flags=re.IGNORECASE)
    # Bold may end before the colon, after it, or after the answer.
    pattern = (
        rf"(?P<before>[*_`]{{0,6}})(?:(?:final|correct|my|the)\s+){{0,2}}{re.escape(name)}(?P<after>[*_`]{{0,6}})"
        + (r"\s?[:：](?P<last>[*_`]{0,6})" if mark.rstrip().endswith(":") else "")
    )
    marks = list(re.finditer(pattern, text, re.IGNORECASE))
    if not marks:
        return text.strip()
    found = marks[-1]
    answer = text[found.end() :]
    answer = RULE.sub("", _without_explanation(answer))
    opened = found["before"].strip()
    closed = found["after"] + (found["last"] if "last" in found.re.groupindex else "")
    if opened and opened not in closed:
        # Opened before the mark and closed behind the answer.
        answer = answer.partition(opened)[0] if len(opened) > 1 else answer.strip().removesuffix(opened)
    return _undecorated(answer.strip())


def _without_explanation(answer: str) -> str:
    explained = EXPLAINS.search(answer)
    if explained is not None and answer[: explained.start()].strip(DECORATION + "\n"):
        answer = answer[: explained.start()]
    first, gap, rest = answer.partition("\n\n")
    own_line = answer.split("\n", 1)[0].strip(DECORATION)
    short = own_line and "\n" not in first.strip() and len(first.split()) <= FEW_WORDS
    if gap and rest.strip() and short and not first.rstrip().endswith((":", "：", ",")) and not OPENS_MORE.match(rest):
        return first
    return answer


def _undecorated(answer: str) -> str:
    """An answer without marks of Markdown that go around all of it."""
    ended = re.fullmatch(r"(\*{1,3}|_{1,2})(?P<inside>[^*_`\n]+)\1(?P<stop>[.!])", answer)
    if ended:
        return ended["inside"].strip() + ended["stop"]
    tagged = re.fullmatch(r"<(b|strong|em|i)>(?P<inside>[^<]*)</\1>(?P<stop>[.!]?)", answer)
    if tagged:
        return tagged["inside"].strip() + tagged["stop"]
    for sign in ("***", "**", "__", "`", "*", "_"):
        inner = answer[len(sign) : -len(sign)]
        if len(answer) > 2 * len(sign) and answer.startswith(sign) and answer.endswith(sign) and sign not in inner:
            if sign == "`" and answer.startswith("```"):
                return answer
            return _undecorated(inner.strip())
    return answer
