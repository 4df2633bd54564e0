"""Ordinary English and Russian to claims: `parse(text, vocabulary)`, deterministic, by rule."""

from tierproof.challenge.reading.parser import LONGEST_TEXT, NotUnderstood, Parsed, parse
from tierproof.challenge.reading.vocabulary import Vocabulary, vocabulary_from_aliases, vocabulary_of

__all__ = [
    "LONGEST_TEXT",
    "NotUnderstood",
    "Parsed",
    "Vocabulary",
    "parse",
    "vocabulary_from_aliases",
    "vocabulary_of",
]
