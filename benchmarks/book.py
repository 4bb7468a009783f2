"""Books of one branch and of whole banks: the large solver beside HiGHS, CP-SAT and greedy, in one run.

    python benchmarks/book.py [--books 2000x10,5000x20] [--banks 100000x500x50] [--limit S] [--chart PNG]

| option | |
|---|---|
| `--books A,B` | branch books, clients x managers (2000x10,5000x20); none: no branch books |
| `--seeds N` | so many books of each size (1) |
| `--limit S` | seconds for HiGHS and for CP-SAT on each book (60) |
| `--own-limit S` | seconds for our solver on each book (60) |
| `--threads N` | of HiGHS and CP-SAT (2) |
| `--solvers A,B` | some of cmopt, highs, cpsat, greedy (all) |
| `--banks A,B` | whole banks, clients x managers x branches (100000x500x50); none: no banks |
| `--bank-options "..."` | further options of `cmopt allocate --book` |
| `--folder DIR` | where banks and runs are kept (a temporary folder that is removed) |
| `--out CSV` | every figure, one row a solve |
| `--chart PNG` | time against size |

A branch book is a Problem of its own (`book_problems.py`): four loads within 2 % of their means, least handover
cost. Ours stops within 0.5 % of its bound. HiGHS and CP-SAT have the plain model (`book_plain.py`) with the
bands as hard rows; HiGHS chooses its threads itself. Each solve is a process of its own; seconds are
wall-clock, the making of the plain models included; CPU seconds of all threads stand beside them. `value` is
the handover cost of the division, counted again; `outside` what lies outside the bands, in thousandths of the
mean, with the bound where it is not the least; `gap` the distance from the best bound of this run that holds
for as much outside the bands, in per cent of the value.

A whole bank is made by `cmopt synth --book` and divided by `cmopt allocate --book` (all of it: reading,
grading, solving, audit, writing); memory is the largest sum of the resident sizes of all its processes.

Exits 1 if a division of ours leaves a client out, if its bound is above a value that somebody found with no
more outside the bands, if a command fails or a solver breaks off. Ctrl-C prints what there is (and exits 1).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from book_banks import Bank, Measured, divide, invent, widest_gap
from book_chart import Point, draw
from book_plain import SOLVERS
from book_problems import Size, branch_book

OURS = "cmopt"


@dataclass(frozen=True)
class Solve:
    """One solver on one branch book. value, excess, left_out None: no division."""

    book: str
    seed: int
    clients: int
    managers: int
    solver: str
    status: str
    value: int | None
    excess: int | None
    left_out: int | None
    bound: int | None
    seconds: float
    cpu: float
    memory: int | None
    error: str | None = None
    least_excess: int | None = None  # the bound of `excess`


@dataclass(frozen=True)
class BankRun:
    bank: Bank
    made: Measured
    divided: Measured
    gaps: dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = options(arguments)
    if asked.child:
        print(json.dumps(asdict(solve_here(asked.child, asked))))
        return 0
    solves: list[Solve] = []
    banks: list[BankRun] = []
    complete = False
    with contextlib.suppress(KeyboardInterrupt), kept_folder(asked.folder) as folder:
        for size in asked.books:
            for seed in range(1, asked.seeds + 1):
                for solver in asked.solvers:
                    solves.append(solve(size, seed, solver, asked))
                    print_solve(solves[-1])
        for bank in asked.banks:
            banks.append(run_bank(bank, folder, asked))
            print_bank(banks[-1])
        complete = True
    faults = [*faults_of(solves), *(f for run in banks for f in faults_of_bank(run))]
    print_markdown(solves, banks)
    if asked.out is not None:
        write_rows(solves, banks, asked.out)
    if asked.chart is not None:
        draw(series(solves, banks), asked.chart)
    print(f"\nfaults: {len(faults) or 'none'}")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults or not complete else 0


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def sizes(kind: type[Any]) -> Any:
        def read(text: str) -> list[Any]:
            return [] if text == "none" else [kind(*map(int, one.split("x"))) for one in text.split(",")]

        return read

    parser.add_argument("--books", type=sizes(Size), default=[Size(2000, 10), Size(5000, 20)])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--own-limit", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--solvers", type=lambda text: text.split(","), default=list(SOLVERS))
    parser.add_argument("--banks", type=sizes(Bank), default=[Bank(100_000, 500, 50)])
    parser.add_argument("--bank-options", type=str.split, default=[])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--child", help=argparse.SUPPRESS)  # SIZE,SEED,SOLVER: one solve in this process
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.solvers) - set(SOLVERS)):
        parser.error(f"no solver called {', '.join(unknown)}; there are {', '.join(SOLVERS)}")
    return asked


@contextlib.contextmanager
def kept_folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


# --- one branch book ---------------------------------------------------------------------------------


def solve(size: Size, seed: int, solver: str, asked: argparse.Namespace) -> Solve:
    """In a process of its own, ended if it does not keep to its limit by far."""
    limit = asked.own_limit if solver == OURS else asked.limit
    command = [sys.executable, __file__, "--child", f"{size.name},{seed},{solver}"]
    command += ["--limit", str(limit), "--threads", str(asked.threads)]
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
        return Solve(**json.loads(answer))
    why = (errors.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
    nothing = (None, None, None, None)
    return Solve(size.name, seed, size.clients, size.managers, solver, "error", *nothing, limit, 0, None, why)


def solve_here(child: str, asked: argparse.Namespace) -> Solve:
    """Make the book, solve it, count the division again."""
    from key_accounts import peak_memory

    from cmopt.solvers.score import COUNT

    name, seed, solver = child.split(",")
    size = Size(*map(int, name.split("x")))
    problem = branch_book(size, int(seed))
    begun, spent = time.perf_counter(), time.process_time()
    found = SOLVERS[solver](problem, asked.limit, asked.threads)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - spent
    holders = found.holders
    counted = {
        name: None if holders is None else COUNT[goal](problem, holders)
        for name, goal in (("value", "handovers"), ("excess", "penalty"), ("left_out", "coverage"))
    }
    return Solve(
        book=name,
        seed=int(seed),
        clients=size.clients,
        managers=size.managers,
        solver=solver,
        status=found.status,
        **counted,
        bound=found.bound,
        seconds=round(seconds, 2),
        cpu=round(cpu, 2),
        memory=peak_memory(),
        least_excess=found.least_excess,
    )


def gap(one: Solve, solves: Sequence[Solve]) -> float | None:
    """Per cent of the value by which it lies above the best bound of this book's solves that holds for it: ours
    for divisions that keep the bands as well as ours, a plain one for those that keep them."""
    bounds = [s.bound for s in solves if s.bound is not None and _holds(s, one)]
    if one.value is None or not bounds:
        return None
    return 100 * (one.value - max(bounds)) / max(1, one.value)


def _holds(bound: Solve, one: Solve) -> bool:
    if (bound.book, bound.seed) != (one.book, one.seed) or one.excess is None:
        return False
    return one.excess <= (bound.excess or 0 if bound.solver == OURS else 0)


# --- a whole bank ------------------------------------------------------------------------------------


def run_bank(bank: Bank, folder: Path, asked: argparse.Namespace) -> BankRun:
    case, out = folder / f"bank-{bank.name}", folder / f"run-{bank.name}"
    made = invent(bank, case, seed=1)
    divided = divide(case, out, asked.bank_options) if made.exit_code == 0 else made
    gaps = widest_gap(out) if divided.exit_code == 0 else {}
    return BankRun(bank, made, divided, gaps)


# --- what must not be --------------------------------------------------------------------------------


def faults_of(solves: Sequence[Solve]) -> Iterator[str]:
    for one in solves:
        name = f"{one.book} seed {one.seed} {one.solver}"
        if one.error is not None:
            yield f"{name}: broke off: {one.error}"
        elif one.solver == OURS and one.left_out != 0:
            yield f"{name}: {one.left_out} clients left out"
        elif one.solver == OURS:
            for other in solves:
                same = (other.book, other.seed, other.left_out) == (one.book, one.seed, 0)
                if same and is_below(other, one):
                    yield f"{name}: its bound {one.bound} is above {other.value}, found by {other.solver}"


def is_below(other: Solve, ours: Solve) -> bool:
    """Whether a division that keeps the bands as well as ours costs less than our bound."""
    if other.value is None or other.excess is None or ours.bound is None or ours.excess is None:
        return False
    return other.excess <= ours.excess and other.value < ours.bound


def faults_of_bank(run: BankRun) -> Iterator[str]:
    for step, done in (("synth", run.made), ("allocate", run.divided)):
        if done.exit_code != 0:
            lines = done.said.strip().splitlines() or [""]
            yield f"{run.bank.name} {step}: exit code {done.exit_code}: {lines[-1]}"
            return


# --- tables ------------------------------------------------------------------------------------------


def print_solve(one: Solve) -> None:
    print(
        f"{one.book:12} seed {one.seed}  {one.solver:7} {one.status:12} value {shown(one.value)}  "
        f"bound {shown(one.bound)}  excess {shown(one.excess)}  {one.seconds:.1f} s ({one.cpu:.1f} CPU, "
        f"{shown(one.memory)} MB)",
        flush=True,
    )


def print_bank(run: BankRun) -> None:
    for step, done in (("synth", run.made), ("allocate", run.divided)):
        print(
            f"{run.bank.name:18} {step:8} {done.seconds:.1f} s ({done.cpu:.1f} CPU, {shown(done.memory)} MB), "
            f"exit code {done.exit_code}",
            flush=True,
        )


def print_markdown(solves: Sequence[Solve], banks: Sequence[BankRun]) -> None:
    if solves:
        print(
            "\n| clients x managers | solver | value | bound | gap | outside the bands | seconds | CPU s |",
            end="",
        )
        print(" MB | seconds, ours = 1 |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    own = {(s.book, s.seed): s.seconds for s in solves if s.solver == OURS}
    for one in solves:
        mine, away = own.get((one.book, one.seed)), gap(one, solves)
        ratio = "–" if not mine else f"{one.seconds / mine:.2g}"
        distance = "–" if away is None else f"{away:.2f} %"
        cells = [one.book, one.solver, shown(one.value), shown(one.bound), distance, outside(one)]
        cells += [f"{one.seconds:.1f}", f"{one.cpu:.1f}", shown(one.memory), ratio]
        print(f"| {' | '.join(cells)} |")
    if banks:
        print("\n| clients x managers x branches | made in s | MB | divided in s | CPU s | MB | widest gap |")
        print("|---|--:|--:|--:|--:|--:|---|")
    for run in banks:
        widest = ", ".join(f"{name} {value:.2f} %" for name, value in run.gaps.items()) or "–"
        cells = [run.bank.name, f"{run.made.seconds:.1f}", shown(run.made.memory)]
        cells += [f"{run.divided.seconds:.1f}", f"{run.divided.cpu:.1f}", shown(run.divided.memory), widest]
        print(f"| {' | '.join(cells)} |")


def outside(one: Solve) -> str:
    """What lies outside the bands; where that is not the least proven, the bound as well."""
    if one.least_excess is None or one.excess in (None, one.least_excess):
        return shown(one.excess)
    return f"{one.excess} (at least {one.least_excess})"


def shown(value: int | None) -> str:
    return "–" if value is None else str(value)


def series(solves: Sequence[Solve], banks: Sequence[BankRun]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for one in solves:
        away = gap(one, solves)
        label = "" if away is None else f"{away:.1f} %"
        if one.value is None or one.excess:
            label = "nothing" if one.value is None else f"{one.excess} outside"
        found.setdefault(one.solver, []).append(Point(one.clients, max(one.seconds, 0.01), label))
    for run in banks:
        memory = f"{shown(run.divided.memory)} MB"
        found.setdefault("whole bank", []).append(Point(run.bank.clients, run.divided.seconds, memory))
    return found


def write_rows(solves: Sequence[Solve], banks: Sequence[BankRun], path: Path) -> None:
    head = [*Solve.__dataclass_fields__, "exit_code"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(asdict(one) for one in solves)
        for run in banks:
            for step, done in (("synth", run.made), ("allocate", run.divided)):
                writer.writerow(
                    {
                        "book": run.bank.name, "clients": run.bank.clients, "managers": run.bank.managers,
                        "solver": step, "seconds": done.seconds, "cpu": done.cpu, "memory": done.memory,
                        "exit_code": done.exit_code,
                    }
                )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
