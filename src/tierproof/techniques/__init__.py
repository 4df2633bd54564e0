"""Techniques: functions from a system to a system, one file each.

Importing this package registers them all; users' packages register theirs with the same `technique` decorator, under
the entry point group `tierproof.techniques`.
"""

import pkgutil
from importlib import import_module

from tierproof.systems.item import Item
from tierproof.systems.parts.prompt import Example, FixedExamples, Passage, Prompt
from tierproof.systems.parts.session import Session
from tierproof.systems.parts.tool import Tool
from tierproof.systems.register.registry import build, parse_arm, recipes, technique, unmet
from tierproof.systems.resources import Document, Resources
from tierproof.systems.system import Answer, Decoding, Draft, Steps, System

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

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    import_module(_module.name)
