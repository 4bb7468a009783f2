"""Each goal, counted by hand."""

from __future__ import annotations

from dataclasses import replace

from audit_bank import SEED, audited, case, deposit, key, loan, scheme, staff

from cmopt.domain.clients import Case, Link
from cmopt.domain.draw import draw_number
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Score, Staff
from cmopt.domain.scheme import Scheme

PLAIN = scheme()


def goal(of: Case, name: str, holder: dict[str, str | None], under: Scheme = PLAIN) -> int:
    return audited(of, under, holder).goals[name]


# --- coverage, continuity, jurisdiction, draw --------------------------------------------------------


def test_coverage_counts_accounts_and_their_balance() -> None:
    bank = case(loan("C1", 1000), loan("C2", 600), key("K1", 300), loan("C4", 200))
    held: dict[str, str | None] = {"C1": "S1", "C2": None, "K1": None}
    assert goal(bank, "coverage", held) == 2
    assert goal(bank, "coverage_balance", held) == 900 * UNIT
    assert goal(bank, "coverage", {"C1": "S1", "C2": "S2", "K1": "S3"}) == 0


def test_continuity_counts_eligible_incumbents_only() -> None:
    links = (Link("S4", "C4", "forbid"), Link("J1", "C5", "allow"))
    bank = case(
        loan("C1", 1000, "S1"),
        loan("C2", 1500, "M1"),  # not eligible for a large loan
        loan("C3", 700, "S3"),
        loan("C4", 900, "S4"),  # recused
        loan("C5", 600, "J1"),  # let in by a link
        loan("C6", 800),
        links=links,
    )
    held: dict[str, str | None] = {"C1": "S1", "C2": "M1", "C4": "S4", "C5": "J1"}
    assert goal(bank, "continuity", held) == 2
    assert goal(bank, "continuity_balance", held) == 1600 * UNIT
    assert goal(bank, "continuity", {**held, "C3": "S3"}) == 3
    assert goal(bank, "continuity", {"C1": "S3", "C3": "S1"}) == 0


def test_jurisdiction_counts_loans_held_outside_their_branch() -> None:
    """S1 and M1 sit in A, S3 and M2 in B."""
    bank = case(loan("C1", 1000), loan("C2", 600, branch="B"), key("K1", 300, branch="B"))
    assert goal(bank, "jurisdiction", {"C1": "S1", "C2": "M2", "K1": "S2"}) == 0
    assert goal(bank, "jurisdiction", {"C1": "S3", "C2": "M2"}) == 1
    assert goal(bank, "jurisdiction", {"C1": "S3", "C2": "M1", "K1": "S1"}) == 2  # key deposits do not count
    assert goal(bank, "jurisdiction", {"C1": None, "C2": None}) == 0
    wider = scheme(jurisdiction='["key_deposit"]')
    assert goal(bank, "jurisdiction", {"C1": "S3", "C2": "M1", "K1": "S1"}, wider) == 1


def test_the_draw_adds_up_the_numbers_of_the_pairs() -> None:
    bank = case(loan("C1", 1000), loan("C2", 600), loan("C3", 600))
    expected = draw_number(SEED, "division", "S1", "C1") + draw_number(SEED, "division", "M1", "C2")
    assert goal(bank, "draw", {"C1": "S1", "C2": "M1", "C3": None}) == expected


# --- merit -------------------------------------------------------------------------------------------


def envies(bank: Case, under: Scheme = PLAIN, **holder: str) -> int:
    return goal(bank, "merit", dict(holder), under)


def test_a_large_loan_to_the_third_is_envied_by_two() -> None:
    bank = case(loan("C1", 1000))
    assert envies(bank, C1="S1") + envies(bank, C1="S2") == 1  # of the two seniors only
    assert envies(bank, C1="S3") == 2  # S1 and S2 have nothing
    assert envies(bank, C1="S4") == 3
    assert envies(bank) == 0


def test_only_those_who_may_hold_it_envy() -> None:
    bank = case(loan("C1", 1000), links=(Link("S1", "C1", "forbid"), Link("M1", "C1", "allow")))
    assert envies(bank, C1="S3") == 1  # S1 is recused
    assert envies(bank, C1="M1") == 3  # S2, S3, S4
    bank = case(loan("C1", 600), loan("C2", 700))
    assert envies(bank, C1="M2", C2="S1") == 4  # S2, S3, S4, M1: seniors may hold medium loans
    bank = case(loan("C1", 1000), loan("C2", 700))
    assert envies(bank, C1="S1", C2="M1") == 3  # S2, S3, S4


def test_a_medium_loan_is_worth_less_than_a_large_one() -> None:
    bank = case(loan("C1", 1000), loan("C2", 600))
    assert envies(bank, C1="S2", C2="S1") == 1  # S1, holding a medium loan, envies S2
    assert envies(bank, C1="S1", C2="S2") == 0


def test_what_an_incumbent_keeps_is_not_open() -> None:
    bank = case(loan("C1", 1000, "S4"), loan("C2", 1000, "S3"))
    assert envies(bank, C1="S4", C2="S3") == 0
    assert envies(bank, C1="S3", C2="S4") == 2 + 2  # swapped, both are open: S1 and S2 envy each


def test_a_pair_counts_once() -> None:
    """With two of the 27 allowed, S2 holding two open loans is envied by S1 once."""
    bank = case(loan("C1", 1000), loan("C2", 1100))
    assert envies(bank, scheme(at_most__one_of_27__k="2"), C1="S2", C2="S2") == 1


def test_an_open_team_seat_is_envied_like_a_large_loan() -> None:
    bank = case(key("K1", 900), key("K2", 800), loan("C1", 1000), loan("C2", 600))
    # seats S3 and S4; S1 has the large loan, S2 the medium one and envies both seats
    assert envies(bank, K1="S3", K2="S4", C1="S1", C2="S2") == 2
    # a seat is worth a large loan: nobody better ranked holds less
    assert envies(bank, K1="S1", K2="S2", C1="S3", C2="S4") == 0
    # S1 has nothing: envies S2 (loan), S3 and S4 (seats)
    assert envies(bank, K1="S3", K2="S4", C1="S2") == 3


def test_the_seat_of_an_incumbent_is_not_open() -> None:
    """S4 served K1; whichever of the accounts S4 now holds, the seat was theirs."""
    bank = case(key("K1", 900, "S4"), key("K2", 800))
    assert envies(bank, K1="S4", K2="S1") == 0
    assert envies(bank, K1="S1", K2="S4") == 0
    # S3 did not serve it: S1 and S2 envy S3, nobody envies S4
    assert envies(bank, K1="S4", K2="S3") == 2


def test_who_may_hold_one_of_the_accounts_may_sit() -> None:
    """S1 is recused from both accounts and envies no seat; S2, recused from one, does."""
    links = (Link("S1", "K1", "forbid"), Link("S1", "K2", "forbid"), Link("S2", "K1", "forbid"))
    bank = case(key("K1", 900), key("K2", 800), links=links)
    assert envies(bank, K1="S3", K2="S4") == 2  # S2 envies both, S3 has a seat


def test_the_unranked_stand_behind_the_ranked() -> None:
    """Provisional by the deposit route: no rank. Let in for a large loan, they are envied by both seniors, and
    envy nobody themselves."""
    failed = Staff(
        "P1", "P1", "A", marketing=True, average_deposits=300 * UNIT, scores=dict.fromkeys(ITEMS, 0)
    )
    passed = [Staff(i, i, "A", scores=FULL) for i in ("S1", "S2")]
    bank = case(loan("C1", 1000), links=(Link("P1", "C1", "allow"),), people=Roster((failed, *passed)))
    assert envies(bank, C1="P1") == 2
    assert envies(bank, C1="S1") + envies(bank, C1="S2") == 1  # of the two seniors only


ITEMS = ("written", "conduct", "language", "adaptability")
FULL: dict[str, Score] = dict(zip(ITEMS, (50 * UNIT, 5 * UNIT, 5 * UNIT, 20 * UNIT), strict=True))


# --- balance -----------------------------------------------------------------------------------------


def one_measure(
    measure: str = "loan_balance", weight: int = 1, resolution: int = 1000, **more: str
) -> Scheme:
    return scheme(
        balance__measures=f'[{{ measure = "{measure}", weight = {weight} }}]',
        balance__resolution=str(resolution),
        **{"balance__tiers": '["senior"]', **more},
    )


def balance(of: Case, under: Scheme, **holder: str) -> int:
    return goal(of, "balance", dict(holder), under)


def test_the_spread_is_scaled_and_rounded_up() -> None:
    """Base loads 100 and 40; accounts of 1000 and 1500. Scale: 100 + 1500 = 1600 (of tier senior)."""
    bank = case(
        loan("D1", 100, "S1"), loan("D2", 40, "S2"), loan("C1", 1000), loan("C2", 1500), people=staff("S1 S2")
    )
    # S1 1100, S2 1540: spread 440, 440/1600 = 0.275 exactly
    assert balance(bank, one_measure(), C1="S1", C2="S2") == 275
    # S1 1600, S2 1040: 560/1600 = 0.35
    assert balance(bank, one_measure(), C1="S2", C2="S1") == 350
    # ceil(10 * 0.275) = 3, ceil(7 * 0.275) = ceil(1.925) = 2, ceil(0.275) = 1
    assert balance(bank, one_measure(resolution=10), C1="S1", C2="S2") == 3
    assert balance(bank, one_measure(resolution=7), C1="S1", C2="S2") == 2
    assert balance(bank, one_measure(resolution=1), C1="S1", C2="S2") == 1
    # the weight multiplies what was rounded: 5 * ceil(2.75) = 15
    assert balance(bank, one_measure(weight=5, resolution=10), C1="S1", C2="S2") == 15
    assert balance(bank, one_measure(weight=0), C1="S1", C2="S2") == 0


def test_the_smallest_spread_counts() -> None:
    """1 分 of 1100 万元 is still one step."""
    bank = case(loan("D1", 100, "S1"), loan("D2", 100, "S2"), loan("C1", 1000), people=staff("S1 S2"))
    assert balance(bank, one_measure()) == 0
    fen = (replace(c, balance=c.balance + 1) if c.client_id == "D2" else c for c in bank.clients)
    assert balance(case(*fen, people=staff("S1 S2")), one_measure()) == 1


def test_an_even_division_costs_nothing() -> None:
    bank = case(loan("C1", 1000), loan("C2", 1000), people=staff("S1 S2"))
    assert balance(bank, one_measure(), C1="S1", C2="S2") == 0
    assert balance(bank, one_measure(), C1="S1") == 1000  # 1000/1000: all to one


def test_base_load_may_be_left_aside() -> None:
    bank = case(loan("D1", 100, "S1"), loan("C1", 1000), loan("C2", 1500), people=staff("S1 S2"))
    none = one_measure(balance__base_load="none")
    assert balance(bank, none, C1="S1", C2="S2") == 334  # ceil(1000 * 500 / 1500)


def test_divided_accounts_are_no_base_load() -> None:
    """S1 was incumbent of C1; once divided it counts for who holds it now."""
    bank = case(loan("C1", 1000, "S1"), people=staff("S1 S2"))
    assert balance(bank, one_measure(), C1="S2") == 1000


def test_each_tier_by_itself_and_each_measure() -> None:
    bank = case(
        loan("C1", 1000, difficulty=2 * UNIT, quality=3),
        loan("C2", 600, difficulty=5 * UNIT, quality=2),
        people=staff("S1 S2 M1 M2"),
    )
    held = {"C1": "S1", "C2": "M1"}
    both = '["senior", "intermediate"]'
    # seniors: largest account open to them 1000; 1000/1000. intermediate: 600/600
    assert balance(bank, one_measure(balance__tiers=both), **held) == 2000
    # difficulty: seniors may hold either: scale 5; 2/5 = 400. intermediate: 5/5
    assert balance(bank, one_measure("difficulty", balance__tiers=both), **held) == 1400
    # non-performing: only C1 (quality 3): seniors 1000/1000; intermediates 0, scale 1
    assert balance(bank, one_measure("npl", balance__tiers=both), **held) == 1000
    assert balance(bank, one_measure("deposits", balance__tiers=both), **held) == 0
    four = scheme()
    assert balance(bank, four, **held) == 2000 + 1400 + 1000 + 0


def test_team_members_are_compared_with_each_other() -> None:
    bank = case(key("K1", 900), key("K2", 600), deposit("D1", 300, "S3"), people=staff("S1 S2 S3"))
    apart = one_measure("deposits")
    together = one_measure("deposits", balance__teams_apart="false")
    # team: S1 900, S2 600; the rest: S3 300 alone. Scale 300 + 900 = 1200
    assert balance(bank, apart, K1="S1", K2="S2") == 250
    # all together: 900 - 300
    assert balance(bank, together, K1="S1", K2="S2") == 500


def test_a_person_alone_has_nothing_to_be_compared_with() -> None:
    bank = case(loan("C1", 1000), people=staff("S1 M1"))
    assert balance(bank, one_measure(), C1="S1") == 0
