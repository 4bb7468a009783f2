"""The main job on invented cases of other seeds: proofs, audits, and that nothing but the data decides.

    python benchmarks/fifty_cases.py [--cases 50] [--first 1000] [--limit 60] [--baseline]

For each case: the exact run (status, goals proven, audit, seconds), and the allocation.csv that comes again

- from the same tables with their rows permuted,
- with another PYTHONHASHSEED,
- on one core and on two (Linux only),

byte by byte; and the goal values, all but the draw, after every id was renamed. `--baseline` also solves each
case with the plain lexicographic model (two workers, nothing counted beforehand, every goal a search of
its own, the same 60 s) and prints the ratio of the medians. Exits 1 if anything differs or an audit fails.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from baselines import solve_plain

from cmopt.domain.result import Status
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case
from cmopt.problem import build_problem
from cmopt.synth import SynthOptions, synth_case

ID_COLUMNS = {"工号": "S", "staff_id": "S", "现管户人": "S", "开拓人": "S", "客户号": "C", "client_id": "C"}


def main() -> None:
    asked = options()
    scheme = load_scheme("annual")
    seconds, plain, faults, proven = [], [], [], 0
    print("seed   status    solver s  cpu s  proven  audit  permuted  hashseed  1/2 cores  renamed")
    for seed in range(asked.first, asked.first + asked.cases):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_case(synth_case(SynthOptions(seed=seed), scheme), scheme, folder / "case", "zh")
            permute(folder / "case", folder / "permuted", seed)
            rename(folder / "case", folder / "renamed", seed)
            first = allocate(folder / "case", folder / "first", asked.limit)
            record = first["record"]
            same = {
                "permuted": allocate(folder / "permuted", folder / "p", asked.limit)["bytes"]
                == first["bytes"],
                "hashseed": allocate(folder / "case", folder / "h", asked.limit, hashseed="4242")["bytes"]
                == first["bytes"],
                "cores": all(
                    allocate(folder / "case", folder / f"c{n}", asked.limit, cores=n)["bytes"]
                    == first["bytes"]
                    for n in (1, 2)
                ),
                "renamed": goals(allocate(folder / "renamed", folder / "r", asked.limit)["record"])
                == goals(record),
            }
            all_proven = all(g["proven"] and g["value"] == g["bound"] for g in record["goals"])
            proven += all_proven
            clean = first["audit"] == 0
            seconds.append(record["seconds"])
            print(
                f"{seed:5}  {record['status']:9} {record['seconds']:8.2f} {first['cpu']:6.2f}  "
                f"{'all' if all_proven else 'NOT'!s:6}  {'clean' if clean else 'BROKEN':6} "
                + "  ".join(f"{'same' if ok else 'DIFFERS':8}" for ok in same.values()),
                flush=True,
            )
            if not (clean and all(same.values())):
                faults.append(seed)
            if asked.baseline:
                plain.append(baseline(folder / "case", scheme, asked.limit))
    print(f"{proven} of {asked.cases} with every goal proven; differences or breaches: {faults or 'none'}")
    print(f"solver seconds: median {statistics.median(seconds):.2f}, worst {max(seconds):.2f}")
    if plain:
        done = sum(ok for _, ok in plain)
        told = statistics.median(s for s, _ in plain)
        print(
            f"plain lexicographic model, 2 workers: median {told:.2f} s, {done} of {len(plain)} proven; "
            f"ratio of medians {told / statistics.median(seconds):.1f}"
        )
    sys.exit(1 if faults else 0)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--baseline", action="store_true")
    return parser.parse_args()


def allocate(case: Path, out: Path, limit: float, hashseed: str = "0", cores: int | None = None) -> dict:
    """One `cmopt allocate` in a process of its own, and `cmopt verify` after it."""
    command = [sys.executable, "-m", "cmopt", "allocate", str(case), "--out", str(out), "--no-report"]
    command += ["--time-limit", str(limit)]
    if cores is not None and hasattr(os, "sched_setaffinity"):
        command = ["taskset", "-c", ",".join(map(str, range(cores))), *command]
    environment = {**os.environ, "PYTHONHASHSEED": hashseed}
    begun = os.times()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    ended = os.times()
    verified = subprocess.run(
        [sys.executable, "-m", "cmopt", "verify", str(out)], capture_output=True, env=environment, check=False
    )
    return {
        "bytes": (out / "allocation.csv").read_bytes(),
        "record": json.loads((out / "result.json").read_text(encoding="utf-8")),
        "cpu": ended.children_user - begun.children_user,
        "audit": verified.returncode,
    }


def goals(record: dict) -> dict:
    return {g["name"]: g["value"] for g in record["goals"] if g["name"] != "draw"}


def permute(case: Path, out: Path, seed: int) -> None:
    """The same tables with their rows and columns in another order."""
    dice = random.Random(seed)
    shutil.copytree(case, out)
    for path in sorted(out.glob("*.csv")):
        head, *rows = read(path)
        columns = list(range(len(head)))
        dice.shuffle(columns)
        dice.shuffle(rows)
        write(path, [[row[c] for c in columns] for row in (head, *rows)])


def rename(case: Path, out: Path, seed: int) -> None:
    """The same tables with every id replaced through a random bijection."""
    dice = random.Random(seed)
    shutil.copytree(case, out)
    known: dict[tuple[str, str], str] = {}
    for path in sorted(out.glob("*.csv")):
        head, *rows = read(path)
        kinds = [ID_COLUMNS.get(h) for h in head]
        for row in rows:
            for c, kind in enumerate(kinds):
                if kind and row[c]:
                    key = (kind, row[c])
                    while key not in known:
                        fresh = f"{kind}{dice.randrange(10**9):09}"
                        if fresh not in known.values():
                            known[key] = fresh
                    row[c] = known[key]
        write(path, [head, *rows])


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def baseline(case_path: Path, scheme: Scheme, limit: float) -> tuple[float, bool]:
    """Seconds and whether all was proven, for the plain lexicographic model (`baselines.py`)."""
    case = require_case(read_case(case_path, scheme))
    problem = build_problem(case, scheme, grade(case.roster, scheme, 1), 1)
    plain = solve_plain(problem, "cpsat-2", limit)
    return plain.seconds, plain.status is Status.OPTIMAL


if __name__ == "__main__":
    main()
