"""Searching where the documents already are: back ends by kind, one protocol, and what was searched for an answer."""

__all__ = [
    "access",
    "backends",
    "kinds",
    "searches",
]
