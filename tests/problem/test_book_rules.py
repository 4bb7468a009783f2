"""Each rule of the book on a tiny case that it lets pass and one that it does not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from small_book import able, book, deposit, loan, only, settled, staff

from cmopt.domain.clients import Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.errors import InputError

OF_A = "H1 J1 J2 M1"


def refused(*clients: Client, **more: Any) -> set[str]:
    with pytest.raises(InputError) as caught:
        book(*clients, **more)
    return {f.code for f in caught.value.findings}


# --- whose clients -----------------------------------------------------------------------------------


def test_key_accounts_and_other_segments_are_not_of_the_book() -> None:
    plan = book(loan("C1", 10), loan("C2", 400), loan("C3", 600), deposit(key_deposit=True))
    assert only(plan).problem.accounts == ("C1", "C2")
    assert only(plan).problem.segment == ("small_loan", "middle_loan")
    small = book(loan("C1", 10), loan("C2", 400), segments='["small_loan"]')
    assert only(small).problem.accounts == ("C1",)
    assert [small.case.clients.ids[c] for c in small.outside] == ["C2"]


@pytest.mark.parametrize(("counter", "kept"), [("none", ""), ("marked", "D1"), ("unclaimed", "D1 D4")])
def test_the_counter_keeps_deposits(counter: str, kept: str) -> None:
    clients = (
        deposit("D1", counter=True), deposit("D2", incumbent="J1"), deposit("D3", developer="J1"),
        deposit("D4"), deposit("D5", counter=True), loan("L1"),
    )  # fmt: skip
    plan = book(*clients, counter=counter, links=[Link("J2", "D5", "pin")])
    found = [plan.case.clients.ids[c] for c in plan.counter]
    assert found == kept.split()
    assert set(only(plan).problem.accounts) == {"D1", "D2", "D3", "D4", "D5", "L1"} - set(found)


def test_a_client_of_the_book_takes_one_manager() -> None:
    assert refused(loan(), loan("C2", managers_needed=2)) == {"managers-needed"}
    assert refused(loan(managers_needed=0)) == {"managers-needed"}


def test_a_book_without_clients_and_a_scheme_without_a_book_are_refused() -> None:
    assert refused(loan("C1", 600)) == {"book-empty"}


# --- jurisdiction and parts --------------------------------------------------------------------------


def test_a_branchs_clients_stay_with_its_managers() -> None:
    plan = book(loan("C1"), loan("C2", branch="B"))
    assert plan.names == ("A", "B")
    assert able(plan.part(0)) == OF_A
    assert able(plan.part(1), "C2") == "K1 K2"


@pytest.mark.parametrize("how", [{"regions": '[["A", "B"]]'}, {"jurisdiction": "bank"}])
def test_regions_share_their_managers(how: dict[str, str]) -> None:
    part = only(book(loan("C1"), loan("C2", branch="B"), **how))
    assert part.branches == ("A", "B")
    assert able(part) == able(part, "C2") == "H1 J1 J2 K1 K2 M1"


@pytest.mark.parametrize("rule", ["pin", "allow"])
def test_a_link_across_branches_joins_them_but_opens_only_its_pair(rule: str) -> None:
    plan = book(loan("C1"), loan("C2", branch="B"), loan("C3", branch="B"), links=[Link("J1", "C2", rule)])  # type: ignore[arg-type]
    part = only(plan)
    assert (part.name, part.branches, plan.slice(0).regions) == ("A", ("A", "B"), (("A",), ("B",)))
    assert able(part, "C2") == ("J1" if rule == "pin" else "J1 K1 K2")
    assert (able(part), able(part, "C3")) == (OF_A, "K1 K2")


def test_links_that_open_nothing_join_nothing() -> None:
    links = [
        Link("J1", "C2", "forbid"),
        Link("J1", "C2B"),
        Link("J1", "D1", "allow"),
        Link("N1", "C2", "allow"),
    ]
    clients = (loan("C1"), loan("C2", branch="B"), loan("C2B", branch="B"), deposit(branch="B", counter=True))
    assert book(*clients, links=links).names == ("A", "B")


def test_a_branch_without_managers_leaves_its_clients_out() -> None:
    part = book(loan("C1"), loan("C2", branch="Z")).part(1)
    assert (part.name, part.problem.managers, settled(part, "C2")) == ("Z", (), "nobody")


# --- tiers, links, teams -----------------------------------------------------------------------------


def test_tiers_of_the_segment() -> None:
    tiers = {"segments__middle_loan__tiers": '["senior", "intermediate"]'}
    part = only(book(loan("C1", 10), loan("C2", 300), **tiers))
    assert able(part) == OF_A
    assert able(part, "C2") == "H1 M1"


def test_recusals_bar_and_allows_open() -> None:
    tiers = {"segments__middle_loan__tiers": '["senior"]'}
    links = [Link("H1", "C1", "forbid"), Link("J1", "C1", "allow")]
    assert able(only(book(loan("C1", 300), links=links, **tiers))) == "J1"


def test_a_pin_wins_over_everything() -> None:
    client = loan("C1", 300, quality=5, developer="H1", incumbent="J2", held_since=date(2000, 1, 1))
    how = {"segments__middle_loan__tiers": '["senior"]', "rotation_years": "1", "as_of": "2025-01-01"}
    part = only(book(client, links=[Link("J2", "C1", "pin")], **how))
    assert (able(part), settled(part)) == ("J2", "pin")
    assert part.problem.pins == ((part.problem.managers.index("J2"), 0),)


def test_pins_that_cannot_be_are_refused_by_name() -> None:
    assert refused(loan(), links=[Link("N1", "C1", "pin")]) == {"pin-no-manager"}
    assert refused(loan(), links=[Link("J1", "C1", "pin"), Link("J2", "C1", "pin")]) == {"pin-several"}


def test_members_of_a_team_hold_clients_too_unless_the_scheme_says_no() -> None:
    clients = (loan(), loan("C2"), deposit("D1", key_deposit=True))
    assert able(only(book(*clients, key={"D1": "H1"}))) == OF_A
    part = only(book(*clients, key={"D1": "H1"}, team_members="false"))
    assert part.problem.managers == ("J1", "J2", "M1")
    opened = only(book(*clients, key={"D1": "H1"}, team_members="false", links=[Link("H1", "C1", "allow")]))
    assert (able(opened), able(opened, "C2")) == (OF_A, "J1 J2 M1")


# --- who is named ------------------------------------------------------------------------------------


def test_the_developer_keeps_deposits_and_clients_of_nobody() -> None:
    part = only(
        book(
            deposit("D1", developer="J1", incumbent="J2"),
            loan("L1", developer="J1"),
            loan("L2", developer="J1", incumbent="J2"),
            deposit("D2", developer="K1"),
            deposit("D3", developer="N1"),
        )
    )
    assert [able(part, c) for c in part.problem.accounts] == ["J1", OF_A, OF_A, "J1", OF_A]
    assert [settled(part, c) for c in part.problem.accounts] == ["developer", "", "", "developer", ""]
    free = only(book(deposit("D1", developer="J1"), developer="none"))
    assert (able(free, "D1"), settled(free, "D1")) == (OF_A, "")


def test_problem_loans_stay_with_who_made_them() -> None:
    part = only(
        book(
            loan("L1", quality=3, incumbent="J1"),
            loan("L2", quality=4, incumbent="J1", developer="J2"),
            loan("L3", quality=2, incumbent="J1"),
            loan("L4", quality=5, incumbent="K1"),
            loan("L5", quality=5, incumbent="J1", developer="N1"),
            deposit("D1", quality=5, incumbent="J1"),
            loan("L6", incumbent="J1"),
        )
    )
    rules = {c: settled(part, c) for c in part.problem.accounts}
    assert {c for c, rule in rules.items() if rule == "maker"} == {"L1", "L2"}
    assert (able(part, "L1"), able(part, "L2"), able(part, "L5")) == ("J1", "J2", OF_A)
    from_two = only(book(loan("L3", quality=2, incumbent="J1"), problem_from="2"))
    assert settled(from_two, "L3") == "maker"


def test_problem_loans_go_to_the_head_of_their_branch() -> None:
    clients = (loan("C1", quality=3, incumbent="J1"), loan("C2", branch="B", quality=3, incumbent="K1"))
    plan = book(*clients, problem_loans="head")
    assert (able(plan.part(0)), settled(plan.part(0))) == ("H1", "head")
    assert (able(plan.part(1), "C2"), settled(plan.part(1), "C2")) == ("K1 K2", "")
    named = book(*clients, problem_loans="head", head_posts='["经理"]')
    assert settled(named.part(0)) == ""
    region = only(book(*clients, problem_loans="head", regions='[["A", "B"]]'))
    assert (able(region), settled(region, "C2")) == ("H1", "")  # not the head of another branch
    assert settled(only(book(clients[0], problem_loans="free"))) == ""


@pytest.mark.parametrize(
    ("since", "years", "barred"),
    [
        (date(2022, 12, 31), "3", True),
        (date(2023, 1, 1), "3", False),
        (date(2024, 2, 29), "1", True),
        (None, "1", False),
    ],
)
def test_rotation_bars_the_incumbent(since: date | None, years: str, barred: bool) -> None:
    part = only(book(loan(incumbent="J1", held_since=since), rotation_years=years, as_of="2025-12-31"))
    assert (able(part), settled(part)) == ("H1 J2 M1" if barred else OF_A, "rotation" if barred else "")
    assert part.problem.keeper == ((None,) if barred else (part.problem.managers.index("J1"),))


def test_a_year_from_29_february_is_full_on_1_march() -> None:
    client = loan(incumbent="J1", held_since=date(2024, 2, 29))
    assert settled(only(book(client, rotation_years="1", as_of="2025-02-28"))) == ""
    assert settled(only(book(client, rotation_years="1", as_of="2025-03-01"))) == "rotation"


def test_rotation_is_of_loans_and_not_of_problem_loans_with_their_maker() -> None:
    old = {"incumbent": "J1", "held_since": date(2000, 1, 1)}
    how = {"rotation_years": "1", "as_of": "2025-01-01"}
    part = only(book(loan("C1", quality=5, **old), deposit("D1", **old), **how))
    assert (settled(part), settled(part, "D1")) == ("maker", "")
    allowed = only(book(loan("C1", **old), links=[Link("J1", "C1", "allow")], **how))
    assert settled(allowed) == "rotation"  # an allow does not undo it
    alone = only(book(loan("C1", **old), people=staff("J1 N1"), **how))
    assert (able(alone), settled(alone)) == ("", "nobody")


# --- groups ------------------------------------------------------------------------------------------


def groups(*clients: Client, **more: Any) -> list[list[str]]:
    problem = only(book(*clients, **more)).problem
    return [[problem.accounts[j] for j in group] for group in problem.together]


def test_companies_of_one_group_in_one_branch_are_together() -> None:
    three = (loan("C1", group="g"), deposit("C2", group="g"), loan("C3", group="h"), loan("C4"))
    assert groups(*three) == [["C1", "C2"]]
    assert groups(*three, groups="free") == []
    elsewhere = (loan("C1", group="g"), loan("C2", branch="B", group="g"))
    assert groups(*elsewhere, regions='[["A", "B"]]') == []


def test_a_named_person_takes_the_group_along_where_they_may_hold_it() -> None:
    assert groups(loan("C1", group="g"), deposit("C2", group="g", developer="J1")) == [["C1", "C2"]]


def test_who_is_named_wins_over_the_group() -> None:
    named = (deposit("C1", group="g", developer="J1"), deposit("C2", group="g", developer="J2"))
    assert groups(*named) == []
    assert groups(*named, loan("C3", group="g"), loan("C4", group="g")) == [["C3", "C4"]]


def test_a_group_nobody_may_hold_whole_falls_apart_and_lost_clients_leave_it() -> None:
    tiers = {"segments__middle_loan__tiers": '["senior"]'}
    apart = (loan("C1", 300, group="g"), loan("C2", group="g"))
    assert groups(*apart, links=[Link("H1", "C2", "forbid")], **tiers) == []
    lost = [Link(i, "C3", "forbid") for i in OF_A.split()]
    assert groups(*apart, loan("C3", group="g"), links=lost, **tiers) == [["C1", "C2"]]


# --- own limits --------------------------------------------------------------------------------------

LIMIT = '{ key = "m%d", title = { zh = "限", en = "most" }, tiers = ["junior"], %s }'


def limits(*what: str) -> str:
    return "[" + ", ".join(LIMIT % (n, w) for n, w in enumerate(what)) + "]"


def test_a_managers_own_limit() -> None:
    own = staff(J1={"measures": {"most_clients": 2 * UNIT}})
    part = only(book(loan(), people=own, limits=limits('most = 9, most_column = "most_clients"')))
    (limit,) = [m for m in part.problem.limits if m.key == "limits.m0"]
    people = [part.problem.managers[i] for (i,) in limit.units]
    assert dict(zip(people, limit.most, strict=True)) == {"J1": 2 * UNIT, "J2": 9 * UNIT}
    assert (limit.price, limit.load) == (None, (UNIT,))


def test_a_column_that_is_not_there_is_refused() -> None:
    assert refused(loan(), limits=limits('most_column = "nothing"')) == {"limit-column"}


def test_limits_add_up_within_a_region() -> None:
    three = limits('most = 3, per = "tier"', 'most = 3, per = "branch"', 'most = 3, per = "all"')
    clients = (loan("C1"), loan("C2", branch="B"))
    part = only(book(*clients, links=[Link("J1", "C2", "allow")], limits=three))
    found = {m.key: [[part.problem.managers[i] for i in u] for u in m.units] for m in part.problem.limits}
    for n in range(3):
        assert found[f"limits.m{n}@A"] == [["J1", "J2"]]
        assert found[f"limits.m{n}@B"] == [["K1", "K2"]]


def test_limits_of_segments_branches_and_those_on_no_team() -> None:
    what = limits('most = 3, segments = ["small_loan"], branches = ["A"], except_teams = true')
    clients = (loan("C1"), loan("C2", 300), deposit("D1", key_deposit=True))
    part = only(book(*clients, key={"D1": "J1"}, limits=what))
    (limit,) = [m for m in part.problem.limits if m.key == "limits.m0"]
    assert [part.problem.managers[i] for (i,) in limit.units] == ["J2"]
    assert limit.load == (UNIT, 0)
