"""Out of time or called off: the best division there is, honestly labelled."""

from __future__ import annotations

import pytest
from full_cases import ANNUAL, SEED, solved

from cmopt.audit import audit_division, check_record
from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress
from cmopt.domain.result import SENSE, Result, Status
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.cpsat.keeping import keeping
from cmopt.solvers.cpsat.team import team_ways
from cmopt.solvers.greedy import Greedy, broken

SEEDS = (4,)  # of full size


class CalledOff(NullProgress):
    """Asks to stop as soon as the phase of `goal` begins (or a search in it has been going on for a while)."""

    def __init__(self, goal: str, patience: int = 0) -> None:
        self.goal, self.patience = goal, patience
        self.reached = False
        self.phases: list[tuple[str, int, int]] = []

    def phase(self, name: str, number: int, of: int) -> None:
        self.phases.append((name, number, of))
        self.reached = self.reached or name == self.goal

    def stop_asked(self) -> bool:
        if self.reached:
            self.patience -= 1
        return self.reached and self.patience < 0


def check_honest(seed: int, result: Result) -> None:
    """A clean audit, a record that holds, and no bound that the proven optimum disproves."""
    proven = solved(seed)
    assert result.allocation is not None
    audit = audit_division(proven.case, ANNUAL, proven.grades, result.allocation, SEED)
    assert audit.clean
    assert check_record(ANNUAL, audit, result.status, result.goals) == []
    assert [g.name for g in result.goals] == [g.name for g in ANNUAL.goals]
    for goal, best in zip(result.goals, proven.result.goals, strict=True):
        assert best.value is not None and goal.value is not None
        sign = 1 if SENSE[goal.name] == "min" else -1
        if goal.bound is not None:  # the goals before stand at their optimum: the same question was asked
            assert sign * goal.bound <= sign * best.value
        if goal.proven:
            assert goal.value == goal.bound == best.value
        if goal.value != best.value:
            assert sign * goal.value > sign * best.value
            break
    assert result.certificate is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("limit", [0.0, 0.003, 0.01])
def test_out_of_time(seed: int, limit: float) -> None:
    result = CpSat().solve(solved(seed).problem, Limits(limit))
    assert result.status is Status.FEASIBLE
    check_honest(seed, result)
    assert result.seconds < limit + 5  # the team's ways are counted to the end, whatever the time
    assert not result.goals[-1].proven


def test_no_time_at_all_is_the_greedy_division_with_bounds_that_need_no_search() -> None:
    problem = solved(4).problem
    result, greedy = CpSat().solve(problem, Limits(0.0)), Greedy().solve(problem, Limits(None))
    assert result.allocation == greedy.allocation
    bounds = {g.name: g.bound for g in result.goals}
    assert (bounds["balance"], bounds["draw"]) == (None, None)
    assert bounds["coverage"] == bounds["merit"] == 0


@pytest.mark.parametrize(
    ("goal", "patience"), [("coverage", 0), ("continuity", 2), ("balance", 0), ("balance", 3), ("draw", 2)]
)
def test_called_off(goal: str, patience: int) -> None:
    """Stopped before a phase, or a few steps into it; the goals proven until then stay proven."""
    progress = CalledOff(goal, patience)
    result = CpSat().solve(solved(4).problem, Limits(None), progress)
    assert result.status in (Status.CANCELLED, Status.OPTIMAL)
    if not patience and goal in ("coverage", "balance"):
        assert result.status is Status.CANCELLED
    if result.status is Status.CANCELLED:
        check_honest(4, result)
        names: list[str] = [g.name for g in ANNUAL.goals]
        before = names[: names.index(goal)] if goal in ("balance", "coverage") else []
        assert all(g.proven for g in result.goals if g.name in before)
    assert progress.phases[0] == ("coverage", 1, len(ANNUAL.goals))


def test_called_off_before_any_division(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the start breaks a rule (the team is not filled) and nothing was searched, nothing is shown."""
    problem = solved(4).problem
    nobody: list[int | None] = [None] * len(problem.accounts)
    assert broken(problem, nobody)
    monkeypatch.setattr("cmopt.solvers.cpsat.state.greedy_holders", lambda _: nobody)
    stopped = CpSat().solve(problem, Limits(None), CalledOff("coverage"))
    late = CpSat().solve(problem, Limits(0.0))
    assert (stopped.status, late.status) == (Status.CANCELLED, Status.UNKNOWN)
    for result in (stopped, late):
        assert (result.allocation, result.goals, result.certificate) == (None, (), None)


def test_counting_the_ways_of_the_team_stops_when_asked() -> None:
    """Between two seatings, not after the last; without its ways the goal is searched as it is."""
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    problem = solved(SEEDS[0]).problem
    assert team_ways(problem, keeping(problem), lambda: False) is not None
    assert team_ways(problem, None, stop) is None
    assert asked == 3
