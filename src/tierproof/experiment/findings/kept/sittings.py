"""What earlier runs into a folder measured, and whether it can stand beside what is measured now.

Enters: a workload, and what the folder's `arms.json` and `outcomes.jsonl` hold.  Leaves: arms of earlier runs with
their trials, and for those that were measured otherwise, in what.  Must not know calls.

Two runs are one experiment where items, targets, scorer, requests, models and prices are the same.  An arm that was
measured with others is not joined: its scores would be compared with a baseline that they do not belong to.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.kept.training_records import TrainedArm
from tierproof.experiment.findings.kept.whole import replace_file
from tierproof.experiment.findings.repeats.repeated import Kind
from tierproof.experiment.findings.timing.interleaved import Times
from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import BASELINE, Trials, in_random_order
from tierproof.experiment.workload.workload import Workload
from tierproof.systems.item import Item
from tierproof.systems.parts.search.backends import IndexRetriever

__all__ = ["Earlier", "Note", "earlier_of", "note_sitting", "notes_of", "settings_of"]

NOTES = "arms.json"
UNKNOWN = "an older Tierproof noted no more than its name"
REPLACED = "its outcomes were not kept"


class Note(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An arm that a run into the folder measured."""

    name: str
    technique: str | None = None
    model: str = ""
    stress: bool = False
    diff: tuple[str, ...] = ()
    days: tuple[str, str] | None = None
    """First and last day (UTC) on which it was answered."""
    settings: dict[str, str] = {}
    """Digests of what it was measured with; none: what it came to is not kept."""
    groundedness: str = ""
    """Digest of the judge of it."""
    seconds: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    """Of the baseline and the arm, on the items on which they were timed."""
    unseen: str = ""
    """Why its cost was not measured."""
    repeats: int = 1
    """Answers an item."""
    kind: Kind = "differ"
    """Why answers to one item differ, or do not."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Earlier:
    """What earlier runs give to this one."""

    arms: tuple[Arm, ...] = ()
    trials: tuple[Trial, ...] = ()
    """Of these arms, at the places that their items have now."""
    notes: Mapping[str, Note] = dataclasses.field(default_factory=dict)
    """Of these arms, by name."""
    trained: tuple[TrainedArm, ...] = ()
    apart: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Arms that cannot be joined, and why."""

    def held(self, first: int) -> dict[int, int]:
        """Items that each arm has had, by its place, where the first of them comes at `first`."""
        depth = dict.fromkeys(self.notes, 0)
        for trial in self.trials:
            depth[trial.arm] = max(depth[trial.arm], trial.position + 1)
        return {first + at: depth[arm.name] for at, arm in enumerate(self.arms)}

    def with_times(self, times: Times | None, first: int, load: int) -> Times | None:
        """Times of this run with those of the arms that were timed before; None where there are neither.

        `first`: place of the first of these arms.
        """
        before: dict[int, tuple[Array, Array]] = {}
        for at, arm in enumerate(self.arms):
            base, own = (np.array(row, dtype=np.float64) for row in self.notes[arm.name].seconds)
            before[first + at] = base, own
        if not before:
            return times
        if times is None:
            times = Times(np.full((first, 0), np.nan), load)
        rows = np.full((len(before), times.seconds.shape[1]), np.nan)
        return dataclasses.replace(times, seconds=np.vstack((times.seconds, rows)), before=before)


def earlier_of(
    folder: Path, workload: Workload, items: Sequence[Item], names: Collection[str], *, repeats: int = 1
) -> Earlier:
    """What earlier runs measured besides `names`.  `items`: in the order of this run; `repeats`: answers an item."""
    notes = {note.name: note for note in _notes(folder) if note.name not in names}
    if not notes:
        return Earlier()
    kept: dict[str, list[Trial]] = {name: [] for name in notes}
    for trial in _trials(folder / "outcomes.jsonl"):
        if trial.arm in kept:
            kept[trial.arm].append(trial)
    apart = {}
    for name, note in notes.items():
        reason = _apart(note, kept[name], workload, repeats)
        if reason:
            apart[name] = reason
    joined = {name: note for name, note in notes.items() if name not in apart}
    judge = _digest(workload.groundedness)
    places = {item.id: place for place, item in enumerate(items)}
    return Earlier(
        arms=tuple(_arm(note, workload) for note in joined.values()),
        trials=tuple(
            msgspec.structs.replace(
                trial,
                position=places[trial.item],
                # Another judge's grades are none of this run's.
                grounded=trial.grounded if joined[name].groundedness == judge else None,
                grounded_error=trial.grounded_error if joined[name].groundedness == judge else "",
            )
            for name in joined
            for trial in kept[name]
            if trial.item in places
        ),
        notes=joined,
        trained=tuple(one for one in _trained(folder / "training.json") if one.arm in joined),
        apart=apart,
    )


def _apart(note: Note, trials: Sequence[Trial], workload: Workload, repeats: int) -> str:
    """In what an arm was measured otherwise; empty: in nothing."""
    if not note.days:
        return UNKNOWN
    if not note.settings or not trials:
        return REPLACED
    if any(trial.refused and trial.score is not None for trial in trials):
        return "measured when requests that an endpoint refuses counted as wrong"
    if note.repeats != repeats:
        return f"measured with {note.repeats} answer{'' if note.repeats == 1 else 's'} an item"
    now = settings_of(workload, [trial.item for trial in trials if trial.score is not None])
    differ = [what for what, digest in note.settings.items() if now.get(what) != digest]
    return f"measured with {_listed([f'other {what}' for what in differ])}" if differ else ""


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _arm(note: Note, workload: Workload) -> Arm:
    # It answers no more; of its system only the model's name is asked for.
    system = workload.baseline.with_model(note.model)
    return Arm(name=note.name, system=system, technique=note.technique, stress=note.stress, diff=note.diff)


def notes_of(
    results: Sequence[ArmResult],
    trials: Trials,
    times: Times | None,
    *,
    unseen: Mapping[str, str],
    days: Mapping[str, tuple[str, str]],
    workload: Workload,
    kinds: Mapping[str, Kind] | None = None,
) -> Iterator[Note]:
    """What the next run into the folder is told of the arms of this one, which come first among the trials'.

    `unseen`: arms whose cost was not measured, and why.  `days`: on which the arms' answers came.  `kinds`: why an
    arm's answers to one item differ, or do not.
    """
    ids = [item.id for item in in_random_order(workload.items)]
    today = datetime.now(UTC).date().isoformat()
    for place, result in enumerate(results):
        arm = result.arm
        if place == BASELINE or arm.control or result.unmeasured or not trials.tried[place]:
            continue
        base, own = (np.zeros(0), np.zeros(0)) if times is None else times.pairs(BASELINE, place)
        yield Note(
            name=arm.name,
            technique=arm.technique,
            model=arm.system.model,
            stress=arm.stress,
            diff=arm.diff,
            days=days.get(arm.name, (today, today)),
            settings=settings_of(workload, [ids[position] for position in trials.positions(place)]),
            groundedness=_digest(workload.groundedness),
            seconds=(tuple(base.tolist()), tuple(own.tolist())),
            unseen=unseen.get(arm.name, ""),
            repeats=trials.repeats,
            kind=(kinds or {}).get(arm.name, "differ"),
        )


def note_sitting(folder: Path, notes: Iterable[Note], earlier: Earlier) -> None:
    """Note what this run measured, for the next.  Of arms that stand apart the name alone is left."""
    every = [*notes, *earlier.notes.values()]
    known = {note.name for note in every}
    every += [Note(name=name, days=None) for name in earlier.apart if name not in known]
    replace_file(folder / NOTES, msgspec.json.format(msgspec.json.encode(every, enc_hook=str)).decode() + "\n")


def settings_of(workload: Workload, ids: Iterable[str]) -> dict[str, str]:
    """Digests of all that has to be the same for two arms to be compared, on the items with these ids.

    An item that is not there any more is another item.
    """
    by_id = {item.id: item for item in workload.items}
    items = [(id, by_id.get(id)) for id in sorted(set(ids))]
    resources = {
        field.name: getattr(workload.resources, field.name)
        for field in dataclasses.fields(workload.resources)
        if field.name not in ("models", "requests")
        # Of workloads without one, digests are what they were before there were any.
        and not (field.name == "index" and workload.resources.index is None)
    }
    models = [
        {field.name: getattr(model, field.name) for field in dataclasses.fields(model) if field.name not in APART}
        for model in workload.models
    ]
    return {
        "items": _digest([(id, None if item is None else (item.input, item.metadata)) for id, item in items]),
        "targets": _digest([(id, None if item is None else item.target) for id, item in items]),
        "requests or resources": _digest((workload.baseline, resources)),
        "scorer": _digest(workload.scorer),
        "models": _digest(models),
        "prices": _digest({model.name: model.price for model in workload.models}),
    }


APART = ("price", "concurrency", "timeout_seconds", "address", "api_key_env", "headers_env", "weights")
"""Fields of a model that do not change what it answers, or are compared by themselves."""


def _digest(value: object) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for part in _parts(value):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _parts(value: object) -> Iterator[str]:
    """A value written out whole, the same in every process."""
    yield type(value).__name__
    if isinstance(value, IndexRetriever):
        # Where it looks, and with which code; neither its connections nor how it is let in.
        yield from _parts((str(value), getattr(value.backend, "function", None)))
    elif isinstance(value, Struct):
        yield from _parts({name: getattr(value, name) for name in value.__struct_fields__})
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _parts({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    elif isinstance(value, Mapping):
        for key, inner in sorted(value.items(), key=lambda pair: str(pair[0])):
            yield str(key)
            yield from _parts(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in sorted(value, key=str) if isinstance(value, set | frozenset) else value:
            yield from _parts(inner)
    elif isinstance(value, str | int | float | bool | bytes | Path) or value is None:
        yield repr(value)
    elif callable(value):
        yield from _code(value)


def _code(function: Callable[..., object]) -> Iterator[str]:
    """A function by its name and the file that it stands in: what the file calls may change what it does."""
    yield str(getattr(function, "__qualname__", ""))
    try:
        source = inspect.getsourcefile(function)
        yield "" if source is None else hashlib.blake2b(Path(source).read_bytes()).hexdigest()
    except (TypeError, OSError):
        return


def _notes(folder: Path) -> list[Note]:
    try:
        raw = (folder / NOTES).read_bytes()
    except OSError:
        return []
    try:
        return msgspec.json.decode(raw, type=list[Note])
    except msgspec.MsgspecError:
        pass
    try:
        return [Note(name=name) for name in msgspec.json.decode(raw, type=list[str])]
    except msgspec.MsgspecError:
        return []


def _trials(path: Path) -> Iterator[Trial]:
    decode = msgspec.json.Decoder(Trial).decode
    try:
        with path.open("rb") as lines:
            for line in lines:
                yield decode(line)
    except (OSError, msgspec.MsgspecError):
        # What cannot be read is not joined; a line that was read is what it says.
        return


def _trained(path: Path) -> list[TrainedArm]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[TrainedArm], dec_hook=lambda kind, raw: kind(raw))
    except (OSError, msgspec.MsgspecError):
        return []
