"""The server of models on this disk: one process that answers for all of them, one request at a time.

Enters: folders of models, with a draft before them or not.  Leaves: addresses of OpenAI-compatible endpoints.  Must not
know how they were made.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.training.making.fingerprint import fingerprint, model_files
from tierproof.systems.training.making.process import Limits, Worker
from tierproof.written_messages import kept

__all__ = ["ModelServer", "Served"]

MODULE = "tierproof.systems.training.worker.serving"


class Served(Struct, frozen=True, kw_only=True):
    """A model as it is to be served."""

    folder: str
    draft: str = ""
    """Folder of a smaller model with the same tokenizer that proposes tokens (Leviathan et al., ICML 2023)."""
    lookup: int = 0
    """Tokens proposed at once from what the prompt says (prompt lookup); 0: none."""

    @property
    def name(self) -> str:
        """What tells it from others, whatever folder it lies in.  Raises InputError where there is no model."""
        parts = [fingerprint(Path(self.folder))]
        parts += [f"draft-{fingerprint(Path(self.draft))}"] if self.draft else []
        parts += [f"lookup-{self.lookup}"] if self.lookup else []
        return "-".join(parts)


class ModelServer:
    """Starts its process when the first model is served.  Use as an async context manager."""

    def __init__(self, log: Path, *, module: str = MODULE) -> None:
        self._log = log
        self._module = module
        self._worker: Worker | None = None
        self._base_url = ""
        self._names: set[str] = set()
        self._one = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._worker is not None:
            await self._worker.__aexit__(kind, error, trace)
            self._worker = None

    async def serve(self, model: Served) -> tuple[str, str]:
        """Address and name under which a model answers from now on.

        Raises InputError where it cannot be loaded: no model, corrupt weights, another tokenizer.
        """
        for folder in filter(None, (model.folder, model.draft)):
            model_files(Path(folder))
        async with self._one:
            name = model.name
            if name not in self._names:
                worker = await self._started()
                await worker.send({"name": name, **msgspec.to_builtins(model)})
                await self._heard(worker, "serving")
                self._names.add(name)
        return self._base_url, name

    async def _started(self) -> Worker:
        if self._worker is None:
            try:
                self._log.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError.of(
                    Message("cannot be made ({strerror})", strerror=kept(str(error.strerror))), file=self._log.parent
                ) from None
            worker = Worker(self._module, log=self._log, limits=Limits(seconds=None))
            await worker.__aenter__()
            try:
                event = await self._heard(worker, "ready")
            except BaseException:
                await worker.__aexit__(InputError, None, None)
                raise
            self._base_url, self._worker = f"http://127.0.0.1:{event}/v1", worker
        return self._worker

    async def _heard(self, worker: Worker, wanted: str) -> int:
        """The port that the event tells."""
        while (event := await worker.event()) is not None:
            if event.get("event") == "refused":
                raise InputError.of(kept(str(event["message"])), remedy=kept(str(event.get("remedy", ""))))
            if event.get("event") == wanted:
                return int(event["port"])
        raise InputError.of(Message("the server of local models ended"), file=self._log)
