"""From effects to posteriors: worlds whose truth is known, and what the result must not depend on."""

from __future__ import annotations

import math
import pickle
import random
from dataclasses import fields, replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.made import SETTINGS, effect, technique, world
from tierproof.errors import InputError
from tierproof.evidence.effect import Effect
from tierproof.evidence.technique import Assumption, Question, SubRow, Technique
from tierproof.synthesis import Certainty, Context, Posterior, Priors, priors_of, synthesise
from tierproof.synthesis.pooling import Poolings

TECHNIQUES = {"t": technique()}


def quality(effects: list[Effect], context: Context | None = None, **options: object) -> Posterior:
    found = synthesise(effects, TECHNIQUES, SETTINGS, context or Context(), **options)  # type: ignore[arg-type]
    posterior = found.get("t", "quality")
    assert posterior is not None
    return posterior


def test_what_the_same_records_say_is_fitted_once() -> None:
    effects, priors, pool = world(np.random.default_rng(1), sources=4), priors_of(SETTINGS), Poolings()
    first = pool(effects, Context(), priors)
    assert pool(list(effects), Context(as_of=(2024, 12)), priors) is first  # a date moves nothing but who is in
    for other in (pool(effects[1:], Context(), priors), pool(effects, Context(params_b=7.0), priors)):
        assert other is not first
    assert pool(effects, Context(), Priors(mean_sd=1.0)).average().mean != first.average().mean
    # What is said is the same with it and without.
    assert quality(effects, pool=pool).predictive.mean == quality(effects).predictive.mean


def test_a_known_mean_is_found() -> None:
    posterior = quality(world(np.random.default_rng(1), mean=0.3, sources=60))
    # 60 sources with sd 0.3: standard error 0.04; three of them.
    assert posterior.average.mean == pytest.approx(0.3, abs=0.13)
    assert posterior.tau_source.low < 0.3 < posterior.tau_source.high
    assert posterior.tau_record.low < 0.2 < posterior.tau_record.high
    assert posterior.predictive.sd > 2 * posterior.average.sd


def test_weights_and_names_of_what_was_pooled() -> None:
    posterior = quality(world(np.random.default_rng(2), sources=4, records=3))
    assert len(posterior.records) == len(posterior.record_weights) == 12
    assert posterior.records == tuple(sorted(posterior.records))
    assert sum(posterior.record_weights) == pytest.approx(1.0, abs=1e-12)
    assert posterior.sources == tuple(f"source-{k}" for k in range(4))


def test_the_order_of_effects_changes_no_digit() -> None:
    effects = world(np.random.default_rng(3), interested=3, hype=0.3)
    effects.append(effect(0.4, source="m", task_family="math", params_b=7.0, independence="rival"))
    shuffled = effects.copy()
    random.Random(4).shuffle(shuffled)
    one, other = quality(effects, detail=True), quality(shuffled, detail=True)
    assert one.average.means.tobytes() == other.average.means.tobytes()
    assert one.predictive.sds.tobytes() == other.predictive.sds.tobytes()
    assert (one.certainty, one.sensitivity) == (other.certainty, other.sensitivity)


def hyped_world(hype: float) -> tuple[list[Effect], dict[str, Technique]]:
    """Eight techniques with independent sources too, and one, `alone`, that knows authors only; its mean is 0.2."""
    rng = np.random.default_rng(5)
    effects: list[Effect] = []
    for k in range(8):
        effects += world(rng, name=f"t{k}", mean=0.3 * rng.normal(), hype=hype, interested=6, sources=12)
    effects += world(rng, name="alone", mean=0.2, hype=hype, interested=12, sources=12)
    names = [*(f"t{k}" for k in range(8)), "alone"]
    return effects, {name: technique(name) for name in names}


def test_hype_is_learned_across_techniques_and_taken_off_where_nobody_is_independent() -> None:
    effects, techniques = hyped_world(0.5)
    found = synthesise(effects, techniques, SETTINGS)
    # True effects have sd hypot(0.3, 0.2) = 0.36 within a technique; 72 interested against 60 independent sources.
    assert found.hype.low < 0.5 < found.hype.high
    assert found.hype.median == pytest.approx(0.5, abs=0.2)
    alone = found.get("alone", "quality")
    assert alone is not None
    raw = float(np.mean([e.estimate for e in effects if e.record.technique == "alone"]))
    assert raw > 0.45
    assert alone.average.mean < raw - 0.25
    # What is taken off and what is left add up to the pooled mean, which lies near the raw one.
    assert alone.discount + alone.average.mean == pytest.approx(raw, abs=0.15)


def test_without_hype_little_is_taken_off() -> None:
    effects, techniques = hyped_world(0.0)
    found = synthesise(effects, techniques, SETTINGS)
    assert found.hype.low < 0.0 < found.hype.high or abs(found.hype.median) < 0.15
    alone = found.get("alone", "quality")
    assert alone is not None
    assert abs(alone.discount) < 0.2


def test_a_discount_takes_no_more_than_was_found() -> None:
    """Others' interest says that far more was added than the two interested sources of `small` report."""
    effects, techniques = hyped_world(1.5)
    effects += [effect(0.2 + 0.1 * k, 0.05, technique="small", source=f"v{k}", independence="vendor") for k in range(2)]
    found = synthesise(effects, {**techniques, "small": technique("small")}, SETTINGS)
    posterior = found.posteriors["small", "quality"]
    assert posterior.source_range == pytest.approx((0.2, 0.3))
    assert -1e-3 < posterior.average.mean < 0.2
    assert posterior.discount > 0


def test_of_interest_only_the_share_that_helps_to_foretell_is_used() -> None:
    effects, techniques = hyped_world(0.5)
    means = [
        synthesise(effects, techniques, msgspec.structs.replace(SETTINGS, priors={"interest_kept": share}))
        .posteriors["alone", "quality"]
        .average.mean
        for share in (0.0, 0.5, 1.0)
    ]
    raw = float(np.mean([e.estimate for e in effects if e.record.technique == "alone"]))
    assert means[0] == pytest.approx(raw, abs=0.1)
    assert means[0] > means[1] + 0.1 > means[2] + 0.2


def test_independent_evidence_has_no_discount() -> None:
    assert quality(world(np.random.default_rng(6))).discount == 0.0


def test_a_task_pulls_towards_its_own_records() -> None:
    rng = np.random.default_rng(7)
    effects = world(rng, mean=0.8, sources=10, task_family="math")
    for made in world(rng, mean=0.0, sources=10, task_family="code"):
        record = msgspec.structs.replace(
            made.record, id=made.record.id + ".code", source_id=made.record.source_id + "c"
        )
        effects.append(msgspec.structs.replace(made, record=record))
    math_, code, any_ = (quality(effects, Context(task_family=task)).average.mean for task in ("math", "code", None))
    assert code < any_ < math_
    # Partly pooled: the difference is shrunk, not gone (prior sd 0.2 each).
    assert 0.1 < math_ - code < 0.8
    unknown = quality(effects, Context(task_family="safety"))
    assert unknown.average.sd > quality(effects, Context(task_family="math")).average.sd
    assert any(domain.levels and "0 of" in domain.reason for domain in unknown.certainty.domains)


def test_model_size_moves_the_prediction() -> None:
    rng = np.random.default_rng(8)
    effects = []
    for k in range(30):
        size = float(10 ** (3 * k / 29))
        y = 0.2 + 0.3 * (np.log10(size) - 1.5) + 0.1 * rng.normal()
        effects.append(effect(float(y), 0.1, source=f"s{k}", params_b=size))
    small, large = (quality(effects, Context(params_b=size)).average.mean for size in (1.0, 1000.0))
    # The slope of 0.3 is shrunk a little by its prior N(0, 0.2^2).
    assert large - small == pytest.approx(3 * 0.3, abs=0.2)


@pytest.mark.parametrize(
    "context", [Context(task_family="math"), Context(params_b=7.0), Context(task_family="unheard", params_b=200.0)]
)
def test_fits_are_read_elsewhere_as_if_pooled_there(context: Context) -> None:
    """Task and size move where a fit is read, not the fit: the same digits without fitting again."""
    effects = [
        effect(0.1 * n, source=f"s{n}", task_family=task, params_b=size, independence=who)
        for n, (task, size, who) in enumerate(
            [
                ("math", 1.0, "authors"),
                ("code", 7.0, "independent"),
                ("math", 70.0, "vendor"),
                ("code", 200.0, "independent"),
                ("chat", 3.0, "rival"),
                ("math", 13.0, "independent"),
            ]
        )
    ]
    techniques = {"t": technique(assumed={"cost": Assumption(low=1.0, mode=1.1, high=1.2, why="a guess")})}
    here = synthesise(effects, techniques, SETTINGS)
    moved, pooled = here.at(context), synthesise(effects, techniques, SETTINGS, context)
    assert moved.posteriors.keys() == pooled.posteriors.keys() == {("t", "quality"), ("t", "cost")}
    for key, posterior in pooled.posteriors.items():
        read = moved.posteriors[key]
        assert read.average.means.tobytes() == posterior.average.means.tobytes()
        assert read.predictive.sds.tobytes() == posterior.predictive.sds.tobytes()
        assert (read.certainty, read.context) == (posterior.certainty, context)
    assert here.at(context, outcomes={"cost"}).posteriors.keys() == {("t", "cost")}


def test_other_evidence_is_not_read_from_these_fits() -> None:
    here = synthesise([effect(0.1)], TECHNIQUES, SETTINGS)
    with pytest.raises(ValueError, match="other evidence"):
        here.at(Context(as_of=(2020, 1)))


def test_a_picked_record_shows_in_basis_and_certainty() -> None:
    whole = world(np.random.default_rng(9), sources=2)
    posterior = quality([*whole, effect(0.9, source="picked", selection="picked")])
    assert posterior.basis == "complete and picked"
    bias = next(domain for domain in posterior.certainty.domains if domain.name == "risk of bias")
    assert bias.levels == 1
    assert "1 of 11 records were picked" in bias.reason


GUESS = Assumption(low=0.5, mode=0.7, high=1.0, why="Half the memory.")


def test_an_assumption_stands_in_where_no_record_answers() -> None:
    techniques = {"t": technique(assumed={"cost": GUESS})}
    posterior = synthesise([], techniques, SETTINGS).get("t", "cost")
    assert posterior is not None
    assert (posterior.basis, posterior.records, posterior.certainty.level) == ("assumed", (), "very low")
    assert "Half the memory" in posterior.certainty.domains[0].reason
    # A triangle in the logarithm has its mean at the mean of its three corners.
    assert posterior.average.mean == pytest.approx((math.log(0.5) + math.log(0.7)) / 3, abs=1e-6)
    assert posterior.predictive.mean == posterior.average.mean


def test_records_take_the_place_of_an_assumption_and_a_date_gives_it_back() -> None:
    techniques = {"t": technique(assumed={"cost": GUESS})}
    effects = [effect(0.4, outcome="cost", year=2025)]
    now, before = (synthesise(effects, techniques, SETTINGS, Context(as_of=date)) for date in ((2026, 1), (2024, 12)))
    assert now.posteriors["t", "cost"].basis == "complete"
    assert before.posteriors["t", "cost"].basis == "assumed"


@pytest.mark.parametrize("size", [0.0, -7.0, math.nan, math.inf])
def test_impossible_models_are_refused(size: float) -> None:
    with pytest.raises(ValueError, match="parameters"):
        Context(params_b=size)


def test_without_evidence_and_assumption_there_is_no_posterior() -> None:
    found = synthesise([], TECHNIQUES, SETTINGS)
    assert dict(found.posteriors) == {}
    assert found.get("t", "quality") is None


def test_fields_are_worked_out_once_when_they_are_asked_for() -> None:
    asked: list[str] = []

    def judged() -> Certainty:
        asked.append("certainty")
        return Certainty(level="low", domains=())

    whole = quality([effect(0.4)])
    now = {field.name: getattr(whole, field.name) for field in fields(whole) if field.name != "certainty"}
    posterior = Posterior.on_demand({"certainty": judged}, **now)
    assert (posterior.average, asked) == (whole.average, [])
    assert posterior.certainty.level == "low"
    assert (posterior.certainty.level, asked) == ("low", ["certainty"])
    assert replace(posterior, basis="assumed").certainty is posterior.certainty
    with pytest.raises(AttributeError, match="no field 'certain'"):
        getattr(posterior, "certain")  # noqa: B009  (a checker of types would refuse it)


def test_a_posterior_can_be_sent_to_another_process() -> None:
    sent = pickle.loads(pickle.dumps(quality([effect(0.4)])))
    again = quality([effect(0.4)])
    assert {one.name for one in fields(again)} == set(sent.__dict__)
    assert (sent.certainty, sent.records, sent.tau_source) == (again.certainty, again.records, again.tau_source)
    assert (sent.average.mean, sent.average.sd) == (again.average.mean, again.average.sd)


def test_only_the_outcomes_asked_for() -> None:
    effects = [effect(0.4), effect(0.1, outcome="latency", number=1)]
    found = synthesise(effects, TECHNIQUES, SETTINGS, outcomes={"latency"})
    assert list(found.posteriors) == [("t", "latency")]
    assert synthesise(effects, TECHNIQUES, SETTINGS).posteriors["t", "latency"].average.mean == pytest.approx(
        found.posteriors["t", "latency"].average.mean, rel=1e-12
    )


def test_detail_adds_what_stands_beside_and_changes_nothing_else() -> None:
    techniques = {
        "t": technique(
            question=Question(subtypes=("a", "b")),
            sub_rows=(
                SubRow(id="a", name="A", subtypes=("a",)),
                SubRow(id="b", name="B", subtypes=("b",)),
                SubRow(id="none", name="None", subtypes=("none",)),
            ),
        )
    }
    effects = [effect(0.8, source=f"a{k}", subtype="a") for k in range(4)]
    effects += [effect(-0.2, source=f"b{k}", subtype="b") for k in range(4)]
    plain, detailed = (synthesise(effects, techniques, SETTINGS, detail=detail) for detail in (False, True))
    one, other = plain.posteriors["t", "quality"], detailed.posteriors["t", "quality"]
    assert one.average.means.tobytes() == other.average.means.tobytes()
    assert (one.sensitivity, dict(one.sub_rows)) == ((), {})
    assert sorted(other.sub_rows) == ["a", "b"]
    assert other.sub_rows["a"].average.mean > 0.6
    assert other.sub_rows["b"].average.mean < 0.0
    assert -0.2 < other.average.mean < 0.8


made = st.builds(
    lambda estimate, se, source, number, **fields: effect(estimate, se, source=f"s{source}", number=number, **fields),
    st.floats(-8, 8),
    st.floats(1e-3, 8),
    st.integers(0, 3),
    st.integers(0, 10**9),
    independence=st.sampled_from(["authors", "vendor", "rival", "independent"]),
    task_family=st.sampled_from(["math", "code", "chat"]),
    params_b=st.none() | st.floats(0.01, 1e4),
    selection=st.sampled_from(["complete", "picked"]),
    doubtful=st.booleans(),
    year=st.none() | st.integers(1990, 2030),
    outcome=st.sampled_from(["quality", "cost", "throughput"]),
)
contexts = st.builds(
    Context,
    task_family=st.none() | st.sampled_from(["math", "poetry"]),
    params_b=st.none() | st.floats(0.01, 1e4),
    as_of=st.none() | st.tuples(st.integers(1990, 2030), st.integers(1, 12)),
)


@settings(max_examples=40)
@given(st.lists(made, max_size=9, unique_by=lambda one: one.record.id), contexts, st.randoms())
def test_any_evidence_gives_proper_posteriors_whatever_its_order(
    effects: list[Effect], context: Context, chance: random.Random
) -> None:
    found = synthesise(effects, TECHNIQUES, SETTINGS, context, detail=True)
    shuffled = effects.copy()
    chance.shuffle(shuffled)
    again = synthesise(shuffled, TECHNIQUES, SETTINGS, context, detail=True)
    assert list(again.posteriors) == list(found.posteriors)
    for key, posterior in found.posteriors.items():
        figures = [posterior.average.mean, posterior.average.sd, posterior.predictive.sd, posterior.discount]
        figures += [end for row in posterior.sensitivity for end in (row.average.low, row.average.high)]
        assert np.isfinite(figures).all()
        assert posterior.predictive.sd >= posterior.average.sd * (1 - 1e-9)
        assert "nan" not in "".join(domain.reason for domain in posterior.certainty.domains)
        other = again.posteriors[key]
        assert posterior.average.means.tobytes() == other.average.means.tobytes()
        assert posterior.predictive.sds.tobytes() == other.predictive.sds.tobytes()
        assert posterior.certainty == other.certainty
        assert posterior.sensitivity == other.sensitivity


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({"mean_sd": -1}, "mean_sd"),
        ({"tau": 1}, "unknown prior 'tau'"),
        ({"shape": {"multipliers": [1.0], "weights": [0.5]}}, "sum to 1"),
        ({"shape": [1]}, "table"),
        ({"mean": True}, "number"),
    ],
)
def test_priors_that_cannot_be_used(priors: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        synthesise([], TECHNIQUES, msgspec.structs.replace(SETTINGS, priors=priors))


def test_a_packs_priors_are_used() -> None:
    tight = msgspec.structs.replace(SETTINGS, priors={"mean": 1.0, "mean_sd": 0.01})
    posterior = synthesise([effect(0.0, 0.5)], TECHNIQUES, tight).posteriors["t", "quality"]
    assert posterior.average.mean == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("outcome", "towards"), [("throughput", 1.0), ("latency", -1.0)])
def test_those_who_gain_are_never_taken_for_modest(outcome: str, towards: float) -> None:
    """Of other techniques' sources the interested report less of a gain; who has none but them is not raised for it."""
    effects: list[Effect] = []
    for name in ("a", "b", "c", "d"):
        for k in range(8):
            vendor = k % 2 == 0
            effects.append(
                effect(
                    towards * (0.3 if vendor else 0.9), 0.05, technique=name, source=f"{name}{k}", outcome=outcome,
                    unit="seconds", baseline=1.0, treated=1.0, independence="vendor" if vendor else "independent",
                )
            )  # fmt: skip
    effects += [
        effect(towards * (0.5 + 0.02 * k), 0.05, technique="alone", source=f"v{k}", outcome=outcome, unit="seconds",
               baseline=1.0, treated=1.0, independence="vendor")
        for k in range(4)
    ]  # fmt: skip
    techniques = {name: technique(name) for name in ("a", "b", "c", "d", "alone")}
    found = synthesise(effects, techniques, SETTINGS, outcomes=[outcome]).posteriors["alone", outcome]  # type: ignore[index, list-item]
    assert towards * found.average.mean <= 0.56
    assert towards * found.discount >= -1e-3
