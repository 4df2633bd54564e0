"""The short way to an answer: a reader's view of a pack, computed when it is asked for.

Enters: a pack and where the reader stands.  Leaves: a `View`, whose parts (effects, synthesis, appraisal, table) are
each computed once, on first use.  Knows nothing of screens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from msgspec import Struct

from tierproof.decision.appraisals.appraisal import Appraisal, appraise
from tierproof.decision.ranking.lens import Lens, lens_from
from tierproof.decision.ranking.results import TierTable
from tierproof.decision.ranking.tiers import tier_table as tabulate
from tierproof.decision.reader.profile import Profile, profile_from, with_settings
from tierproof.errors import InputError
from tierproof.evidence import Conversion, Pack, effects_of, load_pack
from tierproof.evidence.conversion import newest
from tierproof.evidence.reading.files import read_toml
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Role, Technique
from tierproof.messages import gettext
from tierproof.synthesis import Context, Priors, Synthesis, in_detail, priors_of, synthesise
from tierproof.synthesis.pooling import Poolings
from tierproof.synthesis.posteriors.answering import asked_of

if TYPE_CHECKING:
    from tierproof.challenge.weighing.ground import Ground
    from tierproof.decision.history import History

__all__ = ["OUTCOMES", "View", "aliases_of", "lens_of", "priors_in", "technique_of", "view_of"]

OUTCOMES: Final[tuple[Outcome, ...]] = (
    "quality", "cost", "latency", "wrong-answers", "safety", "stability", "throughput", "memory",
)  # fmt: skip
"""In the order in which a reader asks."""

HISTORY_FROM, HISTORY_YEARS = 2020, 7


class View(Struct, frozen=True, kw_only=True, dict=True):
    """A pack as one reader sees it."""

    pack: Pack
    context: Context
    profile: Profile
    lens: Lens
    role: Role | None = None
    lack: frozenset[str] = frozenset()
    """Resources that the reader has not, by id: techniques that need one are left out of tables."""

    @cached_property
    def conversion(self) -> Conversion:
        """The pack's records on their scales of analysis, and those that could not be put there."""
        return effects_of(self.pack.records, self.pack.settings)

    @cached_property
    def synthesis(self) -> Synthesis:
        """Posteriors only: enough for a table."""
        pack = self.pack
        if "conversion" in self.__dict__:
            effects = self.conversion.effects
        else:  # half of the records answer no technique's question: to convert them takes as long as to read the others
            effects = effects_of(asked_of(pack.records, pack.techniques), pack.settings).effects
        today = pack.settings.dated or newest(pack.records)
        return synthesise(effects, pack.techniques, pack.settings, self.context, today=today, pool=self.poolings)

    @cached_property
    def poolings(self) -> Poolings:
        """Fits of the pack's questions, which its history and its validation ask for again."""
        return Poolings()

    @cached_property
    def detailed(self) -> Synthesis:
        """Posteriors with sensitivity analyses and sub-rows: enough for every evidence card."""
        return self.detailed_for(*self.pack.techniques)

    def detailed_for(self, *techniques: str) -> Synthesis:
        """The same of some techniques, by their ids, in a tenth of the time: enough for an evidence card or a brief."""
        return in_detail(self.synthesis, set(techniques), self.conversion.effects, self.pack.techniques)

    @cached_property
    def ground(self) -> Ground:
        """What claims and tables are held against; read and judged once, however many of them."""
        from tierproof.challenge.weighing.ground import ground_of  # noqa: PLC0415  (a table does not wait for it)

        left_out = tuple(self.conversion.left_out)
        return ground_of(self.pack, self.conversion.effects, self.appraisal, self.lens, left_out=left_out)

    @cached_property
    def appraisal(self) -> Appraisal:
        return appraise(self.synthesis, self.pack.techniques, self.pack.settings, self.profile)

    def sharing(self, other: View) -> View:
        """This view with what `other`, of the same evidence, has worked out: read where this one stands, without
        pooling anew.  Raises ValueError where the two admit other evidence."""
        kept = other.__dict__
        if "conversion" in kept:
            self.__dict__["conversion"] = other.conversion
        if "appraisal" in kept and replace(other.context, baseline=self.context.baseline) == self.context:
            self.__dict__["appraisal"] = other.appraisal.under(self.profile)
            self.__dict__["synthesis"] = self.appraisal.synthesis
        elif "synthesis" in kept:
            self.__dict__["synthesis"] = other.synthesis.at(self.context)
        return self

    def table(self, lens: str | Lens | None = None) -> TierTable:
        """The tier table under the view's lens, or under another."""
        chosen = self.lens if lens is None else lens if isinstance(lens, Lens) else lens_of(self.pack, lens)
        return tabulate(self.appraisal, chosen, role=self.role, at_hand=self._at_hand)

    @property
    def _at_hand(self) -> frozenset[str] | None:
        needs = (need for technique in self.pack.techniques.values() for need in technique.needs)
        return frozenset(needs) - self.lack if self.lack else None

    def history(self, since: int | None = None) -> History:
        """The table at the end of each year from `since` to that of the latest record, or of the view's own date.

        `since` is 2020 unless said otherwise, or where evidence ends before, early enough for seven years.  Raises
        InputError where no evidence is that young, or none is dated.
        """
        from tierproof.decision.history import tier_history  # noqa: PLC0415  (a table does not wait for it)

        years = [effect.date[0] for effect in self.conversion.effects if effect.date is not None]
        if not years:
            raise InputError.of(gettext("no record is dated"), remedy=gettext("give records a year"))
        # A pack's date ends its history: a record of a later year was not meant to be in it yet.
        until = self.context.as_of or self.pack.settings.dated
        last = min(max(years), until[0] if until else max(years))
        if since is None:
            since = min(HISTORY_FROM, last - HISTORY_YEARS + 1)
        if last < since:
            message = gettext("no evidence is from {since} or later", since=since)
            raise InputError.of(message, remedy=gettext("the latest is from {last}", last=last), field="since")
        effects, pack = self.conversion.effects, self.pack
        appraisals = {
            year: appraise(
                synthesise(
                    effects,
                    pack.techniques,
                    pack.settings,
                    replace(self.context, as_of=(year, 12)),
                    pool=self.poolings,
                ),
                pack.techniques,
                pack.settings,
                self.profile,
            )
            for year in range(since, last + 1)
        }
        return tier_history(appraisals, self.lens, role=self.role)

    def technique(self, name: str) -> Technique:
        """The technique of that id, name or alias.  Raises InputError, with the nearest names, where there is none."""
        return technique_of(self.pack, name)


def aliases_of(pack: Pack | Path | str | None = None) -> dict[str, str]:
    """What a pack's techniques are called in lower case, ids, names and aliases of all languages, with their ids."""
    found: dict[str, str] = {}
    loaded = pack if isinstance(pack, Pack) else load_pack(pack, whole=False)
    for technique in loaded.techniques.values():
        for name in _names(technique):
            found.setdefault(name, technique.id)
    return found


def _names(technique: Technique) -> Iterator[str]:
    names = (technique.id, technique.name, technique.short, *(a for group in technique.aliases.values() for a in group))
    return (name.lower() for name in names)


def view_of(
    pack: Pack | Path | str | None = None,
    *,
    lens: str | Lens = "effect",
    role: str | None = None,
    task: str | None = None,
    model_size: str | float | None = None,
    as_of: str | None = None,
    include_lab: bool = False,
    profile: Profile | Mapping[str, Any] | Path | str | None = None,
    sets: tuple[str, ...] = (),
    lack: Collection[str] = (),
) -> View:
    """A view from plain settings.

    `pack`: a loaded pack or its folder (None: the shipped one).  `lens`: the id of one of the pack's, a TOML file, or a
    `Lens`.  `model_size`: billions of parameters, or text such as "8B" or "350M".  `as_of`: "2024" or "2024-06";
    adoption goes by the year.  `profile`: a `Profile`, a table, or a TOML file; what it leaves out keeps the pack's
    figure.  `sets`: "key=value" pairs on top.  `lack`: ids of resources that are not at hand.  Raises InputError for
    anything that cannot be used.
    """
    loaded = pack if isinstance(pack, Pack) else load_pack(pack, whole=False)
    priors_in(loaded)  # so that a fault in them is told with its file
    until = _year_month(as_of)
    reader = profile if isinstance(profile, Profile) else _profile(loaded, profile, sets)
    return View(
        pack=loaded.with_adoption_until(until[0]) if until else loaded,
        context=Context(
            task_family=_task(loaded, task),
            params_b=_billions(model_size),
            baseline=reader.baseline_success,
            as_of=until,
            include_lab=include_lab,
        ),
        profile=reader,
        lens=lens if isinstance(lens, Lens) else lens_of(loaded, lens),
        role=_role(role),
        lack=_resources(loaded, lack),
    )


def priors_in(pack: Pack) -> Priors:
    """The pack's priors.  Raises InputError, which names the pack's settings, for those that cannot be used."""
    try:
        return priors_of(pack.settings)
    except InputError as error:
        raise InputError(*(replace(problem, file=pack.path / "pack.toml") for problem in error.problems)) from None


def lens_of(pack: Pack, name: str) -> Lens:
    """The pack's lens of that id, or the one in the TOML file of that path."""
    if name in pack.lenses:
        file = pack.path / "lenses" / f"{name}.toml"
        return lens_from(pack.lenses[name], file=file if file.is_file() else file.parent)
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return lens_from(read_toml(path), file=path)
    known = ", ".join(sorted(pack.lenses)) or "none"
    raise InputError.of(
        gettext("no lens '{name}'", name=name),
        remedy=gettext("one of: {known}; or a TOML file", known=known),
        field="lens",
    )


def technique_of(pack: Pack, name: str) -> Technique:
    """As `View.technique`."""
    if name in pack.techniques:
        return pack.techniques[name]
    wanted = " ".join(name.lower().split())
    names: dict[str, Technique] = {}
    for technique in pack.techniques.values():
        for known in _names(technique):
            names.setdefault(known, technique)
    if wanted in names:
        return names[wanted]
    from difflib import get_close_matches  # noqa: PLC0415  (only on a slip)

    near = [technique.id for technique in pack.techniques.values() if wanted in technique.shared_aliases] or list(
        dict.fromkeys(names[match].id for match in get_close_matches(wanted, names, n=5, cutoff=0.6))
    )
    known = gettext("known: {names}", names=", ".join(pack.techniques))
    remedy = gettext("did you mean {near}?", near=gettext(" or ").join(near[:3])) if near else known
    raise InputError.of(
        gettext("no technique '{name}' in the pack '{pack}'", name=name, pack=pack.settings.name), remedy=remedy
    )


def _profile(pack: Pack, given: Mapping[str, Any] | Path | str | None, sets: tuple[str, ...]) -> Profile:
    base = profile_from(pack.settings.profile, file=pack.path / "pack.toml")
    if isinstance(given, Mapping):
        base = profile_from(given, base=base)
    elif given is not None:
        path = Path(given)
        table = read_toml(path)
        figures = table.get("profile", table)
        if not isinstance(figures, Mapping):
            raise InputError.of(
                gettext("is no table"), remedy=gettext("write [profile], then KEY = VALUE"), field="profile", file=path
            )
        base = profile_from(figures, base=base, file=path)
    return with_settings(base, sets)


def _task(pack: Pack, task: str | None) -> str | None:
    families = pack.settings.task_families
    if task is None or not families or task in families:
        return task
    raise InputError.of(
        gettext("no task family '{task}'", task=task),
        remedy=gettext("one of: {families}", families=", ".join(families)),
        field="task",
    )


def _resources(pack: Pack, named: Collection[str]) -> frozenset[str]:
    known = pack.settings.resources
    for resource in named:
        if known and resource not in known:
            remedy = gettext("one of: {known}", known=", ".join(known))
            raise InputError.of(
                gettext("no resource '{resource}'", resource=resource[:40]), remedy=remedy, field="lack"
            )
    return frozenset(named)


def _role(role: str | None) -> Role | None:
    roles: tuple[Role, ...] = get_args(Role)
    for known in roles:
        if role == known:
            return known
    if role is None:
        return None
    raise InputError.of(
        gettext("no role '{role}'", role=role), remedy=gettext("one of: {roles}", roles=", ".join(roles)), field="role"
    )


_BILLIONS = {"m": 1e-3, "b": 1.0, "t": 1e3}


def _billions(size: str | float | None) -> float | None:
    """Billions of parameters from "8B", "350M", "1.5T" or a bare number of billions."""
    if size is None:
        return None
    text = str(size).strip().lower()
    unit = text[-1:] if text[-1:] in _BILLIONS else ""
    try:
        value = float(text.removesuffix(unit)) * _BILLIONS.get(unit, 1.0)
    except ValueError:
        value = 0.0
    if 0 < value < 1e6:
        return value
    raise InputError.of(
        gettext("'{size}' is no model size", size=size), remedy=gettext("such as 8B, 350M or 0.5"), field="model-size"
    )


def _year_month(text: str | None) -> tuple[int, int] | None:
    """(2024, 6) from "2024-06"; a bare year means its end."""
    if text is None:
        return None
    year, _, month = text.partition("-")
    if (
        year.isdecimal()
        and (month.isdecimal() or not month)
        and 1900 <= int(year) <= 2100
        and 1 <= int(month or 12) <= 12
    ):
        return int(year), int(month or 12)
    raise InputError.of(
        gettext("'{text}' is no date", text=text), remedy=gettext("a year such as 2024, or 2024-06"), field="as-of"
    )
