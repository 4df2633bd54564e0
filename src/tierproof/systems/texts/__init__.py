"""What stands in a text (an answer, options, code, a quantity, a grammar), and how alike two texts are."""

__all__ = [
    "answer_mark",
    "fences",
    "gbnf_regex",
    "grammar",
    "likeness",
    "number_words",
    "numerals",
    "options",
    "quantity",
]
