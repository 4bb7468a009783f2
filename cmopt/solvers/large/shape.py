"""A problem as arrays over units: loads, rows that are linear in them, goals that are sums or made of rows.

The rows and their names are those of models/README.md, "Bounds from duals".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from cmopt.domain.declared import WHOLE
from cmopt.domain.goals import LEXICOGRAPHIC, SENSE
from cmopt.domain.problem import Bools, Ints, Pair, Problem
from cmopt.solvers.large.supported import SUMS


@dataclass(frozen=True)
class Units:
    """Accounts that have the same manager, as one: their numbers, who may hold them, who may be left out.

    of[j]: the unit of account j. may[i, u]; out[u]: it may be left out. forced: units with a pin or a keeper
    that must be kept.
    """

    of: Ints
    accounts: tuple[tuple[int, ...], ...]
    may: Bools
    out: Bools

    @classmethod
    def of_problem(cls, problem: Problem) -> Units:
        unit_of = _joined(len(problem.accounts), problem.together)
        n = int(unit_of.max(initial=-1)) + 1
        members: list[list[int]] = [[] for _ in range(n)]
        for j, u in enumerate(unit_of.tolist()):
            members[u].append(j)
        if n == len(problem.accounts):
            may = problem.eligible.copy()
        else:
            may = np.ones((len(problem.managers), n), dtype=np.bool_)
            barred = np.nonzero(~problem.eligible)
            may[barred[0], unit_of[barred[1]]] = False
        out = np.ones(n, dtype=np.bool_)
        fixed = list(problem.pins)
        if problem.keep_is_rule:
            fixed += [(i, j) for j, i in enumerate(problem.keeper) if i is not None]
        for i, j in fixed:
            u = int(unit_of[j])
            only = np.zeros(len(problem.managers), dtype=np.bool_)
            only[i] = True
            may[:, u] &= only
            out[u] = False
        return cls(unit_of, tuple(map(tuple, members)), may, out)

    def __len__(self) -> int:
        return len(self.accounts)

    def added(self, by_account: Ints) -> Ints:
        """Figures by account (in the last place of the array's shape) added up by unit."""
        if len(self) == len(self.of):
            return by_account
        shape = (*by_account.shape[:-1], len(self))
        total = np.zeros(shape, dtype=np.int64)
        np.add.at(total.T, self.of, by_account.T)
        return total

    def holders(self, held: Ints) -> list[int | None]:
        """Manager by account from manager by unit (-1: left out)."""
        return [None if i < 0 else i for i in held[self.of].tolist()]

    def held(self, holders: Sequence[int | None]) -> Ints:
        """Manager by unit; of accounts with different ones the first account's counts."""
        first = [holders[js[0]] for js in self.accounts]
        return np.array([-1 if i is None else i for i in first], dtype=np.int64)


@dataclass(frozen=True)
class Loads:
    """What units weigh on managers: load[u], or by pair[i, u] where managers differ; base[i]; member[i]."""

    load: Ints
    pair: Ints | None
    base: Ints
    member: Bools

    def on(self, managers: Ints, units: Ints) -> Ints:
        """By pair; 0 on whoever is no member and where nobody (-1) holds it."""
        weight = self.load[units] if self.pair is None else self.pair[managers, units]
        return np.where((managers >= 0) & self.member[managers], weight, 0)

    def matrix(self) -> Ints:
        every = self.load[None, :] if self.pair is None else self.pair
        return every * self.member[:, None]

    def totals(self, held: Ints) -> Ints:
        """What every manager carries."""
        inside = np.flatnonzero(held >= 0)
        total = self.base.copy()
        np.add.at(total, held[inside], self.on(held[inside], inside))
        return total

    @cached_property
    def size(self) -> int:
        """About what a member carries."""
        most = self.load if self.pair is None else self.pair.max(axis=0, initial=0)
        members = max(1, int(self.member.sum()))
        return max(1, (int(np.abs(most).sum()) + int(np.abs(self.base).sum())) // members)


@dataclass(frozen=True)
class Row:
    """`every` * sum of W + sum of weights * W of the named managers - factor * own variable <= end.

    price: of the own variable, in `goal`; None: hard, without one.
    """

    name: str
    loads: int
    every: int
    weights: Mapping[int, int]
    end: int
    factor: int = 0
    price: int | None = None
    goal: str = "penalty"
    slack: int = -1  # which variable, for rows of a spread all the same one


@dataclass(frozen=True)
class Group:
    """A limit or a cap: managers by unit (unit_of[i], -1: none), ends by unit, or within p of the mean."""

    name: str
    loads: int
    unit_of: Ints
    least: tuple[int | None, ...]
    most: tuple[int | None, ...]
    within: int | None
    price: int | None
    step: int


@dataclass(frozen=True)
class Span:
    """A term of `balance`: weight * ceil(resolution * (max - min) / scale) over members."""

    name: str
    loads: int
    weight: int
    scale: int


@dataclass(frozen=True)
class Sum:
    """A goal that is a sum over units, in minimised form: on[i, u] for who holds it, out[u] if nobody does."""

    on: Ints
    out: Ints


@dataclass(frozen=True)
class Shape:
    """Everything of a problem that the large solver looks at."""

    problem: Problem
    units: Units
    loads: tuple[Loads, ...]
    groups: tuple[Group, ...]
    spans: tuple[Span, ...]
    sums: Mapping[str, Sum]
    totals: Mapping[str, int]  # leximin, leximax -> loads
    rows: tuple[Row, ...] = field(default=())

    @classmethod
    def of(cls, problem: Problem) -> Shape:
        units = Units.of_problem(problem)
        kept = _Kept(problem, units)
        groups = [kept.cap(c.key, c.accounts, c.k, c.price) for c in problem.caps]
        for limit in problem.limits:
            unit_of = np.full(len(problem.managers), -1, dtype=np.int64)
            base = np.zeros(len(problem.managers), dtype=np.int64)
            for u, members in enumerate(limit.units):
                unit_of[list(members)] = u
                if members:
                    base[members[0]] = limit.base[u]
            at = kept.loads(limit.load, limit.pair, base, unit_of >= 0)
            groups.append(
                Group(limit.key, at, unit_of, limit.least, limit.most, limit.within, limit.price, limit.step)
            )
        spans = []
        for spread in problem.spreads if any(g.name == "balance" for g in problem.goals) else ():
            base, member = _of_members(problem, spread.members, spread.base)
            at = kept.loads(spread.load, spread.pair, base, member)
            spans.append(Span(f"{spread.tier}/{spread.measure}", at, spread.weight, spread.scale))
        totals: dict[str, int] = {}
        for goal in problem.goals:
            if goal.name in LEXICOGRAPHIC:
                t = problem.totals[goal.name]
                base, member = _of_members(problem, t.members, t.base)
                totals[goal.name] = kept.loads(t.load, t.pair, base, member)
        sums: dict[str, Sum] = {g.name: _sum(problem, units, g.name) for g in problem.goals if g.name in SUMS}
        shape = cls(problem, units, tuple(kept.found), tuple(groups), tuple(spans), sums, totals)
        return cls(problem, units, shape.loads, shape.groups, shape.spans, sums, totals, tuple(_rows(shape)))

    @cached_property
    def names(self) -> dict[str, Row]:
        return {r.name: r for r in self.rows}

    def steps(self, goal: str) -> int:
        """What every value of the goal is a multiple of: the greatest common divisor of what it is made of."""
        may, out = self.units.may, self.units.out
        if goal in self.sums:
            s = self.sums[goal]
            return _gcd(s.on[may], s.out[out])
        if goal == "penalty":
            return math.gcd(*(g.price for g in self.groups if g.price is not None)) or 1
        if goal == "balance":
            return math.gcd(*(s.weight for s in self.spans)) or 1
        loads = self.loads[self.totals[goal]]
        inside = may & loads.member[:, None]
        figures = loads.load[inside.any(axis=0)] if loads.pair is None else loads.pair[inside]
        return _gcd(loads.base[loads.member], figures)


def merged(shape: Shape, group: Ints) -> Shape:
    """The shape with the units of one group (numbered from 0) as one."""
    n = int(group.max(initial=-1)) + 1
    units = shape.units
    may, out = np.ones((len(units.may), n), dtype=np.bool_), np.ones(n, dtype=np.bool_)
    np.logical_and.at(may.T, group, units.may.T)
    np.logical_and.at(out, group, units.out)
    members: list[list[int]] = [[] for _ in range(n)]
    for u, g in enumerate(group.tolist()):
        members[g] += units.accounts[u]
    coarse = Units(group[units.of], tuple(map(tuple, members)), may, out)

    def added(figures: Ints) -> Ints:
        total = np.zeros((*figures.shape[:-1], n), dtype=np.int64)
        np.add.at(total.T, group, figures.T)
        return total

    loads = [
        replace(v, load=added(v.load), pair=None if v.pair is None else added(v.pair)) for v in shape.loads
    ]
    sums = {k: Sum(added(s.on), added(s.out)) for k, s in shape.sums.items()}
    return replace(shape, units=coarse, loads=tuple(loads), sums=sums)


def restricted(shape: Shape, chosen: Ints, held: Ints) -> tuple[Shape, dict[str, int]]:
    """(the shape of the chosen units alone, with all others held as given; what those bring to every sum)."""
    units = shape.units
    others = np.ones(len(units), dtype=np.bool_)
    others[chosen] = False
    fixed = np.where(others, held, -1)
    loads = [
        replace(
            v,
            load=v.load[chosen],
            pair=None if v.pair is None else v.pair[:, chosen],
            base=v.totals(fixed),
        )
        for v in shape.loads
    ]
    inside, outside = np.flatnonzero(others & (held >= 0)), np.flatnonzero(others & (held < 0))
    given = {
        k: int(s.on[held[inside], inside].sum()) + int(s.out[outside].sum()) for k, s in shape.sums.items()
    }
    sums = {k: Sum(s.on[:, chosen], s.out[chosen]) for k, s in shape.sums.items()}
    few = Units(
        np.arange(len(chosen)),
        tuple(units.accounts[u] for u in chosen.tolist()),
        units.may[:, chosen],
        units.out[chosen],
    )
    return replace(shape, units=few, loads=tuple(loads), sums=sums), given


def _gcd(*figures: Ints) -> int:
    return math.gcd(*(int(np.gcd.reduce(f)) for f in figures if f.size)) or 1


class _Kept:
    """The loads met so far, each once."""

    def __init__(self, problem: Problem, units: Units) -> None:
        self.problem, self.units = problem, units
        self.found: list[Loads] = []
        self._at: dict[tuple[bytes, ...], int] = {}

    def loads(self, load: Sequence[int], pair: Mapping[Pair, int], base: Ints, member: Bools) -> int:
        plain = np.array(load, dtype=np.int64)
        matrix = None
        if pair:
            matrix = np.repeat(plain[None, :], len(self.problem.managers), axis=0)
            at = np.array(list(pair), dtype=np.int64)
            matrix[at[:, 0], at[:, 1]] = list(pair.values())
            matrix = self.units.added(matrix)
        return self._keep(Loads(self.units.added(plain), matrix, base, member))

    def cap(self, key: str, accounts: Iterable[int], k: int, price: int | None) -> Group:
        counted = np.zeros(len(self.problem.accounts), dtype=np.int64)
        counted[list(accounts)] = 1
        m = len(self.problem.managers)
        nothing, all_ = np.zeros(m, dtype=np.int64), np.ones(m, dtype=np.bool_)
        at = self._keep(Loads(self.units.added(counted), None, nothing, all_))
        return Group(f"cap:{key}", at, np.arange(m), (None,) * m, (k,) * m, None, price, 1)

    def _keep(self, loads: Loads) -> int:
        pair = b"" if loads.pair is None else loads.pair.tobytes()
        key = (loads.load.tobytes(), pair, loads.base.tobytes(), loads.member.tobytes())
        if key not in self._at:
            self._at[key] = len(self.found)
            self.found.append(loads)
        return self._at[key]


def _joined(n: int, together: Iterable[Sequence[int]]) -> Ints:
    """Number of the unit of each account, in the order of the units' first accounts."""
    top = list(range(n))

    def root(j: int) -> int:
        while top[j] != j:
            top[j] = top[top[j]]
            j = top[j]
        return j

    for accounts in together:
        for j in accounts[1:]:
            a, b = root(accounts[0]), root(j)
            top[max(a, b)] = min(a, b)
    roots = np.array([root(j) for j in range(n)], dtype=np.int64)
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _of_members(problem: Problem, members: Sequence[int], base: Sequence[int]) -> tuple[Ints, Bools]:
    carried = np.zeros(len(problem.managers), dtype=np.int64)
    member = np.zeros(len(problem.managers), dtype=np.bool_)
    carried[list(members)] = base
    member[list(members)] = True
    return carried, member


def _sum(problem: Problem, units: Units, goal: str) -> Sum:
    m, n = len(problem.managers), len(problem.accounts)
    on, out = np.zeros((m, n), dtype=np.int64), np.zeros(n, dtype=np.int64)
    balance = np.array(problem.balance, dtype=np.int64)
    if goal == "coverage":
        out[:] = 1
    elif goal == "coverage_balance":
        out = balance
    elif goal.startswith("continuity"):
        kept = np.array([j for j, i in enumerate(problem.keeper) if i is not None], dtype=np.int64)
        who = np.array([i for i in problem.keeper if i is not None], dtype=np.int64)
        on[who, kept] = 1 if goal == "continuity" else balance[kept]
    else:
        figures = {
            "fit": problem.fit,
            "cost": problem.cost,
            "bids": problem.bid,
            "handovers": problem.handover,
            "tier_preference": problem.tier_place,
            "jurisdiction": problem.outside.astype(np.int64),
            "draw": problem.draw,
        }[goal]
        assert figures is not None
        on = figures
    sign = 1 if SENSE[goal] == "min" else -1
    return Sum(sign * units.added(on), sign * units.added(out))


# --- rows --------------------------------------------------------------------------------------------


def _rows(shape: Shape) -> list[Row]:
    ids = shape.problem.managers
    found: list[Row] = []
    for group in shape.groups:
        found += _of_group(group, ids)
    resolution = shape.problem.resolution
    for at, span in enumerate(shape.spans):
        for i in np.flatnonzero(shape.loads[span.loads].member).tolist():
            for side, sign in (("high", 1), ("low", -1)):
                found.append(
                    Row(f"{side}:{span.name}:{ids[i]}", span.loads, 0, {i: sign * resolution}, 0, slack=at)
                )
    for goal, at in shape.totals.items():
        for i in np.flatnonzero(shape.loads[at].member).tolist():
            found.append(Row(f"total:{goal}:{ids[i]}", at, 0, {i: 1 if goal == "leximax" else -1}, 0))
    return found


def _of_group(group: Group, ids: Sequence[str]) -> Iterable[Row]:
    units = [np.flatnonzero(group.unit_of == u).tolist() for u in range(len(group.most))]
    n = len(units)
    for u, members in enumerate(units):
        whom = "+".join(ids[i] for i in members)
        step, price = group.step, group.price
        least, most = group.least[u], group.most[u]
        if group.name.startswith("cap:"):
            assert most is not None
            yield Row(f"{group.name}:{whom}", group.loads, 0, dict.fromkeys(members, 1), most, 1, price)
            continue
        if least is not None:
            weights = dict.fromkeys(members, -1)
            yield Row(f"least:{group.name}:{whom}", group.loads, 0, weights, -least, step, price)
        if most is not None:
            weights = dict.fromkeys(members, 1)
            yield Row(f"most:{group.name}:{whom}", group.loads, 0, weights, most, step, price)
        if group.within is not None:
            p, factor = group.within, WHOLE * n * step
            up, down = dict.fromkeys(members, WHOLE * n), dict.fromkeys(members, -WHOLE * n)
            yield Row(f"above:{group.name}:{whom}", group.loads, -WHOLE - p, up, 0, factor, price)
            yield Row(f"below:{group.name}:{whom}", group.loads, WHOLE - p, down, 0, factor, price)
