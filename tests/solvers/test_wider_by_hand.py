"""Small divisions of the wider problem whose one optimum can be seen: each rule and goal turns the answer."""

from __future__ import annotations

from brute_force import optimum
from tiny_cases import Bank

from cmopt.audit import audit_division
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat

Held = dict[str, tuple[str | None, ...]]


def solved(
    clients: list[Client], goals: str, links: tuple[Link, ...] = (), people: int = 3, **overrides: str
) -> tuple[Held, Result]:
    """The division (account -> its managers, the lead first) of seniors S1, S2, ... and the result. Brute
    force agrees on every bound."""
    keys = {
        "goals": goals,
        "at_most.one_of_27.k": "9",
        **{k.replace("__", "."): v for k, v in overrides.items()},
    }
    scheme = load_scheme("annual", keys)
    staff = tuple(Staff(f"S{n}", f"员工 {n}", "A", tier="senior", rank=n) for n in range(1, people + 1))
    bank = Bank(Case(Roster(staff), tuple(clients), links), scheme, 1)
    result = CpSat().solve(build_problem(bank.case, scheme, bank.grades, 1), Limits(None))
    best = optimum(bank)
    assert best is not None
    assert result.status is Status.OPTIMAL
    assert result.allocation is not None
    assert {g.name: g.value for g in result.goals} == best.bounds
    assert {g.name: g.levels for g in result.goals if g.levels is not None} == best.levels
    assert audit_division(bank.case, scheme, bank.grades, result.allocation, 1).clean
    backups = result.allocation.backups
    return {c: (lead, *backups.get(c, ())) for c, lead in result.allocation.holder.items()}, result


def loan(client_id: str, wan: int, incumbent: str | None = None, needed: int = 1) -> Client:
    return Client(client_id, client_id, "A", "loan", wan * UNIT, incumbent=incumbent, managers_needed=needed)


def likes(staff_id: str, *accounts: str) -> tuple[Link, ...]:
    return tuple(Link(staff_id, c, fit=UNIT) for c in accounts)


def in_order(*names: str) -> str:
    return "[" + ", ".join(f'{{ name = "{n}" }}' for n in (*names, "draw")) + "]"


def band(within: str, more: str = "") -> str:
    return (
        f'[{{ key = "band", title = {{ zh = "a", en = "a" }}, tiers = ["senior"], measure = "loan_balance", '
        f'within = "{within}"{more} }}]'
    )


BASE = [loan(f"D{n}", 400, f"S{n}") for n in (1, 2, 3)]
BIG = [loan("C1", 1000), loan("C2", 1000)]
FIRST_LIKES_BOTH = likes("S1", "C1", "C2")


def holders(held: Held) -> list[str | None]:
    return sorted(who[0] for who in held.values() if who[0] is not None)


def test_the_upper_end_of_the_band_alone() -> None:
    """400 each, and 2 x 1000 to be divided: the mean is 1066 2/3. S1 with both: 2400, 125 % above, the others
    62.5 % below: a band of 70 % is only broken above."""
    assert holders(solved(BIG + BASE, in_order("coverage", "fit"), FIRST_LIKES_BOTH)[0]) == ["S1", "S1"]
    held, _ = solved(BIG + BASE, in_order("coverage", "fit"), FIRST_LIKES_BOTH, limits=band("70%"))
    assert holders(held)[0] == "S1"
    assert holders(held)[1] in ("S2", "S3")
    held, _ = solved(BIG + BASE, in_order("coverage", "fit"), FIRST_LIKES_BOTH, limits=band("125%"))
    assert holders(held) == ["S1", "S1"]


def test_the_lower_end_of_the_band_alone() -> None:
    """S1 and S2 with 200 of their own and 500 each, S3 with nothing: the mean is 466 2/3, nobody is over half
    of it above, S3 100 % below: a band of 60 % sends an account to S3."""
    own = [loan("D1", 200, "S1"), loan("D2", 200, "S2")]
    divided = [loan("C1", 500), loan("C2", 500)]
    links = (*likes("S1", "C1"), *likes("S2", "C2"))
    assert holders(solved(divided + own, in_order("coverage", "fit"), links)[0]) == ["S1", "S2"]
    held, _ = solved(divided + own, in_order("coverage", "fit"), links, limits=band("60%"))
    assert holders(held)[1] == "S3"
    assert holders(solved(divided + own, in_order("coverage", "fit"), links, limits=band("100%"))[0]) == [
        "S1",
        "S2",
    ]


def test_a_price_is_paid_where_it_is_worth_it() -> None:
    """Beyond 125 % nothing; at 70 % S1 lies 586 2/3 beyond the band: 6 steps of 100."""
    soft = band("70%", ", price = 2, step = 100")
    held, result = solved(BIG + BASE, in_order("coverage", "fit", "penalty"), FIRST_LIKES_BOTH, limits=soft)
    assert holders(held) == ["S1", "S1"]
    assert [g.value for g in result.goals if g.name == "penalty"] == [12]
    held, result = solved(BIG + BASE, in_order("coverage", "penalty", "fit"), FIRST_LIKES_BOTH, limits=soft)
    assert holders(held) != ["S1", "S1"]
    assert [g.value for g in result.goals if g.name == "penalty"] == [0]


def test_the_second_level_is_settled_after_the_first() -> None:
    """600, 500, 700 and 800 for three people: at best 700 is the least, then 800, and 600 + 500 together."""
    accounts = [loan("C1", 600), loan("C2", 500), loan("C3", 700), loan("C4", 800)]
    goals = '[{ name = "coverage" }, { name = "leximin", measure = "loan_balance" }, { name = "draw" }]'
    _, result = solved(accounts, goals)
    (levels,) = [g.levels for g in result.goals if g.name == "leximin"]
    assert levels == (700 * UNIT, 800 * UNIT, 1100 * UNIT)


def test_lead_and_backup_serve_together() -> None:
    """C1 takes two: fit 3 and -1 of S1 and S2, 1 of S3. The best pair of it is S1 with S3: 4."""
    links = tuple(Link(s, "C1", fit=f * UNIT) for s, f in (("S1", 3), ("S2", -1), ("S3", 1)))
    held, result = solved([loan("C1", 600, needed=2)], in_order("coverage", "worst_served"), links)
    assert sorted(str(w) for w in held["C1"]) == ["S1", "S3"]
    assert [g.value for g in result.goals if g.name == "worst_served"] == [4 * UNIT]


def test_a_backup_may_be_left_out_where_fit_comes_first() -> None:
    links = tuple(Link(s, "C1", fit=f * UNIT) for s, f in (("S1", 3), ("S2", -1), ("S3", -1)))
    held, _ = solved([loan("C1", 600, needed=2)], in_order("fit", "coverage"), links)
    assert held == {"C1": ("S1",)}
    held, _ = solved([loan("C1", 600, needed=2)], in_order("coverage", "fit"), links)
    assert len(held["C1"]) == 2
