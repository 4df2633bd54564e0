"""Ordinary English and Russian to claims: `parse(text, vocabulary)`, deterministic, by rule."""

from tierproof.challenge.reading.lexis.vocabulary import Vocabulary, vocabulary_from_aliases, vocabulary_of
from tierproof.challenge.reading.parser import LONGEST_TEXT, NotUnderstood, Parsed, parse

__all__ = [
    "LONGEST_TEXT",
    "NotUnderstood",
    "Parsed",
    "Vocabulary",
    "parse",
    "vocabulary_from_aliases",
    "vocabulary_of",
]
