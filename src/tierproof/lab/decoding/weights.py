"""Weights from disk: the safetensors format, read with numpy alone (the format's own library writes it, in training).

Enters: a path.  Leaves: arrays by name.  Must not know models.
An 8-byte little-endian length, a JSON header of that length (name to dtype, shape, offsets), then the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["read_weights"]

TYPES: Mapping[str, Any] = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I8": np.int8, "U8": np.uint8}
LONGEST_HEADER = 100_000_000
"""As in the format's own library."""


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays by name.  Raises InputError where the file is missing, cut off or no safetensors."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _broken(path, f"cannot be read: {error.strerror}") from None
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(LONGEST_HEADER, len(data) - 8):
        raise _broken(path, "is cut off, or no safetensors file")
    try:
        header = json.loads(data[8 : 8 + size])
        arrays = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            start, end = (8 + size + int(offset) for offset in entry["data_offsets"])
            if not 8 + size <= start <= end <= len(data):
                raise _broken(path, f"is cut off within '{name}'")
            arrays[name] = np.frombuffer(data[start:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(path, f"is no safetensors file: {type(error).__name__}: {error}") from None
    return arrays


def _broken(path: Path, message: str) -> InputError:
    return InputError.of(
        message, remedy=Message("copy the file again, or make it with `tierproof lab build`"), file=path
    )
