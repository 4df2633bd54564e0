"""What the lab's models are asked: a small world, its pages, questions and dialogues, as a workload."""

__all__ = [
    "dialogues",
    "pages",
    "questions",
    "sayings",
    "shop",
    "tokenizer",
    "world",
]
