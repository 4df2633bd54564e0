"""The form of every document that a command prints: its JSON Schema.

Enters: the Structs of this room.  Leaves: JSON Schemas (draft 2020-12).  Knows nothing of values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierproof.answers.audit import AuditAnswer
from tierproof.answers.brief import BriefAnswer, ScenariosAnswer
from tierproof.answers.census import CensusAnswer, DiffAnswer
from tierproof.answers.compare import ComparisonAnswer
from tierproof.answers.critique import ClaimAnswer, CritiqueAnswer
from tierproof.answers.described import described
from tierproof.answers.document import Answer
from tierproof.answers.forecast import DiagnosisAnswer, ForecastAnswer
from tierproof.answers.gated import GateAnswer
from tierproof.answers.history import HistoryAnswer
from tierproof.answers.imported import ImportAnswer
from tierproof.answers.labels import LabelsAnswer
from tierproof.answers.measure import MeasureAnswer
from tierproof.answers.packs import PacksAnswer
from tierproof.answers.plan import PlanAnswer
from tierproof.answers.pool import PoolAnswer
from tierproof.answers.show import CardAnswer
from tierproof.answers.sycophancy import SycophancyAnswer
from tierproof.answers.table import TableAnswer
from tierproof.answers.validate import ValidationAnswer
from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["DOCUMENTS", "json_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ANSWERS: tuple[type[Answer], ...] = (
    TableAnswer,
    CardAnswer,
    ComparisonAnswer,
    HistoryAnswer,
    CritiqueAnswer,
    ClaimAnswer,
    AuditAnswer,
    BriefAnswer,
    ScenariosAnswer,
    PlanAnswer,
    DiagnosisAnswer,
    ForecastAnswer,
    MeasureAnswer,
    LabelsAnswer,
    ImportAnswer,
    GateAnswer,
    SycophancyAnswer,
    PoolAnswer,
    ValidationAnswer,
    CensusAnswer,
    DiffAnswer,
    PacksAnswer,
)
DOCUMENTS: Mapping[str, type[Answer]] = {str(answer.__struct_config__.tag).split("/")[1]: answer for answer in _ANSWERS}
"""By the name in its tag: `table` for `tierproof/table/1`."""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a document.  Raises InputError for a name that is none."""
    if name not in DOCUMENTS:
        message = gettext("no document '{name}'", name=name[:40])
        raise InputError.of(message, remedy=gettext("one of: {names}", names=", ".join(DOCUMENTS)))
    answer = DOCUMENTS[name]
    tag = str(answer.__struct_config__.tag)
    return {"$schema": _DIALECT, "$id": f"urn:{tag.replace('/', ':')}", **described(answer)}
