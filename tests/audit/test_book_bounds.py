"""Bounds of the book counted again: never above the truth, and what is forged does not stand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from book_bank import a_book, a_case, a_scheme, graded, key_division

from cmopt.audit.book import audit_book, part_of
from cmopt.audit.book_bounds import NotAdmitted, core_name, recounted_bound
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import PIN, BookGiven
from cmopt.audit.book_goals import goal_values
from cmopt.audit.book_part import Part
from cmopt.domain.book_findings import BookAudit
from cmopt.domain.book_result import BookResult, Duals
from cmopt.domain.declared import WHOLE
from cmopt.domain.goals import SENSE
from cmopt.domain.progress import NullProgress
from cmopt.problem.book import plan_book
from cmopt.solvers.parts.task import Task
from cmopt.solvers.parts.work import divide_part

DIVISIONS = 4_000


def tiny_parts(seed: int) -> Iterator[Part]:
    """The parts of a tiny bank that have few enough divisions to look at each."""
    rng = random.Random(seed)
    scheme, case = a_scheme(rng), a_case(rng, clients=9, people=6)
    grades = graded(case, scheme)
    given = BookGiven(case, scheme, grades, key_division(rng, case, scheme, grades))
    for name in given.part_branches:
        part = part_of(Eligible(given), name)
        if len(part.managers) and np.prod(part.may.sum(axis=1) + 1.0) <= DIVISIONS:
            yield part


def divisions(part: Part) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Every division that keeps the rules."""
    units = np.unique(part.unit)
    choices = []
    for u in units.tolist():
        able = np.flatnonzero(part.may[part.unit == u].all(axis=0)).tolist()
        choices.append(able if (part.settled[part.unit == u] == PIN).any() else [*able, -1])
    hard = [limit for limit in part.limits if limit.price is None]
    for chosen in product(*choices):
        holder = np.array(chosen, dtype=np.int64)[np.searchsorted(units, part.unit)]
        if not any(True for limit in hard for _ in limit.beyond(limit.carried(part, holder))):
            yield holder


def minimised(name: str, value: int) -> int:
    return value if SENSE[name] == "min" else -value


def some_duals(rng: random.Random, part: Part, goal: str, values: list[dict[str, int]]) -> Duals:
    """Any admitted multipliers for the goal, earlier goals held at any value that a division has."""
    names = [g.name for g in part.given.book.goals]
    before = names[: names.index(goal)]
    held = rng.choice(values)
    ends = {core_name(n): minimised(n, held[n]) for n in before}
    scale = rng.choice([1, 1_000, 10**9])
    rows = {f"goal:{name}": rng.choice([0, rng.randint(0, scale)]) for name in ends}
    worth = {core_name(goal): scale} | {n: rows[f"goal:{n}"] for n in ends}
    for limit in part.limits:
        n = len(limit.units)
        factors = {
            "least": limit.step,
            "most": limit.step,
            "above": WHOLE * n * limit.step,
            "below": WHOLE * n * limit.step,
        }
        for u, unit in enumerate(limit.names):
            for kind, factor in factors.items():
                there = {"least": limit.least[u], "most": limit.most[u]}.get(kind, limit.within)
                room = 5 if limit.price is None else limit.price * worth.get("penalty", 0) // factor
                if there is not None:
                    rows[f"{kind}:{limit.key}:{unit}"] = rng.choice([0, room, rng.randint(0, room)])
    for mix in part.mixes:
        room = mix.weight * worth.get("balance", 0) // (mix.scale // mix.divisor)
        high, low = (rng.choice(mix.members) for _ in range(2))
        for kind, i in (("high", high), ("low", low)):
            rows[f"{kind}:{mix.tier}/{mix.measure}:{part.manager_ids[i]}"] = room
    return Duals(goal, 0, scale, rows, ends)


def test_no_multipliers_give_a_bound_above_the_truth() -> None:
    looked_at = useful = 0
    for seed in range(30):
        rng = random.Random(seed)
        for part in tiny_parts(seed):
            values = [goal_values(part, holder, 1) for holder in divisions(part)]
            if not values:
                continue
            for goal in part.given.book.goals:
                if goal.name == "draw":
                    continue
                duals = some_duals(rng, part, goal.name, values)
                bound = minimised(goal.name, recounted_bound(part, duals, 1))
                allowed = [
                    minimised(goal.name, v[goal.name])
                    for v in values
                    if all(minimised(n, v[n]) <= duals.ends.get(core_name(n), 2**70) for n in v)
                ]
                assert bound <= min(allowed), (seed, part.name, goal.name)
                looked_at += 1
                useful += bound > minimised(goal.name, recounted_bound(part, Duals(goal.name, 0, 1, {}), 1))
    assert looked_at > 100
    assert useful > 3  # some do raise the bound


# --- what a solver claims ----------------------------------------------------------------------------


def solved(solver: str, seeds: range) -> Iterator[tuple[BookResult, Any]]:
    """Books as a solver divides them, and how to audit one."""
    for seed in seeds:
        rng = random.Random(seed)
        scheme, case = a_scheme(rng), a_case(rng, clients=14)
        grades = graded(case, scheme)
        key = key_division(rng, case, scheme, grades)
        plan = plan_book(case, scheme, grades, key, 1)
        assert scheme.book is not None
        goals = tuple(g.name for g in scheme.book.goals)
        tasks = [Task(plan.slice(n), solver, goals, scheme.book.gap, 5.0, 1) for n in range(len(plan))]
        book = a_book([divide_part(task, NullProgress()) for task in tasks], plan.counter)

        def look(of: BookResult, told: Any = (case, scheme, grades, key)) -> BookAudit:
            return audit_book(*told, of, 1)

        yield book, look


def test_the_exact_solver_is_borne_out() -> None:
    standing = []
    for book, look in solved("cpsat", range(3)):
        found = look(book)
        assert not found.breaches
        standing += [s for part in found.parts for s in part.standing.values()]
    assert {"solver", "counted"} <= set(standing)


def test_the_large_solver_is_borne_out_and_forgeries_are_not() -> None:
    forged = 0
    for book, look in solved("large", range(3)):
        found = look(book)
        assert not found.breaches
        assert {s for part in found.parts for s in part.standing.values()} <= {"duals", "searched", "none"}
        for n, part in enumerate(book.parts):
            for k, duals in enumerate(part.duals):
                for worse in forgeries(duals):
                    told = (*part.duals[:k], worse, *part.duals[k + 1 :])
                    parts = (*book.parts[:n], replace(part, duals=told), *book.parts[n + 1 :])
                    codes = {f.code for f in look(replace(book, parts=parts)).breaches}
                    assert codes & {
                        "bound-recount",
                        "bound-row",
                        "bound-negative",
                        "bound-price",
                        "bound-end-kept",
                        "bound-searched",
                    }
                    forged += 1
                break  # one goal a part is enough
    assert forged > 10


def forgeries(duals: Duals) -> Iterator[Duals]:
    yield replace(duals, bound=duals.bound + 1)
    yield replace(duals, searched=duals.bound - 1)
    yield replace(duals, searched=(duals.bound if duals.searched is None else duals.searched) + 1)
    yield replace(duals, scale=0)
    yield replace(duals, rows={**duals.rows, "most:limits.none:E00": 1})
    yield replace(duals, rows={**duals.rows, "goal:draw": -1})
    yield replace(duals, ends={**duals.ends, duals.goal: -(2**60)})


def test_a_value_or_a_bound_that_was_changed_is_named() -> None:
    for book, look in solved("cpsat", range(1)):
        for n, part in enumerate(book.parts):
            if part.holder is None:
                continue
            for k, goal in enumerate(part.result.goals):
                assert goal.value is not None and goal.bound is not None
                step = 1 if goal.sense == "min" else -1
                for change, code in (
                    ({"value": goal.value - step}, "record-value"),
                    ({"bound": goal.bound + step}, "record-bound"),
                    ({"bound": goal.bound - step}, "record-proof"),
                ):
                    goals = list(part.result.goals)
                    goals[k] = replace(goal, **change)  # type: ignore[arg-type]
                    told = replace(part, result=replace(part.result, goals=tuple(goals)))
                    parts = (*book.parts[:n], told, *book.parts[n + 1 :])
                    assert code in {f.code for f in look(replace(book, parts=parts)).breaches}


def test_a_proof_without_anything_behind_it_is_named() -> None:
    for book, look in solved("cpsat", range(1)):
        parts = tuple(replace(p, result=replace(p.result, solver="large")) for p in book.parts)
        assert "bound-unfounded" in {f.code for f in look(replace(book, parts=parts)).breaches}


def test_multipliers_that_are_not_admitted() -> None:
    """A price below 0 of what has no upper end, ends and rows that are not there."""
    part = next(p for s in range(60) for p in tiny_parts(s) if any(m.price for m in p.limits) and p.mixes)
    band = next(m for m in part.limits if m.price and m.within is not None)
    mix, ids = part.mixes[0], part.manager_ids
    high = f"high:{mix.tier}/{mix.measure}:{ids[mix.members[0]]}"
    row = f"above:{band.key}:{band.names[0]}"
    for goal, rows, code in (
        ("bands", {row: 10**30}, "bound-price"),
        ("coverage", {row: 1}, "bound-price"),
        ("bands", {high: 1}, "bound-spread"),
        ("bands", {"above:bands.nothing:E00": 1}, "bound-row"),
        ("merit", {}, "bound-goal"),
        ("bands", {row: -1}, "bound-negative"),
    ):
        with pytest.raises(NotAdmitted) as refused:
            recounted_bound(part, Duals(goal, 0, 1, rows), 1)
        assert refused.value.findings[0].code == code
