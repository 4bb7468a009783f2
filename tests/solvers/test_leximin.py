"""leximin and leximax: levels worked out by hand, searches cut off in their midst, and locks that hold."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from wider_problems import enumerate_best, wider_problem

from cmopt.domain.goals import Goal
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem, TeamSeats, Totals
from cmopt.domain.progress import NullProgress
from cmopt.domain.result import Result, Status
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.cpsat import leximin as module
from cmopt.solvers.score import COUNT, cost, levels


def goal(name: str) -> Goal:
    return Goal(name=name, measure="load" if name.startswith("lexi") else None)  # type: ignore[arg-type]


def plain(loads: tuple[int, ...], base: tuple[int, ...], *names: str, **changes: Any) -> Problem:
    """Accounts of these loads, everybody may hold them; of the totals all levels are looked at."""
    m, n = len(base), len(loads)
    wanted = changes.pop("levels", m)
    parts: dict[str, Any] = {
        "managers": tuple(f"S{i}" for i in range(m)),
        "accounts": tuple(f"C{j}" for j in range(n)),
        "tier": ("a",) * m,
        "rank": tuple(range(1, m + 1)),
        "segment": ("s",) * n,
        "balance": loads,
        "level": (1,) * n,
        "incumbent": (None,) * n,
        "keeper": (None,) * n,
        "keep_is_rule": False,
        "eligible": np.ones((m, n), dtype=np.bool_),
        "outside": np.zeros((m, n), dtype=np.bool_),
        "draw": (np.arange(m * n) ** 2 % 97).reshape(m, n),
        "pins": (),
        "caps": (),
        "teams": (),
        "spreads": (),
        "resolution": 1,
        "teams_apart": True,
        "goals": tuple(
            Goal(name=n, measure="load" if n.startswith("lexi") else None) for n in (*names, "draw")
        ),  # type: ignore[arg-type]
        "totals": {
            n: Totals(tuple(range(m)), base, loads, {}, wanted) for n in names if n.startswith("lexi")
        },
    }
    return Problem(**{**parts, **changes})


def solve(problem: Problem) -> Result:
    result = CpSat().solve(problem, Limits(None))
    assert result.status is Status.OPTIMAL
    return result


def levels_of(result: Result, name: str) -> tuple[int, ...]:
    (goal,) = [g for g in result.goals if g.name == name]
    assert goal.levels is not None
    assert (goal.value, goal.bound) == (goal.levels[0], goal.levels[0])
    return goal.levels


def holders_of(problem: Problem, result: Result) -> list[int | None]:
    assert result.allocation is not None
    number, filled = problem.manager_number, result.allocation.backups
    holders: list[int | None] = []
    for j, account in enumerate(problem.accounts):
        who = result.allocation.holder[account]
        if j in problem.backups:
            place = problem.accounts[:j].count(account) - 1
            others = filled.get(account, ())
            who = others[place] if place < len(others) else None
        holders.append(None if who is None else number[who])
    return holders


# --- by hand -----------------------------------------------------------------------------------------

BY_HAND = [
    # 7 5 4 3 for two: 10 and 9. The least can be 9 (5 + 4, or 7 + 3 against it).
    ((7, 5, 4, 3), (0, 0), "leximin", (9, 10)),
    ((7, 5, 4, 3), (0, 0), "leximax", (10, 9)),
    # 8 stays alone; 5 4 3 for the other two: 5 and 7.
    ((8, 5, 4, 3), (0, 0, 0), "leximin", (5, 7, 8)),
    ((8, 5, 4, 3), (0, 0, 0), "leximax", (8, 7, 5)),
    # The base counts: whoever has 6 already gets nothing, the others 4 + 1 and 3 + 2.
    ((4, 3, 2, 1), (6, 0, 0), "leximin", (5, 5, 6)),
    ((4, 3, 2, 1), (6, 0, 0), "leximax", (6, 5, 5)),
    # All alike: three of four have one each, the last nothing.
    ((2, 2, 2), (0, 0, 0, 0), "leximin", (0, 2, 2, 2)),
    ((2, 2, 2), (0, 0, 0, 0), "leximax", (2, 2, 2, 0)),
    # One account: to the poorest; then nobody can be helped.
    ((5,), (3, 1, 2), "leximin", (2, 3, 6)),
    ((5,), (3, 1, 2), "leximax", (6, 3, 2)),
    # Accounts that weigh less than nothing: -4 and 3 on bases 5 and 0: 5 - 4 and 0 + 3.
    ((-4, 3), (5, 0), "leximin", (1, 3)),
    ((-4, 3), (5, 0), "leximax", (3, 1)),
]


@pytest.mark.parametrize(("loads", "base", "name", "wanted"), BY_HAND)
def test_every_level_by_hand(
    loads: tuple[int, ...], base: tuple[int, ...], name: str, wanted: tuple[int, ...]
) -> None:
    assert levels_of(solve(plain(loads, base, "coverage", name)), name) == wanted


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_so_many_levels_and_no_more(wanted: int) -> None:
    """4 3 2 1 for three: 3, 3, 4. With one level the least is 3, and the draw decides the rest."""
    result = solve(plain((4, 3, 2, 1), (0, 0, 0), "coverage", "leximin", levels=wanted))
    assert levels_of(result, "leximin") == (3, 3, 4)[:wanted]


def test_left_out_where_coverage_does_not_come_first() -> None:
    """leximax alone leaves every account out; leximin gives all away; whoever may hold nothing stays at 0."""
    alone = solve(plain((4, 3), (0, 0), "leximax", "coverage"))
    assert levels_of(alone, "leximax") == (0, 0)
    assert [g.value for g in alone.goals if g.name == "coverage"] == [2]
    nobody = np.array([[True, True], [True, True], [False, False]])
    barred = solve(plain((4, 3), (0, 0, 0), "leximin", "coverage", eligible=nobody))
    assert levels_of(barred, "leximin") == (0, 3, 4)
    assert [g.value for g in barred.goals if g.name == "coverage"] == [0]


def test_members_of_a_team_count_with_their_seat() -> None:
    """A team of one takes 9 and holds nothing else: the other two share 4 3 2: 4 and 5."""
    team = TeamSeats("t", (0,), 1, 1, (1, 2, 3), 1, (False,) * 3)
    result = solve(plain((9, 4, 3, 2), (0, 0, 0), "coverage", "leximin", teams=(team,)))
    assert levels_of(result, "leximin") == (4, 5, 9)


def test_loads_of_pairs() -> None:
    """S0 carries C0 as 1, S1 as 6: C0 to S1 and C1 to S0 make 5 and 6."""
    totals = Totals((0, 1), (0, 0), (3, 5), {(0, 0): 1, (1, 0): 6}, 2)
    result = solve(plain((3, 5), (0, 0), "coverage", "leximin", totals={"leximin": totals}))
    assert levels_of(result, "leximin") == (5, 6)


# --- locks -------------------------------------------------------------------------------------------


def test_later_goals_leave_every_level() -> None:
    """With and without the goals that follow: the same levels."""
    for seed in range(25):
        for name in ("leximin", "leximax"):
            problem = wider_problem(Random(seed), [name, "continuity", "cost", "balance"])
            result = CpSat().solve(problem, Limits(None))
            alone = CpSat().solve(problem.replace(goals=problem.goals[:1]), Limits(None))
            if result.allocation is not None:
                assert levels_of(result, name) == levels_of(alone, name)


# --- cut off -----------------------------------------------------------------------------------------


class AfterSo(NullProgress):
    """Asks to stop from the n-th time on that it is asked within the goal."""

    def __init__(self, goal: str, patience: int) -> None:
        self.goal, self.patience, self.inside = goal, patience, False

    def phase(self, name: str, number: int, of: int) -> None:
        self.inside = self.inside or name == self.goal

    def stop_asked(self) -> bool:
        self.patience -= self.inside
        return self.patience < 0


def check_honest(problem: Problem, result: Result, name: str) -> bool:
    """Whether the levels are proven. Either way: rules kept, values recounted, bounds that hold, all goals
    recorded, and the status says it."""
    assert result.allocation is not None
    holders = holders_of(problem, result)
    assert not broken(problem, holders)
    assert [g.name for g in result.goals] == [g.name for g in problem.goals]
    assert [g.value for g in result.goals] == [COUNT[g.name](problem, holders) for g in problem.goals]
    best = enumerate_best(problem)
    assert best is not None
    (place,) = [k for k, g in enumerate(problem.goals) if g.name == name]
    goal, sign = result.goals[place], 1 if name == "leximax" else -1
    assert goal.levels == levels(problem, name, holders)
    if all(g.proven for g in result.goals[:place]):
        assert goal.bound is None or sign * goal.bound <= best[0][place][0]
        assert cost(problem, name, holders) >= best[0][place]
        assert not goal.proven or cost(problem, name, holders) == best[0][place]
    assert (result.status is Status.OPTIMAL) == all(g.proven for g in result.goals)
    return goal.proven


@pytest.mark.parametrize("name", ["leximin", "leximax"])
def test_called_off_between_the_levels(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many questions; what was settled before stays, and nothing found is lost."""
    settled: list[int] = []
    lock_rest = module._Levels.lock_rest

    def watched(self: Any) -> None:
        settled.append(self.settled)
        before.append((list(self.best), self.sign))
        lock_rest(self)

    before: list[tuple[list[int | None], int]] = []
    monkeypatch.setattr(module._Levels, "lock_rest", watched)
    for seed in range(5):
        problem = plain(
            tuple(Random(seed).choices(range(1, 30), k=5)), (0, 3, 1), "coverage", name, "cost"
        ).replace(cost=np.arange(15).reshape(3, 5) % 7)
        for patience in (0, 1, 2, 3, 5, 8):
            before.clear()
            result = CpSat().solve(problem, Limits(None), AfterSo(name, patience))
            proven = check_honest(problem, result, name)
            assert proven == (not before)
            if before:
                assert result.status is Status.CANCELLED
                holders = holders_of(problem, result)
                assert cost(problem, name, holders) <= cost(problem, name, before[0][0])
    assert 0 in settled
    assert max(settled) > 0  # in the middle of the levels


@pytest.mark.parametrize("limit", [0.0, 0.005, 0.02, 0.1])
def test_out_of_time_between_the_levels(limit: float) -> None:
    for seed in range(4):
        for name in ("leximin", "leximax"):
            loads = tuple(Random(seed).choices(range(1, 30), k=5))
            problem = plain(loads, (0, 3, 1), "coverage", name)
            check_honest(problem, CpSat().solve(problem, Limits(limit)), name)


def test_what_is_locked_unproven_gets_no_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The goals that follow an unproven level are proven, given what the best division has."""
    clock = module.Clock

    class Out(clock):  # type: ignore[misc, valid-type]
        """No time after two searches of levels."""

        asked = 0

        def left(self) -> float:
            Out.asked += 1
            return -1.0 if Out.asked > 2 else 1e9

    monkeypatch.setattr(module, "Clock", Out)
    unproven = 0
    for seed in range(30):
        Out.asked = 0
        problem = wider_problem(Random(seed), ["leximin", "cost"])
        problem = problem.replace(goals=tuple(Goal(name=g.name, measure=g.measure) for g in problem.goals))
        result = CpSat().solve(problem, Limits(None))
        if result.allocation is None:
            continue
        proven = check_honest(problem, result, "leximin")
        assert all(g.proven for g in result.goals[1:])
        unproven += not proven
    assert unproven > 3
