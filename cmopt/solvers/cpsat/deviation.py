"""The deviation goal as a linear expression; its minimum is the goal's value.

sum |W - mean| over a group of k is 2 / k * sum max(0, k W - T), T being the group's total, so one side of the
distances is enough. Who is on a team is itself decided, and with it k: the rows of each possible k hold only
where the group is that large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from cmopt.domain.problem import Spread
from cmopt.solvers.cpsat.loads import load_variable, reach
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.spreads import when_inside
from cmopt.solvers.totals import by_member


def deviation(model: DivisionModel) -> Expr:
    """Sum of weight * q, where k * scale * q >= resolution * 2 * (the group's distances above its mean)."""
    problem = model.problem
    costs: list[Expr] = []
    for spread in problem.spreads:
        if spread.weight:
            loads = {
                i: load_variable(model, spread, (i,), base, f"load_{spread.tier}_{spread.measure}_{i}")
                for i, base in zip(spread.members, spread.base, strict=True)
            }
            for team in (None, *range(len(problem.teams))) if problem.teams_apart else (None,):
                group = _Group(model, spread, team, loads)
                if group.where:
                    costs.append(spread.weight * group.steps())
    return sum(costs)


@dataclass
class _Group:
    """The members of a tier on team `team`, or (None) those on no team."""

    model: DivisionModel
    spread: Spread
    team: int | None
    loads: dict[int, Expr]
    where: dict[int, Any] = field(
        init=False
    )  # manager -> True or the literal that says they are of the group

    def __post_init__(self) -> None:
        self.name = f"{self.spread.tier}_{self.spread.measure}_{self.team}"
        self.where = {i: w for i in self.spread.members if (w := self._literal(i)) is not None}
        self.seen: tuple[Holders, dict[int, int]] | None = None
        bases = dict(zip(self.spread.members, self.spread.base, strict=True))
        self.reach = {
            i: (bases[i] + low, bases[i] + high)
            for i in self.where
            for low, high in (reach(self.model.problem, self.spread, (i,)),)
        }

    def steps(self) -> Expr:
        model, cp, spread = self.model, self.model.cp, self.spread
        sizes = self._sizes()
        inner = {i: self._inner_load(i) for i in self.where}
        low, high = self._ends_of_whole()
        whole = cp.new_int_var(low, high, f"whole_{self.name}")
        cp.add(sum(inner.values()) == whole)
        model.derive(whole, lambda h: sum(self.members(h).values()))
        above = [self._above(i, whole, sizes, low) for i in self.where]
        most = self._most_above()
        beyond = cp.new_int_var(0, max(sizes) * most, f"beyond_{self.name}")
        cp.add(sum(above) <= beyond)
        model.derive(beyond, self._beyond_mean)
        resolution = 2 * model.problem.resolution
        q = cp.new_int_var(0, -(-resolution * most // spread.scale), f"apart_{self.name}")
        for k, literals in sizes.items():
            if k:
                common = math.gcd(k * spread.scale, resolution)
                row = cp.add(k * spread.scale // common * q >= resolution // common * beyond)
                if literals:
                    row.only_enforce_if(literals)
        return model.derive(q, self._steps_of)

    def members(self, holders: Holders) -> dict[int, int]:
        """The loads of the group's members in a division."""
        if self.seen is None or self.seen[0] != holders:
            problem = self.model.problem
            teams = problem.teams if problem.teams_apart else ()
            seats = [{holders[j] for j in t.accounts} for t in teams]
            carried = by_member(self.spread, holders)
            if self.team is not None:
                group = {i: v for i, v in carried.items() if i in seats[self.team]}
            else:
                group = {i: v for i, v in carried.items() if not any(i in s for s in seats)}
            self.seen = (list(holders), group)
        return self.seen[1]

    # --- the parts ---

    def _literal(self, i: int) -> Any:
        """When manager i is of the group: always (True), never (None), or a literal."""
        literals = when_inside(self.model, i, self.team)
        if literals is None or literals is True or len(literals) == 1:
            return literals[0] if isinstance(literals, list) else literals
        free = self.model.cp.new_bool_var(f"free_{self.name}_{i}")
        self.model.cp.add_bool_and(literals).only_enforce_if(free)
        self.model.cp.add_bool_or([free, *(x.Not() for x in literals)])
        return self.model.derive(free, lambda h: int(i in self.members(h)))

    def _sizes(self) -> dict[int, list[Expr]]:
        """How large the group can be -> the literals that say that it is (none if there is only one size)."""
        cp, certain = self.model.cp, sum(w is True for w in self.where.values())
        maybe = [w for w in self.where.values() if w is not True]
        if not maybe:
            return {certain: []}
        teams, seat = self.model.problem.teams, self.model.seat
        outside = [sum(1 for u, i in seat if u == t and i not in self.where) for t in range(len(teams))]
        forced = [max(0, team.size - n) for team, n in zip(teams, outside, strict=True)]
        if self.team is not None:
            least, most = forced[self.team], min(len(maybe), teams[self.team].size)
        else:
            least, most = len(maybe) - sum(t.size for t in teams), len(maybe) - max(forced)
        sizes = range(certain + max(0, least), certain + most + 1)
        if len(sizes) < 2:
            return {k: [] for k in sizes} or {0: []}
        literals = {k: [cp.new_bool_var(f"size_{self.name}_{k}")] for k in sizes}
        cp.add_exactly_one([x for xs in literals.values() for x in xs])
        cp.add(certain + sum(maybe) == sum(k * xs[0] for k, xs in literals.items()))
        for k, xs in literals.items():
            self.model.derive(xs[0], lambda h, k=k: int(len(self.members(h)) == k))  # type: ignore[misc]
        return literals

    def _ends_of_whole(self) -> tuple[int, int]:
        """The least and the most that the group carries together."""
        least, most = reach(self.model.problem, self.spread, tuple(self.where))
        for i, base in zip(self.spread.members, self.spread.base, strict=True):
            if i in self.where:
                certain = self.where[i] is True
                least += base if certain else min(0, base)
                most += base if certain else max(0, base)
        return least, most

    def _most_above(self) -> int:
        """No more can all those above the mean lie above it: half of what all may be off some common load."""
        bases = sorted(
            b for i, b in zip(self.spread.members, self.spread.base, strict=True) if i in self.where
        )
        divided: dict[int, int] = {}
        for i in self.where:
            for j in self.model.problem.may_get[i]:
                divided[j] = max(divided.get(j, 0), abs(self.spread.of(i, j)))
        return sum(abs(b - bases[len(bases) // 2]) for b in bases) + sum(divided.values())

    def _inner_load(self, i: int) -> Expr:
        """The load of manager i in the group, 0 where they are not of it."""
        if self.where[i] is True:
            return self.loads[i]
        low, high = self.reach[i]
        inner = self.model.cp.new_int_var(min(low, 0), max(high, 0), f"inner_{self.name}_{i}")
        self.model.cp.add(inner == self.loads[i]).only_enforce_if(self.where[i])
        self.model.cp.add(inner == 0).only_enforce_if(self.where[i].Not())
        return self.model.derive(inner, lambda h: self.members(h).get(i, 0))

    def _above(self, i: int, whole: Expr, sizes: dict[int, list[Expr]], low: int) -> Expr:
        """size * load - total of the group, where that is positive."""
        cp, load = self.model.cp, self.loads[i]
        most = max(0, *(k * end - low for k in sizes for end in self.reach[i]))
        above = cp.new_int_var(0, most, f"above_{self.name}_{i}")
        for k, literals in sizes.items():
            when = literals if self.where[i] is True else [*literals, self.where[i]]
            row = cp.add(above >= k * load - whole)
            if when:
                row.only_enforce_if(when)

        def value(holders: Holders) -> int:
            members = self.members(holders)
            return max(0, len(members) * members[i] - sum(members.values())) if i in members else 0

        return self.model.derive(above, value)

    def _beyond_mean(self, holders: Holders) -> int:
        loads = list(self.members(holders).values())
        return sum(max(0, len(loads) * v - sum(loads)) for v in loads)

    def _steps_of(self, holders: Holders) -> int:
        loads = list(self.members(holders).values())
        if not loads:
            return 0
        apart = sum(abs(len(loads) * v - sum(loads)) for v in loads)
        return -(-self.model.problem.resolution * apart // (len(loads) * self.spread.scale))
