"""The worked example by hand: points of each kind of item, needs, movement, probation, who stands outside."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from exam import fixed
from ladders import changed, graded, manager, results, scores

from cmopt.domain.grade import Grade
from cmopt.domain.roster import CertificateHeld, Mark, Standing
from cmopt.domain.scheme import Scheme
from cmopt.errors import InputError

WORKED = changed()
FULL = scores("supervisor", 100, 100, 100, 100), scores("complaints", 100, 100, 100, 100)


def one(scheme: Scheme = WORKED, **more: Any) -> Grade:
    return graded(manager(**more), scheme=scheme)["E1"]


def said(grade: Grade) -> str:
    return "; ".join(m.render("en") for m in grade.reasons)


# --- three people, every figure by hand ----------------------------------------------------------------


def test_full_marks() -> None:
    """Deposits 500 of 500, clients +30, profit 200: 100, 100, 10 + 100 capped at 100; service 20 of 20."""
    found = one()
    assert found.parts == {"business": fixed(60), "service": fixed(40)}
    assert (found.total, found.rank, found.rung, found.tier) == (fixed(100), 1, "top_1", "senior")


def test_a_middling_manager() -> None:
    """Deposits 60 + 90 + 80 + 70 = 300 of 500: 60, weight 50 %: 30. Clients 10 -> 22: +12, 70 points,
    30 %: 21. Profit 90 - 25 = 65: 10 + 32 full twos = 42, 20 %: 8.4. Business 59.4, 60 % of it: 35.64.
    Supervisor 80, 90, 100, 90: mean 90; complaints 70, 80, 90, 80: mean 80. 20 × (70 % × 0.9 + 30 % × 0.8)
    = 17.4, 40 % of the total: 34.8. Together 70.44."""
    found = one(
        deposits=(60, 90, 80, 70),
        clients={"2024": 10, "2025": 22},
        profit=(90, 25),
        said=[*scores("supervisor", 80, 90, 100, 90), *scores("complaints", 70, 80, 90, 80)],
        before="top_2",
    )
    assert found.parts == {"business": fixed("35.64"), "service": fixed("34.8")}
    assert found.total == fixed("70.44")
    assert (found.rung, found.tier, found.route) == ("base_1", "junior", "exam")
    # 14 × 0.8 + 6 × 0.7 = 15.4 of 20, 40 % of 100: 30.8; and so on
    assert found.quarters == {
        "2025Q1": fixed("30.8"),
        "2025Q2": fixed("34.8"),
        "2025Q3": fixed("38.8"),
        "2025Q4": fixed("34.8"),
    }
    assert found.figures == {"new_deposits": fixed(300), "profit": fixed(65)}


def test_somebody_with_gaps() -> None:
    """No deposits at all: 0 (missing = zero). Clients 10 -> 30: 100, 30 %: 30. Profit -8: 10 - 4 = 6,
    20 %: 1.2. Business 31.2 -> 18.72. Supervisor 80 and 60 in two quarters stand for the year: 70; no
    complaints at all, so that the supervisor has all the weight: 14 of 20 -> 28. Together 46.72."""
    found = one(
        deposits=(None,) * 4,
        clients={"2024": 10, "2025": 30},
        profit=(2, 10),
        said=scores("supervisor", 80, None, 60, None),
        before="base_1",
    )
    assert found.parts == {"business": fixed("18.72"), "service": fixed(28)}
    assert (found.total, found.qualified, found.rank) == (fixed("46.72"), False, None)
    assert found.quarters == {"2025Q1": fixed(32), "2025Q2": None, "2025Q3": fixed(24), "2025Q4": None}
    told = "; ".join(m.render("en") for m in found.trace)
    assert "2025Q2, 2025Q4; the other quarters stand for the year" in told
    assert "its weight goes to the other sources" in told
    assert "New deposits has no figure" in told


# --- periods, sources ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fold", "missing", "score"),
    [
        ("mean", "mean_of_present", 80),
        ("mean", "zero", 60),
        ("last", "mean_of_present", 90),
        ("last", "zero", 90),
        ("weighted", "mean_of_present", "82.5"),  # (70×20 + 80×20 + 90×40) / 80
        ("weighted", "zero", 66),
    ],
)
def test_folding_with_one_quarter_missing(fold: str, missing: str, score: object) -> None:
    weights = 'weights = ["20%", "20%", "20%", "40%"]' if fold == "weighted" else ""
    scheme = changed(
        ('fold = "mean"   ', f'fold = "{fold}"\n{weights}\n#'),
        ('missing_quarter = "mean_of_present"', f'missing_quarter = "{missing}"'),
    )
    said_of = [*scores("supervisor", 70, 80, None, 90), *scores("complaints", 70, 80, None, 90)]
    found = one(scheme, said=said_of)
    assert found.parts["service"] == fixed(score) * 40 // 100  # type: ignore[arg-type]


def test_a_missing_quarter_is_refused_where_the_scheme_says_so() -> None:
    scheme = changed(('missing_quarter = "mean_of_present"', 'missing_quarter = "refuse"'))
    with pytest.raises(InputError) as caught:
        one(scheme, said=[*scores("supervisor", 70, 80, None, 90), *FULL[1]], deposits=(1, 1, None, 1))
    assert [(f.code, f.where) for f in caught.value.findings] == [
        ("result-missing", "staff E1"),
        ("score-missing", "staff E1"),
    ]
    assert all("2025Q3" in f.render("en") for f in caught.value.findings)


@pytest.mark.parametrize(("missing", "points"), [("zero", 28), ("renormalise", 40)])
def test_a_source_without_a_line(missing: str, points: int) -> None:
    scheme = changed(('missing = "renormalise"', f'missing = "{missing}"'))
    assert one(scheme, said=FULL[0]).parts["service"] == fixed(points)


def test_a_source_without_a_line_is_refused_unless_the_scheme_speaks() -> None:
    scheme = changed(('missing = "renormalise"', 'missing = "refuse"'))
    with pytest.raises(InputError) as caught:
        one(scheme, said=FULL[0])
    assert [f.code for f in caught.value.findings] == ["score-missing"]
    with pytest.raises(InputError, match="no source has a score"):
        one(said=())


def test_what_is_shown_beside_never_counts() -> None:
    own = scores("self", 10, 10, None, 10)
    found = one(said=[*FULL[0], *FULL[1], *own])
    assert found.total == fixed(100)
    assert [(b.item, b.source, b.period, b.score) for b in found.beside] == [
        ("quality", "self", q, fixed(10)) for q in ("2025Q1", "2025Q2", "2025Q4")
    ]


def test_absent_from_one_line_is_absent() -> None:
    absent = [*scores("supervisor", 70, Mark.ABSENT, 80, 90), *FULL[1]]
    assert one(said=absent).total is None
    zero = changed(('absent = "not_graded"', 'absent = "zero"'))
    assert one(zero, said=absent).parts["service"] == fixed("28.8")  # 0.7 × (240 / 4) + 0.3 × 100 = 72 %


def test_a_score_above_its_full_marks_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        one(said=[*scores("supervisor", 70, 101, 80, 90), *FULL[1]])
    assert [f.code for f in caught.value.findings] == ["score-range"]


def test_a_figure_without_a_period_is_the_years() -> None:
    lines = results(new_clients_=40)
    found = one(clients={"2024": 10}, also=lines)
    assert found.total == fixed(100)


def test_growth_in_per_cent() -> None:
    """10 -> 22: 120 %."""
    rate = changed(
        ('figure = "growth" ', 'figure = "growth_rate" #'),
        ("at_least = 20, points", "at_least = 120, points"),
    )
    clients = {"2024": 10, "2025": 22}
    assert one(rate, clients=clients).total == fixed(100)
    higher = changed(
        ('figure = "growth" ', 'figure = "growth_rate" #'),
        ("at_least = 20, points", "at_least = 121, points"),
    )
    assert one(higher, clients=clients).total == fixed("94.6")  # 70 of 100, 30 % of 60 %
    with pytest.raises(InputError, match="above 0 in the year before"):
        one(rate, clients={"2024": 0, "2025": 22})


def test_derived_figures_with_a_component_missing() -> None:
    with pytest.raises(InputError) as caught:
        one(profit=(100, None))
    assert [f.code for f in caught.value.findings] == ["result-missing"]
    zero = changed(('missing = "refuse"                  # or "zero": a comp', 'missing = "zero" # '))
    assert one(zero, profit=(100, None)).figures["profit"] == fixed(100)


# --- needs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "rung", "why"),
    [
        ({"held": ("post",)}, "base_1", "does not hold the certificate Credit licence"),
        ({"held": ("credit",)}, None, "does not hold the certificate Post certificate"),
        ({"profit": (60, 21)}, "base_1", "Simulated profit is 39, below 40"),
        ({"profit": (60, 20)}, "top_1", ""),
    ],
)
def test_a_level_needs_its_certificates_and_its_result(
    more: dict[str, Any], rung: str | None, why: str
) -> None:
    found = one(**more)
    assert found.rung == rung
    assert why in said(found)


@pytest.mark.parametrize(
    ("begin", "end", "valid"),
    [
        ("2025-12-31", None, True),
        ("2026-01-01", None, False),
        ("2020-01-01", "2025-12-31", True),
        ("2020-01-01", "2025-12-30", False),
        (None, None, True),
    ],
)
def test_certificates_are_valid_on_the_day(begin: str | None, end: str | None, valid: bool) -> None:
    first, last = (None if d is None else date.fromisoformat(d) for d in (begin, end))
    held = (CertificateHeld("post"), CertificateHeld("credit", first, last))
    assert one(certificates=held).rung == ("top_1" if valid else "base_1")


def test_points_of_a_part_are_needed() -> None:
    """15.9 of 20 in service: below the 16 that the highest rung needs."""
    low = [*scores("supervisor", 90, 90, 90, 90), *scores("complaints", 55, 55, 55, 55)]
    found = one(said=low)
    assert (found.total, found.rung) == (fixed("91.8"), "top_2")
    assert said(found) == "not Senior 1: Service is 15.9, below 16; demoted from Senior 1"


def test_else_none_gives_no_lower_rung() -> None:
    scheme = changed(("score_from = 75\n", 'score_from = 75\nelse = "none"\n'), ("down_at_most = 1\n", ""))
    assert one(scheme, held=("post",)).rung is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"education": "secondary"}, "education is Secondary school, below College"),
        ({"bank_years": fixed("0.9")}, "0.9 years in banks, fewer than 1"),
        ({"serious_breach": True}, "a serious breach is on record"),
    ],
)
def test_prerequisites_bar_the_whole_ladder(more: dict[str, Any], why: str) -> None:
    found = one(**more)
    assert (found.tier, found.rung, found.rank, found.qualified, found.route) == (
        None,
        None,
        None,
        False,
        "prerequisites",
    )
    assert said(found) == why
    assert found.total == fixed(100)


def test_college_and_one_year_are_enough() -> None:
    assert one(education="college", bank_years=fixed(1)).rung == "top_1"


def test_blank_facts() -> None:
    blank = {"education": None, "bank_years": None, "serious_breach": None}
    with pytest.raises(InputError) as caught:
        one(**blank)
    assert [f.code for f in caught.value.findings] == ["fact-blank"] * 3
    lenient = changed(('blank_facts = "refuse"', 'blank_facts = "not_met"'))
    assert one(lenient, **blank).route == "prerequisites"


def test_needs_of_some_people_only() -> None:
    """Who has interest of at least 150 must hold the credit licence; whoever has less need not."""
    only = """[[grading.conditional]]
key = "sellers"
title = { zh = "销售", en = "Sellers" }
when = { measure = "loan_interest", at_least = 150 }
needs_certificates = ["credit"]

[grading.prerequisites]"""
    scheme = changed(("[grading.prerequisites]", only))
    assert one(scheme, held=("post",), profit=(150, 0)).route == "prerequisites"
    assert one(scheme, held=("post",), profit=("149.99", 0)).rung == "base_1"
    assert one(scheme, profit=(150, 0)).rung == "top_1"


@pytest.mark.parametrize("blank", ["refuse", "not_met"])
def test_a_figure_that_is_not_there_waives_no_condition(blank: str) -> None:
    only = """[[grading.results]]
key = "deals"
title = { zh = "笔数", en = "Deals" }
unit = "count"
[[grading.conditional]]
key = "sellers"
title = { zh = "销售", en = "Sellers" }
when = { measure = "deals", at_least = 1 }
needs_certificates = ["credit"]

[grading.prerequisites]"""
    scheme = changed(
        ("[grading.prerequisites]", only), ('blank_facts = "refuse"', f'blank_facts = "{blank}"')
    )
    none, some = tuple(results(deals_2025=0)), tuple(results(deals_2025=1))
    assert one(scheme, held=("post",), also=none).rung == "base_1"
    assert one(scheme, held=("post",), also=some).route == "prerequisites"
    if blank == "not_met":
        assert one(scheme, held=("post",)).route == "prerequisites"
        assert one(scheme).rung == "top_1"
        return
    with pytest.raises(InputError) as caught:
        one(scheme)
    (found,) = caught.value.findings
    assert (found.code, found.where) == ("result-missing", "staff E1")
    assert "Sellers: Deals has no figure" in found.render("en")


def test_who_is_barred_takes_no_rank() -> None:
    grades = graded(manager("E1", serious_breach=True), manager("E2", profit=(80, 0)), scheme=WORKED)
    assert (grades["E1"].rank, grades["E2"].rank) == (None, 1)


# --- movement ------------------------------------------------------------------------------------------


def test_one_step_up_a_year_and_then_on_probation() -> None:
    found = one(before="base_1")
    assert (found.rung, found.tier, found.probation, found.route) == (
        "top_2",
        "provisional",
        True,
        "standing",
    )
    assert "at most 1 steps up a year from Junior 1: Senior 2" in said(found)


def test_newcomers_start_low_and_on_probation() -> None:
    found = one(before=None)
    assert (found.rung, found.tier, found.probation) == ("base_1", "provisional", True)


def test_one_step_down_a_year() -> None:
    """48.4 points: below the pass mark, but at most one rung down."""
    found = one(before="top_2", deposits=(0,) * 4, clients={"2024": 1, "2025": 1}, profit=(0, 0))
    assert (found.total, found.rung, found.route) == (fixed("48.4"), "base_1", "standing")
    assert not found.probation


def test_the_limit_down_does_not_stand_in_for_a_certificate() -> None:
    found = one(before="top_1", held=("post",))
    assert found.rung == "base_1"
    assert "steps down" not in said(found)


def test_a_year_without_probation_passed_is_not_confirmed() -> None:
    weak = {"deposits": (0,) * 4, "clients": {"2024": 1, "2025": 21}, "profit": (80, 0)}  # 18 + 6 + 40
    found = one(before="base_1", probation=True, **weak)
    assert found.total is not None and fixed(60) <= found.total < fixed(70)
    assert (found.rung, found.route) == (None, "demoted")  # one rung lower there is only the starters'
    assert one(before="base_1", probation=False, **weak).rung == "base_1"


def test_two_years_below_the_mark_cost_a_rung() -> None:
    weak = [*scores("supervisor", 90, 90, 90, 90), *scores("complaints", 80, 80, 80, 80)]
    earlier = [
        s
        for line in weak
        for s in [type(line)(line.item, line.source, str(line.period).replace("2025", "2024"), line.score)]
    ]
    nothing = {"deposits": (0,) * 4, "clients": {"2023": 1, "2024": 1, "2025": 1}, "profit": (0, 0)}
    before = results(loan_interest_2024=0, funding_cost_2024=0)
    held = {"before": "top_2", **nothing}
    once = one(said=weak, **held)
    assert once.rung == "base_1"  # by the limit of one step down
    free = changed(
        ("down_at_most = 1\n", ""),
        ("score_from = 60", "score_from = 40"),
        ("pass_mark = 60 ", "pass_mark = 40 "),
    )
    assert one(free, said=weak, **{**held, "before": "base_1"}).rung == "base_1"
    twice = one(free, said=[*weak, *earlier], also=before, **{**held, "before": "base_1"})
    assert (twice.rung, twice.route) == (None, "demoted")
    assert "below 65 (43.2, 43.2)" in said(twice)


def test_the_latest_standing_before_the_year_counts() -> None:
    standings = (Standing("2023", "top_1"), Standing("2024", "base_1"), Standing("2025", "top_1"))
    assert one(standings=standings).rung == "top_2"


def test_a_tier_stands_for_its_lowest_rung_and_must_have_one() -> None:
    assert one(standings=(Standing("2024", "intermediate"),)).rung == "top_1"
    assert one(standings=(Standing("2024", "junior"),)).rung == "top_2"
    with pytest.raises(InputError) as caught:
        one(standings=(Standing("2024", "provisional"),))
    assert [(f.code, f.where) for f in caught.value.findings] == [("standing-rung", "staff E1")]


# --- outside and given ---------------------------------------------------------------------------------


def test_trainees_and_agents() -> None:
    trainee, agent = one(position="trainee"), one(position="agent")
    assert (trainee.rung, trainee.tier, trainee.route, trainee.total) == ("starter", None, "trainee", None)
    assert (agent.rung, agent.tier, agent.route, agent.total) == (None, None, "agent", None)
    outside = changed(
        ('trainees = "starter"', 'trainees = "outside"'), ('newcomers = "base_1"', 'newcomers = "starter"')
    )
    assert one(outside, position="trainee").rung is None


def test_given_rungs_and_tiers() -> None:
    grades = graded(
        manager("E1", tier="top_2"),
        manager("E2", tier="starter"),
        manager("E3", tier="senior"),
        scheme=WORKED,
    )
    assert {i: (g.tier, g.rung, g.rank) for i, g in grades.items()} == {
        "E1": ("intermediate", "top_2", 2),
        "E2": (None, "starter", 4),
        "E3": ("senior", None, 1),
    }


def test_who_has_lines_in_the_tables_is_registered() -> None:
    assert one(registered=None).rank == 1
    assert one(registered=False).total is None
    assert one(registered=None, said=(), results=()).total is None


# --- what a missing line or a route must not lead past --------------------------------------------------

DEPOSIT_RUNG = """[[grading.routes]]
key = "deposit"
title = { zh = "存款途径", en = "Deposit route" }
tier = "%s"
min_average_deposits = 300

[[grading.tiers]]
key = "senior"
"""


def by_deposits(tier: str) -> Scheme:
    return changed(('[[grading.tiers]]\nkey = "senior"\n', DEPOSIT_RUNG % tier))


@pytest.mark.parametrize("more", [{"serious_breach": True}, {"education": "secondary"}])
def test_no_route_past_the_prerequisites_for_who_is_not_graded(more: dict[str, Any]) -> None:
    fields = {"registered": False, "average_deposits": fixed(400)}
    assert one(by_deposits("junior"), **fields).tier == "junior"
    barred = one(by_deposits("junior"), **fields, **more)
    assert (barred.tier, barred.rung, barred.route) == (None, None, "prerequisites")


def test_no_route_to_a_rung_without_its_certificate() -> None:
    fields = {"registered": False, "average_deposits": fixed(400)}
    assert one(by_deposits("base_1"), **fields).rung == "base_1"
    without = one(by_deposits("base_1"), **fields, held=())
    assert (without.tier, without.rung, without.route) == (None, None, "none")
    assert "Post certificate" in said(without)


def test_a_serious_breach_that_is_blank_stops_a_route() -> None:
    fields = {"registered": False, "average_deposits": fixed(400), "serious_breach": None}
    with pytest.raises(InputError, match="serious breach is blank"):
        one(by_deposits("junior"), **fields)


@pytest.mark.parametrize("where", ["conditional", "prerequisites"])
def test_a_missing_quarter_that_needs_look_at_is_refused(where: str) -> None:
    need = 'measure = "loan_interest", at_least = 100, period = "quarters", fold = "sum"'
    more = f"[grading.prerequisites]\nneeds_results = [{{ {need} }}]"
    if where == "conditional":
        more = f"""[[grading.conditional]]
key = "lender"
title = {{ zh = "放贷", en = "Lends" }}
when = {{ {need} }}
needs_certificates = ["credit"]

[grading.prerequisites]"""
    scheme = changed(("[grading.prerequisites]", more), ('"mean_of_present"', '"refuse"'))
    quarters = results(loan_interest_2025Q1=200, loan_interest_2025Q2=200, loan_interest_2025Q3=200)
    with pytest.raises(InputError, match="Loan interest has no figure for 2025Q4"):
        one(scheme, also=tuple(quarters), held=("post",))


@pytest.mark.parametrize(
    ("position", "tier", "rung", "route"),
    [("trainee", None, "starter", "trainee"), ("agent", None, None, "agent")],
)
def test_a_given_tier_brings_no_trainee_or_agent_onto_the_ladder(
    position: str, tier: str | None, rung: str | None, route: str
) -> None:
    grades = graded(
        manager("E1", tier="senior"), manager("E2", tier="senior", rank=1, position=position), scheme=WORKED
    )
    found = grades["E2"]
    assert (found.tier, found.rung, found.route, found.rank) == (tier, rung, route, None)
    assert not found.qualified
    assert (grades["E1"].tier, grades["E1"].route) == ("senior", "given")
