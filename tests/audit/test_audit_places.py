"""Accounts with several managers: each rule accepts one division and rejects another; every goal."""

from __future__ import annotations

import pytest
from audit_bank import SEED, audited, case, codes, goal_list, key, loan, scheme, staff

from cmopt.domain.clients import Link
from cmopt.domain.draw import draw_number
from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme

FREE = scheme(at_most__one_of_27__k="9")
TWO = case(loan("C1", 1000, managers_needed=2), loan("C2", 600))
THREE = case(loan("C1", 600, managers_needed=3))


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("S1 S2", []),
        ("S1", []),  # a place left out is coverage, not a breach
        ("-", []),
        ("- S2", ["audit-backup-alone"]),
        ("S1 S2 S3", ["audit-backups"]),
        ("S1 S1", ["audit-same-person"]),
        ("S1 M1", ["audit-eligibility"]),  # who may not lead may not be a backup
        ("M1 S1", ["audit-eligibility"]),
        ("S1 S9", ["audit-unknown"]),
        ("- S2 S2", ["audit-backup-alone", "audit-backups", "audit-same-person"]),
    ],
)
def test_a_lead_and_a_backup(who: str, found: list[str]) -> None:
    assert sorted(codes(TWO, FREE, {"C1": who})) == found


def test_two_backups_are_two_people() -> None:
    assert codes(THREE, FREE, {"C1": "S1 S2 M1"}) == []
    assert codes(THREE, FREE, {"C1": "S1 S2 S2"}) == ["audit-same-person"]


def test_an_account_of_one_manager_has_no_backup() -> None:
    assert codes(TWO, FREE, {"C2": "S1 S2"}) == ["audit-backups"]
    bank = case(key("K1", 500, managers_needed=2), key("K2", 500))  # of a team: one manager whatever is asked
    assert codes(bank, FREE, {"K1": "S1 S2", "K2": "S2"}) == ["audit-backups"]


def test_backups_of_what_is_not_divided() -> None:
    assert codes(TWO, FREE, {"C7": "- S2"}) == ["audit-stray"]


def test_a_recusal_and_an_allow_hold_for_backups() -> None:
    links = (Link("S2", "C1", "forbid"), Link("J1", "C1", "allow"))
    bank = case(loan("C1", 1000, managers_needed=2), links=links)
    assert codes(bank, FREE, {"C1": "S1 S2"}) == ["audit-eligibility"]
    assert codes(bank, FREE, {"C1": "S1 J1"}) == []


def test_being_a_backup_counts_in_caps_only_where_the_scheme_says_so() -> None:
    in_caps = scheme(backups__in_caps="true")
    twice = {"C1": "S1 S2", "C2": "S2"}
    assert codes(TWO, scheme(), twice) == []
    assert codes(TWO, in_caps, twice) == ["audit-at-most"]
    assert codes(TWO, in_caps, {"C1": "S1 S2", "C2": "S3"}) == []
    assert codes(TWO, scheme(), {"C1": "S1 S2", "C2": "S1"}) == ["audit-at-most"]


def test_a_member_may_be_backup_of_what_the_team_excludes_unless_backups_count() -> None:
    bank = case(key("K1", 500), key("K2", 500), loan("C1", 1000, managers_needed=2))
    held = {"K1": "S1", "K2": "S2", "C1": "S3 S2"}
    assert codes(bank, scheme(), held) == []
    assert codes(bank, scheme(backups__in_caps="true"), held) == ["audit-team-exclusive"]


def test_a_pin_is_kept_on_any_place() -> None:
    bank = case(loan("C1", 1000, managers_needed=2), links=(Link("S2", "C1", "pin"),))
    assert codes(bank, FREE, {"C1": "S2"}) == []
    assert codes(bank, FREE, {"C1": "S1 S2"}) == []
    assert codes(bank, FREE, {"C1": "S1 S3"}) == ["audit-pin"]
    assert codes(bank, FREE, {"C1": "-"}) == ["audit-pin"]


def test_an_incumbent_who_must_be_kept_is_the_lead() -> None:
    rule = scheme(incumbency__mode="rule")
    bank = case(loan("C1", 1000, "S2", managers_needed=2))
    assert codes(bank, rule, {"C1": "S2 S1"}) == []
    assert codes(bank, rule, {"C1": "S1 S2"}) == ["audit-incumbent"]


# --- goals -------------------------------------------------------------------------------------------


def test_a_place_left_out_is_a_place_not_covered() -> None:
    def left(**holder: str) -> tuple[int, int]:
        goals = audited(case(loan("C1", 600, managers_needed=3), loan("C2", 700)), FREE, holder).goals
        return goals["coverage"], goals["coverage_balance"] // UNIT

    assert left(C1="S1 S2 S3", C2="S4") == (0, 0)
    assert left(C1="S1 S2", C2="S4") == (1, 0)  # a backup's place has no balance
    assert left(C1="S1") == (2 + 1, 700)
    assert left() == (3 + 1, 1300)


def test_only_the_lead_keeps() -> None:
    bank = case(loan("C1", 600, "S2", managers_needed=2))
    assert audited(bank, FREE, {"C1": "S2 S1"}).goals["continuity"] == 1
    assert audited(bank, FREE, {"C1": "S1 S2"}).goals["continuity"] == 0
    assert audited(bank, FREE, {"C1": "S1 S2"}).goals["continuity_balance"] == 0
    assert audited(bank, FREE, {"C1": "S2 S1"}).goals["continuity_balance"] == 600 * UNIT


def test_being_a_backup_is_worth_nothing_and_gives_no_claim() -> None:
    """S1 as a backup has nothing and envies the lead S2; nobody envies S4, who is a backup."""
    bank = case(loan("C1", 1000, managers_needed=3))
    assert audited(bank, FREE, {"C1": "S2 S1 S4"}).goals["merit"] == 1
    assert audited(bank, FREE, {"C1": "S1 S3 S4"}).goals["merit"] == 0


def test_every_place_held_from_another_branch_counts() -> None:
    """C1 lies in branch A, with S1 and S2; S3 and S4 sit in B."""
    bank = case(loan("C1", 1000, managers_needed=3))
    assert audited(bank, FREE, {"C1": "S1 S2"}).goals["jurisdiction"] == 0
    assert audited(bank, FREE, {"C1": "S1 S3 S4"}).goals["jurisdiction"] == 2
    assert audited(bank, FREE, {"C1": "S3 S4 S1"}).goals["jurisdiction"] == 2


def test_the_backups_share_a_purpose_of_their_own_in_the_draw() -> None:
    bank = case(loan("C1", 1000, managers_needed=3))
    expected = (
        draw_number(SEED, "division", "S2", "C1")
        + draw_number(SEED, "backup", "S1", "C1")
        + draw_number(SEED, "backup", "S4", "C1")
    )
    assert audited(bank, FREE, {"C1": "S2 S1 S4"}).goals["draw"] == expected
    assert audited(bank, FREE, {"C1": "S2 S4 S1"}).goals["draw"] == expected


def shared(share: str, **more: str) -> Scheme:
    return scheme(
        backups__share=f'"{share}"',
        balance__measures='[{ measure = "loan_balance" }]',
        balance__tiers='["senior"]',
        **more,
    )


def test_a_backup_carries_its_share_of_the_load() -> None:
    """S1 leads 1000, S2 carries 25 % = 250: spread 750 of 1000. With 10 %: 900; with none: 1000."""
    bank = case(loan("C1", 1000, managers_needed=2), people=staff("S1 S2"))
    assert audited(bank, shared("25%"), {"C1": "S1 S2"}).goals["balance"] == 750
    assert audited(bank, shared("10%"), {"C1": "S1 S2"}).goals["balance"] == 900
    assert audited(bank, shared("0%"), {"C1": "S1 S2"}).goals["balance"] == 1000


def test_a_share_is_rounded_down_to_whole_millionths() -> None:
    """0.01 % of 1000.009999 is 0.100000 and a bit: the bit is dropped. Below zero, down is away from zero."""
    exact = 1000 * UNIT + 9_999
    bank = case(
        loan("C1", 1000, managers_needed=2, measures={"risk": exact}),
        loan("C2", 1000, managers_needed=2, measures={"risk": -1}),
        people=staff("S1 S2 S3 S4"),
    )
    risk = '[{ key = "risk", title = { zh = "风险", en = "risk" }, column = "risk" }]'
    goals = '[{ name = "leximax", measure = "risk" }, { name = "draw" }]'
    under = scheme(
        backups__share='"0.01%"',
        measures=risk,
        book='{ goals = [{ name = "coverage" }] }',  # the shipped one looks at other measures
        balance__measures='[{ measure = "risk" }]',
        balance__tiers='["senior"]',
        goals=goals,
    )
    levels = audited(bank, under, {"C1": "S1 S2", "C2": "S3 S4"}).levels["leximax"]
    assert levels == (exact, 100_000, -1, -1)  # floor(100000.9999), and floor(-0.0001) = -1


def test_goals_in_a_row() -> None:
    assert goal_list("coverage draw") == '[{ name = "coverage" }, { name = "draw" }]'
