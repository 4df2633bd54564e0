"""The grade in a judge's reply.

Enters: the reply and the highest grade.  Leaves: the grade as a share of it, or nothing.  Must not know what is judged.

What is stated counts (`Grade: 1`, `I would grade this 1`, a reply that is a number), and of statements the last; what
is only mentioned (`no grade 10 material`) does not.  Two numbers for one grade (`0 or 1`, `3-4`), and one that is off
its scale, are no grade.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["share_of"]

AROUND = r"[\s*_#>`\"'“”«»({\[|$]*"
NUMBER = (
    r"(?P<sign>[-−–]\s?)?(?:\\(?:boxed|text|mathbf)\{)?[*_`\"'({\[]{0,6}(?P<grade>\d{1,4}(?:[.,]\d{1,4})?)"
    r"(?![\d.,]*\d|[½⅓¼⅔¾+\\^]|[A-Za-z](?<!p))"
    r"(?:[*_`]{0,3}\s?(?P<percent>%|percent\b|per\s?cent\b|процент\w*|prozent\b|por\s?ciento\b|pour\s?cent\b)"
    r"|[*_`\"')\]}]{0,3}\s?(?:(?:points?|pts\.?|marks?|stars?|балл\w*|очк\w*|punkte?n?|puntos?|punti|分|点|점)\s?)?"
    r"(?:/|⁄|[(（]?\s?(?:out\s+of|из|von|sur|de|su|van|av|满分|滿分|満点)\s?[:：]?"
    r"|of(?=\s\d+(?:\.\d+)?[\s*_)]*(?:[.,;!]|$)))\s?[*_`]{0,3}(?P<top>\d+(?:[.,]\d+)?))?"
)
SECOND = re.compile(r"[*_`)\]}%]{0,3}\s?(?:(?:-|–|—|\bto\b|\bor\b|/|&|\band\b)\s?(?:\d|a\s+half)|½)", re.IGNORECASE)
"""After a grade: another one, so that which is meant is open."""
SCALE = r"(?:\s?[(\[](?:from\s+|out\s+of\s+|scale\s+)?\d+(?:\s?(?:-|–|—|to|/|\.\.)\s?\d+)?[)\]])?"
"""The scale, named beside the label: `Grade (0-5): 3`."""
NAMES = r"grade|final[ _]grade|overall[ _]grade"
OTHERS = (
    r"score|rating|bewertung|punktzahl|оценка|балл(?:ы|ов)?|评分|評分|得分|分数|分數|评级|等级|評価|점수|평점|등급"
    r"|puntuación|calificación|voto|valutazione|nota|ocena|cijfer"
)
BEFORE = (
    r"(?:(?:my|the|final|overall|total|a|its|this|so|therefore|hence|thus|and|revised|new|numeric|numerical|suggested|given|assigned"
    r"|моя|итоговая|общая|финальная|окончательная|meine|gesamte?|endgültige"
    r"|answer's|i\s+give(?:\s+\w+){0,4}?|i(?:'d|\s+would)?\s+assign(?:\s+\w+){0,4}?|deserves|gets|earns|receives)\s+)*"
)
TIES = (
    r"(?:\s?(?:=>|->|→|[:：=\-–—|>])|\s(?:is|was|would\s+be|will\s+be|should\s+be|must\s+be|of|is\s+a|of\s+a)\b(?:\s?[:：])?"
    r"|(?=\s*\n))"
)
OF_WHAT = r"(?:\s(?:for|of)(?:\s[a-z]+){1,4}?|\s(?:that\s)?i(?:\s[a-z]+){1,3}?|\s(?:assigned|given|awarded))?"
HEDGE = r"(?:\s+(?:a|an|about|around|roughly|approximately))?"
LINE = r"(?:^|(?<=[.!?;,:…。]\s))"


def _labelled(names: str, start: str) -> re.Pattern[str]:
    return re.compile(
        rf"{start}{AROUND}(?:[-•]\s)?{BEFORE}(?:{names})(?![\w-]){OF_WHAT}{SCALE}[*_`\"']{{0,4}}{SCALE}{TIES}{HEDGE}"
        rf"(?:\s|[*_#>`\"'(\[{{|$~≈]|-\s)*{NUMBER}",
        re.IGNORECASE | re.MULTILINE,
    )


STATED = _labelled(NAMES, LINE)
ENDS = r"(?=[*_`\"')\]]*\s*(?:$|[.;:,!]|[-–—]\s|(?:because|since|as)\b))"
BESIDE = re.compile(
    rf"{LINE}{AROUND}{BEFORE}(?:{NAMES}){SCALE}\s+{NUMBER}{ENDS}",
    re.IGNORECASE | re.MULTILINE,
)
"""`Grade 1` may also tell what that grade is for: all that are so told must be one."""
NAMED_OTHERWISE = _labelled(OTHERS, r"^")
TAGGED = re.compile(rf"<(?:grade|score|rating)>\s*{NUMBER}\s*</", re.IGNORECASE)
SAID = re.compile(
    r"(?<![\w-])(?:(?:i|we)(?:'(?:d|ll))?|would|will|must|can|should|to|this|answer|it|is|be)\s+(?:therefore\s+|thus\s+)?"
    r"(?:grades?|graded|rate|rated|score|gives?|gets?|earns?|deserves?|receives?|award|assign)\s+"
    rf"(?:(?:this|it|the|that|answer|reply|response|as|at|with|a|an|grade|score|rating|mark|of|is)[\s,:]+)*{NUMBER}",
    re.IGNORECASE,
)
GRADED = re.compile(
    rf"^\W*(?:grade(?:d)?|rated|score)\s+(?:(?:this|it|the\s+answer|as|at|a)\s+)*{NUMBER}{ENDS}",
    re.IGNORECASE | re.MULTILINE,
)
OF_GRADE = re.compile(
    rf"(?<![\w-])(?:grade|rating|score)\s+(?:is|of|(?:would|will|must|should)\s+be){HEDGE}\s*[:：]?[\s*_`]*{NUMBER}",
    re.IGNORECASE,
)
ALONE = re.compile(rf"{AROUND}{NUMBER}[\s*_`\"').}}\]]*", re.IGNORECASE)
DENIED = re.compile(
    r"\b(?:not|no|never|below|above|under|than|highest|top|maximum|lowest|cannot|n't)\s*(?:\w+\s+){0,3}$", re.IGNORECASE
)

WIDE = {ord("０") + place: str(place) for place in range(10)} | {ord("／"): "/", ord("．"): ".", ord("％"): "%"}
DENIED_AFTER = re.compile(
    r"[^\n.;,]{0,20}?(?:\s(?:is|was|would\s+be|seems)\s+(?:not|too|wrong)\b|\s(?:isn't|wasn't|cannot|can't)\b)",
    re.IGNORECASE,
)


def share_of(text: str, top: int) -> float | None:
    """The last grade that a judge states, as a share of the highest; None where it states none, or one off its scale.

    A scale of the judge's own is taken where it names it: `7/10`, `70 %`.
    """
    text = unicodedata.normalize("NFC", text).translate(WIDE).replace("\u2019", "'")
    for form in (STATED, TAGGED, BESIDE, SAID, GRADED, OF_GRADE, NAMED_OTHERWISE):
        found = [one for one in form.finditer(text) if not DENIED.search(text[max(0, one.start() - 40) : one.start()])]
        if found:
            open_ = form is BESIDE and len({one["grade"] for one in found}) > 1
            return None if open_ else _share(found[-1], text, top)
    whole = ALONE.fullmatch(text)
    return _share(whole, text, top) if whole else None


def _share(found: re.Match[str], text: str, top: int) -> float | None:
    if SECOND.match(text, found.end()) or DENIED_AFTER.match(text, found.end()):
        return None
    grade = float(found["grade"].replace(",", "."))
    if found["sign"] and grade:
        return None
    highest = 100.0 if found["percent"] else float((found["top"] or str(top)).replace(",", "."))
    if top > 1 and not found["percent"] and not found["top"] and 0 < grade < 1:
        # A share of 1, or a twentieth of the scale?
        return None
    return grade / highest if 0 <= grade <= highest and highest > 0 else None
