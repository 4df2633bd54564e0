"""Techniques: functions from a system to a system, one file each.

`tierproof.techniques.registry` finds them by name; users' packages register theirs with the same `technique` decorator.
"""

from tierproof.techniques.item import Item
from tierproof.techniques.prompt import Example, FixedExamples, Passage, Prompt
from tierproof.techniques.registry import build, parse_arm, recipes, technique, unmet
from tierproof.techniques.resources import Document, Resources
from tierproof.techniques.session import Session
from tierproof.techniques.system import Answer, Decoding, Draft, Steps, System
from tierproof.techniques.tool import Tool

__all__ = [
    "Answer",
    "Decoding",
    "Document",
    "Draft",
    "Example",
    "FixedExamples",
    "Item",
    "Passage",
    "Prompt",
    "Resources",
    "Session",
    "Steps",
    "System",
    "Tool",
    "build",
    "parse_arm",
    "recipes",
    "technique",
    "unmet",
]
