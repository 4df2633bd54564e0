"""Tuning by a provider, through the files and fine_tuning.jobs of the OpenAI API.

Enters: a model that its provider serves, examples, prices and a cap.  Leaves: the tuned model's name, and what it cost.
Must not know techniques.  The job's id is written down as soon as it is known, and the provider is asked for jobs of
these files before a new one is made: a run that was cut off waits for its job and starts no second one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import Struct

from tierproof.errors import InputError, Problem
from tierproof.messages import Message
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.models.wire.provider import Declined, MayBeCharged, NotReached, ProviderApi, id_of
from tierproof.systems.training.data.examples import Conversation
from tierproof.written_messages import kept

__all__ = ["Hosted", "Tuned", "tune"]

LEAST_EXAMPLES = 10
"""OpenAI refuses files with fewer."""
POLL_SECONDS = 10.0
ENDED = ("succeeded", "failed", "cancelled")
SUFFIX = "tierproof-"


class Tuned(Struct, frozen=True, kw_only=True):
    """What came of a job; the names are those that a journal's reply is read by."""

    model: str
    job: str
    tokens: int
    """Tokens trained on, as the provider counted them."""
    usd: float

    def written(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        return msgspec.json.decode(raw, type=cls)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosted:
    base_url: str
    model: str
    """What the provider calls it."""
    api_key_env: str | None
    examples: tuple[Conversation, ...]
    epochs: int
    seed: int
    training_price: float
    """USD a million tokens trained on."""
    most_usd: float
    """What the job may cost; it is not started if it may cost more."""

    @classmethod
    def of(cls, base: ModelSpec, examples: Sequence[Conversation], **dials: Any) -> Self:
        """Raises InputError where there are too few examples, or the job may cost more than it may."""
        if len(examples) < LEAST_EXAMPLES:
            message = Message(
                "{n} examples are too few to tune on; providers ask for {least}",
                n=len(examples),
                least=LEAST_EXAMPLES,
            )
            raise InputError.of(message, remedy=Message("add lines to train.jsonl"), field="arm")
        most = dials.pop("most_usd")
        here = cls(
            base_url=base.base_url.rstrip("/"),
            model=base.sent_name,
            api_key_env=base.api_key_env,
            examples=tuple(examples),
            most_usd=0.0,
            **dials,
        )
        if here.worst_usd > most:
            message = Message(
                "tuning may cost {worst_usd:.2f} USD, and most_usd is {most:.2f}", worst_usd=here.worst_usd, most=most
            )
            raise InputError.of(
                message, remedy=Message("set most_usd = {worst_usd:.2f} or more", worst_usd=here.worst_usd), field="arm"
            )
        return cls(**{**{name: getattr(here, name) for name in cls.__slots__}, "most_usd": here.worst_usd})

    @property
    def file(self) -> bytes:
        """What is learned from, one conversation a line."""
        return b"".join(msgspec.json.encode({"messages": one.messages}) + b"\n" for one in self.examples)

    @property
    def worst_usd(self) -> float:
        """Bytes bound tokens: no token has less than one, and the JSON has more bytes than a template has tokens."""
        return len(self.file) * self.epochs * self.training_price / 1e6

    @property
    def key(self) -> str:
        """Hash of what can change the outcome, 32 hexadecimal digits."""
        head = f"tuning\n{self.base_url}\n{self.model}\n{self.epochs}\n{self.seed}\n"
        return hashlib.blake2b(head.encode() + self.file, digest_size=16).hexdigest()


async def tune(
    hosted: Hosted,
    folder: Path,
    *,
    told: Callable[[str], None] = lambda line: None,
    environ: Mapping[str, str] | None = None,
    poll_seconds: float | None = None,
) -> Tuned:
    """Have a model tuned, or go on waiting for a job that was started before; wait to its end.

    `folder`: where the job's id is kept.  Raises InputError where the provider refuses, the job fails, or the provider
    cannot be reached: `MayBeCharged` where a job may be on its way, or was charged for.
    """
    api = _api_of(hosted, os.environ if environ is None else environ)
    path = folder / f"{hosted.key}.json"
    try:
        job = await _ended(hosted, api, path, told, POLL_SECONDS if poll_seconds is None else poll_seconds)
    except (Declined, NotReached) as error:
        begun = path.is_file() or isinstance(error, _MayHaveBegun)
        raise (MayBeCharged if begun else InputError)(_trouble(api, error)) from None
    tokens = job.get("trained_tokens")
    trained = isinstance(tokens, int) and tokens > 0
    tokens = tokens if isinstance(tokens, int) else 0
    usd = tokens * hosted.training_price / 1e6
    if job["status"] != "succeeded" or not job.get("fine_tuned_model"):
        path.unlink(missing_ok=True)  # another run may try again
        said = job.get("error")
        reason = (said.get("message") if isinstance(said, dict) else None) or "no reason was given"
        message = Message(
            "the provider's tuning job {job} ended as {status}: {reason}",
            job=job["id"],
            status=job["status"],
            reason=reason,
        )
        problem = Problem(field="arm", message=message, remedy=Message("see the job with the provider"))
        if not trained:
            raise InputError(problem)
        failure = MayBeCharged(problem)
        failure.usd = usd
        raise failure
    if not trained:
        # It does not say, so it counts at the most that it can have been.
        tokens, usd = len(hosted.file) * hosted.epochs, hosted.worst_usd
    return Tuned(model=str(job["fine_tuned_model"]), job=str(job["id"]), tokens=tokens, usd=usd)


class _MayHaveBegun(NotReached):
    """A job was asked for, and it is not known whether there is one."""


def _trouble(api: ProviderApi, error: Declined | NotReached) -> Problem:
    if isinstance(error, Declined):
        return Problem(field="arm", message=Message("the provider refuses to tune, {last}", last=str(error)))
    message = Message("the provider's API at {url} does not answer: {last}", url=api.url, last=str(error))
    remedy = Message("run the same command again: a job that was started is found and waited for")
    return Problem(field="arm", message=message, remedy=remedy)


async def _ended(
    hosted: Hosted, api: ProviderApi, path: Path, told: Callable[[str], None], poll_seconds: float
) -> dict[str, Any]:
    """The job at its end, started if no earlier run did."""
    job = await _known(api, path)
    if job is None:
        told("uploading the examples")
        file = await api.upload(hosted.file, "train.jsonl", purpose="fine-tune")
        body = {
            "model": hosted.model,
            "training_file": file,
            "seed": hosted.seed,
            "suffix": f"{SUFFIX}{hosted.key[:8]}",
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": hosted.epochs}}},
        }
        # A job that was asked for twice would be paid for twice.
        try:
            job = await api.asked("POST", "/fine_tuning/jobs", again=False, json=body)
            _keep(path, id_of(job))
        except NotReached as error:
            raise _MayHaveBegun(*error.args) from None
    while job.get("status") not in ENDED:
        told(f"tuning by the provider: {job.get('status')}")
        await asyncio.sleep(poll_seconds)
        job = await api.asked("GET", f"/fine_tuning/jobs/{id_of(job)}", again=True)
    return job


async def _known(api: ProviderApi, path: Path) -> dict[str, Any] | None:
    """The job of an earlier run: by its id, else by the suffix that only this job has."""
    if path.is_file():
        try:
            id = str(json.loads(path.read_text(encoding="utf-8"))["id"])
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError.of(Message("is damaged"), remedy=Message("delete it"), file=path) from None
        return await api.asked("GET", f"/fine_tuning/jobs/{id}", again=True)
    wanted = f"{SUFFIX}{path.stem[:8]}"
    listed = (await api.asked("GET", "/fine_tuning/jobs?limit=100", again=True)).get("data")
    if not isinstance(listed, list):
        raise NotReached("its list of jobs is none")
    for job in listed:
        ours = isinstance(job, dict) and job.get("user_provided_suffix") == wanted
        if ours and job.get("status") not in ("failed", "cancelled"):
            _keep(path, id_of(job))
            return dict(job)
    return None


def _keep(path: Path, id: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"id": id}), encoding="utf-8")
    except OSError as error:
        message = Message(
            "the id of the tuning job {id} cannot be kept ({strerror})", id=id, strerror=kept(str(error.strerror))
        )
        raise MayBeCharged(Problem(file=path, message=message)) from None


def _api_of(hosted: Hosted, environ: Mapping[str, str]) -> ProviderApi:
    key = environ.get(hosted.api_key_env, "").strip() if hosted.api_key_env else ""
    if hosted.api_key_env and not key:
        message = Message("the environment variable {api_key_env} is not set", api_key_env=hosted.api_key_env)
        raise InputError.of(message, field="api_key_env")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return ProviderApi(hosted.base_url, headers, [key.encode()] if key else [])
