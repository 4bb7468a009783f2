"""Parts of a book that both the exact and the large solver divide: neither may contradict the other.

    python benchmarks/agreement.py [--limit 20] [--seed 1] [--parts 10]

Parts of some 60 to 150 clients and 5 or 6 managers of an invented bank under the annual plan, once with all
its goals and once with each goal alone after coverage. Of each goal: the large value is not better than
the exact one's bound, nor the exact one's value than the large one's bound. Goals are compared as long as both
have the same values: what comes after another value was asked another question. Of goals that the large solver
leaves within `book.gap` it is counted how many; the others must not be called proven.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cmopt import service
from cmopt.domain.goals import SENSE
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress
from cmopt.domain.result import Phase
from cmopt.problem.book import BookPlan, plan_book
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.large import solve_large

CLIENTS, MANAGERS = range(60, 151), range(5, 7)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument(
        "--limit", type=float, default=20.0, help="seconds of the exact solver for each problem"
    )
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--parts", type=int, default=10)
    options = asked.parse_args()
    heads = ("part", "clients × managers", "goals", "exact: CPU s, proven", "large: CPU s")
    print(f"| {' | '.join(heads)} | goal: large (bound) / exact (bound) | |")
    print("|---|---|---|---|---|---|---|")
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as home:
        plan = invented(Path(home), options.seed)
        for name, problem in mid_size(plan, options.parts):
            for goals in steps(problem):
                counts += compared(name, replaced(problem, goals), options.limit, plan.book.gap)
    print(f"\n{counts['compared']} goals compared, {counts['contradictions']} contradictions; ", end="")
    print(f"large: {counts['proven']} proven, {counts['near']} more within {plan.book.gap / 100} %, ", end="")
    print(f"{counts['apart']} further off, none of these called proven")
    sys.exit(1 if counts["contradictions"] else 0)


def invented(home: Path, seed: int) -> BookPlan:
    """A bank of small branches; the key accounts as the exact solver divides them."""
    service.synth(home / "case", "annual", "en", book=True, clients=2400, staff=150, branches=28, seed=seed)
    order = service.Order(home / "case", "annual", lang="en", seed=seed)
    loaded = service.load(order)
    key = service.solve(loaded, order)
    assert key.result.allocation is not None
    return plan_book(loaded.case, loaded.scheme, key.grades, key.result.allocation, seed)


def mid_size(plan: BookPlan, most: int) -> Iterator[tuple[str, Problem]]:
    fit = [n for n, (c, m) in enumerate(plan.sizes()) if c in CLIENTS and m in MANAGERS]
    for n in fit[:most]:
        yield plan.names[n], plan.part(n).problem


def steps(problem: Problem) -> list[tuple[str, ...]]:
    """All goals, then each alone after coverage."""
    names = [g.name for g in problem.goals]
    return [tuple(names), *(("coverage", name) for name in names if name != "coverage")]


def replaced(problem: Problem, goals: tuple[str, ...]) -> Problem:
    by_name = {str(g.name): g for g in problem.goals}
    return problem.replace(goals=tuple(by_name[name] for name in goals))


def compared(name: str, problem: Problem, limit: float, gap: int) -> Counter[str]:
    begun = time.process_time()
    large = solve_large(problem, Limits(None), NullProgress(), gap).result
    middle = time.process_time()
    exact = CpSat().solve(problem, Limits(limit))
    spent = middle - begun, time.process_time() - middle
    counts: Counter[str] = Counter()
    told = []
    for mine, other in zip(large.goals, exact.goals, strict=True):
        counts["compared"] += 1
        counts["contradictions"] += contradict(mine, other)
        counts[standing(mine, gap)] += 1
        told.append(f"{mine.name}: {mine.value} ({mine.bound}) / {other.value} ({other.bound})")
        if mine.value != other.value:
            break
    proven = sum(g.proven for g in exact.goals)
    verdict = "CONTRADICTION" if counts["contradictions"] else "agree"
    size = f"{len(problem.accounts)} × {len(problem.managers)}"
    goals = ", ".join(g.name for g in problem.goals)
    print(
        f"| {name} | {size} | {goals} | {spent[1]:.1f}, {proven}/{len(exact.goals)} | {spent[0]:.1f} | ",
        end="",
    )
    print(f"{'; '.join(told[1:] or told)} | {verdict} |", flush=True)
    return counts


def contradict(mine: Phase, other: Phase) -> bool:
    """Whether a value of one is better than a bound of the other allows, or a proof is none."""
    assert mine.value is not None
    assert other.value is not None
    sign = 1 if SENSE[mine.name] == "min" else -1
    pairs = ((mine.value, other.bound), (other.value, mine.bound), (mine.value, mine.bound))
    beaten = any(bound is not None and sign * value < sign * bound for value, bound in pairs)
    return beaten or mine.proven != (mine.value == mine.bound)


def standing(mine: Phase, gap: int) -> str:
    if mine.proven:
        return "proven"
    assert mine.value is not None
    assert mine.bound is not None
    return "near" if 10_000 * abs(mine.value - mine.bound) <= gap * abs(mine.bound) else "apart"


if __name__ == "__main__":
    main()
