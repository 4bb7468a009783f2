"""Limits, hard and soft: each kind accepts one division and rejects another, by numbers worked out by hand."""

from __future__ import annotations

import dataclasses

import pytest
from audit_bank import audited, case, codes, deposit, key, limited, loan, staff

from cmopt.domain.clients import Case, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster
from cmopt.errors import Finding
from cmopt.i18n import LANGS

LOOSE = {"at_most__one_of_27__k": "9", "teams__deposit_team__size": "1"}
SENIORS = 'tiers = ["senior"]'
LOANS = case(
    loan("C1", 1000), loan("C2", 1500), loan("C3", 600), loan("D1", 200, "S1"), deposit("D2", 50, "S2")
)


def found(bank: Case, limit: str, **holder: str) -> list[str]:
    return codes(bank, limited(limit, **LOOSE), holder)


def breaches(bank: Case, limit: str, **holder: str) -> tuple[Finding, ...]:
    return audited(bank, limited(limit, **LOOSE), holder).breaches


# --- whose total, of what ----------------------------------------------------------------------------


def test_so_many_accounts_a_person_base_load_included() -> None:
    """S1 and S2 hold one client each already."""
    two = f"{SENIORS}, most = 2"
    assert found(LOANS, two, C1="S1", C2="S2", C3="S3") == []
    assert found(LOANS, two, C1="S1", C2="S1") == ["audit-limit-most"]
    assert found(LOANS, two, C1="S3", C2="S3") == []
    assert found(LOANS, two, C1="M1", C2="M1", C3="M1") == ["audit-eligibility"] * 2  # M1 is not limited
    without = f"{SENIORS}, most = 2, base = false"
    assert found(LOANS, without, C1="S1", C2="S1") == []
    assert found(LOANS, without, C1="S1", C2="S1", C3="S1") == ["audit-limit-most"]


def test_at_least_so_many() -> None:
    """S1 and S2 have one already, S3 and S4 none."""
    one = f"{SENIORS}, least = 1"
    assert found(LOANS, one, C1="S3", C2="S4") == []
    assert found(LOANS, one, C1="S3", C2="S3") == ["audit-limit-least"]
    assert found(LOANS, f"{one}, base = false", C1="S3", C2="S4", C3="S1") == ["audit-limit-least"]  # S2


def test_a_measure_to_the_last_fen() -> None:
    """S1 has 200 and gets 1000: 1200."""
    most = f'{SENIORS}, measure = "loan_balance", most = '
    assert found(LOANS, most + "1200", C1="S1") == []
    assert found(LOANS, most + "1199.999999", C1="S1") == ["audit-limit-most"]
    least = f'{SENIORS}, measure = "loan_balance", per = "all", least = '
    assert found(LOANS, least + "1200", C1="S1") == []
    assert found(LOANS, least + "1200.000001", C1="S1") == ["audit-limit-least"]


def test_the_base_load_counts_whatever_the_balance_says() -> None:
    under = limited(f'{SENIORS}, measure = "loan_balance", most = 1199', balance__base_load="none", **LOOSE)
    assert codes(LOANS, under, {"C1": "S1"}) == ["audit-limit-most"]


def test_segments_leave_out_divided_accounts_but_no_base_load() -> None:
    large = f'{SENIORS}, measure = "loan_balance", segments = ["large_loan"], most = 1300'
    assert found(LOANS, large, C1="S1", C3="S1") == []  # 200 + 1000; C3 is a medium loan
    assert found(LOANS, large, C1="S1", C2="S1") == ["audit-limit-most"]
    assert (
        found(LOANS, f'{SENIORS}, segments = ["medium_loan"], most = 0', C3="S3", C1="S4")
        == [
            "audit-limit-most"  # S1, S2 have one each of the base load, S3 one account: three of them
        ]
        * 3
    )
    assert (
        found(LOANS, f'{SENIORS}, segments = ["medium_loan"], most = 0, base = false', C1="S1", C2="S1") == []
    )


def test_branches_narrow_it() -> None:
    """S1, S2 sit in A, S3, S4 in B."""
    b_only = f'{SENIORS}, branches = ["B"], most = 1'
    assert found(LOANS, b_only, C1="S1", C2="S1", C3="S3") == []
    assert found(LOANS, b_only, C1="S3", C2="S3") == ["audit-limit-most"]
    assert found(LOANS, f'{SENIORS}, branches = ["Z"], least = 1') == []  # nobody there


@pytest.mark.parametrize(
    ("per", "codes_of_2", "codes_of_1"),
    [
        ("person", [], ["audit-limit-most"] * 2),
        ("tier", ["audit-limit-most"], ["audit-limit-most"] * 2),
        ("branch", ["audit-limit-most"], ["audit-limit-most"] * 2),
        ("all", ["audit-limit-most"], ["audit-limit-most"]),
    ],
)
def test_per(per: str, codes_of_2: list[str], codes_of_1: list[str]) -> None:
    """Accounts by hand: S1 2 and M1 0 in branch A, S3 1 and M2 2 in B; seniors 3, intermediates 2; A 2, B 3."""
    bank = case(*(loan(f"C{n}", 600) for n in range(5)), people=staff("S1 S3 M1 M2"))
    held = {"C0": "S1", "C1": "S1", "C2": "S3", "C3": "M2", "C4": "M2"}
    limit = f'tiers = ["senior", "intermediate"], per = "{per}", most = '
    assert found(bank, limit + "2", **held) == codes_of_2
    assert found(bank, limit + "1", **held) == codes_of_1
    assert found(bank, limit + "5", **held) == []
    if per == "all":
        assert found(bank, limit + "4", **held) == ["audit-limit-most"]


def test_the_finding_names_who_how_much_and_the_limit() -> None:
    bank = case(*(loan(f"C{n}", 600) for n in range(3)), people=staff("S1 S3 M1 M2"))
    held = {"C0": "S1", "C1": "S1", "C2": "S1"}
    for per, zh, en in (
        ("person", "S1", "S1"),
        ("tier", "高级", "Senior"),
        ("branch", "A", "A"),
        ("all", "全体", "all of them"),
    ):
        (said,) = breaches(
            bank, f'tiers = ["senior"], per = "{per}", measure = "loan_balance", most = 1799.5', **held
        )
        for lang, who in (("zh", zh), ("en", en)):
            text = said.render(lang)  # type: ignore[arg-type]
            assert who in text and "1800" in text and "1799.5" in text
        assert "限额" in said.render("zh")
    (said,) = breaches(bank, 'tiers = ["senior"], within = "50%"', C0="S1", C1="S1", C2="S1")[:1]
    assert all("1.5" in said.render(lang) for lang in LANGS)


# --- everybody's own ---------------------------------------------------------------------------------


def own(**figures: dict[str, int]) -> Roster:
    """Staff with figures of their own: ``S1={"cap": 2}``."""
    people = staff("S1 S2 S3")
    return Roster(
        tuple(
            dataclasses.replace(s, measures={k: v * UNIT for k, v in figures.get(s.staff_id, {}).items()})
            for s in people
        )
    )


def test_each_persons_own_limit_and_everybodys_where_the_cell_is_blank() -> None:
    people = own(S1={"cap": 2, "floor": 1}, S2={"cap": 0})
    bank = case(loan("C1", 1000), loan("C2", 1500), loan("C3", 600), people=people)
    cap = f'{SENIORS}, most_column = "cap"'
    assert found(bank, cap, C1="S1", C2="S1", C3="S3") == []
    assert found(bank, cap, C1="S1", C2="S1", C3="S1") == ["audit-limit-most"]
    assert found(bank, cap, C1="S2") == ["audit-limit-most"]
    assert found(bank, cap, C1="S3", C2="S3", C3="S3") == []  # S3's cell is blank: no limit
    assert found(bank, f"{cap}, most = 1", C1="S3", C2="S3") == ["audit-limit-most"]  # or the limit's own
    assert found(bank, f"{cap}, most = 1", C1="S1", C2="S1") == []  # a person's own goes before it
    floor = f'{SENIORS}, least_column = "floor"'
    assert found(bank, floor, C1="S1") == []
    assert found(bank, floor, C1="S2") == ["audit-limit-least"]
    assert found(bank, f"{floor}, least = 1", C1="S1", C2="S2") == ["audit-limit-least"]  # S3


# --- within ------------------------------------------------------------------------------------------


def test_near_the_mean() -> None:
    """S1 1000, S2 1500: the mean is 1250, each 20 % off."""
    bank = case(loan("C1", 1000), loan("C2", 1500), people=staff("S1 S2"))
    within = f'{SENIORS}, measure = "loan_balance", within = '
    assert found(bank, within + '"20%"', C1="S1", C2="S2") == []
    assert found(bank, within + '"19.99%"', C1="S1", C2="S2") == ["audit-limit-within"] * 2
    assert found(bank, within + '"99.99%"', C1="S1", C2="S1") == ["audit-limit-within"] * 2
    assert found(bank, within + '"100%"', C1="S1", C2="S1") == []
    assert found(bank, within + '"0%"') == []  # nobody has anything


def test_the_mean_is_exact() -> None:
    """Three people, 2 accounts: the mean is 2/3; 1 lies 1/3 off, which is 50 % of it, and 0 lies 100 % off."""
    bank = case(loan("C1", 1000), loan("C2", 1000), people=staff("S1 S2 S3"))
    assert found(bank, f'{SENIORS}, within = "100%"', C1="S1", C2="S2") == []
    assert found(bank, f'{SENIORS}, within = "50%"', C1="S1", C2="S2") == ["audit-limit-within"]
    assert found(bank, f'{SENIORS}, within = "49.99%"', C1="S1", C2="S2") == ["audit-limit-within"] * 3


def test_the_mean_is_that_of_the_units() -> None:
    """Branches: A has 1000, B 1500."""
    bank = case(loan("C1", 1000), loan("C2", 1500))
    within = f'{SENIORS}, measure = "loan_balance", per = "branch", within = '
    assert found(bank, within + '"20%"', C1="S1", C2="S3") == []
    assert found(bank, within + '"19%"', C1="S1", C2="S3") == ["audit-limit-within"] * 2


def test_nothing_lies_within_a_negative_mean() -> None:
    bank = case(loan("D1", -10, "S1"), loan("C1", 1000), people=staff("S1 S2"))
    within = f'{SENIORS}, measure = "loan_balance", within = "50%"'
    assert found(bank, within) == ["audit-limit-within"] * 2


# --- teams, backups, loads of pairs ------------------------------------------------------------------


def test_whoever_has_a_seat_may_be_free_of_it() -> None:
    bank = case(key("K1", 900), key("K2", 800), loan("C1", 1000))
    held = {"K1": "S1", "K2": "S1", "C1": "S2"}
    assert found(bank, f"{SENIORS}, most = 1", **held) == ["audit-limit-most"]
    assert found(bank, f"{SENIORS}, most = 1, except_teams = true", **held) == []
    assert found(bank, f"{SENIORS}, most = 0, except_teams = true", **held) == ["audit-limit-most"]  # S2


def test_a_backup_carries_its_share() -> None:
    """C1 with a backup at 40 %: S2 carries 400 beside nothing, and 0.4 accounts."""
    bank = case(loan("C1", 1000, managers_needed=2), people=staff("S1 S2"))

    def told(limit: str) -> list[str]:
        return codes(bank, limited(limit, backups__share='"40%"', **LOOSE), {"C1": "S1 S2"})

    assert told(f'{SENIORS}, measure = "loan_balance", least = 400') == []
    assert told(f'{SENIORS}, measure = "loan_balance", least = 400.1') == ["audit-limit-least"]
    assert told(f"{SENIORS}, least = 0.4") == []
    assert told(f"{SENIORS}, least = 0.41") == ["audit-limit-least"]
    assert told(f'{SENIORS}, per = "all", most = 1.4') == []
    assert told(f'{SENIORS}, per = "all", most = 1.39') == ["audit-limit-most"]


def test_a_load_of_the_pair_goes_before_the_clients_in_base_load_too() -> None:
    links = (
        Link("S1", "C1", measures={"balance": 300 * UNIT}),
        Link("S1", "D1", measures={"balance": 20 * UNIT}),  # not divided: S1's base load
        Link("S2", "D1", measures={"balance": 9_000 * UNIT}),  # not S2's client
    )
    bank = case(loan("C1", 1000), loan("D1", 200, "S1"), links=links, people=staff("S1 S2"))
    most = f'{SENIORS}, measure = "loan_balance", most = '
    assert found(bank, most + "320", C1="S1") == []
    assert found(bank, most + "319", C1="S1") == ["audit-limit-most"]
    assert found(bank, most + "999", C1="S2") == ["audit-limit-most"]
    assert found(bank, most + "1000", C1="S2") == []


# --- prices ------------------------------------------------------------------------------------------


def price(bank: Case, limit: str, **holder: str) -> int:
    """The penalty; a limit with a price is no breach."""
    audit = audited(bank, limited(limit, goals="penalty draw", **LOOSE), holder)
    assert audit.clean
    return audit.goals["penalty"]


def test_each_begun_step_costs_the_price() -> None:
    """S1 carries 1000, 100 above 900: 4 steps of 30, 2 of 50, 1 of 100."""
    bank = case(loan("C1", 1000), people=staff("S1 S2"))
    soft = f'{SENIORS}, measure = "loan_balance", most = 900, price = 7, step = '
    assert price(bank, soft + "30", C1="S1") == 28
    assert price(bank, soft + "50", C1="S1") == 14
    assert price(bank, soft + "100", C1="S1") == 7
    assert price(bank, soft + "99.999999", C1="S1") == 14
    assert price(bank, soft + "30") == 0


def test_a_unit_short_of_the_least_costs_too() -> None:
    """Nobody has anything: S1 and S2 each lack 100."""
    bank = case(loan("C1", 1000), people=staff("S1 S2"))
    soft = f'{SENIORS}, measure = "loan_balance", least = 100, price = 5, step = 40'
    assert price(bank, soft) == 2 * 5 * 3
    assert price(bank, soft, C1="S1") == 5 * 3


def test_the_step_is_one_by_default() -> None:
    assert price(LOANS, f"{SENIORS}, most = 1, price = 3", C1="S1", C2="S1", C3="S1") == 3 * 3  # 1 + 3 of 1


def test_both_ends_and_the_band_count_each_by_itself() -> None:
    """S1 carries 1000, S2 0, the mean is 500. Above 900 by 100: ceil(100/60) = 2. Below 10 by 10: 1. Beyond
    10 % of the mean by 500 - 50 = 450: ceil(450/60) = 8, twice. In all 2 + 1 + 16."""
    bank = case(loan("C1", 1000), people=staff("S1 S2"))
    soft = (
        f'{SENIORS}, measure = "loan_balance", least = 10, most = 900, within = "10%", price = 1, step = 60'
    )
    assert price(bank, soft, C1="S1") == 19


def test_a_band_of_a_third_is_not_rounded_before_it_is_counted() -> None:
    """Three people, one account of 1000: the mean 333 1/3, S1 lies 666 2/3 off, the others 333 1/3.
    Beyond 10 %: 633 1/3 and 300 exactly. Steps of 300: 3 + 1 + 1; of 299.999999: 3 + 2 + 2."""
    bank = case(loan("C1", 1000), people=staff("S1 S2 S3"))
    soft = f'{SENIORS}, measure = "loan_balance", within = "10%", price = 1, step = '
    assert price(bank, soft + "300", C1="S1") == 5
    assert price(bank, soft + "299.999999", C1="S1") == 7


def test_a_negative_mean_is_missed_by_the_distance_and_the_band() -> None:
    """S1 -10, S2 0: the mean -5, each 5 off; the band of 50 % is -2.5: beyond it by 7.5. Steps of 1: 8 each."""
    bank = case(loan("D1", -10, "S1"), loan("C1", 1000), people=staff("S1 S2"))
    assert price(bank, f'{SENIORS}, measure = "loan_balance", within = "50%", price = 1') == 16


def test_members_of_a_team_cost_nothing_where_they_are_free() -> None:
    bank = case(key("K1", 900), key("K2", 800), loan("C1", 1000))
    held = {"K1": "S1", "K2": "S1", "C1": "S2"}
    assert price(bank, f"{SENIORS}, most = 0, price = 5", **held) == 15
    assert price(bank, f"{SENIORS}, most = 0, price = 5, except_teams = true", **held) == 5


def test_a_cap_with_a_price_is_no_breach() -> None:
    soft = limited(f"{SENIORS}, most = 9", goals="penalty draw", at_most__one_of_27__price="4")
    audit = audited(LOANS, soft, {"C1": "S1", "C2": "S1", "C3": "S1"})
    assert (audit.clean, audit.goals["penalty"]) == (True, 8)  # two above one
    audit = audited(LOANS, soft, {"C1": "S1", "C2": "S1", "C3": "M1"})
    assert (audit.clean, audit.goals["penalty"]) == (True, 4)
    audit = audited(LOANS, soft, {"C1": "S1", "C2": "S2", "C3": "S3"})
    assert (audit.clean, audit.goals["penalty"]) == (True, 0)


def test_a_soft_cap_counts_backups_only_where_the_scheme_says_so() -> None:
    bank = case(loan("C1", 1000, managers_needed=2), loan("C2", 1500))
    held = {"C1": "S1 S2", "C2": "S2"}
    limit = f"{SENIORS}, most = 9"
    soft = {"goals": "penalty draw", "at_most__one_of_27__price": "4"}
    assert audited(bank, limited(limit, **soft), held).goals["penalty"] == 0
    assert audited(bank, limited(limit, backups__in_caps="true", **soft), held).goals["penalty"] == 4


def test_prices_of_several_rules_add_up() -> None:
    under = limited(
        f"{SENIORS}, most = 2, price = 3",
        f'{SENIORS}, per = "all", least = 9, price = 100, base = false',
        goals="penalty draw",
        at_most__one_of_27__price="4",
    )
    # S1: 3 of the 27 -> 8; 4 clients, 2 above -> 6; all of them 3, 6 short -> 600
    assert audited(LOANS, under, {"C1": "S1", "C2": "S1", "C3": "S1"}).goals["penalty"] == 8 + 6 + 600
