"""A hundred invented key-account cases of varied shape, the same ones on every machine.

    python benchmarks/key_cases.py [--family NAME] [--every]

prints each family's figures (with `--every` each case's): accounts, managers, eligible pairs, accounts with
an eligible incumbent (keepers), open accounts, members of the team; and exits 1 if a case is trivial or
without a division. `key_cases()` yields the cases; `named(name)` makes one of them.

| family | what is unusual |
|---|---|
| annual | nothing: the size of the annual plan, other seeds |
| few | hardly anybody is still eligible for what they held |
| many | nearly everybody is |
| skewed | two or three accounts outweigh all the others, the rest lie close to their limits |
| tight | recusals leave each account two to six people; in some, more accounts than people |
| equal | two or three different balances in all, mostly without base load, so that people are alike |
| shared | tiers given by the staff table, places shared by a block of people or by the whole tier |
| heavy | thousands of further clients, most of them with a few people |
| team | 2 to 5 members, at least one or two accounts each, 5 to 13 accounts, in two not set apart |
| large | 80 x 100 up to 200 accounts x 300 managers |
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Problem
from cmopt.domain.roster import Roster
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.synth import SynthOptions, synth_case


@dataclass(frozen=True, slots=True)
class Size:
    """How many large and medium loans and key deposits; how many seniors and intermediates."""

    large: int
    medium: int
    key: int
    seniors: int
    intermediates: int


ANNUAL = Size(14, 13, 8, 20, 20)
WIDE = Size(22, 20, 8, 30, 30)
DOUBLE = Size(36, 34, 10, 50, 50)
TRIPLE = Size(56, 54, 10, 75, 75)
BROAD = Size(74, 76, 10, 110, 110)
LARGEST = Size(92, 96, 12, 150, 150)


@dataclass(frozen=True)
class Shape:
    """One case before it is made. `turn` is its number within the family; everything else follows from it and
    from `lot`: 0 are the hundred, any other number another hundred of the same shapes."""

    family: str
    turn: int
    size: Size = ANNUAL
    team: int = 3
    clients: int = 1500
    recusals: int = 10
    overrides: Mapping[str, str] = field(default_factory=dict)
    lot: int = 0

    @property
    def name(self) -> str:
        return f"{self.family}-{self.turn:02}" + (f"-lot{self.lot}" if self.lot else "")

    @property
    def seed(self) -> int:
        return 5000 + 100 * list(FAMILIES).index(self.family) + self.turn + 10_000 * self.lot

    def dice(self) -> Random:
        return Random(f"key case {self.name}")


@dataclass(frozen=True)
class KeyCase:
    """A case, its scheme and the seed of its draw."""

    name: str
    family: str
    case: Case
    scheme: Scheme
    seed: int

    def grades(self) -> dict[str, Grade]:
        return grade(self.case.roster, self.scheme, self.seed)

    def problem(self) -> Problem:
        return build_problem(self.case, self.scheme, self.grades(), self.seed)


def key_cases() -> Iterator[KeyCase]:
    """All hundred, in order."""
    return map(make, shapes())


def named(name: str) -> KeyCase:
    """The one called `name`, such as `tight-03`. Raises KeyError."""
    return make({s.name: s for s in shapes()}[name])


def shapes(lot: int = 0) -> list[Shape]:
    """The hundred shapes, family after family; cheap, nothing is made yet."""
    return [replace(shape, lot=lot) for shaped in FAMILIES.values() for shape in shaped[0]()]


def make(shape: Shape) -> KeyCase:
    """The case of a shape: an invented bank of that size, then what its family changes."""
    scheme = load_scheme("annual", ranks_of(shape.size) | team_of(shape.team) | dict(shape.overrides))
    size = shape.size
    options = SynthOptions(
        staff=max(150, (size.seniors + size.intermediates) * 7 // 4),
        clients=shape.clients,
        seed=shape.seed,
        large=size.large,
        medium=size.medium,
        key_deposits=size.key,
        recusals=shape.recusals,
    )
    case = synth_case(options, scheme)
    change = FAMILIES[shape.family][1]
    changed = change(shape, Bank(shape.dice(), scheme, case)) if change is not None else case
    return KeyCase(shape.name, shape.family, changed, scheme, shape.seed)


def ranks_of(size: Size) -> dict[str, str]:
    top, all_ranked = size.seniors, size.seniors + size.intermediates
    return {
        "grading.tiers.senior.rank_to": str(top),
        "grading.tiers.intermediate.rank_from": str(top + 1),
        "grading.tiers.intermediate.rank_to": str(all_ranked),
        "grading.tiers.junior.rank_from": str(all_ranked + 1),
    }


def team_of(members: int) -> dict[str, str]:
    return {"teams.deposit_team.size": str(members)}


# --- the families' shapes ----------------------------------------------------------------------------


def mixed(family: str, **more: Any) -> list[Shape]:
    """Ten shapes: six of the annual plan's size, two wider, one of twice and one of thrice the size."""
    sizes = [ANNUAL] * 6 + [WIDE] * 2 + [DOUBLE, TRIPLE]
    return [Shape(family, n, s, team=2 + n % 3, **more) for n, s in enumerate(sizes)]


def annual() -> list[Shape]:
    return [Shape("annual", n) for n in range(10)]


def tight() -> list[Shape]:
    """Twelve; in the last two there are more large loans than seniors beside the team."""
    shaped = [
        Shape("tight", n, s, recusals=0) for n, s in enumerate([ANNUAL] * 6 + [WIDE] * 2 + [DOUBLE] * 2)
    ]
    short = [replace(ANNUAL, large=19), replace(ANNUAL, large=18, medium=24)]
    return shaped + [Shape("tight", 10 + n, s, recusals=6) for n, s in enumerate(short)]


def equal() -> list[Shape]:
    sizes = [ANNUAL] * 5 + [WIDE] * 2 + [DOUBLE]
    return [Shape("equal", n, s, clients=0 if n % 3 else 600) for n, s in enumerate(sizes)]


def shared() -> list[Shape]:
    return [Shape("shared", n, s) for n, s in enumerate([ANNUAL] * 5 + [WIDE] * 2 + [DOUBLE])]


def heavy() -> list[Shape]:
    sizes = [ANNUAL] * 5 + [WIDE] * 2 + [DOUBLE]
    return [Shape("heavy", n, s, clients=4000 + 1000 * n) for n, s in enumerate(sizes)]


def team() -> list[Shape]:
    """(members, least accounts each, accounts); the last two members may hold loans as well."""
    asked = [(2, 1, 5), (2, 2, 8), (2, 1, 12), (3, 2, 8), (3, 1, 11), (4, 1, 8), (4, 2, 10), (4, 1, 12)]
    asked += [(5, 1, 8), (5, 2, 13), (3, 1, 8), (4, 1, 8)]
    return [
        Shape(
            "team",
            n,
            replace(ANNUAL, key=accounts, seniors=17 + members),
            team=members,
            overrides={"teams.deposit_team.least": str(least)}
            | ({"teams.deposit_team.exclusive_of": "[]"} if n >= 10 else {}),
        )
        for n, (members, least, accounts) in enumerate(asked)
    ]


def large() -> list[Shape]:
    sizes = [DOUBLE] * 4 + [TRIPLE] * 4 + [BROAD] * 2 + [LARGEST] * 2
    return [Shape("large", n, s, team=3 + n % 3 % 2, clients=3000, recusals=40) for n, s in enumerate(sizes)]


# --- what a family changes ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Bank:
    """An invented case with what the changes need to know about it."""

    dice: Random
    scheme: Scheme
    case: Case

    def accounts(self) -> list[Client]:
        """The divided accounts, in id order."""
        fits = [(c, self.scheme.segment_of(c)) for c in self.case.clients]
        return [c for c, segment in fits if segment is not None and segment.divide]

    def eligible(self) -> dict[str, list[str]]:
        """client_id -> whose tier allows it, best rank first, recusals left out."""
        grades = grade(self.case.roster, self.scheme, 0).values()
        ranked = sorted(grades, key=lambda g: (g.rank is None, g.rank or 0, g.staff_id))
        barred = {(k.staff_id, k.client_id) for k in self.case.links if k.rule == "forbid"}
        found = {}
        for client in self.accounts():
            segment = self.scheme.segment_of(client)
            tiers = segment.tiers if segment is not None else ()
            found[client.client_id] = [
                g.staff_id for g in ranked if g.tier in tiers and (g.staff_id, client.client_id) not in barred
            ]
        return found

    def managers(self) -> list[str]:
        """The seniors and intermediates, best rank first."""
        seen = (s for staff in self.eligible().values() for s in staff)
        return list(dict.fromkeys(seen))

    def with_clients(self, changed: Sequence[Client]) -> Case:
        new = {c.client_id: c for c in changed}
        return replace(self.case, clients=tuple(new.get(c.client_id, c) for c in self.case.clients))


def incumbents(shape: Shape, bank: Bank, share: tuple[float, float]) -> Case:
    """Between `share` of the accounts keep an eligible incumbent, mostly each another one; of the others
    half have nobody, half somebody who is not eligible."""
    dice, eligible = bank.dice, bank.eligible()
    accounts = bank.accounts()
    dice.shuffle(accounts)
    kept = round(len(accounts) * dice.uniform(*share))
    busy: set[str] = set()
    others = sorted(set(bank.case.roster.by_id) - set(bank.managers()))
    changed = []
    for n, client in enumerate(accounts):
        holder = None
        if n < kept:
            may = eligible[client.client_id]
            free = [s for s in may if s not in busy] if dice.random() < 0.9 else may
            holder = dice.choice(free or may)
            busy.add(holder)
        elif n % 2:
            holder = dice.choice(others)
        changed.append(replace(client, incumbent=holder, held_since=client.held_since if holder else None))
    return bank.with_clients(changed)


def few(shape: Shape, bank: Bank) -> Case:
    return incumbents(shape, bank, (0.03, 0.14))


def many(shape: Shape, bank: Bank) -> Case:
    return incumbents(shape, bank, (0.78, 0.9))


def skewed(shape: Shape, bank: Bank) -> Case:
    """Of each segment one or two accounts of 20 to 60 times the smallest (where it has no upper limit), the
    others within 2 % of the lowest or highest balance of it."""
    dice, changed = bank.dice, []
    giants = {c.client_id for c in dice.sample(bank.accounts(), k=4)}
    for client in bank.accounts():
        segment = bank.scheme.segment_of(client)
        assert segment is not None
        low = segment.at_least or 800 * UNIT
        if client.client_id in giants and segment.below is None:
            balance = round(low * dice.uniform(20, 60))
        elif segment.below is not None and dice.random() < 0.5:
            balance = segment.below - 1 - round(low * 0.02 * dice.random())
        else:
            balance = low + round(low * 0.02 * dice.random())
        quality = dice.choice((3, 4, 5)) if client.kind == "loan" and dice.random() < 0.1 else client.quality
        changed.append(replace(client, balance=cents(balance), quality=quality))
    return bank.with_clients(changed)


def recused(shape: Shape, bank: Bank) -> Case:
    """Two to six people are left for each account. One full division is planted first, so that nobody need
    go without (but for the last shapes, where too many accounts are the point)."""
    dice, eligible = bank.dice, bank.eligible()
    accounts = bank.accounts()
    loans = sorted((c for c in accounts if c.kind == "loan"), key=lambda c: (-c.balance, c.client_id))
    keys = [c for c in accounts if c.kind == "deposit"]
    members = dice.sample(eligible[keys[0].client_id], k=shape.team)
    free = [s for s in bank.managers() if s not in members]
    left: dict[str, set[str]] = {}
    for client in loans:
        may = eligible[client.client_id]
        holders = [s for s in free if s in may]
        planted = set()
        if holders:
            planted = {dice.choice(holders)}
            free = [s for s in free if s not in planted]
        left[client.client_id] = planted | set(dice.sample(may, k=dice.randint(2, min(5, len(may)))))
    for n, client in enumerate(keys):
        others = dice.sample(eligible[client.client_id], k=dice.randint(2, 4))
        left[client.client_id] = {members[n % shape.team], *others}
    kept = {(c.incumbent, c.client_id) for c in accounts if c.incumbent and dice.random() < 0.7}
    links = [
        Link(s, j, rule="forbid")
        for j, may in eligible.items()
        for s in may
        if s not in left[j] and (s, j) not in kept
    ]
    return replace(bank.case, links=(*bank.case.links, *links))


def alike(shape: Shape, bank: Bank) -> Case:
    """Two balances in each segment (in every other case one), one difficulty or two, hardly a bad loan."""
    dice, changed = bank.dice, []
    for client in bank.accounts():
        segment = bank.scheme.segment_of(client)
        assert segment is not None
        low = segment.at_least or 3000 * UNIT
        times = 100 if shape.turn % 2 else dice.choice((100, 150))
        quality = None if client.kind == "deposit" else 3 if dice.random() < 0.08 else 1
        changed.append(
            replace(
                client,
                balance=low * times // 100,
                difficulty=UNIT * (3 if shape.turn % 3 else dice.choice((2, 4))),
                quality=quality,
            )
        )
    return bank.with_clients(changed)


def same_places(shape: Shape, bank: Bank) -> Case:
    """Tiers as given by the staff table; in even cases a place is shared by a block of two to seven people,
    in odd ones by the whole tier."""
    grades = grade(bank.case.roster, bank.scheme, 0)
    block = bank.dice.randint(2, 7)
    staff = []
    for person in bank.case.roster:
        was = grades[person.staff_id]
        place = None
        if shape.turn % 2 == 0 and was.rank is not None:
            tier = next(t for t in bank.scheme.grading.tiers if t.key == was.tier)
            first = tier.rank_from or 1
            place = first + (was.rank - first) // block * block
        staff.append(replace(person, scores={}, tier=was.tier, rank=place))
    return replace(bank.case, roster=Roster(tuple(staff)))


def burdened(shape: Shape, bank: Bank) -> Case:
    """The further clients go to the managers alone, the n-th busiest with 1/n as many as the busiest."""
    dice = bank.dice
    staff = bank.managers()
    dice.shuffle(staff)
    weights = [1 / (n + 1) ** dice.uniform(0.7, 1.1) for n in range(len(staff))]
    divided = {c.client_id for c in bank.accounts()}
    further = [c for c in bank.case.clients if c.client_id not in divided]
    holders = dice.choices(staff, weights, k=len(further))
    return bank.with_clients([replace(c, incumbent=s) for c, s in zip(further, holders, strict=True)])


def cents(amount: int) -> int:
    return amount // (UNIT // 100) * (UNIT // 100)


FAMILIES: dict[str, tuple[Any, Any]] = {  # name -> (its shapes, what it changes in an invented case)
    "annual": (annual, None),
    "few": (lambda: mixed("few"), few),
    "many": (lambda: mixed("many"), many),
    "skewed": (lambda: mixed("skewed"), skewed),
    "tight": (tight, recused),
    "equal": (equal, alike),
    "shared": (shared, same_places),
    "heavy": (heavy, burdened),
    "team": (team, None),
    "large": (large, None),
}


# --- figures -----------------------------------------------------------------------------------------


def figures(problem: Problem) -> dict[str, int]:
    """Of one case; the columns of the table."""
    keepers = sum(i is not None for i in problem.keeper)
    return {
        "accounts": len(problem.accounts),
        "managers": len(problem.managers),
        "pairs": int(problem.eligible.sum()),
        "keepers": keepers,
        "open": len(problem.accounts) - keepers,
        "team": sum(t.size for t in problem.teams),
    }


def is_trivial(problem: Problem) -> bool:
    """Too little to decide: hardly an account open, or hardly anybody to choose from for those that are."""
    open_to = [len(problem.may_hold[j]) for j, i in enumerate(problem.keeper) if i is None]
    return len(open_to) < 3 or statistics.mean(open_to) < 2 or not problem.spreads


def main() -> None:
    from cmopt.solvers.cpsat.solver import is_feasible

    asked = options()
    rows: dict[str, list[dict[str, int]]] = {}
    faults = []
    for shape in shapes():
        if asked.family not in (None, shape.family):
            continue
        problem = make(shape).problem()
        rows.setdefault(shape.name if asked.every else shape.family, []).append(figures(problem))
        if is_trivial(problem) or not is_feasible(problem):
            faults.append(shape.name)
    print_table(rows)
    print(f"{sum(map(len, rows.values()))} cases; trivial or without a division: {faults or 'none'}")
    sys.exit(1 if faults else 0)


def print_table(rows: Mapping[str, Sequence[Mapping[str, int]]]) -> None:
    columns = ("accounts", "managers", "pairs", "keepers", "open", "team")
    print(f"{'':10} cases" + "".join(f"{c:>12}" for c in columns))
    for name, each in rows.items():
        spans = [(min(r[c] for r in each), max(r[c] for r in each)) for c in columns]
        shown = [f"{low}" if low == high else f"{low}-{high}" for low, high in spans]
        print(f"{name:10} {len(each):5}" + "".join(f"{s:>12}" for s in shown))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--family", choices=list(FAMILIES))
    parser.add_argument("--every", action="store_true", help="a line for each case")
    return parser.parse_args()


if __name__ == "__main__":
    main()
