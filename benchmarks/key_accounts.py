"""The exact solver on a hundred invented cases of varied shape (`key_cases.py`), and four baselines beside it.

    python benchmarks/key_accounts.py [--cases N] [--every K] [--limit S] [--only NAME] [--lot N] [--out CSV]
        [--markdown]

| option | |
|---|---|
| `--cases N` | only N of the cases, spread evenly over them (all) |
| `--every K` | the baselines on every K-th case only; 0: not at all (1) |
| `--limit S` | seconds for each baseline on each case (20) |
| `--own-limit S` | seconds for our solver on each case (60) |
| `--only NAME` | one case, such as `tight-03`, or one family, such as `tight` |
| `--lot N` | another hundred of the same shapes, invented from other seeds (0: the hundred) |
| `--baselines A,B` | some of `weighted`, `cpsat-2`, `cpsat-8`, `highs` (all; see `baselines.py`) |
| `--out CSV` | one row a case, solver and goal: value, bound, proven, seconds; totals beside them |
| `--markdown` | the table for the README at the end, with the ratios of medians from this run |

Every solve is a process of its own, so that its memory is its own (the largest resident size; case and
libraries included). Seconds are the solver's for all goals together, wall-clock; CPU seconds stand beside them
(of all threads). A baseline that ran into its limit counts with the limit, marked `>=`.

Exits 1 if a goal of ours is not proven; if the audit finds a breach or counts another value in any division,
ours or a baseline's; if a baseline finds a better division than a proven one of ours, or calls a worse value
optimal; or if a solver breaks off (which counts as run into its limit). HiGHS works in doubles: a value of its
own that is off by less than a millionth passes. Ctrl-C prints what there is (and exits 1).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from baselines import BASELINES, solve_plain
from key_cases import FAMILIES, Shape, figures, make, shapes

from cmopt.domain.result import SENSE

OURS = "cmopt"
DOUBLES = {"highs": 1e-6}  # how far, relatively, a solver that works in doubles may be off


@dataclass(frozen=True)
class Run:
    """One solver on one case. goals: name -> {value, bound, proven, seconds}, in priority order."""

    case: str
    family: str
    figures: Mapping[str, int]
    solver: str
    status: str
    goals: Mapping[str, Mapping[str, Any]]
    seconds: float
    cpu: float
    memory: int | None  # MB
    breaches: Sequence[str] = ()
    lost: str | None = None
    limited: bool = False  # ran into its limit
    error: str | None = None  # how it broke off

    @property
    def proven(self) -> bool:
        return self.status == "optimal"


def main(arguments: Sequence[str] | None = None) -> int:
    asked = options(arguments)
    if asked.child:
        name, solver = asked.child.split(",")
        print(json.dumps(solve_here(name, solver, asked.limit, asked.lot)))
        return 0
    runs: list[Run] = []
    faults: list[str] = []
    begun = time.perf_counter()
    complete = False
    with contextlib.suppress(KeyboardInterrupt):
        for n, shape in enumerate(chosen(asked)):
            own = solve(shape, OURS, asked.own_limit)
            here = [own]
            runs.append(own)
            if asked.every and n % asked.every == 0:
                for name in asked.baselines:
                    here.append(solve(shape, name, asked.limit))
                    runs.append(here[-1])
            found = [fault for run in here for fault in faults_of(run, own)]
            faults += found
            print_case(here, found)
        complete = True
    print_families(runs)
    if asked.markdown:
        print_markdown(runs)
    if asked.out is not None:
        write_rows(runs, asked.out)
    print(f"\n{time.perf_counter() - begun:.0f} s in all; faults: {len(faults) or 'none'}")
    for fault in faults:
        print(f"  {fault}")
    if not complete:
        print("stopped before the last case")
    return 1 if faults or not complete else 0


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--own-limit", type=float, default=60.0)
    parser.add_argument("--only")
    parser.add_argument("--lot", type=int, default=0)
    parser.add_argument("--baselines", type=lambda text: text.split(","), default=list(BASELINES))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)  # CASE,SOLVER: one solve in this process
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.baselines) - set(BASELINES)):
        parser.error(f"no baseline called {', '.join(unknown)}; there are {', '.join(BASELINES)}")
    if asked.only is not None and not chosen(asked):
        parser.error(f"no case or family called {asked.only}; families: {', '.join(FAMILIES)}")
    return asked


def chosen(asked: argparse.Namespace) -> list[Shape]:
    every = [s for s in shapes(asked.lot) if asked.only in (None, s.name, s.family)]
    count = min(len(every), max(1, asked.cases or len(every)))
    return [every[n * len(every) // count] for n in range(count)] if every else []


# --- one solve ---------------------------------------------------------------------------------------


def solve(shape: Shape, solver: str, limit: float) -> Run:
    """In a process of its own, ended if it does not keep to its limit by far."""
    command = [sys.executable, __file__, "--child", f"{shape.name},{solver}", "--limit", str(limit)]
    command += ["--lot", str(shape.lot)]
    # A session of its own: Ctrl-C reaches this process only, which then ends the other.
    pipe = subprocess.PIPE
    child = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        answer, errors = child.communicate(timeout=3 * limit + 120)
    except subprocess.TimeoutExpired:
        answer, errors = "", "did not keep to its limit"
    finally:
        child.kill()
        child.wait()
    if answer:
        return Run(**json.loads(answer))
    why = (errors.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
    return Run(shape.name, shape.family, {}, solver, "error", {}, limit, limit, None, limited=True, error=why)


def solve_here(name: str, solver: str, limit: float, lot: int) -> dict[str, Any]:
    """Make the case, solve it, audit the division: the fields of Run."""
    from cmopt.audit import audit_division
    from cmopt.domain.limits import Limits
    from cmopt.solvers.choose import choose_solver

    key_case = make({s.name: s for s in shapes(lot)}[name])
    problem = key_case.problem()
    begun = time.process_time()
    if solver == OURS:
        result = choose_solver("cpsat").solve(problem, Limits(time_limit=limit))
    else:
        result = solve_plain(problem, solver, limit)
    cpu = time.process_time() - begun
    breaches: list[str] = []
    if result.allocation is not None:
        audit = audit_division(
            key_case.case, key_case.scheme, key_case.grades(), result.allocation, key_case.seed
        )
        breaches = [finding.code for finding in audit.breaches]
        breaches += [
            f"{g.name}: {g.value}, counted {audit.goals[g.name]}"
            for g in result.goals
            if g.value != audit.goals[g.name]
        ]
    goals = {
        g.name: {"value": g.value, "bound": g.bound, "proven": g.proven, "seconds": round(g.seconds, 3)}
        for g in result.goals
    }
    run = Run(
        case=name,
        family=key_case.family,
        figures=figures(problem),
        solver=solver,
        status=str(result.status),
        goals=goals,
        seconds=round(result.seconds, 3),
        cpu=round(cpu, 3),
        memory=peak_memory(),
        breaches=breaches,
        lost=result.parameters.get("lost"),
        limited=str(result.status) != "optimal",
    )
    return asdict(run)


def peak_memory() -> int | None:
    """The largest resident size of this process so far in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)


# --- what must not be --------------------------------------------------------------------------------


def faults_of(run: Run, own: Run) -> list[str]:
    told = [f"audit: {breach}" for breach in run.breaches]
    told += [] if run.error is None else [f"broke off: {run.error}"]
    if run is own:
        told += [f"{name} not proven" for name, goal in run.goals.items() if not goal["proven"]]
        told += [] if run.goals else [f"no division, {run.status}"]
    else:
        told += disagreements(run, own)
    return [f"{run.case} {run.solver}: {fault}" for fault in told]


def disagreements(run: Run, own: Run) -> list[str]:
    """Where a baseline's division beats ours, or what it has proven differs: at the first goal that differs.

    Each goal's optimum is given the goals before it, so only the first difference says anything.
    """
    for name, theirs in run.goals.items():
        ours = own.goals.get(name)
        if ours is None or theirs["value"] is None or not ours["proven"]:
            return []
        if theirs["value"] == ours["value"]:
            continue
        less = theirs["value"] < ours["value"]
        if less == (SENSE[name] == "min"):
            return [f"{name} {theirs['value']}, better than our proven {ours['value']}"]
        if theirs["proven"] and not within_doubles(run.solver, theirs["value"], ours["value"]):
            return [f"{name} {theirs['value']} called optimal, ours is {ours['value']}"]
        return []
    return []


def within_doubles(solver: str, theirs: int, ours: int) -> bool:
    return abs(theirs - ours) <= DOUBLES.get(solver, 0.0) * max(abs(theirs), abs(ours))


# --- tables ------------------------------------------------------------------------------------------


def print_case(runs: Sequence[Run], faults: Sequence[str]) -> None:
    own = runs[0]
    size = f"{own.figures.get('accounts')} x {own.figures.get('managers')}"
    parts = [f"{own.case:10} {size:>9}"]
    for run in runs:
        proven = sum(bool(g["proven"]) for g in run.goals.values())
        marks = ">=" if run.limited else ""
        memory = "" if run.memory is None else f", {run.memory} MB"
        parts.append(
            f"{run.solver} {marks}{run.seconds:.2f} s ({run.cpu:.2f} CPU{memory}, {proven}/{len(run.goals)})"
        )
    print("  ".join(parts) + ("  FAULT" if faults else ""), flush=True)
    for run in runs:
        if run.lost is not None:
            print(f"{'':22}{run.solver}: the exact weights are not expressible; {run.lost}", flush=True)


def print_families(runs: Sequence[Run]) -> None:
    own = [r for r in runs if r.solver == OURS]
    if not own:
        return
    print("\nfamily      cases  proven   median s    worst s  median CPU s   MB   slowest goal of the worst")
    groups = {f: [r for r in own if r.family == f] for f in FAMILIES} | {"all": own}
    for family, group in groups.items():
        if group:
            worst = max(group, key=lambda r: r.seconds)
            slow = max(worst.goals, key=lambda g: worst.goals[g]["seconds"], default="")
            print(
                f"{family:10} {len(group):6} {sum(r.proven for r in group):7} {middle(group):10.2f} "
                f"{worst.seconds:10.2f} {middle(group, cpu_of):13.2f} {top_memory(group):>5}   "
                f"{worst.case} {slow}"
            )


def print_markdown(runs: Sequence[Run]) -> None:
    """Each baseline against ours on the cases that both were run on."""
    own = {r.case: r for r in runs if r.solver == OURS}
    if not own:
        return
    print(
        "\n| solver | cases | every goal proven | median s | worst s | median CPU s | MB | median, ours = 1 |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in (OURS, *BASELINES):
        mine = [r for r in runs if r.solver == name]
        if not mine:
            continue
        beside = [own[r.case] for r in mine]
        ratio = middle(mine) / max(1e-9, middle(beside))
        cpu_ratio = middle(mine, cpu_of) / max(1e-9, middle(beside, cpu_of))
        mark = ">= " if limited_middle(mine) else ""
        worst = ">= " if any(r.limited for r in mine) else ""
        proven = f"{sum(r.proven for r in mine)}{'*' if any(r.lost for r in mine) else ''}"
        print(
            f"| {name} | {len(mine)} | {proven} | {mark}{middle(mine):.2f} | "
            f"{worst}{max(r.seconds for r in mine):.2f} | {middle(mine, cpu_of):.2f} | "
            f"{top_memory(mine)} | {mark}{ratio:.1f} | {mark}{cpu_ratio:.1f} |"
        )
    if any(r.lost for r in runs):
        print(
            "\n\\* of the sum with balances and draw numbers in coarse steps: exact weights exceed 64 bits."
        )


def middle(runs: Sequence[Run], of: Callable[[Run], float] = lambda r: r.seconds) -> float:
    return statistics.median(map(of, runs))


def cpu_of(run: Run) -> float:
    return run.cpu


def limited_middle(runs: Sequence[Run]) -> bool:
    """Whether the median is a limit, or would be more without one: half of the runs or more were cut off."""
    cut = sum(r.limited for r in runs)
    return 2 * cut >= len(runs)


def top_memory(runs: Sequence[Run]) -> str:
    known = [r.memory for r in runs if r.memory is not None]
    return str(max(known)) if known else "-"


def write_rows(runs: Sequence[Run], path: Path) -> None:
    head = ["case", "family", "accounts", "managers", "pairs", "keepers", "open", "team", "solver", "status"]
    head += [
        "goal",
        "value",
        "bound",
        "proven",
        "seconds",
        "total_seconds",
        "cpu_seconds",
        "memory_mb",
        "lost",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        for run in runs:
            whole = {
                "case": run.case,
                "family": run.family,
                **run.figures,
                "solver": run.solver,
                "status": run.status,
                "total_seconds": run.seconds,
                "cpu_seconds": run.cpu,
                "memory_mb": run.memory,
                "lost": run.lost,
            }
            for name, goal in run.goals.items():
                writer.writerow({**whole, "goal": name, **goal})
            if not run.goals:
                writer.writerow(whole)


if __name__ == "__main__":
    sys.exit(main())
