"""The balance goal: the team's part by counting, the rest by search, put together again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmopt.domain.progress import Progress
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.keeping import Keeping
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.run import SMALL_LP, Clock, Ending, Solve, run
from cmopt.solvers.cpsat.singles import TURNS
from cmopt.solvers.cpsat.spreads import balance_of_rest, balance_of_teams
from cmopt.solvers.cpsat.team import TeamWays, add_seatings, add_shares, team_ways
from cmopt.solvers.score import balance

Outcome = tuple[Holders, int | None, bool, Expr]


@dataclass(frozen=True)
class BalanceParts:
    """What the phase starts from; `kept` is what the goals before have settled about incumbents."""

    model: DivisionModel
    best: Holders
    kept: Keeping | None
    all_covered: bool


def prove_balance(
    parts: BalanceParts, goal: Goal, keeps: Callable[[Holders], bool], seconds: float, progress: Progress
) -> Outcome:
    """(best division, bound, proven, the goal's expression for locking it).

    Minimised is the rest plus the least that the chosen members' team can cost; that bounds the goal. The
    team's accounts are then shared out at this least cost. If the two meet, that is the proof; and since every
    seating costs at least its least, an optimum never shares out its accounts at more than that (plus what the
    proof and the tolerance leave open): only those ways go into the model for the goals that follow.
    """
    clock = Clock(seconds)
    model = parts.model

    def stop() -> bool:
        return clock.left() < seconds / 2 or progress.stop_asked()

    rest = balance_of_rest(model)
    ways = team_ways(model.problem, parts.kept, stop) if parts.all_covered else None
    if ways is None or not len(ways.seatings):
        return _whole(parts, rest + balance_of_teams(model), clock, progress)
    seatings, least = add_seatings(model, ways)
    solve = _minimise(model, rest + least, parts.best, clock, progress)
    best = _improved(model, parts.best, solve, ways, keeps)
    if solve.bound is None:
        return best, None, False, rest + balance_of_teams(model)
    value = balance(model.problem, best)
    rows = ways.near_least(value + goal.allowance(value) - solve.bound)
    whole = rest + (balance_of_teams(model) if rows is None else add_shares(model, seatings, rows))
    if value == solve.bound:
        return best, solve.bound, True, whole
    return _whole(BalanceParts(model, best, parts.kept, True), whole, clock, progress, solve.bound)


def _whole(
    parts: BalanceParts, expr: Expr, clock: Clock, progress: Progress, bound: int | None = None
) -> Outcome:
    model = parts.model
    solve = _minimise(model, expr, parts.best, clock, progress)
    best = parts.best
    if solve.values is not None:
        found = model.read(solve.values)
        if balance(model.problem, found) < balance(model.problem, best):
            best = found
    bounds = [b for b in (bound, solve.bound) if b is not None]
    bound = max(bounds) if bounds else None
    return best, bound, balance(model.problem, best) == bound, expr


def _minimise(model: DivisionModel, expr: Expr, best: Holders, clock: Clock, progress: Progress) -> Solve:
    seconds = clock.left()
    if seconds <= 0 or progress.stop_asked():
        return Solve(Ending.UNKNOWN, None, None, 0.0)
    model.cp.minimize(expr)
    model.hint(best)
    solve = run(model.cp, seconds, progress, minimise=True, turns=TURNS if model.single else SMALL_LP)
    model.cp.clear_objective()  # type: ignore[no-untyped-call]
    if solve.ending is Ending.INFEASIBLE:
        raise RuntimeError("goal balance: infeasible although a division is known")
    return solve


def _improved(
    model: DivisionModel,
    best: Holders,
    solve: Solve,
    ways: TeamWays,
    keeps: Callable[[Holders], bool],
) -> Holders:
    """The better of `best` and the solved rest with its team's accounts shared out at the least cost."""
    if solve.values is None:
        return best
    found = model.read(solve.values)
    options = [found]
    seated = {i for j in ways.team.accounts if (i := found[j]) is not None}
    for way in ways.cheapest(sorted(seated)):
        options.append([way.get(j, i) for j, i in enumerate(found)])
    kept = [h for h in options if keeps(h)]
    return min([best, *kept], key=lambda h: balance(model.problem, h))
