"""Words that name outcomes, and words beside them that change nothing: data only, English and Russian.

A word that ends in `*` stands for all that begin so; a plural `s` is allowed.  Lower case; `ё` is written `е`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tierproof.evidence.record import Outcome

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "quality": """quality|answer quality|accuracy|accurate|factuality|factual accuracy|correctness|correct|precision|
        recall|success rate|success|error rate|error|mistake|failure|failure rate|performance|truthfulness|
        groundedness|faithfulness|качеств*|точност*|точн|правильност*|фактологичност*|достоверност*|ошиб*|
        успешност*|полнот*|верност*""",
    "wrong-answers": """wrong answer|incorrect answer|hallucinat*|made up answer|making things up|make* things up|
        confabul*|галлюцин*|выдум*|неверн* ответ*|неправильн* ответ*|вранье""",
    "cost": """cost|cost effective*|cost efficien*|costly|price|spend|spending|bill|budget|money|tco|opex|expense|
        expensive|pricey|cheap*|affordable|saving|save money|saves money|saving money|стоимост*|затрат*|
        расход*|издерж*|цен*|бюджет*|дешев*|удешев*|дорог*|экономи*|сэконом*""",
    "latency": """latency|latencies|latency optimi*|speed|speed up|speeds up|fast|faster|quick|quicker|slow|slower|
        response time|delay|responsiveness|ttft|wait|waiting time|задержк*|латентност*|скорост*|быстр*|
        ускор*|медленн*|время ответа|времени ответа|время отклика""",
    "throughput": """throughput|tokens per second|requests per second|qps|serving capacity|пропускн* способност*|
        производительност*""",
    "memory": "memory|vram|gpu memory|footprint|памят*|видеопамят*",
    "stability": """stability|stable|reliability|reliable|robustness|robust|consistency|consistent|predictability|
        predictable|reproducibility|drift|variance|brittle|fragility|стабильн*|надежн*|устойчив*|
        предсказуем*|воспроизводим*|дрейф*""",
    "safety": """safety|safe|security|secure|harmlessness|memorization|memorisation|leak|leakage|toxicity|jailbreak*|
        безопасн*|утечк*|токсичност*""",
}
BAD_ADJECTIVES: Final = frozenset(
    ("expensive", "costly", "pricey", "slow", "slower", "brittle", "медленн*", "дорог*", "error", "mistake", "failure")
)
"""Phrases that speak of the bad end: a gain "of expensive" says two things at once."""
NEUTRAL: Final = """
    up down better improve* improving higher lower high low more less fewer reduc* cut cuts cutting limit limits
    prevent* increas* rais* boost* gain gains big huge large strong great good clear clearly much overall
    general generally very some real the a an of in on and to is it its for with by answer answers response
    responses output outputs model models inference serving serve request requests token tokens api gpu end user
    users work works win wins benefit benefits improvement improvements effect effects выше ниже лучше хуже рост
    растет снижа* снижен* повыша* повышен* улучша* улучшен* уменьша* уменьшен* увеличива* увеличен* сокраща*
    больш* мал* сильн* хорош* явн* и в на по с для от ответ ответов модели модель инференса инференс эффект
"""
"""Words that a mark may hold beside its outcome."""
