"""How many incumbents can be kept at most: a bound on continuity that needs no search.

Every account has at most one eligible incumbent, so the only things that stand between managers and what
they hold are the caps on each manager alone and the seats of the team. Off the team, a manager keeps the
best the caps allow; on it, all of the team's accounts that were theirs; the seats go to those who gain most.
Where this bound is reached, it settles who is on the team and what everybody keeps, which fixes most of
the division before the later goals are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from cmopt.domain.problem import Problem
from cmopt.solvers.cpsat.model import DivisionModel, weighted

Kept = tuple[int, int]  # accounts, then their balance


@dataclass(frozen=True, slots=True)
class Keeping:
    """The bound (accounts, then balance), and for each eligible incumbent and everybody who may be on the team
    what reaching it leaves open.

    `on_team[i]`: True, False, or None where either will do. `off[i]`: what is kept off the team; `beside[i]`:
    what is kept by a member besides the team's accounts.
    """

    bound: Kept
    on_team: dict[int, bool | None]
    off: dict[int, Kept]
    beside: dict[int, Kept]


def keeping(problem: Problem) -> Keeping | None:
    """None where this counting would not be exact: caps that overlap, several teams, a team not apart."""
    capped: set[int] = set()
    for cap in problem.hard_caps:
        if capped & set(cap.accounts):
            return None
        capped |= set(cap.accounts)
    seats = problem.teams[0].size if problem.teams else 0
    in_team = set(problem.teams[0].accounts) if problem.teams else set()
    if len(problem.teams) > 1 or capped & in_team:
        return None
    excluded = set(problem.teams[0].excluded) if problem.teams else set()
    off: dict[int, Kept] = {}
    beside: dict[int, Kept] = {}
    gain: dict[int, Kept] = {}
    keepers = {i for i in problem.keeper if i is not None}
    for i in sorted(keepers | {i for j in in_team for i in problem.may_hold[j]}):
        own = [j for j, k in enumerate(problem.keeper) if k == i]
        seated = _sum(problem, [j for j in own if j in in_team])
        off[i] = _within_caps(problem, [j for j in own if j not in in_team])
        beside[i] = _within_caps(problem, [j for j in own if j not in in_team | excluded])
        gain[i] = (seated[0] + beside[i][0] - off[i][0], seated[1] + beside[i][1] - off[i][1])
    best = sorted((g for g in gain.values() if g > (0, 0)), reverse=True)
    taken = best[:seats]
    bound = (
        sum(k[0] for k in off.values()) + sum(g[0] for g in taken),
        sum(k[1] for k in off.values()) + sum(g[1] for g in taken),
    )
    return Keeping(bound, {i: _settled(g, best, seats) for i, g in gain.items()}, off, beside)


def _settled(gain: Kept, best: list[Kept], seats: int) -> bool | None:
    """Whether a manager with this gain is on the team in every division that reaches the bound."""
    if len(best) > seats:
        last_in, first_out = best[seats - 1] if seats else None, best[seats]
        if gain > first_out:
            return True
        if last_in is None or gain < last_in:
            return False
        return None
    if gain > (0, 0):
        return True
    return None if gain == (0, 0) and len(best) < seats else False


def _within_caps(problem: Problem, accounts: list[int]) -> Kept:
    left = set(accounts)
    kept: list[int] = []
    for cap in problem.hard_caps:
        inside = sorted(left & set(cap.accounts), key=lambda j: (-problem.balance[j], j))
        kept += inside[: cap.k]
        left -= set(cap.accounts)
    return _sum(problem, [*kept, *left])


def _sum(problem: Problem, accounts: list[int]) -> Kept:
    return len(accounts), sum(problem.balance[j] for j in accounts)


def fix_kept(model: DivisionModel, kept: Keeping) -> None:
    """What reaching the bound in accounts and in balance settles, as constraints."""
    problem = model.problem
    in_team = set(problem.teams[0].accounts) if problem.teams else set()
    for i, on_team in kept.on_team.items():
        own = [j for j, k in enumerate(problem.keeper) if k == i]
        seat = model.seat.get((0, i), 0)
        if on_team is not None and (0, i) in model.seat:
            model.cp.add(seat == on_team)
        for j in own:
            if j in in_team:
                model.cp.add(model.hold[i, j] == seat)
        others = [j for j in own if j not in in_team]
        if others:
            (off, worth), (beside, worth_beside) = kept.off[i], kept.beside[i]
            held = [model.hold[i, j] for j in others]
            figures = [problem.balance[j] for j in others]
            model.cp.add(sum(held) == off + (beside - off) * seat)
            model.cp.add(weighted(held, figures) == worth + (worth_beside - worth) * seat)
