"""What tells one model on disk from another: a hash of its files' contents.

Enters: a folder.  Leaves: a short text.  Must not know formats.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["QUANTISED", "fingerprint", "is_quantised", "model_files"]

QUANTISED = "quantised.json"
"""Beside weights that are integers and scales: in which form."""

WHOLE = 64 * 2**20
"""Bytes; of a larger file as many are read, in pieces spread over it."""
PIECE = 2**20
READ = frozenset({".json", ".safetensors", ".model", ".txt", ".jinja"})


def model_files(folder: Path) -> tuple[Path, ...]:
    """Files that a causal model is loaded from.  Raises InputError if the folder holds none."""
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        message = Message("is no folder of a Hugging Face causal model (config.json and *.safetensors)")
        raise InputError.of(message, remedy=Message("save one there with save_pretrained"), file=folder)
    return tuple(sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in READ))


def fingerprint(folder: Path) -> str:
    """Hash of a model's files, 16 hexadecimal digits.

    Files above 64 MiB are sampled: 64 pieces of a MiB, spread evenly, and the size.  Two sets of trained weights differ
    in nearly every number, so a sample tells them apart.  Raises InputError for a folder that holds no model.
    """
    digest = hashlib.blake2b(digest_size=8)
    try:
        for path in model_files(folder):
            size = path.stat().st_size
            digest.update(f"{path.name}\0{size}\0".encode())
            with path.open("rb") as file:
                if size <= WHOLE:
                    digest.update(file.read())
                    continue
                pieces = WHOLE // PIECE
                for number in range(pieces):
                    file.seek((size - PIECE) * number // (pieces - 1))
                    digest.update(file.read(PIECE))
    except OSError as error:
        raise InputError.of(
            Message("cannot be read ({strerror})", strerror=kept(str(error.strerror))), file=folder
        ) from None
    return digest.hexdigest()


def is_quantised(folder: Path) -> bool:
    """Are the folder's weights integers and scales, as `worker.trainers.quantising` writes them?"""
    return (folder / QUANTISED).is_file()
