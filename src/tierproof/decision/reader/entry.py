"""How a reader's tables become values: every fault is named at once, with its field and remedy.

Enters: a table of plain data.  Leaves: the Struct that it describes.  Knows nothing of what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.evidence.reading.faults import faults_in
from tierproof.messages import joined

__all__ = ["validated"]

S = TypeVar("S", bound=msgspec.Struct)


def validated(kind: type[S], table: Mapping[str, Any], *, what: str, file: Path | None = None) -> S:
    """`table` as a `kind`; `what` and `file` only name it in messages.

    Raises InputError for unknown and missing fields, wrong types and impossible values.
    """
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        faults = tuple(faults_in(table, kind))
        if not faults:
            raise InputError.of(joined(": ", (what, str(error))), file=file) from None
    raise InputError(
        *(
            Problem(
                message=joined(": ", (what, fault.message)), file=file, field=fault.field or None, remedy=fault.remedy
            )
            for fault in faults
        )
    )
