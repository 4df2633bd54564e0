"""Who gains from a difference: the maker of one side, of the other, or nobody.

Enters: a gathered line.  Leaves: "treated", "comparator" or "neither".  Knows nothing of files.

An interest belongs to a comparison.  Who sells a technique, or proposed it, gains if the treated side looks good; who
proposes or sells another one gains if the comparator does.  A maker who offers both sides side by side for the customer
to choose from (two sizes of a family, thinking on and off, two precisions of its own weights) gains nothing from their
difference.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

__all__ = ["Gains", "gains", "usual"]

Raw = dict[str, Any]
Gains = Literal["treated", "comparator", "neither"]

FAMILIES: Final[dict[str, tuple[str, str]]] = {
    "Alibaba": (r"qwen", r"qwen|qwq"),
    "Anthropic": (r"anthropic|claude\.com", r"claude"),
    "Baidu": (r"baidu|paddlepaddle", r"ernie"),
    "DeepSeek": (r"deepseek", r"deepseek"),
    "Google": (r"google|gemma team", r"gemini|gemma|palm"),
    "IBM": (r"\bibm\b|ibm-granite", r"granite"),
    "Meta": (r"\bmeta\b|meta-llama", r"llama"),
    "Mistral": (r"mistral", r"mistral|mixtral"),
    "Moonshot": (r"moonshot|\bkimi\b", r"kimi|moonlight"),
    "NVIDIA": (r"nvidia", r"nemotron|minitron"),
    "OpenAI": (r"openai", r"gpt|\bo[134]\b|\bo[134]-"),
    "Tencent": (r"tencent", r"hunyuan|\bhy\d"),
    "XVERSE": (r"xverse", r"xverse"),
}
"""How a maker is named among sources, and how its models are named."""

SIDE_BY_SIDE: Final[dict[str, frozenset[str] | None]] = {
    "model-scaling": None,
    "quantization": None,
    "test-time-compute": frozenset({"thinking-mode", "effort-level"}),
    "mixture-of-experts": None,
}
"""Techniques whose two sides a maker of models offers for the customer to choose from; None: every kind of them."""
ONE_MAKER: Final = re.compile(r"\bsame (family|generation)\b", re.IGNORECASE)
ALTERNATIVES: Final = re.compile(
    r"\bsame (model|family|lab)\b|\bof the same\b|\bsmaller\b|\bhalf precision\b|\b(bf|fp)-?16\b|\bfull precision\b",
    re.IGNORECASE,
)
OWN_COMPARATOR: Final = re.compile(r"\bmakers of (?P<product>[\w.-]+)", re.IGNORECASE)
REPORT: Final = re.compile(r"technical report|model card", re.IGNORECASE)


def gains(raw: Raw) -> Gains:
    """`independence` says who reports, the model's name who made the treated side, the comparator who the other."""
    who = raw.get("independence")
    if who not in ("authors", "vendor"):
        return usual(who)
    product = OWN_COMPARATOR.search(str(raw.get("note") or ""))
    if product and product["product"].rstrip(".") in str(raw.get("comparator")):
        return "comparator"
    if who == "vendor" and _choice_of_one_maker(raw):
        return "neither"
    return "treated"


def usual(independence: object) -> Gains:
    """Who gains where nothing more is known than who measured."""
    return "neither" if independence == "independent" else "comparator" if independence == "rival" else "treated"


def _choice_of_one_maker(raw: Raw) -> bool:
    """Whether both sides are offered by one maker, the reporter or another, for the customer to choose from."""
    technique = str(raw.get("technique"))
    kinds = SIDE_BY_SIDE.get(technique, frozenset())
    if kinds is not None and raw.get("subtype") not in kinds:
        return False
    treated, comparator = str(raw.get("model") or "").lower(), str(raw.get("comparator") or "").lower()
    if technique == "model-scaling" and ONE_MAKER.search(comparator):
        return True
    for named, models in FAMILIES.values():
        if re.search(models, treated) and re.search(named, _reporter(raw)):
            # A maker of tools quantises whatever comes; only a model's own home offers it in both precisions.
            home = technique != "quantization" or re.search(models, _source(raw))
            others = any(re.search(other, comparator) for _, other in FAMILIES.values() if other != models)
            return bool(home and (re.search(models, comparator) or (ALTERNATIVES.search(comparator) and not others)))
    return False


def _reporter(raw: Raw) -> str:
    """Who reports: authors, the owner of the repository or site, and the title where it is a maker's own report."""
    source = raw.get("source") or {}
    title = str(source.get("title") or "")
    owner = "/".join(str(raw.get("source_id")).split(":", 1)[-1].split("/")[:1])
    return f"{source.get('authors') or ''} {owner} {title if REPORT.search(title) else ''}".lower()


def _source(raw: Raw) -> str:
    source = raw.get("source") or {}
    return f"{source.get('authors') or ''} {source.get('title') or ''} {raw.get('source_id')}".lower()
