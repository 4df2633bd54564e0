"""The models at hand: where they are, and each loaded once.

Enters: a folder of models.  Leaves: models with their vocabularies and engines.  Must not know requests.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tierproof.errors import InputError
from tierproof.lab.decoding.inference import Model, load_model
from tierproof.lab.decoding.tokenizing import Vocabulary, load_vocabulary
from tierproof.lab.serving.engine import Engine
from tierproof.lab.serving.grammars import Grammars
from tierproof.messages import gettext

__all__ = ["SHIPPED", "Family", "Served"]

SHIPPED = Path(__file__).resolve().parent.parent / "weights"
"""The family that comes with the package."""


def dense_name(name: str) -> str:
    """The name of the dense model with as many active parameters; a dense model's own."""
    return name.replace("-sparse", "")


@dataclass(slots=True)
class Served:
    """A model that answers."""

    name: str
    folder: Path
    engine: Engine
    vocabulary: Vocabulary
    _grammars: Grammars | None = None

    @property
    def grammars(self) -> Grammars:
        """Raises ConstraintError where llguidance is not installed."""
        if self._grammars is None:
            self._grammars = Grammars(self.vocabulary, self.engine.model.end)
        return self._grammars


class Family:
    def __init__(self, folder: Path = SHIPPED) -> None:
        """Raises InputError where the folder holds no model."""
        found = sorted(path.parent for path in folder.glob("*/model.safetensors"))
        self.folders: Mapping[str, Path] = {path.name: path for path in found}
        self._loaded: dict[str, Served] = {}
        self._lock = threading.Lock()
        if not found:
            remedy = gettext("give a folder whose subfolders hold config.json, tokenizer.json and model.safetensors")
            raise InputError.of(gettext("holds no models"), remedy=remedy, file=folder)

    def sizes(self) -> list[tuple[str, int]]:
        """Names with the number of parameters that a token passes through, from small to large, pretrained before
        tuned.  Of a dense model these are all."""
        counted = [(name, model.active_parameters) for name, model in self._models.items()]
        return sorted(counted, key=lambda pair: (pair[1], not pair[0].endswith("-base"), pair[0]))

    def ladder(self, *, pretrained: bool = False) -> list[tuple[str, int]]:
        """Dense models of one kind, tuned ones or `pretrained` ones only, with their parameters, from small to
        large."""
        return [(name, size) for name, size in self._of_kind(pretrained) if name == dense_name(name)]

    def sparse(self, *, pretrained: bool = False) -> list[tuple[str, int, str]]:
        """Sparse models with their active parameters and the dense models after which they are named."""
        return [(name, size, dense_name(name)) for name, size in self._of_kind(pretrained) if dense_name(name) != name]

    def _of_kind(self, pretrained: bool) -> list[tuple[str, int]]:
        return [(name, size) for name, size in self.sizes() if name.endswith("-base") == pretrained]

    def parameters(self, name: str) -> int:
        """All that a model holds, whether a token passes through them or not."""
        return self._models[name].parameters

    @cached_property
    def _models(self) -> Mapping[str, Model]:
        return {name: load_model(folder) for name, folder in self.folders.items()}

    def __getitem__(self, name: str) -> Served:
        """A model, loaded at its first use.  Raises KeyError for an unknown name, InputError for a broken model."""
        folder = self.folders[name]
        with self._lock:
            if name not in self._loaded:
                model, vocabulary = load_model(folder), load_vocabulary(folder)
                if len(vocabulary) != model.vocabulary:
                    message = f"has {len(vocabulary)} tokens and the model {model.vocabulary}"
                    raise InputError.of(message, file=folder / "tokenizer.json")
                self._loaded[name] = Served(name, folder, Engine(model), vocabulary)
            return self._loaded[name]
