"""The workshop of a measurement: models made and served for its arms, with what making them took.

Enters: jobs and base models from techniques.  Leaves: models that the caller answers for, and reports.  Must not know
techniques.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ModelSpec, Price
from tierproof.systems.training.bench import ON_DISK
from tierproof.systems.training.data.examples import Conversation
from tierproof.systems.training.hosted import Hosted, Tuned, tune
from tierproof.systems.training.job import Job, Report, job_key
from tierproof.systems.training.making.fingerprint import is_quantised
from tierproof.systems.training.making.server import ModelServer, Served
from tierproof.systems.training.making.store import Store
from tierproof.systems.training.side_by_side import aside

__all__ = ["LocalWorkshop", "RehearsedWorkshop", "Told", "Trained", "named"]

Told = Callable[[str], None]
"""Told in a line what is being made, now and then."""


class _Adds(Protocol):
    """A caller that takes further models."""

    def add(self, spec: ModelSpec) -> None: ...


class _Pays(_Adds, Protocol):
    async def pay(
        self, key: bytes, model: str, purpose: str, most_usd: float, work: Callable[[], Awaitable[tuple[bytes, float]]]
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was made for an arm."""

    model: str
    """Name under which it answers."""
    base: str
    label: str
    folder: Path | None
    """None: it lies with its provider."""
    report: Report | None
    """None: its provider tells little."""
    examples: int | None = None
    """That a provider was sent."""
    tokens: int | None = None
    """Trained on, as a provider counted them."""
    usd: float | None = None
    """What a provider asked for."""
    seed: int | None = None
    """None: nothing is left to chance."""
    fresh: bool = True
    """It was made in this sitting of the run; False: it was there."""


def named(spec: ModelSpec) -> ModelSpec:
    """A model that is served from this disk, with the name that its contents give it; others as they are."""
    if spec.base_url != ON_DISK or spec.weights is None or spec.model_id:
        return spec
    return dataclasses.replace(spec, model_id=Served(folder=str(spec.weights)).name)


class LocalWorkshop:
    """Makes models in worker processes and serves them.  Use as an async context manager."""

    def __init__(self, store: Store, log: Path, *, told: Told = lambda line: None) -> None:
        """`log`: of the server."""
        self.trained: dict[str, Trained] = {}
        """By the model's name."""
        self.untimed: set[str] = set()
        """Models whose times say nothing: they answer from another server than what they were made of, or are rounded
        and run without the kernels that would make use of it."""
        self._store = store
        self._server = ModelServer(log)
        self._told = told
        self._caller: _Pays | None = None
        self._specs: dict[str, ModelSpec] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.__aexit__(kind, error, trace)

    async def opened(self, specs: Iterable[ModelSpec]) -> tuple[ModelSpec, ...]:
        """The same models; those that lie on this disk and have no endpoint are served.  Raises InputError."""
        opened = tuple([await self._opened(spec) for spec in specs])
        self._specs = {spec.name: spec for spec in opened}
        return opened

    async def _opened(self, spec: ModelSpec) -> ModelSpec:
        if spec.base_url != ON_DISK or spec.weights is None:
            return spec
        return await self._serving(spec, Served(folder=str(spec.weights)))

    async def _serving(self, spec: ModelSpec, model: Served) -> ModelSpec:
        self._told(f"loading {spec.name}")
        address, name = await self._server.serve(model)
        return dataclasses.replace(spec, base_url=ON_DISK, model_id=name, address=address, api_key_env=None)

    def model(self, name: str) -> ModelSpec | None:
        """As `Workshop.model` says."""
        return self._specs.get(name)

    def join(self, caller: _Pays) -> None:
        """From now on the models that are made answer through `caller`."""
        self._caller = caller

    async def made(self, base: ModelSpec, job: Job, label: str) -> str:
        """As `Workshop.made` says."""

        def progress(event: Mapping[str, Any]) -> None:
            if event.get("event") == "progress":
                loss = f", loss {event['loss']:.4g}" if "loss" in event else ""
                self._told(f"{label}: {event['phase']} {event['done']}/{event['total']}{loss}")

        async with aside():
            made = await self._store.made(job, progress)
        name = await self._enrolled(base, Served(folder=str(made.folder)), f"{label}, {made.key[:8]}")
        seed = getattr(job.recipe, "seed", None)
        trained = Trained(name, base.name, label, made.folder, made.report, seed=seed, fresh=made.fresh)
        # A model that several arms share is found by all but the first.
        self.trained.setdefault(name, trained)
        return name

    async def served(self, base: ModelSpec, model: Served, label: str) -> str:
        """As `Workshop.served` says."""
        name = await self._enrolled(base, model, label)
        if base.name in self.trained:
            self.trained[name] = self.trained[base.name]
        return name

    async def _enrolled(self, base: ModelSpec, model: Served, label: str) -> str:
        # What is made of a model costs a token what the model costs.
        base = self._specs.get(base.name, base)
        spec = dataclasses.replace(base, name=f"{base.name} ({label})", weights=Path(model.folder))
        if base.base_url != ON_DISK or base.name in self.untimed or is_quantised(Path(model.folder)):
            self.untimed.add(spec.name)
        spec = await self._serving(spec, model)
        self._adding.add(spec)
        self._specs[spec.name] = spec
        return spec.name

    @property
    def _adding(self) -> _Pays:
        if self._caller is None:
            raise InputError.of(Message("models can be made only while something calls them"))
        return self._caller

    async def tuned_elsewhere(
        self, base: ModelSpec, examples: Sequence[Conversation], **dials: float | int | str
    ) -> str:
        """As `Workshop.tuned_elsewhere` says.  What it costs is paid from the budget."""
        hosted = _hosted(base, examples, dials)
        fresh = False

        async def work() -> tuple[bytes, float]:
            nonlocal fresh
            tuned = await tune(hosted, self._store.root / "hosted", told=self._told)
            fresh = True
            return tuned.written(), tuned.usd

        name = f"{base.name} (tuned by its provider, {hosted.key[:8]})"
        kept = await self._adding.pay(bytes.fromhex(hosted.key), base.name, f"build {name}", hosted.most_usd, work)
        tuned = Tuned.read(kept)
        self._adding.add(_tuned_spec(base, name, tuned.model, dials))
        label = "tuned by its provider"
        made = Trained(
            name,
            base.name,
            label,
            None,
            None,
            examples=len(examples),
            tokens=tuned.tokens,
            usd=tuned.usd,
            seed=hosted.seed,
            fresh=fresh,
        )
        self.trained.setdefault(name, made)
        return name


class RehearsedWorkshop:
    """Makes nothing: models that were made before are found, others answer like their base."""

    def __init__(self, store: Store, caller: _Adds) -> None:
        self._store = store
        self._caller = caller
        self._specs: dict[str, ModelSpec] = {}

    def model(self, name: str) -> ModelSpec | None:
        return self._specs.get(name)

    async def made(self, base: ModelSpec, job: Job, label: str) -> str:
        found = self._store.found(job)
        model = None if found is None else Served(folder=str(found.folder))
        return self._added(base, model, f"{label}, {job_key(job)[:8]}")

    async def served(self, base: ModelSpec, model: Served, label: str) -> str:
        return self._added(base, model, label)

    async def tuned_elsewhere(
        self, base: ModelSpec, examples: Sequence[Conversation], **dials: float | int | str
    ) -> str:
        name = f"{base.name} (tuned by its provider, {_hosted(base, examples, dials).key[:8]})"
        self._caller.add(_tuned_spec(base, name, name, dials))
        return name

    def _added(self, base: ModelSpec, model: Served | None, label: str) -> str:
        name = f"{base.name} ({label})"
        sent = name if model is None else model.name
        # Of a model that is not made yet, the base's weights stand for its own.
        weights = base.weights if model is None else Path(model.folder)
        spec = dataclasses.replace(base, name=name, base_url=ON_DISK, model_id=sent, api_key_env=None, weights=weights)
        self._specs[name] = spec
        self._caller.add(spec)
        return name


def _hosted(base: ModelSpec, examples: Sequence[Conversation], dials: Mapping[str, float | int | str]) -> Hosted:
    return Hosted.of(
        base,
        examples,
        epochs=int(dials["epochs"]),
        seed=int(dials["seed"]),
        training_price=float(dials["training_price"]),
        most_usd=float(dials["most_usd"]),
    )


def _tuned_spec(base: ModelSpec, name: str, sent: str, dials: Mapping[str, float | int | str]) -> ModelSpec:
    price = Price(input=float(dials["input_price"]), output=float(dials["output_price"]))
    return dataclasses.replace(base, name=name, model_id=sent, price=price)
