"""Ordinary English and Russian to claims: `parse(text, vocabulary)`, deterministic, by rule."""

from tierproof.challenge.reading.lexis.vocabulary import Vocabulary, vocabulary_from_aliases, vocabulary_of
from tierproof.challenge.reading.parser import LONGEST_TEXT, NotUnderstood, Parsed, missed_dict, parse

__all__ = [
    "LONGEST_TEXT",
    "NotUnderstood",
    "Parsed",
    "Vocabulary",
    "missed_dict",
    "parse",
    "vocabulary_from_aliases",
    "vocabulary_of",
]
