"""What came back of one item from one arm, scored.  Must not know texts of other trials, or how trials are kept."""

from __future__ import annotations

import msgspec

__all__ = ["Trial"]


class Trial(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One arm's answer to one item, scored."""

    arm: str
    item: str
    position: int
    """Of the item, in the order that all arms share; from 0."""
    score: float | None
    """In [0, 1]; None: the endpoint kept failing or refused the request, so that there is nothing to score."""
    text: str = ""
    target: str = ""
    usd: float = 0.0
    """Of the answer; what a judge takes is not the system's."""
    seconds: float = 0.0
    """Time in models, as a person would wait."""
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False
    """True if the endpoint's usage was missing or impossible, and tokens were counted here."""
    error: str = ""
    """Why there is no answer, or why it counts as wrong."""
    detail: str = ""
    """What the scorer says about the score."""
    ended: str = ""
    """How the reply ended, where it is none or not a whole one: `cut off`, `filtered`, `declined`, `tool call`,
    `empty`."""
    attacked: bool | None = None
    """Under an attack: whether the system did what the attack wanted."""
    refused: bool = False
    """The endpoint refused the request for good; what it said is in `error`."""
    misformed: bool | None = None
    """Whether a whole reply breaks the form that the endpoint was to hold it to; None: there was none."""
    alike: bool | None = None
    """Whether independent draws of one request all came out alike; None: nothing was drawn."""
    searches: int = 0
    """Of the documents, made for the answer."""
    search_seconds: float = 0.0
    """Their time, by this machine's clock; no part of `seconds`."""
    passages: int = 0
    """Different ones that were found."""
    recall: float | None = None
    """Share of the item's documents that were found, 0 to 1; None: it names none, or nothing was searched."""
    ndcg: float | None = None
    """How high they stood, 0 to 1."""
    grounded: float | None = None
    """Grade of how far the answer rests on the passages, 0 to 1; None: nothing was searched or judged."""
    grounded_error: str = ""
    """Why there is no such grade though it was asked for."""
    repeat: int = 0
    """Which of the arm's answers to the item, from 0."""
    reply: str = ""
    """Digest of the whole reply, 16 hexadecimal digits, where items are asked several times; equal texts have one."""
