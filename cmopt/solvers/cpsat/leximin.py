"""leximin and leximax: the worst-off made best off, then the next, and so on, each level by its own search.

Level after level (S. Bouveret, M. Lemaître, Computing leximin-optimal solutions in constraint networks,
Artificial Intelligence 173, 2009), but by distinct value: with C managers at or below the values settled so
far, the largest y that all but C of them reach is the next value; then as few as can be are left at it, and
these are settled at once. leximax is the same with the opposite totals.
"""

from __future__ import annotations

import math
from typing import Any

from cmopt.domain.goals import SENSE
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.loads import load_variable, reach
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.run import Clock, Ending, Solve, run
from cmopt.solvers.totals import by_member

Outcome = tuple[Holders, int | None, bool]


def prove_levels(
    model: DivisionModel, goal: str, best: Holders, seconds: float, progress: Progress
) -> Outcome:
    """(best division, bound of the first level, whether all levels are proven); the model then holds them.

    Where time runs out or a stop is asked between two levels, the rest is locked level by level at what the
    best division has: none of them may become worse.
    """
    levels = _Levels(model, goal, best, Clock(seconds), progress)
    while levels.settled < levels.wanted:
        if not (levels.raise_next() and levels.leave_fewest()):
            levels.lock_rest()
            return levels.best, levels.bound, False
    return levels.best, levels.bound, True


class _Levels:
    """What is settled so far.

    settled: how many managers are at or below the values settled. above[i]: True, False or a literal that
    manager i is above them if it is true. Totals count as something to be made large (of leximax the opposite),
    in the greatest unit that divides every figure. bound: of the first level.
    """

    def __init__(
        self, model: DivisionModel, goal: str, best: Holders, clock: Clock, progress: Progress
    ) -> None:
        self.model, self.best, self.clock, self.progress = model, best, clock, progress
        self.totals = totals = model.problem.totals[goal]
        self.sign = 1 if SENSE[goal] == "max" else -1
        self.unit = math.gcd(*totals.base, *totals.load, *totals.pair.values()) or 1
        self.wanted = totals.levels
        self.total: dict[int, Expr] = {}
        self.reach: dict[int, tuple[int, int]] = {}
        for i, base in zip(totals.members, totals.base, strict=True):
            total = load_variable(model, totals, (i,), base, f"{goal}_{i}", self.unit)
            ends = sorted(self.sign * (base + end) // self.unit for end in reach(model.problem, totals, (i,)))
            self.total[i], self.reach[i] = self.sign * total, (ends[0], ends[1])
        self.settled = 0
        self.above: dict[int, Any] = dict.fromkeys(totals.members, True)
        self.bound: int | None = self._shown(sorted(most for _, most in self.reach.values())[0])

    def raise_next(self) -> bool:
        """The next value: the largest that all but the settled can reach. False: not proven."""
        k = self.settled
        value = self._sorted(self.best)[k]
        ceiling = sorted(most for _, most in self.reach.values())[k]
        reached: Expr = value
        if value < ceiling:
            reached = self.model.cp.new_int_var(value, ceiling, f"level_{len(self.model.derived)}")
            self.model.derive(reached, lambda h: self._sorted(h)[k])
        for i, above in self.above.items():
            if above is not False and self.reach[i][0] < ceiling:
                row = self.model.cp.add(self.total[i] >= reached)
                if above is not True:
                    row.only_enforce_if(above)
        if value < ceiling:
            solve = self._maximise(reached)
            if k == 0 and solve.bound is not None:
                self.bound = self._shown(solve.bound)
            if solve.ending is not Ending.OPTIMAL:
                return False
            self.model.cp.add(reached == self._sorted(self.best)[k])
        return True

    def leave_fewest(self) -> bool:
        """As few as can be at that value: they are settled with it. False: not proven."""
        if self.settled + 1 == self.wanted:
            self.settled += 1
            return True
        value = self._sorted(self.best)[self.settled]
        before, self.above = self.above, {}
        for i, above in before.items():
            self.above[i] = False if above is False else self._reaches(i, value + 1)
            if above is not True and not isinstance(self.above[i], bool):
                self.model.cp.add_implication(self.above[i], above)
        left_at = sum(total <= value for total in self._sorted(self.best))
        certain = sum(above is False for above in self.above.values())
        if left_at > max(self.settled + 1, certain):
            solve = self._maximise(self._number_above())
            if solve.ending is not Ending.OPTIMAL:
                return False
            left_at = sum(total <= value for total in self._sorted(self.best))
        if left_at < self.wanted:  # else a later goal may leave more at it: the levels asked for stay the same
            self.model.cp.add(self._number_above() >= len(self.above) - left_at)
        self.settled = left_at
        return True

    def lock_rest(self) -> None:
        """None of the levels that are not settled may become worse than in the best division."""
        worst_first = self._sorted(self.best)
        for k in range(self.settled, self.wanted):
            if k == self.settled or worst_first[k] > worst_first[k - 1]:
                reaching = [self._reaches(i, worst_first[k]) for i in self.total]
                self.model.cp.add(sum(reaching) >= len(self.total) - k)

    # --- helpers ---

    def _reaches(self, i: int, value: int) -> Any:
        """Whether manager i has at least `value`: True, False, or a literal of which that follows."""
        least, most = self.reach[i]
        if least >= value or most < value:
            return least >= value
        literal = self.model.cp.new_bool_var(f"reaches_{i}_{len(self.model.derived)}")
        self.model.cp.add(self.total[i] >= value).only_enforce_if(literal)
        return self.model.derive(literal, lambda h: int(self._of(h)[i] >= value))

    def _number_above(self) -> Expr:
        return sum(self.above.values())

    def _maximise(self, expr: Expr) -> Solve:
        """One search from the best division; what it finds becomes the best where it is better."""
        seconds = self.clock.left()
        if seconds <= 0 or self.progress.stop_asked():
            return Solve(Ending.UNKNOWN, None, None, 0.0)
        self.model.cp.maximize(expr)
        self.model.hint(self.best)
        solve = run(self.model.cp, seconds, self.progress, minimise=False)
        self.model.cp.clear_objective()  # type: ignore[no-untyped-call]
        if solve.ending is Ending.INFEASIBLE:
            raise RuntimeError("a level: infeasible although a division is known")
        if solve.values is not None:
            found = self.model.read(solve.values)
            if self._sorted(found) > self._sorted(self.best):
                self.best = found
        return solve

    def _of(self, holders: Holders) -> dict[int, int]:
        carried = by_member(self.totals, holders)
        return {i: self.sign * total // self.unit for i, total in carried.items()}

    def _sorted(self, holders: Holders) -> list[int]:
        """The totals, the worst-off first."""
        return sorted(self._of(holders).values())

    def _shown(self, total: int) -> int:
        """In millionths, as the goal counts it."""
        return self.sign * total * self.unit
