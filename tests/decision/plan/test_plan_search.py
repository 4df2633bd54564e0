"""The search finds what brute force finds, and never breaks a limit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.plan.naive import all_sets, coherent, naive_amounts, naive_best, naive_net_benefit, problems
from pace import timed
from tierproof.decision.plan import search
from tierproof.decision.plan.candidate import Candidate, combine
from tierproof.decision.plan.limits import Limits, takes
from tierproof.decision.plan.relaxation import Range, Relaxation
from tierproof.decision.plan.schedule import finish_weeks
from tierproof.decision.plan.search import Solver
from tierproof.decision.reader.profile import Profile
from tierproof.errors import InputError

# Both sides add a few dozen products of doubles, in different orders: 1e-9 relative is ten thousand roundings.
SAME = {"rel": 1e-9, "abs": 1e-6}


@given(problems(most=7))
@settings(max_examples=100)
def test_the_best_sets_are_those_of_brute_force(problem: tuple) -> None:
    candidates, profile, damping, limits = problem
    expected = naive_best(candidates, profile, damping, limits)
    found = Solver(candidates, profile, damping).best(limits, 3)
    assert found.gap == 0.0
    assert [item.net_benefit for item in found.sets] == pytest.approx([value for value, _ in expected[:3]], **SAME)
    if len(expected) > 1 and expected[0][0] - expected[1][0] > 1e-6:
        assert frozenset(found.sets[0].members) == expected[0][1]


@given(problems(), st.integers(1, 3))
@settings(max_examples=60)
def test_no_limit_is_ever_exceeded(problem: tuple, team: int) -> None:
    """And with several at work, whose schedules no sum foretells, the best set is still found."""
    candidates, profile, damping, limits = problem
    limits = Limits(budget=limits.budget, one_off=limits.one_off, weeks=limits.weeks, latency=limits.latency, team=team)
    by_id = {item.id: item for item in candidates}
    found = Solver(candidates, profile, damping).best(limits, 5).sets
    for planned in found:
        chosen = [by_id[name] for name in planned.members]
        amounts = naive_amounts(chosen, profile) | {"weeks": finish_weeks(chosen, team)}
        assert coherent(chosen)
        for name in limits.stated():
            assert amounts[name] <= getattr(limits, name) * (1 + 1e-12) + 1e-9
    in_time = [
        value
        for value, members in naive_best(candidates, profile, damping, limits.without("weeks"))
        if limits.weeks is None or finish_weeks([by_id[name] for name in members], team) <= limits.weeks
    ]
    assert [item.net_benefit for item in found] == pytest.approx(in_time[:5], **SAME)


@given(problems(least=4, most=7))
@settings(max_examples=60)
def test_where_the_search_stops_early_the_stated_gap_holds(problem: tuple) -> None:
    candidates, profile, damping, limits = problem
    expected = naive_best(candidates, profile, damping, limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "RANGES", 1)
        patch.setattr(search, "PLANES", 1)
        found = Solver(candidates, profile, damping).best(limits, 2)
    assert bool(found.sets) == bool(expected)
    if expected:
        best, reached = expected[0][0], found.sets[0].net_benefit
        assert reached <= best + 1e-6
        assert best <= reached + found.gap + 1e-6


@given(problems(least=1, most=5), st.data())
@settings(max_examples=100)
def test_planes_lie_above_every_set_of_their_range(problem: tuple, data: st.DataObject) -> None:
    """At any point, for any range, and narrowed to sets better than any that is asked for."""
    candidates, profile, damping, _ = problem
    size = len(candidates)
    inside = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    open_ = ~inside & np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    every = [np.array(chosen) for chosen in itertools.product([False, True], repeat=size)]
    sets = [chosen for chosen in every if (open_ | (inside == chosen)).all()]
    found = [combine([candidates[k] for k in np.flatnonzero(chosen)], profile, damping) for chosen in sets]
    values = [float(joint.net_benefit.mean()) for joint in found]
    range_ = Range(Relaxation(candidates, profile, damping), inside, open_)
    shares = st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0]), min_size=int(open_.sum()), max_size=int(open_.sum()))
    asked = -np.inf
    for _ in range(3):
        plane = range_.plane(np.array(data.draw(shares)))
        for chosen, joint, value in zip(sets, found, values, strict=True):
            taken = chosen[open_]
            near = 1e-9 * (1.0 + abs(value) + float(np.abs(joint.added_cost).mean()))
            if value >= asked:
                assert plane.value.constant + plane.value.slopes @ taken >= value - near
            assert plane.added.constant + plane.added.slopes @ taken <= joint.added_cost.mean() + near
            assert plane.latency.constant + plane.latency.slopes @ taken <= joint.latency.mean() * (1 + 1e-9)
        asked = max(asked, data.draw(st.sampled_from(values)))
        range_.narrow(plane.value.slopes, asked - plane.value.constant)


def test_a_plane_touches_the_set_at_which_it_is_drawn() -> None:
    """Above the middle of the curve nothing is lost there: all log odds of these two are at least those of 70 %."""
    pair = [
        Candidate(
            id=name,
            theta=np.array([0.2, gain]),
            cost=np.array([1.1, 1.3]),
            latency=np.array([0.9, 1.2]),
            running=np.array([1.0, 3.0]),
            one_off=np.array([100.0, 300.0]),
            days=1.0,
            weeks=1.0,
        )
        for name, gain in (("a", 0.7), ("b", 1.4))
    ]
    profile, damping = Profile(latency_price=0.01), 0.6
    everyone = np.ones(2, dtype=bool)
    plane = Range(Relaxation(pair, profile, damping), ~everyone, everyone).plane(np.ones(2))
    both = combine(pair, profile, damping)
    assert plane.value.constant + plane.value.slopes.sum() == pytest.approx(float(both.net_benefit.mean()), **SAME)
    assert plane.added.constant + plane.added.slopes.sum() == pytest.approx(float(both.added_cost.mean()), **SAME)
    assert plane.latency.constant + plane.latency.slopes.sum() == pytest.approx(float(both.latency.mean()), **SAME)


def spread_out(size: int, draws: int, seed: int) -> list[Candidate]:
    numbers = np.random.default_rng(seed)
    return [
        Candidate(
            id=f"c{k:02d}",
            theta=numbers.normal(numbers.normal(0.2, 0.4), 0.3, draws),
            cost=np.exp(numbers.normal(0.1, 0.2, draws)),
            latency=np.exp(numbers.normal(0.0, 0.2, draws)),
            running=numbers.uniform(0, 400, draws),
            one_off=numbers.uniform(0, 5_000, draws),
            days=1.0,
            weeks=1.0,
        )
        for k in range(size)
    ]


@pytest.mark.parametrize("limits", [Limits(), Limits(weeks=4.0), Limits(one_off=6_000.0, latency=4.0)])
def test_forty_candidates_are_all_accounted_for(limits: Limits) -> None:
    """2^40 sets; no neighbour of the best one is better, and the search says that none at all is."""
    candidates = spread_out(40, 64, 5)
    solver = Solver(candidates, Profile(), 0.6)
    found = solver.best(limits)
    (best,) = found.sets
    assert found.gap == 0.0 and solver.method(found).startswith("exact")
    everyone, members = frozenset(solver.candidates), frozenset(best.members)
    near = [members ^ {name} for name in everyone] + [members - {a} | {b} for a in members for b in everyone - members]
    values = [planned.net_benefit for other in near if (planned := solver.planned(other, limits))]
    assert max(values) <= best.net_benefit


def test_a_search_that_stops_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "RANGES", 2)
    solver = Solver(spread_out(30, 16, 6), Profile(), 0.6)
    found = solver.best(Limits(one_off=10_000.0))
    assert found.gap > 0.0 and "the gap to the best possible is proven" in solver.method(found)


@given(problems(least=1, most=4))
@settings(max_examples=60)
def test_a_joint_effect_follows_its_definition(problem: tuple) -> None:
    candidates, profile, damping, _ = problem
    for chosen in all_sets(candidates):
        value = float(combine(chosen, profile, damping).net_benefit.mean())
        assert value == pytest.approx(naive_net_benefit(chosen, profile, damping), **SAME)


@pytest.mark.parametrize(
    ("damping", "dear", "last"),
    [
        (0.0, 20_000.0, 5_000.0),  # gains do not add up: the cheapest of the three
        (1.0, 3_000.0, 0.0),  # gains add up: all three
        (0.5, 3_000.0, 300_000.0),  # two of them, as the third is ruinous too
    ],
)
def test_a_bound_counts_every_gain_that_may_still_come(damping: float, dear: float, last: float) -> None:
    """The strongest excludes three weaker ones, which beat it together or by their price: a bound that forgets any of
    their gains drops them."""
    rest: Any = {"cost": np.ones(1), "latency": np.ones(1), "one_off": np.zeros(1), "days": 1.0, "weeks": 1.0}
    weak = [
        Candidate(id=name, theta=np.array([theta]), running=np.array([running]), **rest)
        for name, theta, running in (("b", 0.90, 0.0), ("c", 0.91, 0.0), ("d", 0.92, last))
    ]
    strong = Candidate(id="strong", theta=np.array([1.0]), running=np.array([dear]), excludes=frozenset("bcd"), **rest)
    ruinous = [Candidate(id=name, theta=np.array([0.95]), running=np.array([1e9]), **rest) for name in ("x", "y")]
    candidates = [strong, *ruinous, *weak]
    profile = Profile(requests_per_month=1_000_000, value_per_success=1.0)
    expected = naive_best(candidates, profile, damping, Limits())[0][0]
    assert Solver(candidates, profile, damping).best(Limits()).sets[0].net_benefit == pytest.approx(expected, **SAME)


def one(name: str, weeks: float, *, requires: frozenset[str] = frozenset()) -> Candidate:
    still = np.ones(1)
    return Candidate(
        id=name,
        theta=np.zeros(1),
        cost=still,
        latency=still,
        running=np.zeros(1),
        one_off=np.zeros(1),
        days=1.0,
        weeks=weeks,
        requires=requires,
    )


@pytest.mark.parametrize(
    ("team", "weeks"),
    [
        (1, 10.0),  # one after another: 4 + 3 + 2 + 1
        (2, 5.0),  # 4 + 1 beside 3 + 2
        (9, 4.0),  # all at once: the longest
    ],
)
def test_weeks_add_up_or_overlap_by_team(team: int, weeks: float) -> None:
    assert finish_weeks([one("a", 4), one("b", 3), one("c", 2), one("d", 1)], team) == weeks


def test_what_is_required_is_finished_first_however_large_the_team() -> None:
    assert finish_weeks([one("a", 4), one("b", 3, requires=frozenset({"a"}))], 5) == 7.0


def test_the_empty_set_is_a_plan_and_beats_all_that_lose() -> None:
    loses = Candidate(
        id="x",
        theta=np.array([-1.0]),
        cost=np.array([2.0]),
        latency=np.array([2.0]),
        running=np.array([10.0]),
        one_off=np.array([10.0]),
        days=1.0,
        weeks=1.0,
    )
    (best,) = Solver([loses], Profile(), 0.6).best(Limits()).sets
    assert best.members == () and best.net_benefit == 0.0


def test_nothing_keeps_a_latency_below_what_any_set_reaches() -> None:
    assert Solver([one("a", 1)], Profile(latency_seconds=4.0), 0.6).best(Limits(latency=3.9)).sets == ()


def test_extreme_draws_neither_overflow_nor_hide_the_answer() -> None:
    """Appraisals keep draws within e^20; twenty of those multiply to e^400, beyond double precision."""
    numbers = np.random.default_rng(5)
    wild = [
        Candidate(
            id=f"w{k:02d}",
            theta=numbers.choice([-20.0, 20.0], 32),
            cost=np.exp(numbers.choice([-20.0, 20.0], 32)),
            latency=np.exp(numbers.choice([-20.0, 20.0], 32)),
            running=np.zeros(32),
            one_off=np.zeros(32),
            days=1.0,
            weeks=1.0,
        )
        for k in range(11)
    ]
    good = Candidate(
        id="good",
        theta=np.full(32, 1.0),
        cost=np.ones(32),
        latency=np.ones(32),
        running=np.zeros(32),
        one_off=np.zeros(32),
        days=1.0,
        weeks=1.0,
    )
    with np.errstate(all="raise", under="ignore"):
        (best,) = Solver([*wild, good], Profile(), 0.6).best(Limits()).sets
    assert best.members == ("good",)


def test_twenty_candidates_take_seconds_at_most_and_agree_with_a_coarse_brute_force() -> None:
    """The aim is 2 s; the test allows 10 s of processor time.  The expected set is found by
    evaluating all 2^20 sets in double precision, by doubling over candidates, on 8 draws."""
    draws = 8
    candidates = spread_out(20, draws, 11)
    profile, damping = Profile(), 0.6
    (best,), seconds = timed(lambda: Solver(candidates, profile, damping).best(Limits()).sets)

    sums = np.zeros((3, 1, draws))  # gains, losses, largest gain
    products = np.ones((2, 1, draws))
    spent = np.zeros((1, draws))
    for item in candidates:
        gain, loss = np.maximum(item.theta, 0), np.minimum(item.theta, 0)
        grown = np.stack([sums[0] + gain, sums[1] + loss, np.maximum(sums[2], gain)])
        sums = np.concatenate([sums, grown], axis=1)
        products = np.concatenate([products, products * np.stack([item.cost, item.latency])[:, None, :]], axis=1)
        spent = np.concatenate([spent, spent + item.running + item.one_off / profile.horizon_months])
    theta = sums[1] + damping * sums[0] + (1 - damping) * sums[2]
    odds = profile.baseline_success / (1 - profile.baseline_success)
    success = 1 / (1 + np.exp(-theta) / odds)
    month = profile.requests_per_month
    value = (
        month * profile.value_per_success * (success - profile.baseline_success)
        - month * profile.cost_per_request * (products[0] - 1)
        - month * profile.latency_price * profile.latency_seconds * (products[1] - 1)
        - spent
    ).mean(axis=1)
    mask = int(value.argmax())
    assert best.members == tuple(f"c{k:02d}" for k in range(20) if mask >> k & 1)
    assert best.net_benefit == pytest.approx(float(value[mask]), **SAME)
    assert seconds < 10


def test_impossible_limits_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        Limits(budget=-1.0, weeks=float("nan"), team=0)
    assert {problem.field for problem in caught.value.problems} == {"budget", "weeks", "team"}


def test_what_a_plan_is_likely_to_keep_is_counted_draw_by_draw() -> None:
    item = Candidate(
        id="x",
        theta=np.zeros(4),
        cost=np.ones(4),
        latency=np.ones(4),
        running=np.array([0.0, 10.0, 20.0, 30.0]),
        one_off=np.array([5.0, 5.0, 5.0, 50.0]),
        days=1.0,
        weeks=1.0,
    )
    amounts = takes([item], Profile(), 0.6, Limits(budget=20.0, one_off=20.0))
    assert amounts.budget == 15.0
    assert amounts.keeps == 0.75  # the fourth draw breaks both limits
