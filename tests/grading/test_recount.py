"""Random people under the worked scheme, graded again by a plain reading of its words.

The recount knows nothing of the engine: figures as decimals of points, one `if` a rule.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ladders import QUARTERS, changed, graded, manager, scores

from cmopt.domain.scheme import Scheme

FOLDS = ("mean", "last", "weighted")
WEIGHTS = [Fraction(n, 10) for n in (1, 2, 3, 4)]
LADDER = ("top_1", "top_2", "base_1", "starter")
TIER = {"top_1": "senior", "top_2": "intermediate", "base_1": "junior", "starter": None}


def scheme_of(fold: str, quarter: str, missing: str) -> Scheme:
    weights = 'weights = ["10%", "20%", "30%", "40%"]' if fold == "weighted" else ""
    return changed(
        ('fold = "mean" ', f'fold = "{fold}"\n{weights}\n#'),
        ('missing_quarter = "mean_of_present"', f'missing_quarter = "{quarter}"'),
        ('missing = "renormalise"', f'missing = "{missing}"'),
    )


SCHEMES = {
    (fold, quarter, missing): scheme_of(fold, quarter, missing)
    for fold in FOLDS
    for quarter in ("zero", "mean_of_present")
    for missing in ("zero", "renormalise")
}

marks = st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=4, max_size=4)
figures = st.lists(st.one_of(st.none(), st.integers(0, 250)), min_size=4, max_size=4)
people = st.fixed_dictionaries({
    "supervisor": marks.filter(lambda m: any(n is not None for n in m)),
    "complaints": marks,
    "deposits": figures,
    "clients": st.tuples(st.integers(0, 60), st.integers(0, 60)),
    "profit": st.tuples(st.integers(0, 250), st.integers(0, 60)),
    "held": st.sampled_from([("post", "credit"), ("post",), ("credit",), ()]),
    "before": st.sampled_from([None, "top_1", "top_2", "base_1"]),
    "probation": st.booleans(),
    "breach": st.sampled_from([False, False, False, True]),
})  # fmt: skip


def year_of(four: list[Any], how: str, quarter: str) -> Fraction | None:
    """One figure of four quarters; None without any."""
    if all(n is None for n in four):
        return None
    pairs = [(Fraction(0 if n is None else n), w, n is None) for n, w in zip(four, WEIGHTS, strict=True)]
    if quarter == "mean_of_present":
        pairs = [p for p in pairs if not p[2]]
    if how == "last":
        return pairs[-1][0]
    if how == "weighted":
        return sum((n * w for n, w, _ in pairs), Fraction(0)) / sum(w for _, w, _ in pairs)
    mean = sum((n for n, _, _ in pairs), Fraction(0)) / len(pairs)
    return mean * 4 if how == "sum" else mean


def near(value: Fraction) -> Fraction:
    """To the nearest millionth, halves up."""
    return Fraction((value * 1_000_000 + Fraction(1, 2)) // 1, 1_000_000)


def recounted(
    who: dict[str, Any], fold: str, quarter: str, missing: str
) -> tuple[Fraction, Fraction, Fraction]:
    """(total, points of service, profit)."""
    deposits = year_of(who["deposits"], "sum", quarter)
    first = Fraction(0) if deposits is None else min(Fraction(100), near(deposits * 100 / 500))
    grown = who["clients"][1] - who["clients"][0]
    second = Fraction(100 if grown >= 20 else 70 if grown >= 10 else 40 if grown >= 0 else 0)
    profit = Fraction(who["profit"][0] - who["profit"][1])
    third = min(Fraction(100), max(Fraction(0), Fraction(10 + profit // 2)))
    business = near((first * 50 + second * 30 + third * 20) / 100)
    boss, clients = (year_of(who[s], fold, quarter) for s in ("supervisor", "complaints"))
    assert boss is not None
    if clients is None and missing == "renormalise":
        service = near(20 * boss / 100)
    else:
        service = near(14 * boss / 100 + 6 * (clients or Fraction(0)) / 100)
    return near(business * 60 / 100) + near(service / 20 * 40), service, profit


def stands(
    who: dict[str, Any], total: Fraction, service: Fraction, profit: Fraction
) -> tuple[str | None, bool]:
    """(rung, on probation)."""
    if who["breach"]:
        return None, False

    def has(rung: str) -> bool:
        if rung == "starter" or "post" not in who["held"]:
            return False
        top = "credit" in who["held"] and profit >= 40
        return rung == "base_1" or (top and (rung == "top_2" or service >= 16))

    marks = {"top_1": 85, "top_2": 75, "base_1": 60}
    at = next((n for n, r in enumerate(LADDER[:3]) if total >= max(marks[r], 60) and has(r)), 4)
    before = LADDER.index(who["before"]) if who["before"] else None
    place = at
    if before is None:
        place = max(at, 2)
    else:
        place = max(place, before - 1)
        if before + 1 <= 3:
            place = min(place, before + 1)
        if who["probation"] and total < 70:
            place = max(place, before + 1)
    while place < 4 and not has(LADDER[place]):
        place += 1
    if place >= 4:
        return None, False
    return LADDER[place], before is None or place < before


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SCHEMES)), people)
def test_points_and_rungs_against_a_plain_reading(how: tuple[str, str, str], who: dict[str, Any]) -> None:
    person = manager(
        said=[*scores("supervisor", *who["supervisor"]), *scores("complaints", *who["complaints"])],
        deposits=tuple(who["deposits"]),
        clients=dict(zip(("2024", "2025"), who["clients"], strict=True)),
        profit=who["profit"],
        held=who["held"],
        before=who["before"],
        **({} if who["before"] is None else {"probation": who["probation"]}),
        serious_breach=who["breach"],
    )
    found = graded(person, scheme=SCHEMES[how])["E1"]
    total, service, profit = recounted(who, *how)
    rung, probation = stands(who, total, service, profit)
    assert Fraction(found.total or 0, 1_000_000) == total
    assert (found.rung, found.probation) == (rung, probation)
    tier = None if rung is None else "provisional" if probation else TIER[rung]
    assert found.tier == tier
    assert sum(n or 0 for n in found.parts.values()) == found.total
    assert set(found.quarters) == set(QUARTERS)


@settings(max_examples=40, deadline=None)
@given(st.lists(people, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_nobodys_points_depend_on_the_others_or_on_row_order(crowd: list[dict[str, Any]], rng: Any) -> None:
    staff = [
        manager(
            f"E{n}",
            said=[*scores("supervisor", *who["supervisor"]), *scores("complaints", *who["complaints"])],
            deposits=tuple(who["deposits"]),
            held=who["held"],
            before=who["before"],
            **({} if who["before"] is None else {"probation": who["probation"]}),
        )
        for n, who in enumerate(crowd)
    ]
    scheme = SCHEMES["mean", "zero", "zero"]
    together = graded(*staff, scheme=scheme)
    rng.shuffle(staff)
    assert graded(*staff, scheme=scheme) == together
    for person in staff:
        alone = graded(person, scheme=scheme)[person.staff_id]
        both = together[person.staff_id]
        assert (alone.total, alone.rung, alone.tier, alone.reasons) == (
            both.total,
            both.rung,
            both.tier,
            both.reasons,
        )
