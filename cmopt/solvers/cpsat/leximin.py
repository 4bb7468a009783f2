"""leximin and leximax: the worst-off made best off, then the next, and so on, each level by its own searches.

Level after level (S. Bouveret, M. Lemaître, Computing leximin-optimal solutions in constraint networks,
Artificial Intelligence 173, 2009), but by distinct value and by thresholds: with C managers at or below the
values settled so far, and the next of the best division at v, the most managers that can be above v are either
all but C (then the level rises), or fewer (then v is proven, and whoever else must stay at it is settled at
once). Counting managers above a threshold is close to a matching, which searches and relaxations see through;
a level as a variable is not. leximax is the same with the opposite totals.
"""

from __future__ import annotations

from cmopt.domain.goals import SENSE
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.reaching import Reaching
from cmopt.solvers.cpsat.run import Clock, Ending, Solve, run

Outcome = tuple[Holders, int | None, bool]


def prove_levels(
    model: DivisionModel,
    goal: str,
    best: Holders,
    seconds: float,
    progress: Progress,
    known: int | None = None,
) -> Outcome:
    """(best division, bound of the first level, whether all levels are proven); the model then holds them.

    known: what the first level cannot be better than. Where time runs out or a stop is asked between two
    levels, the rest is locked level by level at what the best division has: none of them may become worse.
    """
    levels = _Levels(model, goal, best, known, Clock(seconds), progress)
    while levels.settled < levels.wanted:
        if not levels.settle_next():
            levels.lock_rest()
            return levels.best, levels.bound, False
    return levels.best, levels.bound, True


class _Levels:
    """settled: how many managers are at or below the values settled so far. bound: of the first level."""

    def __init__(
        self,
        model: DivisionModel,
        goal: str,
        best: Holders,
        known: int | None,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self.model, self.best, self.clock, self.progress = model, best, clock, progress
        totals = model.problem.totals[goal]
        self.sign = 1 if SENSE[goal] == "max" else -1
        self.reaching = Reaching(model, totals, self.sign)
        self.known = None if known is None else self.sign * known // self.reaching.unit
        self.managers, self.wanted = totals.members, totals.levels
        self.settled = 0
        self.bound: int | None = self._shown(self._ceiling())

    def settle_next(self) -> bool:
        """The next value and everybody who must stay at it. False: not proven.

        The threshold just above the level is tried first, as it proves most levels at once; where the level
        rises, half-way up.
        """
        others = len(self.managers) - self.settled
        high, rising = self._ceiling(), False
        known: int | None = None
        while True:
            value = self._level()
            if self.settled == 0:
                self.bound = self._shown(high)
            if value != known:
                known = value
                self.model.cp.add(self._number(value) >= others)
            if value >= high and self.settled + 1 == self.wanted:
                self.settled += 1
                return True
            threshold = self._between(value, high) if rising else value + 1
            most = self._most_reaching(threshold)
            if most is None:
                return False
            if most >= others:
                rising = True
            elif threshold > value + 1:
                high = threshold - 1
            else:
                break
        if self.settled == 0:
            self.bound = self._shown(value)
        self.settled = len(self.managers) - most
        if self.settled < self.wanted:  # else a later goal may leave more at it: the levels stay the same
            self.model.cp.add(self._number(value + 1) >= most)
        return True

    def lock_rest(self) -> None:
        """None of the levels that are not settled may become worse than in the best division."""
        worst_first = self.reaching.worst_first(self.best)
        for k in range(self.settled, self.wanted):
            if k == self.settled or worst_first[k] > worst_first[k - 1]:
                self.model.cp.add(self._number(worst_first[k]) >= len(self.managers) - k)

    # --- helpers ---

    def _level(self) -> int:
        return self.reaching.worst_first(self.best)[self.settled]

    def _ceiling(self) -> int:
        """What the next level cannot be above."""
        ceiling = sorted(most for _, most in self.reaching.ends.values())[self.settled]
        if self.settled == 0 and self.known is not None:
            ceiling = min(ceiling, self.known)
        return max(self._level(), ceiling)

    def _between(self, value: int, high: int) -> int:
        """A threshold about half-way; value + 1 where no other total is possible below it."""
        totals = self.reaching.candidates(value, high)
        if totals is None:
            return max(value + 1, (value + high + 1) // 2)
        return totals[len(totals) // 2] if len(totals) > 1 else value + 1

    def _number(self, value: int) -> Expr:
        return sum(self.reaching.at_least(i, value) for i in self.managers)

    def _most_reaching(self, threshold: int) -> int | None:
        """How many managers can reach it, counted to all but the settled; None where that is not proven. A
        better division that is met becomes the best."""
        possible = sum(self.reaching.ends[i][1] >= threshold for i in self.managers)
        most = min(possible, len(self.managers) - self.settled)
        now = sum(total >= threshold for total in self.reaching.worst_first(self.best))
        if now >= most:
            return now
        count = self.model.cp.new_int_var(0, most, f"count_{len(self.model.derived)}")
        self.model.cp.add(count <= self._number(threshold))
        self.model.derive(
            count, lambda h: min(most, sum(t >= threshold for t in self.reaching.worst_first(h)))
        )
        solve = self._maximise(count)
        return solve.bound if solve.ending is Ending.OPTIMAL else None

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
            if self.reaching.worst_first(found) > self.reaching.worst_first(self.best):
                self.best = found
        return solve

    def _shown(self, total: int) -> int:
        """In millionths, as the goal counts it."""
        return self.sign * total * self.reaching.unit
