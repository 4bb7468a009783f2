"""The division as models/README.md writes it down, and nothing more: the textbook model of the baselines.

Rules and goals are formulated once, over an `Engine` (CP-SAT or a MILP solver, see `engines.py`). No cuts, no
bounds counted beforehand, no symmetry, nothing enumerated. Shares no code with the product's solvers, only the
arrays of Problem; the benchmark audits what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cmopt.domain.problem import Problem, Spread, TeamSeats

Var = Any
Terms = list[tuple[int, Var]]  # the sum of coefficient * variable
Holders = Sequence[int | None]


class Engine(Protocol):
    """What the formulation asks of a solver."""

    def boolean(self) -> Var: ...

    def integer(self, most: int) -> Var:
        """A whole number from 0 to `most`."""

    def amount(self, least: int, most: int) -> Var:
        """A load: whole numbers or not, as suits the solver."""

    def add(self, terms: Terms, least: int | None, most: int | None) -> None:
        """least <= terms <= most."""

    def add_if(self, on: list[Var], off: list[Var], terms: Terms, most: int) -> None:
        """terms <= most wherever all of `on` are 1 and all of `off` are 0."""


@dataclass
class PlainModel:
    """`hold[i, j]`: manager i holds account j; `out[j]`: nobody does; `seat[t, i]`: i is on team t.

    `derived`: the goals' auxiliary variables, each with its value in a division, so that hints are complete.
    """

    problem: Problem
    engine: Engine
    hold: dict[tuple[int, int], Var] = field(default_factory=dict)
    out: list[Var] = field(default_factory=list)
    seat: dict[tuple[int, int], Var] = field(default_factory=dict)
    derived: list[tuple[Var, Callable[[Holders], int]]] = field(default_factory=list)

    @classmethod
    def of(cls, problem: Problem, engine: Engine) -> PlainModel:
        """All rules. ValueError where the problem has any that are not formulated here."""
        wider = bool(problem.limits or problem.same) or any(c.price is not None for c in problem.caps)
        if wider or any(s.pair for s in problem.spreads):
            raise ValueError("limits, prices, backups and loads by pair are not part of the plain model")
        model = cls(problem, engine)
        model.add_accounts()
        model.add_pins()
        model.add_caps()
        for t, team in enumerate(problem.teams):
            model.add_team(t, team)
        return model

    def goal(self, name: str) -> Terms:
        """The goal's terms; what they need is added to the model."""
        return GOALS[name](self)

    def hint(self, holders: Holders) -> list[tuple[Var, int]]:
        """The value of every variable in a division."""
        values = [(x, int(holders[j] == i)) for (i, j), x in self.hold.items()]
        values += [(o, int(holders[j] is None)) for j, o in enumerate(self.out)]
        values += [(y, int(self.on_team(holders, t, i))) for (t, i), y in self.seat.items()]
        return values + [(variable, value(holders)) for variable, value in self.derived]

    def read(self, value: Callable[[Var], float]) -> list[int | None]:
        holders: list[int | None] = [None] * len(self.problem.accounts)
        for (i, j), x in self.hold.items():
            if value(x) > 0.5:
                holders[j] = i
        return holders

    # --- rules (section 4) ---

    def add_accounts(self) -> None:
        for j, managers in enumerate(self.problem.may_hold):
            self.out.append(self.engine.boolean())
            for i in managers:
                self.hold[i, j] = self.engine.boolean()
            self.engine.add([(1, self.out[j])] + [(1, self.hold[i, j]) for i in managers], 1, 1)

    def add_pins(self) -> None:
        kept = [(i, j) for j, i in enumerate(self.problem.keeper) if i is not None]
        for pair in (*self.problem.pins, *(kept if self.problem.keep_is_rule else [])):
            self.engine.add([(1, self.hold[pair])], 1, 1)

    def add_caps(self) -> None:
        for cap in self.problem.caps:
            for i in range(len(self.problem.managers)):
                held = self.held(i, cap.accounts)
                if len(held) > cap.k:
                    self.engine.add(held, None, cap.k)

    def add_team(self, t: int, team: TeamSeats) -> None:
        for i in sorted({i for j in team.accounts for i in self.problem.may_hold[j]}):
            seat = self.seat[t, i] = self.engine.boolean()
            held = self.held(i, team.accounts)
            for _, x in held:
                self.engine.add([(1, x), (-1, seat)], None, 0)
            self.engine.add([*held, (-team.least, seat)], 0, None)
            for _, x in self.held(i, team.excluded):
                self.engine.add([(1, x), (1, seat)], None, 1)
        self.engine.add([(1, y) for (u, _), y in self.seat.items() if u == t], team.size, team.size)

    def held(self, i: int, accounts: Sequence[int]) -> Terms:
        return [(1, self.hold[i, j]) for j in accounts if (i, j) in self.hold]

    def on_team(self, holders: Holders, t: int, i: int) -> bool:
        return any(holders[j] == i for j in self.problem.teams[t].accounts)


# --- goals (section 5) -------------------------------------------------------------------------------


def coverage(model: PlainModel) -> Terms:
    return [(1, o) for o in model.out]


def coverage_balance(model: PlainModel) -> Terms:
    return list(zip(model.problem.balance, model.out, strict=True))


def continuity(model: PlainModel) -> Terms:
    return [(1, model.hold[i, j]) for j, i in enumerate(model.problem.keeper) if i is not None]


def continuity_balance(model: PlainModel) -> Terms:
    balance = model.problem.balance
    return [(balance[j], model.hold[i, j]) for j, i in enumerate(model.problem.keeper) if i is not None]


def jurisdiction(model: PlainModel) -> Terms:
    return [(1, x) for pair, x in model.hold.items() if model.problem.outside[pair]]


def draw(model: PlainModel) -> Terms:
    return [(int(model.problem.draw[pair]), x) for pair, x in model.hold.items()]


# --- merit (5.5) -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Thing:
    """Something of worth that a manager may hold: an account of no team, or a seat on team `team`."""

    level: int
    variable: Var
    is_open: bool
    wanted_by: frozenset[int]
    account: int | None = None
    team: int | None = None


def merit(model: PlainModel) -> Terms:
    """For each pair (a, b) and level: envy >= (b holds something open that a may hold) - (a has as much)."""
    problem, engine = model.problem, model.engine
    things = [things_of(model, i) for i in range(len(problem.managers))]
    has: dict[tuple[int, int], Terms] = {}
    envies: Terms = []
    for b, of_b in enumerate(things):
        for a in range(len(problem.managers)):
            envied = [h for h in of_b if h.level > 0 and h.is_open and a in h.wanted_by]
            if not envied or not problem.ranks_before(a, b):
                continue
            envy = engine.boolean()
            model.derived.append((envy, envy_value(model, a, b, things[a], envied)))
            envies.append((1, envy))
            for level in sorted({h.level for h in envied}):
                if (a, level) not in has:
                    has[a, level] = has_level(model, a, [h for h in things[a] if h.level >= level])
                theirs = [h for h in envied if h.level == level]
                for group in [theirs] if at_most_one(problem, theirs) else [[h] for h in theirs]:
                    held = [(1, h.variable) for h in group]
                    engine.add([*held, *((-c, x) for c, x in has[a, level]), (-1, envy)], None, 0)
    return envies


def things_of(model: PlainModel, i: int) -> list[Thing]:
    problem = model.problem
    of_teams = {j for t in problem.teams for j in t.accounts}
    things = [
        Thing(
            problem.level[j],
            model.hold[i, j],
            problem.incumbent[j] != i,
            frozenset(problem.may_hold[j]),
            account=j,
        )
        for j in problem.may_get[i]
        if j not in of_teams
    ]
    for t, team in enumerate(problem.teams):
        if (t, i) in model.seat:
            seatable = frozenset(k for u, k in model.seat if u == t)
            things.append(Thing(team.level, model.seat[t, i], not team.served[i], seatable, team=t))
    return things


def has_level(model: PlainModel, i: int, things: Sequence[Thing]) -> Terms:
    """1 where i holds any of these: their sum, or a variable below it where several can be held."""
    held = [(1, h.variable) for h in things]
    if at_most_one(model.problem, things):
        return held
    either = model.engine.boolean()
    model.engine.add([(1, either), *((-c, x) for c, x in held)], None, 0)
    model.derived.append((either, lambda holders: int(any(holds(model, holders, i, h) for h in things))))
    return [(1, either)]


def at_most_one(problem: Problem, things: Sequence[Thing]) -> bool:
    """Whether the rules let one manager hold only one of these."""
    accounts = {h.account for h in things if h.account is not None}
    teams = {h.team for h in things if h.team is not None}
    together = len(accounts) <= 1 or any(c.k == 1 and accounts <= set(c.accounts) for c in problem.caps)
    return together and len(teams) <= 1 and all(accounts <= set(problem.teams[t].excluded) for t in teams)


def holds(model: PlainModel, holders: Holders, i: int, thing: Thing) -> bool:
    if thing.team is not None:
        return model.on_team(holders, thing.team, i)
    return thing.account is not None and holders[thing.account] == i


def envy_value(
    model: PlainModel, a: int, b: int, own: Sequence[Thing], envied: Sequence[Thing]
) -> Callable[[Holders], int]:
    def value(holders: Holders) -> int:
        theirs = max((h.level for h in envied if holds(model, holders, b, h)), default=0)
        mine = max((h.level for h in own if holds(model, holders, a, h)), default=0) if theirs else 0
        return int(theirs > mine)

    return value


# --- balance (5.6) -----------------------------------------------------------------------------------


def balance(model: PlainModel) -> Terms:
    """weight * q for each group of each spread, scale * q >= resolution * (high - low)."""
    teams = range(len(model.problem.teams)) if model.problem.teams_apart else range(0)
    terms: Terms = []
    for spread in model.problem.spreads:
        for team in (None, *teams):
            if spread.weight and (team is None or any((team, i) in model.seat for i in spread.members)):
                terms.append((spread.weight, group_spread(model, spread, team)))
    return terms


def group_spread(model: PlainModel, spread: Spread, team: int | None) -> Var:
    """q of the tier's members on `team`, or (None) of those who are on no team compared apart."""
    problem, engine = model.problem, model.engine
    members = list(zip(spread.members, spread.base, strict=True))
    may_carry = [(b, [spread.load[j] for j in problem.may_get[i]]) for i, b in members]
    bottom = min(b + sum(v for v in loads if v < 0) for b, loads in may_carry)
    top = max(b + sum(v for v in loads if v > 0) for b, loads in may_carry)
    high, low = engine.amount(bottom, top), engine.amount(bottom, top)
    q = engine.integer(-(-problem.resolution * (top - bottom) // spread.scale))
    for i, base in members:
        load = [(spread.load[j], model.hold[i, j]) for j in problem.may_get[i] if spread.load[j]]
        seats = [y for (_, k), y in model.seat.items() if k == i] if problem.teams_apart else []
        if team is not None and (team, i) not in model.seat:
            continue
        on, off = ([], seats) if team is None else ([model.seat[team, i]], [])
        engine.add_if(on, off, [*load, (-1, high)], -base)
        engine.add_if(on, off, [(1, low), *((-v, x) for v, x in load)], base)
    engine.add([(1, low), (-1, high)], None, 0)
    engine.add([(spread.scale, q), (-problem.resolution, high), (problem.resolution, low)], 0, None)
    ends = group_ends(model, spread, team)
    model.derived.append((high, lambda h: ends(h)[1]))
    model.derived.append((low, lambda h: ends(h)[0]))
    model.derived.append((q, lambda h: -(-problem.resolution * (ends(h)[1] - ends(h)[0]) // spread.scale)))
    return q


def group_ends(model: PlainModel, spread: Spread, team: int | None) -> Callable[[Holders], tuple[int, int]]:
    """(low, high) of the group in a division; of an empty group, any load."""
    teams = range(len(model.problem.teams)) if model.problem.teams_apart else range(0)

    def ends(holders: Holders) -> tuple[int, int]:
        loads = dict(zip(spread.members, spread.base, strict=True))
        for j, i in enumerate(holders):
            if i is not None and i in loads:
                loads[i] += spread.load[j]
        seated = {t: {holders[j] for j in model.problem.teams[t].accounts} for t in teams}
        if team is not None:
            group = [v for i, v in loads.items() if i in seated[team]]
        else:
            group = [v for i, v in loads.items() if not any(i in s for s in seated.values())]
        return (min(group), max(group)) if group else (spread.base[0], spread.base[0])

    return ends


GOALS: dict[str, Callable[[PlainModel], Terms]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "jurisdiction": jurisdiction,
    "draw": draw,
}
