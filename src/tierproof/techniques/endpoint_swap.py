"""Techniques that live in how a model is served: the same model behind another endpoint, which the workload names.

A workload's model with `technique = "quantization"` and `of = "big"` is what "big" is swapped for.
"""

from __future__ import annotations

from tierproof.errors import InputError, Problem
from tierproof.techniques.registry import technique
from tierproof.techniques.resources import Resources
from tierproof.techniques.system import System

__all__ = ["SWAPPED", "mixture_of_experts", "quantization", "speculative_decoding"]

SWAPPED = ("mixture-of-experts", "quantization", "speculative-decoding")


@technique("quantization")
def quantization(system: System, resources: Resources) -> System:
    """The model with its weights in fewer bits."""
    return _swapped("quantization", system, resources)


@technique("mixture-of-experts")
def mixture_of_experts(system: System, resources: Resources) -> System:
    """A sparse model in place of the dense one."""
    return _swapped("mixture-of-experts", system, resources)


@technique("speculative-decoding")
def speculative_decoding(system: System, resources: Resources) -> System:
    """The model with a draft model before it."""
    return _swapped("speculative-decoding", system, resources)


def _swapped(id: str, system: System, resources: Resources) -> System:
    other = resources.swaps.get(id, {}).get(system.model)
    if other is None:
        message = f"{id} needs an endpoint that serves '{system.model}' with it"
        remedy = f'add a [[models]] table with technique = "{id}" and of = "{system.model}"'
        raise InputError(Problem(field="arm", message=message, remedy=remedy))
    return system.with_model(other)
