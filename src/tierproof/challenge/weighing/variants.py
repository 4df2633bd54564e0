"""Forms of a technique ("4-bit", "DPO", "reranking"): what is asked of their own records, and who stood against whom.

Enters: the name of a form, `technique/form`, and a pack's techniques.  Leaves: the questions that its records answer;
the opponent entry for two names.  Knows nothing of posteriors.

A form against the plain technique, or against another form, is asked of the records that put the two side by side: of
these the effect is the difference.  They stand under the name `technique/form|opponent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from tierproof.evidence.effect import Effect
from tierproof.evidence.technique import Form, Question, Technique
from tierproof.synthesis.forms import FormQuestion

__all__ = ["form_of", "form_questions", "stood_against"]

_BETWEEN: Final = "|"


def form_of(name: str, techniques: Mapping[str, Technique]) -> Form | None:
    """The form of that name; None for a whole technique, or a name that the pack lacks."""
    parent, _, id = name.partition("/")
    if not id or parent not in techniques:
        return None
    return next((form for form in techniques[parent].forms if form.id == id), None)


def form_questions(name: str, techniques: Mapping[str, Technique]) -> tuple[FormQuestion, ...]:
    """The form's own question, and one for each opponent that records put it beside."""
    form = form_of(name, techniques)
    if form is None:
        return ()
    parent = name.partition("/")[0]
    own = FormQuestion(
        technique=_alone(
            techniques[parent], name, form.name, Question(contrast=form.contrast, subtypes=form.subtypes or ("none",))
        ),
        parent=parent,
    )
    if not form.subtypes:
        # Named, so that it can be told apart; without a subtype no record answers.
        own = FormQuestion(technique=own.technique, parent=parent, admits=lambda _: False)
    beside: dict[str, list[int]] = {}
    for place, opponent in enumerate(form.against):
        beside.setdefault(opponent.form, []).append(place)
    return (own, *(_beside(name, form, other, places, techniques[parent]) for other, places in beside.items()))


def stood_against(first: str, second: str, techniques: Mapping[str, Technique]) -> tuple[str, bool] | None:
    """The name under which records that put the two side by side are pooled, and whether the second is its subject."""
    for one, other, turned in ((first, second, False), (second, first, True)):
        form = form_of(one, techniques)
        if form is None and one in techniques:
            # "Distilled models" against "their teachers": the form that stands for the technique beside that opponent.
            form = next((own for own in techniques[one].forms if any(o.form == other for o in own.against)), None)
            one = one if form is None else f"{one}/{form.id}"  # noqa: PLW2901
        if form is None:
            continue
        for opponent in form.against:
            if opponent.form == other or _is_plain(opponent.form, other, techniques):
                return one + _BETWEEN + opponent.form, turned
    return None


def _is_plain(form: str, technique: str, techniques: Mapping[str, Technique]) -> bool:
    """Whether a form is what the technique's own question asks of: "plain RAG" and RAG."""
    known = form_of(form, techniques)
    if known is None or form.partition("/")[0] != technique:
        return False
    question = techniques[technique].question
    return (
        bool(known.subtypes) and set(known.subtypes) == set(question.subtypes) and known.contrast == question.contrast
    )


def _beside(name: str, form: Form, other: str, places: list[int], parent: Technique) -> FormQuestion:
    chosen = [form.against[place] for place in places]
    words = tuple(opponent.comparator.lower() for opponent in chosen)

    def admits(effect: Effect) -> bool:
        return any(word in effect.record.comparator.lower() for word in words)

    question = Question(contrast=chosen[0].contrast, subtypes=chosen[0].subtypes)
    return FormQuestion(
        technique=_alone(parent, name + _BETWEEN + other, form.name, question), parent=parent.id, admits=admits
    )


def _alone(parent: Technique, id: str, name: str, question: Question) -> Technique:
    # Nothing is inherited that records of the form do not say: no assumption, no rows of its own.
    return structs.replace(
        parent,
        id=id,
        name=name,
        short=name,
        question=question,
        questions={},
        sub_rows=(),
        forms=(),
        assumed={},
        seed=None,
    )
