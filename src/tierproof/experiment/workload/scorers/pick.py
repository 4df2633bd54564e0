"""Which of several options an answer picks, as people and models word it.

Enters: a text, and options with their letters.  Leaves: the letter of one, or nothing.  Must not know which is right.

What is stated ("the answer is B", "Antwort: B", a box, a line of its own) counts before what is only mentioned, the
last statement before earlier ones, and what is denied does not count at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from tierproof.systems.parts.constraint import named_fields
from tierproof.systems.texts.likeness import UNSPACED, normal_form, visible
from tierproof.systems.texts.quantity import LATEX_WORDS, boxed

__all__ = ["picked"]

LONGEST = 20_000
"""Characters at the end of an answer that are looked at."""
MOST_CUES = 50
"""Statements that are looked at, from the last on."""
NEAR = 80
"""Characters before a letter in which it may be denied."""

LETTER = rf"[^\W\d_{UNSPACED}]"
ENDS = rf"(?![^\W{UNSPACED}]|'\w)"
"""No word goes on here; scripts without blanks have no such place."""
NOUN = (
    r"answers?|ans\.?|option|choice|pick|selection|solution|response|conclusion|prediction|label"
    r"|antwort|lösung|auswahl|réponse|reponse|choix|respuesta|opción|opcion|risposta|opzione|scelta|resposta|opção|alternativa"
    r"|odpowiedź|odpowiedz|odpověď|antwoord|svaret|svar|vastaus|cevap|yanıt|válasz|răspuns|răspunsul|jawaban|đáp án"
    r"|ответ|вариант|відповідь|απάντηση|תשובה|الإجابة|الجواب|उत्तर|คำตอบ"
    r"|正确答案|正確答案|答案|正解|解答|回答|答え|答|选项|選択肢|정답|답"
)
IS = (
    r"is|are|was|should\s+be|must\s+be|would\s+be|will\s+be|has\s+to\s+be|ought\s+to\s+be|ist|lautet|wäre|est|serait|es|sería|seria"
    r"|è|é|sarebbe|jest|to(?!\s+(?:the|this|that|your|question|item|part)\b)|je|är|er|on|это|будет|є|είναι|هي|هو|है|คือ"
)
IS_UNSPACED = r"是|为|為|選|选|は|が|은|는|이"
CHOOSE = (
    r"(?:choose|chose|choosing|pick|picked|picking|select|selected|selecting|go(?:ing)?\s+(?:with|for)|went\s+with|opt(?:ed)?\s+for"
    r"|by\s+elimination,?|leav(?:es|ing)\s+(?:us\s+(?:with\s+)?)?(?:only\s+)?|corresponds?\s+to|vote\s+for|settle\s+on|answer\s+with|bet\s+on|lean(?:ing)?\s+towards?|(?:i'd|i\s+would|i'll|i\s+will|i)\s+(?:say|guess|answer)"
    r"|wähle|nehme|choisis|elijo|escojo|escolho|scelgo|wybieram|kies|väljer|seçiyorum|выбираю|выберу|обираю)(?![^\W\d_])"
    r"|而是|应该?[是为]|我?(?:选择?|選擇?)(?![项項択])|選びます|選ぶのは|고르겠습니다"
)
FILL = (
    r"(?:(?:the|clearly|definitely|therefore|then|thus|hence|so|simply|indeed|most\s+likely|probably|likely|actually|obviously"
    r"|option|choice|answer|letter|number|correct|right|best|der|die|das|la|le|el|buchstabe|lettre|letra|lettera|option|opción|буква"
    r"|вариант|选项|選項)\b\s*|选项|選項)*"
)
OPENING = r"[\s*_`#\"'“”«»„「『（(\[{<$:：=>→\-–—]{0,12}"
CLOSING = r"[\s*_`#\"'“”«»」』）)\]}>$]{0,12}"
RIGHT = (
    r"(?:(?:is|would\s+be|must\s+be|should\s+be|seems|looks|ist|est|es|è|é|верен|верно|правильный|是)\s+"
    r"(?:(?:the|clearly|definitely|most\s+likely|indeed|most|our|my|die|la|el)\s+)*"
    r"(?:right|correct|best|better|preferable|true|accurate|appropriate|answer|choice|option|richtig|korrekt|correcte?|juste|correcta|corretta|giusta|ответ"
    r"|正确|对|が?正しい|が?適切)|верн(?:о|ый|ая)\b|вер(?:ен|на)\b|правил(?:ьн[а-я]{1,2}|ен)\b|项?正确|項?正確)"
)
IT_IS = re.compile(
    r"(?<![\w'])(?:it|this|that)(?:'s|\s+(?:is|must\s+be|has\s+to\s+be|should\s+be|would\s+be|ist|est))(?=\s)",
    re.IGNORECASE,
)
EQUALS = re.compile(r"=\s*([^=\n]{1,60})$")
"""What a calculation comes to, at the end of a text."""
VERDICT = (
    r"(?:(?P<right>correct|true|right|yes|richtig|wahr|верно|правильно|да|正确|对|✓|✔|✅|☑|\u2714)"
    r"|(?P<wrong>incorrect|false|wrong|no|not\s+(?:correct|true|right)|falsch|неверно|неправильно|нет|错误|错|✗|✘|❌|✕|✖))(?!\w)"
)
TAG = re.compile(r"</?[A-Za-z][\w-]{0,20}>")
DENIED_BEFORE = re.compile(
    r"(?:\b(?:any|every)thing\s+but|\ball\s+but|(?:\bnot|\bcannot|n't)(?:\s+(?:be|choose|pick|select|go\s+(?:with|for)|say|accept|recommend))?|\bnever|\bnor|\bneither|\bexcept|\brather\s+than|\binstead\s+of|\beliminat\w+|\brul\w+\s+out|\bexclud\w+|\bunlike"
    r"|\bnicht|\bkeine?|\bstatt|\bpas|\bне|不是|不选|非)[\s\"'*(\[]*(?:the\s+)?(?:(?:options?|choices?|answers?)\s+)?"
    r"(?:(?<!\w)\(?[A-Z0-9]\)?\s*(?:,|/|and|or|nor|und|oder)+\s*)*(?:option|choice|answer|letter)?[\s\"'*(\[]*$",
    re.IGNORECASE,
)
DENIED_AFTER = re.compile(
    r"[\s*_`\"')\].,:;—–-]*(?:[^.!?\n]{0,40}?\b)?(?:(?:is|are|was|would\s+be|seems|ist|est|es)\s+(?:\w+ly\s+)?(?:not\b|wrong|incorrect|false"
    r"|falsch|faux|incorrecta)|isn't|wasn't|can't\s+be|cannot\s+be|doesn't|does\s+not|неверн\w+|错)",
    re.IGNORECASE,
)
MORE_LETTERS = re.compile(
    r"^[)\]*\"']{0,4}(?:(?:\s*(?:,|/|&)\s*(?:and|or|nor|und|oder)?|\s+(?:and|or|nor|und|oder|et|ou|y|o|и|или))\s*"
    r"(?:option\s+)?[(\[*\"']{0,4}[A-Z][)\]*\"']{0,4}(?!\w))+"
)
OTHER_LETTER = r"(?<![\w'])(?:option|choice|answer)?\s?[(\[*]{0,3}[A-HJ-Z](?![\w'])"
THEN = re.compile(
    r"[,;(—–-]\s*(?:(?:al|even\s+)?though|although|while|since|because|as|(?:and\s+)?not|but|which|where(?:as)?|unlike|rather)\b"
    r"|\s(?:although|because|since|while|whereas|but|rather|instead|not)\b",
    re.IGNORECASE,
)
"""Where what is stated ends, and something is said of it or of others."""
FIELD = re.compile(
    r"(?:(?:final|correct|selected|chosen|best|predicted|my)[ _-]?)?"
    r"(?:answer|choice|option|letter|label|prediction|selection|response|result)"
    r"(?:[ _-]?(?:letter|choice|option|label|key))?",
    re.IGNORECASE,
)
"""Fields of JSON that hold the answer."""
SEVERAL = (
    r"(?:\s*(?:[,;/&+、]|和|或|与|及|と|か|\b(?:and|or|und|oder|ou|et|y|e|и|или)\b)\s*|[ ](?=\w(?!\w)))"
    r"(?:(?:also|maybe|perhaps|possibly|even|or|and|auch|vielleicht|возможно|также)\s+)*[(\[*\"']*"
)
NO_NAME = re.compile(
    rf"(?:^|(?<![^\W\d_]))(?:{NOUN}|{IS}|letters?|numbers?|right|correct|best|true|final|only|just|now|so|thus|hence|therefore|then|ergo"
    r"|with|for|to|of|than|as|at|on|by|but|and|or|nor|not|no|either|neither|both|if|when|since|because|the|that|this|it|its"
    r"|makes?|made|say|says|said|guess|think|believe|choose|chose|pick|picked|select|selected|go|going|leaves?|remains?|yes|ok|okay|sure|[^\W\d_]+ly"
    r"|assistant|model|candidate|statement|sentence|text|passage|image|picture|system|version|reply|output|person|player|team"
    r"|company|item|case|scenario|proposal|summary|translation|document|article|essay|story|also|donc|entonces|quindi|dus"
    r"|значит|поэтому|тогда|буква|буквой|под|und|oder|et|ou|y|o|e|и|или|не|nicht|pas|no|der|die|das|la|le|el|il|o|a|lettre|letra"
    r"|buchstabe|lettera|c'est|it's)[ \u00a0]+$",
    re.IGNORECASE,
)
"""Words before a letter that do not make one name with it, as others do: `Vitamin B`, `Hepatitis B`, `Appendix A`."""
CONNECTING = frozenset([
    "because", "since", "as", "for", "and", "or", "but", "which", "with", "is", "was", "not", "due", "it", "this",
    "given", "based", "by", "if", "so", "while", "whereas", "though", "although", "weil", "denn", "da", "car",
    "porque", "perché", "потому", "так", "и", "или", "und", "oder", "et", "ou", "y",
])  # fmt: skip
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
TWO_PLACES = re.compile(
    rf"\b(?:{'|'.join(ORDINALS)}|last)\s+(?:or|and)\s+(?:the\s+)?(?:{'|'.join(ORDINALS)}|last)\b", re.I
)
RETHINKS = re.compile(
    r"(?<![\w'])(?:wait|actually|scratch\s+that|correction|on\s+second\s+thoughts?|i\s+made\s+a\s+mistake|i\s+meant?"
    r"|моя\s+ошибка|поправка|точнее|moment\s+mal)(?!\w)[\s,.:;!—–-]*|(?:等等|等一下|不对|更正)[，,。：:!！\s]*",
    re.IGNORECASE,
)
"""Where somebody takes back what was stated."""
ALIKE = str.maketrans("АСЕΑΒΕ", "ACEABE")
ALIKES = re.compile(r"(?<!\w)[АСЕΑΒΕ](?=[)\]}.:,;*_`\"'»”!]|\s*$|\s+(?:и|или|and|or)\s+\w(?!\w))", re.MULTILINE)
"""Letters of other alphabets that look like those that the options have; `В` may be B and may be the third."""
TICKED = re.compile(r"^[ \t>]*[-*+•]?\s*(?:\[[xX✓✔]\]|☑|☒|✅)\s+(\S.*)$", re.MULTILINE)
UNTICKED = re.compile(r"^[ \t>]*[-*+•]?\s*(?:\[ ?\]|☐)\s+\S", re.MULTILINE)
PLACE = re.compile(
    rf"\b(?:(?P<word>{'|'.join(ORDINALS)}|last)\s+(?:option|choice|answer|one)\b|(?:option|choice)\s+#?(?P<number>\d{{1,2}})(?![\w.]\w))",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
WORDS_OF_ONE_LETTER = frozenset("AIOEYUАИОУВЯС")
"""Letters that are words too (an article, a pronoun, `and`): where a word follows they pick nothing by themselves."""


def picked(text: str, options: Mapping[str, str]) -> str | None:
    """Letter of the option that a text picks; None where it picks none or several."""
    text = unicodedata.normalize("NFKC", visible(text[-LONGEST:])).replace("\u2019", "'")
    if all(map(str.isascii, options)):
        text = ALIKES.sub(lambda letter: letter[0].translate(ALIKE), text)
    inside = boxed(text)
    if inside is not None:
        found = _picked(_plain(inside), options)
        if found is not None:
            return found
    stated = _field(text)
    if stated is not None:
        return _picked(_plain(stated), options)
    plain = _plain(text)
    # Tags are no words, unless the options are tags.
    return _picked(plain, options) or (_picked(TAG.sub(" ", plain), options) if TAG.search(plain) else None)


def _field(text: str) -> str | None:
    """What the one field of a JSON object holds that is called an answer; None where there is none."""
    named = named_fields(text, FIELD) or []
    return str(named[0]) if len(named) == 1 and isinstance(named[0], str | int) else None


def _plain(text: str) -> str:
    for pattern, instead in LATEX_WORDS:
        text = pattern.sub(instead, text)
    text = re.sub(r"~~[^~\n]{1,200}~~", " ", text)
    return re.sub(r"\\(?:boxed|fbox|framebox|[(\[\])])", " ", text)


def _picked(text: str, options: Mapping[str, str]) -> str | None:  # noqa: PLR0911  (a ladder of signs)
    key = "|".join(sorted((re.escape(name) for name in options), key=len, reverse=True))
    if not key:
        return None
    whole = _to_the_letter(text, options) or _alone(text, key) or _by_text(text, options)
    if whole:
        return whole
    lines = [_alone(line.lstrip("-+• "), key) for line in text.splitlines() if line.strip()]
    together = re.fullmatch(
        rf"{OPENING}({key}){CLOSING}(?:{SEVERAL}(?:{key}){CLOSING})*{SEVERAL}((?!\1)(?:{key}))[\s.!。)*]*", text
    )
    if together or (all(lines) and len(set(lines)) > 1):
        return None
    said = max(_said(text, key, options), default=None, key=lambda one: one[0])
    if said is not None:
        again = RETHINKS.search(text, said[0])
        return (again and _restated(text[again.end() :], key, options)) or said[1] or None
    ticked = TICKED.findall(text) if UNTICKED.search(text) else []
    judged = _picked(ticked[0], options) if len(ticked) == 1 else _judged(text, options)
    if judged:
        return judged
    called = _it_is(text, key, options)
    if called is not None:
        return called or None
    enclosed = _enclosed(text, key, options)
    if len(enclosed) == 1:
        return enclosed.pop()
    if enclosed:
        return _last_lone(text, key, options)
    named, lone = _named(text, options), {match[1].upper() for match in _lone(text, key, options)}
    if named:
        return named if lone <= {named} else None
    return (
        _leading(text, key)
        or _last_lone(text, key, options)
        or _by_text(SENTENCE.split(text.strip())[-1], options)
        or _by_place(text, options)
    )


def _restated(text: str, key: str, options: Mapping[str, str]) -> str | None:
    """What is stated in place of what was taken back; what is only told of an option is no statement."""
    said = max(_said(text, key, options), default=None, key=lambda one: one[0])
    return (
        _alone(text.strip(), key) or _by_text(text, options) or (said and said[1]) or _it_is(text, key, options) or None
    )


def _by_place(text: str, options: Mapping[str, str]) -> str | None:
    """The one option whose place is told: `the second option`, `option 2`."""
    if TWO_PLACES.search(text):
        return None
    places = set[int]()
    for match in PLACE.finditer(text):
        word, number = match["word"], match["number"]
        place = (
            int(number) - 1 if number else len(options) - 1 if word.lower() == "last" else ORDINALS.index(word.lower())
        )
        if not _denied(text, match.start()) and not _wrong(text, match.end()):
            places.add(place)
    place = places.pop() if len(places) == 1 else -1
    return tuple(options)[place] if 0 <= place < len(options) else None


def _it_is(text: str, key: str, options: Mapping[str, str]) -> str | None:
    """What `it is B` says last, or what a calculation comes to; nothing where two are said in one breath."""
    for cue in reversed(list(IT_IS.finditer(text))[-MOST_CUES:]):
        found = re.compile(rf"{OPENING}{FILL}{OPENING}({key}){ENDS}").match(text, cue.end())
        if found and _is_letter(text, found, options):
            said = _at(text, cue.end(), key, options)
            if said is not None:
                return said[1]
        rest = re.split(r"[.!?\n]", text[cue.end() :], maxsplit=1)[0]
        named = _by_text(rest, options) or _by_text(THEN.split(rest, maxsplit=1)[0], options)
        if named:
            return named
    result = EQUALS.search(text.rstrip(" .!*_$`\n"))
    return _by_text(result[1], options) if result else None


def _judged(text: str, options: Mapping[str, str]) -> str | None:
    """The one option that is called right where all others are called wrong, one after the other."""
    found = dict[str, bool]()
    for name, option in options.items():
        given = rf"(?:[\s:–—-]{{0,4}}(?:{re.escape(option.strip())}))?" if option.strip() else ""
        pattern = (
            rf"(?:^|(?<=[\n.;,!?✓✔✅✗✘❌✕✖]\s)|(?<=\n))[\s*_(\[•|-]{{0,6}}(?:option\s+)?{re.escape(name)}(?!\w)[)\].:*_\]]{{0,4}}"
            rf"{given}[\s*_:–—=>→(\[|-]{{0,8}}(?:(?:is|ist)\s+)?[*_]{{0,3}}{VERDICT}"
        )
        verdicts = {bool(match["right"]) for match in re.finditer(pattern, text, re.IGNORECASE)}
        if len(verdicts) != 1:
            return None
        found[name] = verdicts.pop()
    right = [name for name, one in found.items() if one]
    return right[0] if len(right) == 1 else None


def _leading(text: str, key: str) -> str | None:
    """A letter that opens the text, with a dash or a reason after it."""
    reason = r"(?:[-–—:)]\s|because\b|since\b|weil\b|car\b|porque\b)"
    match = re.match(rf"(?:(?:[Oo]ption|[Aa]nswer|[Cc]hoice)\s+)?{OPENING}({key}){CLOSING}\s*{reason}", text)
    return match[1].upper() if match and not _wrong(text, match.end(1)) else None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    place = 0
    for line in text.splitlines(keepends=True):
        yield place, line
        place += len(line)


def _alone(text: str, key: str) -> str | None:
    """A letter and nothing else but marks around it."""
    match = re.fullmatch(
        rf"{OPENING}(?:(?:option|choice|answer|letter|antwort|réponse|вариант|选项)\s+)?{OPENING}({key}){CLOSING}[.,:;!。]?{CLOSING}",
        text,
        re.IGNORECASE,
    )
    return match[1].upper() if match else None


def _to_the_letter(text: str, options: Mapping[str, str]) -> str | None:
    """The option that this is just so: `<b>` is that tag, and not the letter in brackets."""
    same = [name for name, option in options.items() if option.strip() == text.strip()]
    return same[0] if len(same) == 1 and text.strip().upper() not in options else None


def _by_text(text: str, options: Mapping[str, str]) -> str | None:
    form = normal_form(text)
    same = [name for name, option in options.items() if normal_form(option) == form]
    if len(same) == 1:
        return same[0]
    # The letter with its text: `B) Oslo`, `B: Oslo`.
    labelled = [name for name, option in options.items() if normal_form(f"{name} {option}") == form]
    return labelled[0] if len(labelled) == 1 else None


def _said(text: str, key: str, options: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Place and letter of the last statement of each kind; no letter where one states several."""
    means = rf"(?:(?<!{LETTER})(?:{IS})(?![a-z])|(?:{IS_UNSPACED}))"
    after = (
        rf"(?<!{LETTER})(?:{NOUN})(?!{LETTER})(?:[\s*_\"'`]{{0,12}}[:：=>→]"
        rf"|(?![\s(\[\"'*]{{0,12}}(?:{key}){ENDS})[^.!?\n:：]{{0,80}}?{means})(?:\s*(?:[:：=>→]|{means}))*\s*"
        rf"|(?:{CHOOSE})"
        rf"|(?:^|(?<=[.!?\n]\s))(?:answer|antwort|ответ|réponse|respuesta|risposta|resposta)"
        rf"(?=\s+[*(\[\"']{{0,6}}(?:{key})[)\]*\"']{{0,6}}(?:[.,:;]|\s*$))"
        rf"|(?:^|[,.;:!?\n]\s*|\band\s)(?:so|hence|thus|therefore|ergo|(?<!and\s)also|donc|entonces|quindi|dus|значит|поэтому),?"
        rf"(?=\s+[*(\[\"']{{0,6}}(?:{key})[)\]*\"']{{0,6}}\s*(?:[.!]|$))"
        rf"|(?<!{LETTER})(?:final|correct|right|best)\s+(?:answer|option|choice)(?=\s+[*(\[\"']{{0,6}}[A-Z0-9]\b)"
    )
    for cue in reversed(list(re.finditer(after, text, re.IGNORECASE))[-MOST_CUES:]):
        found = _at(text, cue.end(), key, options)
        if found is not None:
            yield found
            break
    right = rf"(?<![\w'])(?:option|choice|answer|antwort|réponse|вариант)?\s?{OPENING}({key}){CLOSING}\s?{RIGHT}(?!\w)"
    right += rf"|\bmakes\s+(?:option\s+)?{OPENING}(?P<made>{key}){CLOSING}\s?(?:the\s+)?(?:correct|right|best|only)\b"
    right += rf"|(?<![\w'])(?P<left>{key}){CLOSING}\s?(?:remains|it\s+is)(?=[\s]*(?:[.!]|$))"
    right += (
        rf"|(?<![\w'])only\s+(?:option\s+|answer\s+)?{OPENING}(?P<only>{key}){CLOSING}"
        r"\s+(?:is|fits|works|matches|applies|remains)\b"
    )
    for match in reversed(list(re.finditer(right, text, re.IGNORECASE))):
        group = next(one for one in (1, "only", "made", "left") if match[one])
        name, start = match[group], match.start(group)
        if name != name.lower() or not name.isalpha():
            before = text[max(0, start - NEAR) : start if match[1] else match.start()]
            asked = re.search(r"(?:^|[.!?\n]\s*)(?:is|if)\s*$", before, re.IGNORECASE)
            if not DENIED_BEFORE.search(before) and not asked and not _of_a_name(text, start):
                yield start, name.upper()
                break
    for place, line in reversed(list(_lines(text))):
        name = _alone(line, key) or ""
        if name:
            yield place, name
            break


def _at(text: str, place: int, key: str, options: Mapping[str, str]) -> tuple[int, str] | None:
    """The option that stands right after a cue, by letter or by its text."""
    but = re.compile(rf"{OPENING}not\b[^.!?\n]{{1,60}}?\bbut\b(?:\s+rather)?", re.IGNORECASE).match(text, place)
    place = but.end() if but else place
    found = re.compile(rf"{OPENING}{FILL}{OPENING}({key}){ENDS}", re.IGNORECASE).match(text, place)
    if found and _is_letter(text, found, options):
        name = found[1].upper()
        if _denied(text, found.start(1)) or _wrong(text, found.end(1)):
            return None
        others = re.compile(rf"[)\]*\"']{{0,6}}{SEVERAL}({key}){ENDS}").match(text, found.end())
        several = others is not None and others[1].upper() != name and not _wrong(text, others.end(1))
        return found.start(1), "" if several else name
    rest = re.split(r"[\n.!?]", text[place : place + 4 * NEAR], maxsplit=1)[0]
    denied = re.match(r"\s*(?:not|wrong|incorrect|false)\b", rest, re.IGNORECASE) or _denied(text, place)
    named = None if denied else _named(rest, options) or _named(THEN.split(rest, maxsplit=1)[0], options)
    if not named:
        return None
    beside = re.search(rf"[(\[]\s*({key})\s*[)\]]", rest)
    # Two options, one by its text and another by its letter.
    return place, named if beside is None or beside[1].upper() == named else ""


def _of_a_name(text: str, place: int) -> bool:
    """Is the letter at this place part of a name with the word before it: `Vitamin B`?"""
    before = text[max(0, place - NEAR) : place]
    return re.search(r"[^\W\d_]{2,}[ \u00a0]+$", before) is not None and NO_NAME.search(before) is None


def _denied(text: str, place: int) -> bool:
    """Is what stands at this place called none of it just before?"""
    return DENIED_BEFORE.search(text[max(0, place - NEAR) : place]) is not None


def _wrong(text: str, place: int) -> bool:
    """Is what ends at this place called wrong in the same part of its sentence, alone or with others of its list?"""
    rest = MORE_LETTERS.sub("", text[place : place + 2 * NEAR], count=1)
    # What is said behind another letter is said of that one.
    return DENIED_AFTER.match(re.split(rf"[.!?\n,;]|{OTHER_LETTER}", rest, maxsplit=1)[0]) is not None


def _is_letter(text: str, found: re.Match[str], options: Mapping[str, str]) -> bool:
    """Is this the name of an option, and not a word that looks like one?"""
    name, rest = found[1], text[found.end(1) : found.end(1) + 4 * NEAR]
    if not name.isalpha() or len(name) > 1:
        return True
    following = re.match(r"[\s*_]+([^\W\d_]+)", rest)
    if following is None or re.match(r"[)\]}*\"'`.:,;]", rest):
        return True
    word = following[1]
    if word.casefold() in CONNECTING:
        return name.isupper() or word.casefold() in ("because", "since")
    form = normal_form(options.get(name.upper(), ""))
    if form and form.startswith(normal_form(word)) and normal_form(rest).startswith(form):
        return True
    return name.isupper() and (name not in WORDS_OF_ONE_LETTER or word[0].isupper())


def _enclosed(text: str, key: str, options: Mapping[str, str]) -> set[str]:
    """Letters in brackets or before a mark, as lists of options have them; those denied are left out."""
    bold = "[*]{0,3}"
    # A point that ends the text marks no option: `A, B and D.`
    mark = r"(?:[)\]:]|\.(?!\s*(?:$|\n)))"
    pattern = rf"(?<!\w)(?:[(\[*]{{1,6}}({key}){bold}[)\].:]{{1,3}}{bold}|({key}){bold}{mark}{bold})(?=\s|$|[.,;])"
    found = set()
    for match in re.finditer(pattern, text):
        name = match[1] or match[2]
        part = match[2] and _of_a_name(text, match.start(2))
        if not part and not _denied(text, match.start()) and not _wrong(text, match.end()):
            found.add(name.upper())
    return found


def _named(text: str, options: Mapping[str, str]) -> str | None:
    """The one option whose text stands in a text, as whole words and not denied; a longer one hides those within it."""
    form = f" {normal_form(text)} "
    found = []
    for name, option in sorted(options.items(), key=lambda one: -len(normal_form(one[1]))):
        wanted = f" {normal_form(option)} "
        if wanted.strip() and wanted in form:
            before = form.partition(wanted)[0]
            if not re.search(r"(?:^| )(?:not|nor|never|isnt|nicht|pas|не)(?: in)?$", before):
                found.append(name)
            form = form.replace(wanted, " | ")
    return found[0] if len(found) == 1 else None


def _lone(text: str, key: str, options: Mapping[str, str]) -> list[re.Match[str]]:
    """Letters that stand alone and are not denied."""
    return [
        match
        for match in re.finditer(rf"(?<![\w'])({key}){ENDS}", text)
        if _is_letter(text, match, options)
        and not _of_a_name(text, match.start(1))
        and not _denied(text, match.start())
        and not _wrong(text, match.end())
    ]


def _last_lone(text: str, key: str, options: Mapping[str, str]) -> str | None:
    """The one letter that stands at the start or the end of a text, where no other option's letter stands alone."""
    lone = _lone(text, key, options)
    names = {match[1].upper() for match in lone}
    if not lone or len(names) > 1:
        return None
    at_end = re.fullmatch(r"[\s*_`\"')\].!。$]*", text[lone[-1].end() :])
    at_start = re.fullmatch(r"[\s*_`\"'(\[$]*", text[: lone[0].start()])
    return names.pop() if at_end or at_start else None
