"""The goals of the wider problem, counted by hand: loads of pairs, fit, cost, bids, the worst-off."""

from __future__ import annotations

from audit_bank import SEED, audited, case, deposit, goal_list, key, loan, scheme, staff

from cmopt.audit import audit_division
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Link
from cmopt.domain.findings import Audit
from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade

ONE = {
    "balance__measures": '[{ measure = "loan_balance" }]',
    "balance__tiers": '["senior"]',
    "at_most__one_of_27__k": "9",
    "teams__deposit_team__size": "1",
}


def under(goals: str, **overrides: str) -> Scheme:
    return scheme(**{**ONE, "goals": goal_list(goals), **overrides})


def value(of: Case, goal: str, holder: dict[str, str | None], **overrides: str) -> int:
    return audited(of, under(f"{goal} draw", **overrides), holder).goals[goal]


def weighs(staff_id: str, client_id: str, wan: int, rule: str | None = None) -> Link:
    return Link(staff_id, client_id, rule, measures={"balance": wan * UNIT})  # type: ignore[arg-type]


# --- loads of pairs ----------------------------------------------------------------------------------


def test_the_load_of_the_pair_goes_before_the_clients() -> None:
    """C1 is 300 on S1, 1000 on S2. The scale is 1000 either way."""
    bank = case(loan("C1", 1000), links=(weighs("S1", "C1", 300),), people=staff("S1 S2"))
    assert value(bank, "balance", {"C1": "S1"}) == 300
    assert value(bank, "balance", {"C1": "S2"}) == 1000


def test_the_heaviest_pair_makes_the_scale() -> None:
    """On S2 C1 would weigh 4000: on S1 its 1000 are a quarter of the scale."""
    bank = case(loan("C1", 1000), links=(weighs("S2", "C1", 4000),), people=staff("S1 S2"))
    assert value(bank, "balance", {"C1": "S1"}) == 250
    assert value(bank, "balance", {"C1": "S2"}) == 1000


def test_a_recused_pairs_load_is_in_the_scale_all_the_same() -> None:
    bank = case(loan("C1", 1000), links=(weighs("S2", "C1", 4000, "forbid"),), people=staff("S1 S2"))
    assert value(bank, "balance", {"C1": "S1"}) == 250


def test_only_pairs_of_the_tier_and_of_accounts_open_to_it_make_its_scale() -> None:
    """M1 is no senior; D1 is not divided and S2 not its incumbent; a large loan is not open to M1's tier."""
    links = (weighs("M1", "C1", 4000, "allow"), weighs("S2", "D1", 5000))
    bank = case(loan("C1", 1000), loan("C2", 500), loan("D1", 100), links=links, people=staff("S1 S2 M1"))
    assert value(bank, "balance", {"C1": "S1"}) == 1000
    tiers = {"balance__tiers": '["intermediate"]'}
    two = case(loan("C1", 1000), loan("C2", 500), links=links[:1], people=staff("S1 M1 M2"))
    # let in for C1, M1 carries 4000; the scale is that of C2, the only account open to the tier: 8 times
    assert value(two, "balance", {"C1": "M1"}, **tiers) == 8000


def test_the_base_load_is_the_pairs_too() -> None:
    """S1 holds D1, 200, which weighs 700 on S1: scale 700 + 1000, spread 700: ceil(411.76)."""
    bank = case(
        loan("C1", 1000), loan("D1", 200, "S1"), links=(weighs("S1", "D1", 700),), people=staff("S1 S2")
    )
    assert value(bank, "balance", {}) == 412
    assert value(bank, "balance", {}, balance__base_load="none") == 0


def test_a_client_the_measure_leaves_out_stays_out() -> None:
    """The measure is of loans: a figure for a deposit does not bring it in."""
    bank = case(
        loan("C1", 1000), deposit("D1", 200, "S1"), links=(weighs("S1", "D1", 700),), people=staff("S1 S2")
    )
    assert value(bank, "balance", {}) == 0
    assert value(bank, "balance", {}, balance__measures='[{ measure = "npl" }]') == 0


def test_a_load_of_zero_is_a_figure_and_no_blank() -> None:
    bank = case(loan("C1", 1000), links=(weighs("S1", "C1", 0),), people=staff("S1 S2"))
    assert value(bank, "balance", {"C1": "S1"}) == 0


def test_a_backup_carries_its_share_of_the_pairs_load() -> None:
    """On S2 C1 weighs 600, half of it 300: S1 1000, S2 300."""
    bank = case(loan("C1", 1000, managers_needed=2), links=(weighs("S2", "C1", 600),), people=staff("S1 S2"))
    assert value(bank, "balance", {"C1": "S1 S2"}, backups__share='"50%"') == 700
    assert value(bank, "balance", {"C1": "S2 S1"}, backups__share='"50%"') == 100  # 600, 500


# --- deviation ---------------------------------------------------------------------------------------


def test_deviation_is_the_sum_of_the_distances_from_the_mean() -> None:
    """Loads 1000, 0, 0: the mean 333 1/3, distances 666 2/3 + 2 * 333 1/3 = 1333 1/3; scale 1000."""
    bank = case(loan("C1", 1000), people=staff("S1 S2 S3"))
    assert value(bank, "deviation", {"C1": "S1"}) == 1334  # rounded up
    assert value(bank, "deviation", {"C1": "S1"}, balance__resolution="3") == 4  # exactly 4
    assert value(bank, "deviation", {"C1": "S1"}, balance__resolution="1") == 2
    assert value(bank, "deviation", {}) == 0
    heavy = {"balance__measures": '[{ measure = "loan_balance", weight = 5 }]'}
    assert value(bank, "deviation", {"C1": "S1"}, **heavy) == 5 * 1334


def test_deviation_of_two_is_their_spread() -> None:
    """1100 and 1540 of 1600, as in the spread's own test: 220 + 220."""
    bank = case(
        loan("D1", 100, "S1"), loan("D2", 40, "S2"), loan("C1", 1000), loan("C2", 1500), people=staff("S1 S2")
    )
    assert value(bank, "deviation", {"C1": "S1", "C2": "S2"}) == 275
    assert value(bank, "deviation", {"C1": "S1", "C2": "S2"}, balance__resolution="10") == 3


def test_deviation_compares_members_of_a_team_among_themselves() -> None:
    """Deposits: S1 1500 alone on the team, S2 and S3 0 and 300: each 150 off; scale 300 + 900 = 1200."""
    bank = case(key("K1", 900), key("K2", 600), deposit("D1", 300, "S3"), people=staff("S1 S2 S3"))
    held: dict[str, str | None] = {"K1": "S1", "K2": "S1"}
    deposits = {"balance__measures": '[{ measure = "deposits" }]'}
    assert value(bank, "deviation", held, **deposits) == 250
    # together: 1500, 0, 300, the mean 600: 900 + 600 + 300
    assert value(bank, "deviation", held, balance__teams_apart="false", **deposits) == 1500


# --- leximin, leximax --------------------------------------------------------------------------------


def lexi(of: Case, goal: str, holder: dict[str, str | None], more: str = "", **overrides: str) -> Audit:
    goals = f'[{{ name = "{goal}", measure = "loan_balance"{more} }}, {{ name = "draw" }}]'
    return audited(of, scheme(**{**ONE, **overrides, "goals": goals}), holder)


def wan(levels: tuple[int, ...]) -> list[int]:
    return [v // UNIT for v in levels]


FOUR = case(loan("D1", 100, "S2"), loan("C1", 1000), loan("C2", 700), loan("C3", 500))


def test_the_levels_of_the_worst_off() -> None:
    """S1 1000, S2 100 + 500, S3 700, S4 0; M1 and M2 are not compared."""
    held: dict[str, str | None] = {"C1": "S1", "C2": "S3", "C3": "S2"}
    found = lexi(FOUR, "leximin", held)
    assert wan(found.levels["leximin"]) == [0, 600, 700, 1000]
    assert found.goals["leximin"] == 0
    found = lexi(FOUR, "leximax", held)
    assert wan(found.levels["leximax"]) == [1000, 700, 600, 0]
    assert found.goals["leximax"] == 1000 * UNIT


def test_as_many_levels_as_are_asked_for_and_there_are_people() -> None:
    held: dict[str, str | None] = {"C1": "S1", "C2": "S3", "C3": "S2"}
    assert wan(lexi(FOUR, "leximin", held, ", levels = 2").levels["leximin"]) == [0, 600]
    assert wan(lexi(FOUR, "leximax", held, ", levels = 1").levels["leximax"]) == [1000]
    assert len(lexi(FOUR, "leximax", held, ", levels = 99").levels["leximax"]) == 4


def test_between_whom() -> None:
    """Seniors S1..S4 and intermediates M1, M2: the balance's tiers, or those of the goal."""
    held: dict[str, str | None] = {"C1": "S1", "C2": "M1", "C3": "M1"}
    more = ', tiers = ["intermediate"]'
    assert wan(lexi(FOUR, "leximax", held, more).levels["leximax"]) == [1200, 0]
    assert wan(lexi(FOUR, "leximax", held).levels["leximax"]) == [1000, 100, 0, 0]
    both = {"balance__tiers": '["senior", "intermediate"]'}
    assert wan(lexi(FOUR, "leximax", held, **both).levels["leximax"]) == [1200, 1000, 100, 0, 0, 0]


def test_the_worst_off_have_their_base_load_whatever_the_balance_says() -> None:
    assert wan(lexi(FOUR, "leximax", {}, balance__base_load="none").levels["leximax"]) == [100, 0, 0, 0]


def test_loads_of_pairs_and_shares_of_backups_count_for_the_worst_off() -> None:
    bank = case(loan("C1", 1000, managers_needed=2), links=(weighs("S2", "C1", 600),), people=staff("S1 S2"))
    half = {"backups__share": '"50%"'}
    assert wan(lexi(bank, "leximin", {"C1": "S1 S2"}, **half).levels["leximin"]) == [300, 1000]
    assert wan(lexi(bank, "leximin", {"C1": "S2 S1"}, **half).levels["leximin"]) == [500, 600]


def test_team_members_are_compared_with_everybody() -> None:
    bank = case(key("K1", 900), loan("D1", 100, "S1"), loan("C1", 1000), people=staff("S1 S2 S3"))
    assert wan(lexi(bank, "leximax", {"K1": "S1", "C1": "S2"}).levels["leximax"]) == [1000, 100, 0]


def test_other_goals_have_no_levels() -> None:
    assert audited(FOUR, under("coverage draw"), {}).levels == {}


# --- fit, cost, the worst served ---------------------------------------------------------------------

PAIRS = (
    Link("S1", "C1", fit=5 * UNIT, cost=-2 * UNIT),
    Link("S2", "C1", fit=-3 * UNIT, cost=UNIT // 2),
    Link("S1", "C2", bid=1),  # says nothing of fit or cost
    Link("S2", "C2", fit=0, cost=0),  # a figure, and no blank
    Link("S3", "C9", fit=90 * UNIT, cost=90 * UNIT),
)
MATCHED = case(loan("C1", 1000, managers_needed=2), loan("C2", 600), links=PAIRS, people=staff("S1 S2 S3"))
ABSENT = {"links__fit_absent": "2", "links__cost_absent": "7"}


def test_fit_of_every_place() -> None:
    assert value(MATCHED, "fit", {"C1": "S1", "C2": "S2"}, **ABSENT) == 5 * UNIT
    assert value(MATCHED, "fit", {"C1": "S1 S2", "C2": "S2"}, **ABSENT) == 2 * UNIT  # 5 - 3 + 0
    assert value(MATCHED, "fit", {"C1": "S3 S2", "C2": "S1"}, **ABSENT) == 1 * UNIT  # 2 - 3 + 2
    assert value(MATCHED, "fit", {"C1": "S3 S2", "C2": "S1"}) == -3 * UNIT  # 0 - 3 + 0
    assert value(MATCHED, "fit", {}, **ABSENT) == 0


def test_cost_of_every_place() -> None:
    assert value(MATCHED, "cost", {"C1": "S1", "C2": "S2"}, **ABSENT) == -2 * UNIT
    assert value(MATCHED, "cost", {"C1": "S1 S2", "C2": "S2"}, **ABSENT) == -UNIT - UNIT // 2
    assert value(MATCHED, "cost", {"C1": "S3 S2", "C2": "S1"}, **ABSENT) == 14 * UNIT + UNIT // 2
    assert value(MATCHED, "cost", {"C1": "S3 S2", "C2": "S1"}) == UNIT // 2


def test_the_account_served_worst_lead_and_backups_together() -> None:
    assert value(MATCHED, "worst_served", {"C1": "S1 S2", "C2": "S1"}, **ABSENT) == 2 * UNIT  # 2, and 2
    assert value(MATCHED, "worst_served", {"C1": "S1", "C2": "S2"}, **ABSENT) == 0  # 5, and 0
    assert value(MATCHED, "worst_served", {"C1": "S3 S2", "C2": "S1"}, **ABSENT) == -1 * UNIT
    assert value(MATCHED, "worst_served", {"C1": "S1"}, **ABSENT) == 0  # C2 has nobody
    assert value(MATCHED, "worst_served", {"C1": "S2"}, **ABSENT) == -3 * UNIT


# --- bids --------------------------------------------------------------------------------------------


def test_the_places_of_the_bids() -> None:
    """The last bid is 4, for a client that is not divided: no bid counts 5."""
    links = (
        Link("S1", "C1", bid=2),
        Link("S2", "C1", bid=1),
        Link("S2", "C2", bid=3),
        Link("S3", "D1", bid=4),
    )
    bank = case(
        loan("C1", 1000, "S3", managers_needed=2),
        loan("C2", 600, "M1"),
        loan("C3", 1200, "M1"),  # M1 may not hold it
        loan("D1", 100),
        links=links,
        people=staff("S1 S2 S3 M1"),
    )
    assert value(bank, "bids", {"C1": "S1"}) == 2
    assert value(bank, "bids", {"C1": "S2", "C2": "S2"}) == 4
    assert value(bank, "bids", {"C1": "S3", "C2": "M1"}) == 0  # kept
    assert value(bank, "bids", {"C1": "S3 S1", "C2": "M1"}) == 0  # backups count nothing
    assert value(bank, "bids", {"C1": "S1 S3", "C2": "S3"}) == 2 + 5
    assert value(bank, "bids", {"C3": "M1"}) == 5  # not eligible, so no keeper
    assert value(bank, "bids", {}) == 0


def test_bids_where_nobody_bid() -> None:
    bank = case(loan("C1", 1000, "S1"), loan("C2", 1000), people=staff("S1 S2"))
    assert value(bank, "bids", {"C1": "S1", "C2": "S2"}) == 1
    assert value(bank, "bids", {"C1": "S2", "C2": "S2"}) == 2


# --- all at once -------------------------------------------------------------------------------------


def test_every_goal_of_the_scheme_is_counted() -> None:
    names = (
        "coverage coverage_balance continuity continuity_balance merit balance deviation fit worst_served "
    )
    names += "cost bids jurisdiction"
    plan = under(f"{names} draw")
    found = audit_division(MATCHED, plan, grade(MATCHED.roster, plan, SEED), Allocation({}), SEED)
    assert list(found.goals) == [*names.split(), "draw"]
