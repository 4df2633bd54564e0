"""Figures of a comparison: against scipy, by simulation with known truth, and by what must hold of any."""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tierproof.errors import InputError
from tierproof.experiment.findings.kept.records import Origin
from tierproof.experiment.logs import reader_registry as registry
from tierproof.experiment.logs.evidence import log_records
from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.gate import gate
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.pairs.comparison import Compared, settling, with_holm
from tierproof.experiment.trials.paired import Array, Moments
from tierproof.experiment.trials.student import t_quantile, t_two_sided


def log(path: Path, scores: dict[str, list[float]], *, tries: int = 1) -> Path:
    """A table of systems; item `i` stands in `tries` rows that follow each other."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "system", "score"])
        for system, values in scores.items():
            writer.writerows([f"q{at // tries}", system, value] for at, value in enumerate(values))
    return path


def compare(path: Path, **choice: object) -> Compared:
    (found,) = import_logs([path], Choice(baseline="a", **choice)).comparisons  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("df", [1, 2, 3.5, 10, 37, 500, 1e6])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.95, 0.975, 0.9999])
def test_t_is_that_of_scipy(df: float, p: float) -> None:
    # Both are good to some 1e-10; the rest is bisection and a continued fraction.
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-8)
    assert t_two_sided(1.7, df) == pytest.approx(2 * stats.t.sf(1.7, df), rel=1e-8)


def test_figures_are_those_of_scipy(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    a, b = rng.random(40).round(3), rng.random(40).round(3)
    found = compare(log(tmp_path / "log.csv", {"a": list(a), "b": list(b)}))
    other = stats.ttest_rel(b, a)
    low, high = other.confidence_interval(0.95)
    # Further out on the side to which they are skewed, by (2 z^2 + 1) / 6 of the skewness over root n (Hall 1983).
    skew = stats.skew(b - a) * (2 * 1.959964**2 + 1) / 6 / math.sqrt(40) * stats.sem(b - a)
    assert found.interval() == pytest.approx((low - max(0, -skew), high + max(0, skew)), rel=1e-6)
    assert found.p_value == pytest.approx(other.pvalue, rel=1e-8)
    won, lost = int((b > a).sum()), int((b < a).sum())
    assert found.p_exact == pytest.approx(stats.binomtest(won, won + lost).pvalue, rel=1e-8)


def test_the_interval_of_repeated_items_holds_the_truth(tmp_path: Path) -> None:
    # 300 worlds of 40 items with a difficulty of their own, tried three times: items are what is drawn, tries are not.
    rng = np.random.default_rng(11)
    held = 0
    worlds = 300
    for world in range(worlds):
        hard = rng.beta(1.0, 1.0, 40).repeat(3)
        a, b = (rng.random(120) < hard).astype(float), (rng.random(120) < 0.8 * hard + 0.2).astype(float)
        found = compare(log(tmp_path / f"{world}.csv", {"a": list(a), "b": list(b)}, tries=3))
        low, high = found.interval() or (0.0, 0.0)
        held += low <= 0.1 <= high  # E[0.2 - 0.2 difficulty] = 0.1
    # 95 % of 300 is 285 with a standard deviation of 3.8: three of them either way.
    assert 273 <= held <= 297


def test_holm_is_that_of_the_textbook(tmp_path: Path) -> None:
    found = compare(log(tmp_path / "log.csv", {"a": [0, 1, 0, 1], "b": [1, 1, 1, 0]}))
    three = with_holm([replace(found, p_value=p) for p in (0.04, 0.01, 0.03)])
    # 3 x 0.01; 2 x 0.03; then no less than that.
    assert [one.p_holm for one in three] == pytest.approx([0.06, 0.03, 0.06])


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 1])), min_size=3, max_size=30))
def test_the_other_way_round_is_the_same_with_the_sign_turned(pairs: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = log(Path(folder) / "log.csv", {"a": [x for x, _ in pairs], "b": [y for _, y in pairs]})
        there = compare(path, treated="b")
        (back,) = import_logs([path], Choice(baseline="b", treated="a")).comparisons
    assert back.difference == pytest.approx(-there.difference)
    assert back.se == pytest.approx(there.se)
    assert back.p_value == pytest.approx(there.p_value)
    turned = {"better": "worse", "worse": "better", "not settled": "not settled"}
    assert back.verdict == turned[there.verdict]
    low, high = there.interval() or (0.0, 0.0)
    assert low <= there.difference <= high
    assert low < high  # never certain


@pytest.mark.parametrize(("items", "margin"), [(250, 0.01), (350, 0.01), (500, 0.01), (300, 0.02), (200, 0.05)])
def test_the_gate_opens_to_what_is_worse_by_its_margin_no_oftener_than_it_says(items: int, margin: float) -> None:
    """A test set that passed whole: each item fails now with the margin's probability, so that few do.

    Without a simulation: by how many fail, binomially.  The normal's end opened in 8 to 15 % of such cases.
    """
    opens = 0.0
    for failed in range(30):
        now = np.ones(items)
        now[:failed] = 0
        moments = Moments.of(np.ones(items), now)
        if moments.gap - moments.reach(-1, 0.05) >= -margin:
            opens += float(stats.binom.pmf(failed, items, margin))
    # Exact but for steps of one item: 5 % is meant.
    assert opens <= 0.0625


MARGIN = 0.02
WORLDS: dict[str, tuple[float, float, Callable[[np.random.Generator, tuple[int, int]], Array]]] = {
    # How many lose half and more, how much the others waver, and how.
    "one in twenty": (0.05, 0.02, lambda rng, size: rng.uniform(-1, 1, size)),
    "one in fifty": (0.02, 0.02, lambda rng, size: rng.uniform(-1, 1, size)),
    "many small": (0.0, 0.05, lambda rng, size: 1 - rng.exponential(1, size)),
    "mixed": (0.1, 0.3, lambda rng, size: rng.uniform(-1, 1, size)),
    "nothing else": (0.12, 0.0, lambda rng, size: np.zeros(size)),
}


@pytest.mark.parametrize("error", [0.05, 0.025])
@pytest.mark.parametrize("items", [8, 20, 60, 200])
@pytest.mark.parametrize("world", WORLDS)
def test_a_system_that_is_worse_by_rare_large_losses_passes_no_oftener_than_is_meant(
    world: str, items: int, error: float
) -> None:
    """All are worse by the margin itself.  Student's t with skewness passes up to 80 % of 8, and 35 % of 60."""
    rare, spread, others = WORLDS[world]
    rng = np.random.default_rng([items, len(world)])
    size = (600, items)
    usual = (rare * 0.75 - MARGIN) / (1 - rare)
    gaps = np.where(rng.random(size) < rare, -rng.uniform(0.5, 1, size), usual + spread * others(rng, size))
    passed = [one.gap - one.reach(-1, error) >= -MARGIN for one in (Moments.of(np.zeros(items), row) for row in gaps)]
    # What is meant, and three standard errors of 600 draws.
    assert np.mean(passed) <= error + 3 * math.sqrt(error * (1 - error) / 600)


def test_the_gate_knows_that_few_graded_items_have_not_shown_all(tmp_path: Path) -> None:
    """An answer in twenty lost whole among others that waver by two points: 3.8 points worse.  Items are asked three
    times, and come alone or in pages of four.  By what twenty such items show alone, a third passed."""
    rng = np.random.default_rng(12)
    passed = {"": 0, "page": 0}
    for draw in range(25):
        lines = ["item,system,score,page"]
        for at in range(20):
            lost = rng.random() < 0.05
            for name in "aab" * 3:
                score = 0.8 + rng.uniform(-0.02, 0.02) - 0.76 * (name == "b" and lost)
                lines.append(f"{at},{name},{score:.4f},{at // 4}")
        path = tmp_path / f"{draw}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for cluster in passed:
            found = compare(path, cluster=cluster or None)
            said = gate([found], [found], margin=MARGIN, confidence=0.95)
            passed[cluster] += said.verdict == "not worse"
            assert found.verdict != "better"
    assert passed == {"": 0, "page": 0}


def test_what_was_not_seen_is_counted_on_the_scale_of_the_scores(tmp_path: Path) -> None:
    """Marks from 1 to 5 that hardly differ say as much as the same put from 0 to 1."""
    rng = np.random.default_rng(9)
    marks = rng.integers(1, 6, 40)
    other = np.clip(marks + 0.01 * rng.normal(size=40), 1, 5)
    ends = []
    for name, scores in (("marks", (marks, other)), ("shares", ((marks - 1) / 4, (other - 1) / 4))):
        low, high = compare(
            log(tmp_path / f"{name}.csv", dict(zip("ab", map(list, scores), strict=True)))
        ).interval() or (0, 0)
        ends.append(high - low)
    assert ends[0] == pytest.approx(4 * ends[1], rel=1e-9)
    # 2.5 % of 40 items on either side.
    assert ends[1] == pytest.approx(2 * (1 - 0.025 ** (1 / 40)), rel=1e-9)


def test_a_closed_gate_asks_for_the_items_that_open_it_to_equal_systems(tmp_path: Path) -> None:
    """Of a small set that nothing changed, and of one in which answers waver: 4 of 60 changed, as many each way."""
    base = [1.0] * 45 + [0.0] * 15
    waver = [0.0] * 2 + base[2:45] + [1.0] * 2 + base[47:]
    same = compare(log(tmp_path / "same.csv", {"a": base, "b": base}))
    other = compare(log(tmp_path / "other.csv", {"a": base, "b": waver}))
    # By hand: a share of 3 % is not seen with exp(-0.03 n) = 5 %; (1.645 + 0.842)^2 var / 0.03^2 items, one-sided 5 %,
    # power 80 %, with a variance of 4 / 59.
    for one, items in (
        (same, math.log(0.05) / -0.03),
        (other, 6.1826 * 4 / 59 / 9e-4),
    ):
        (said,) = gate([one], [one], margin=0.03, confidence=0.95).gated
        needed = settling(one, 0.03, 0.05)
        assert needed == pytest.approx(items, abs=1) and f"on about {needed:,} items, or at a wider margin" in said.why
        assert settling(one, 0.0, 0.05) is None
    # It does: on so many items equal systems pass in 70 to 90 % of 400 draws (standard error 2).
    rng = np.random.default_rng(7)
    changes = rng.choice([0.0, 1.0, -1.0], p=[56 / 60, 2 / 60, 2 / 60], size=(400, needed or 0))
    passed = [Moments.of(np.zeros(len(row)), row) for row in changes]
    assert 0.7 <= np.mean([one.gap - one.reach(-1, 0.05) >= -0.03 for one in passed]) <= 0.9


def test_alike_is_not_certain_and_the_gate_knows(tmp_path: Path) -> None:
    few = compare(log(tmp_path / "few.csv", {"a": [1, 0, 1] * 10, "b": [1, 0, 1] * 10}))
    many = compare(log(tmp_path / "many.csv", {"a": [1, 0, 1] * 1000, "b": [1, 0, 1] * 1000}))
    assert few.se == many.se == 0
    assert gate([few], [few], margin=0.01, confidence=0.95).verdict == "not settled"
    assert gate([many], [many], margin=0.01, confidence=0.95).verdict == "not worse"


def test_a_system_cannot_pass_by_failing(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    right = np.random.default_rng(3).random(3000) < 0.6
    with path.open("w", encoding="utf-8") as file:
        file.write("item,system,score,error\n")
        for at, one in enumerate(right):
            # Alike where it answers, and it does not answer every fourth item.
            file.write(f"q{at},a,{int(one)},\nq{at},b,{'' if at % 4 == 0 else int(one)},{'' if at % 4 else 'down'}\n")
    found = compare(path)
    strict = compare(path, errors_wrong=True)
    assert found.difference == 0
    assert strict.difference < -0.1
    assert gate([found], [found], margin=0.01, confidence=0.95).verdict == "not worse"
    assert gate([found], [strict], margin=0.01, confidence=0.95).verdict == "not settled"


def test_scales_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different scales"):
        compare(log(tmp_path / "log.csv", {"a": [0.2, 0.9, 0.4], "b": [20, 90, 40]}))
    five = compare(log(tmp_path / "five.csv", {"a": [1, 4, 5, 3], "b": [2, 5, 5, 4]}))
    assert five.log_odds is None
    assert five.difference == pytest.approx(0.75)


def test_nan_is_missing(tmp_path: Path) -> None:
    found = compare(log(tmp_path / "log.csv", {"a": [1, float("nan"), 0, 1], "b": [1, 1, 0, 0]}))
    assert (found.pairs, found.paired.sides[0].without_score) == (3, 1)


def test_a_reader_of_somebody_else_is_registered_like_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", dict(registry.readers()))

    @registry.reader("theirs", tried=("1",), recognises=lambda source: "their_score" in source.keys)
    def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
        """Their rows."""
        for place, row in source.records():
            yield Outcome(system=row["who"], id=row["n"], scores={"s": row["their_score"]}, place=place)

    path = tmp_path / "theirs.csv"
    path.write_text("n,who,their_score\n1,a,0\n2,a,1\n1,b,1\n2,b,1\n", encoding="utf-8")
    assert compare(path).difference == pytest.approx(0.5)
    with pytest.raises(ValueError, match="taken"):

        def other(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
            yield from ()

        other.__module__ = "elsewhere"
        registry.reader("theirs", tried=(), recognises=lambda source: False)(other)


@pytest.mark.parametrize(
    ("pairs", "verdict", "opens"), [(2, "not settled", False), (5, "not settled", True), (6, "better", True)]
)
def test_what_chance_alone_may_win_is_not_settled(pairs: int, verdict: str, opens: bool, tmp_path: Path) -> None:
    """All won is no rarer than 2 in 2^n, of one side 1 in 2^n: five pairs say nothing at 95 %, and four at the gate."""
    gains = [0.4 + 0.05 * at for at in range(pairs)]
    found = compare(log(tmp_path / "log.csv", {"a": [0.1] * pairs, "b": [0.1 + one for one in gains]}))
    assert found.verdict == verdict
    assert found.p_exact == pytest.approx(2.0 ** (1 - pairs))
    assert (gate([found], [found], margin=0.01, confidence=0.95).verdict == "not worse") is opens
    assert found.needed is not None
    assert found.needed >= 6


def test_nearly_alike_is_no_more_certain_than_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    base = rng.random(30).round(3) * 0.5
    alike = compare(log(tmp_path / "alike.csv", {"a": list(base), "b": list(base)}))
    nearly = compare(log(tmp_path / "nearly.csv", {"a": list(base), "b": list(base + rng.random(30) * 0.009)}))
    one_apart = [*(base[:29] + 0.001 * rng.random(29)), base[29] + 0.5]
    odd = compare(log(tmp_path / "odd.csv", {"a": list(base), "b": one_apart}))
    # One item won and one lost are counted beside them: sqrt(2) / n.
    assert alike.reach == nearly.reach == odd.reach == pytest.approx(2**0.5 / 30)
    far = compare(log(tmp_path / "far.csv", {"a": list(base), "b": list(base + rng.random(30) * 0.03)}))
    assert far.reach == far.se
    assert nearly.log_odds is not None
    assert far.log_odds is not None
    assert nearly.log_odds.se > far.log_odds.se


def test_one_item_far_out_hides_no_difference_of_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    base = [*rng.normal(12, 1, 59), 5000.0]
    other = [*(np.array(base[:59]) + rng.normal(1, 0.2, 59)), 5001.0]
    found = compare(log(tmp_path / "log.csv", {"a": base, "b": other}))
    assert found.reach == found.se
    assert found.verdict == "better"


def test_clusters_widen_all_that_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    path = tmp_path / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "system", "score", "seconds", "page"])
        for page in range(12):
            # All items of a page go one way, times too.
            better, slower = int(rng.random() < 0.7), float(rng.random())
            for at in range(10):
                writer.writerow([f"{page}-{at}", "a", at % 2, 1.0, page])
                writer.writerow([f"{page}-{at}", "b", better or at % 2, 1.0 + slower, page])
    plain, grouped = compare(path), compare(path, cluster="page")
    assert plain.p_exact is not None
    assert grouped.p_exact is None
    for name in ("log_odds", "latency"):
        one, other = getattr(plain, name), getattr(grouped, name)
        assert other.value == one.value
        assert other.se > 2 * one.se
    # Ten items of one page's time are one: as of twelve pages.
    pages = tmp_path / "pages.csv"
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if not line[0].isdigit() or "-0," in line]
    pages.write_text("\n".join(rows) + "\n", encoding="utf-8")
    alone = compare(pages)
    assert grouped.latency is not None
    assert alone.latency is not None
    assert grouped.latency.se == pytest.approx(alone.latency.se, rel=1e-9)


def _clustered(path: Path, clusters: int, rows: Callable[[int, int], tuple[int, int]]) -> Path:
    """Four items a cluster, with the scores of both systems by cluster and place within it."""
    lines = ["item,system,score,page"]
    for page in range(clusters):
        for at in range(4):
            lines += [f"{page}-{at},{name},{score},{page}" for name, score in zip("ab", rows(page, at), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _pages(path: Path, rng: np.random.Generator, sizes: list[int]) -> Path:
    """Two systems that are as good: pages lean to one or the other, with two items in five that differ."""
    lines = ["item,system,score,page"]
    for page, size in enumerate(sizes):
        lean = rng.choice([0, 1])
        for at in range(size):
            wins = int(rng.random() < 0.9) == lean
            a, b = (int(wins), int(not wins)) if rng.random() < 0.4 else (1, 1)
            lines += [f"{page}-{at},a,{a},{page}", f"{page}-{at},b,{b},{page}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_one_page_among_many_that_holds_half_of_the_items_is_no_proof(tmp_path: Path) -> None:
    """Equal systems came out as better or worse in 29 of 100 when 20 pages counted alike, whatever they hold."""
    rng = np.random.default_rng(20)
    found = [compare(_pages(tmp_path / f"{at}.csv", rng, [40] + [2] * 19), cluster="page") for at in range(40)]
    assert sum(one.verdict != "not settled" for one in found) == 0
    # As many pages of one size: 78^2 / (40^2 + 19 * 2^2) = 3.6.
    assert {one.clusters for one in found} == {20} and found[0].df == pytest.approx(78**2 / (40**2 + 19 * 4) - 1)


def test_the_error_of_unlike_clusters_is_that_of_leaving_them_out_in_turn(tmp_path: Path) -> None:
    path = _pages(tmp_path / "unlike.csv", np.random.default_rng(3), [3, 1, 8, 5, 2, 9, 4])
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    gaps = np.array([int(b[2]) - int(a[2]) for a, b in zip(rows[::2], rows[1::2], strict=True)])
    page = np.array([int(a[3]) for a in rows[::2]])
    left = np.array([gaps[page != each].mean() for each in range(7)])
    # The jackknife by its definition, around the whole mean.
    assert compare(path, cluster="page").se == pytest.approx(math.sqrt(6 / 7 * ((left - gaps.mean()) ** 2).sum()))


def test_one_cluster_says_nothing_of_how_sure_it_is(tmp_path: Path) -> None:
    one = compare(_clustered(tmp_path / "one.csv", 1, lambda page, at: (0, int(at > 0))), cluster="page")
    assert (one.difference, one.clusters) == (0.75, 1)
    assert one.shares
    assert (one.interval(), one.p_value, one.log_odds, one.detectable) == (None, None, None, None)
    assert one.verdict == "not settled"
    with pytest.raises(InputError, match="one cluster of pairs"):
        log_records(one, "rag", Origin(workload="w", setting="lab", year=2026))


def test_clusters_that_come_out_alike_are_no_certainty(tmp_path: Path) -> None:
    # One item in four is won on every page: the clusters' sums do not differ, the items do.
    path = _clustered(tmp_path / "alike.csv", 8, lambda page, at: (page % 2 * (at > 0), page % 2 or int(at == 0)))
    plain, grouped = compare(path), compare(path, cluster="page")
    assert grouped.se == pytest.approx(0, abs=1e-12)
    assert grouped.reach == pytest.approx(plain.reach)
    ends = grouped.interval()
    assert ends is not None
    assert ends[1] - ends[0] > 0.3


def test_few_clusters_widen_the_odds_ratio_as_student_t_does(tmp_path: Path) -> None:
    def rows(page: int, at: int) -> tuple[int, int]:
        return at % 2, int(page > 0 or at > 1)

    grouped = compare(_clustered(tmp_path / "few.csv", 3, rows), cluster="page")
    plain = compare(tmp_path / "few.csv")
    assert grouped.se is not None
    assert plain.se is not None
    assert grouped.log_odds is not None
    assert plain.log_odds is not None
    # t of two degrees of freedom at 97.5 %, from a printed table: 4.303; of the normal: 1.960.
    wider = max(1.0, grouped.se / plain.se) * 4.303 / 1.960
    assert grouped.log_odds.se == pytest.approx(plain.log_odds.se * wider, rel=2e-2)
