"""Published instances, solved as ordinary cases: value, bound, published optimum, seconds, audit, memory.

    python benchmarks/external.py [--data DIR] [--only NAME...] [--limit S] [--optima CSV] [--keep DIR]
                                  [--out CSV] [--markdown]

Each instance becomes a case folder with a scheme (`external_cases.py`), `cmopt allocate` divides it in a
process of its own, `cmopt verify` checks the division from the files alone. Exit code 1 if a bound is above a
published value (it would be untrue), a value below it, a division fails the audit or there is none.

value, bound   of the instance's goal (cost; the largest sum), in the instance's own units
published      the best value known: `--optima` (a CSV of name, value), else the README of the data; of a
               partition ceil(total / subsets)
off            how far the value is above the published one, in per cent; gap: above its own bound
seconds        of the solver, and of the whole command; MB: the most memory it held
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from external_cases import Instance, instances, known_optima, write_case_folder

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY.parent / "shared" / "benchdata"
UNIT = 1_000_000  # figures are held in millionths
LARGEST_SHAPE = 1_000_000  # pairs; beyond it is the large solver's, asked for by --only


@dataclass(frozen=True)
class Row:
    """One instance. None: not known."""

    instance: str
    clients: int
    managers: int
    status: str
    value: float | None
    bound: float | None
    published: int | None
    off: float | None
    gap: float | None
    proven: bool | None
    solver_seconds: float | None
    seconds: float
    audit: str
    memory_mb: int


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if not asked.data.is_dir():
        print(f"skipped: there is no data at {asked.data}")
        return 0
    known = known_optima(asked.data, asked.optima)
    rows = []
    for instance in instances(asked.data):
        if not _wanted(instance, asked.only):
            continue
        row = measure(instance, known, asked.limit, asked.keep)
        rows.append(row)
        print(_line(row), flush=True)
    if asked.out is not None:
        _write_csv(rows, asked.out)
    if asked.markdown:
        print("\n".join(_markdown(rows)))
    wrong = [r for r in rows if _is_wrong(r)]
    for row in wrong:
        print(f"WRONG: {row.instance}: status {row.status}, audit {row.audit}, value {row.value}, "
              f"bound {row.bound}, published {row.published}")  # fmt: skip
    return 1 if wrong else 0


def measure(instance: Instance, known: dict[str, int], limit: float, keep: Path | None) -> Row:
    """Write the case, divide it, verify the division, read what came out."""
    with tempfile.TemporaryDirectory(prefix="cmopt-external-") as temporary:
        place = Path(temporary) if keep is None else keep / instance.name
        case, run = place / "case", place / "run"
        write_case_folder(instance, case)
        command = ["allocate", str(case), "--out", str(run), "--scheme", str(instance.scheme), "--no-report"]
        command += ["--time-limit", str(limit), "--lang", "en"]
        for key, value in instance.settings().items():
            command += ["--set", f"{key}={value}"]
        begun = time.perf_counter()
        code, memory = _cmopt(command, place / "allocate.log")
        seconds = time.perf_counter() - begun
        audit = "-"
        if code == 0:
            audit = "clean" if _cmopt(["verify", str(run)], place / "verify.log")[0] == 0 else "FAILED"
        return _row(instance, known, run, code, seconds, audit, memory)


def _cmopt(arguments: Sequence[str], log: Path) -> tuple[int, int]:
    """(exit code, most memory held in MB) of one command; what it prints goes to `log`."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "cmopt", *arguments], stdout=file, stderr=subprocess.STDOUT, cwd=REPOSITORY
        )
        if not hasattr(os, "wait4"):
            return process.wait(), 0
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return process.returncode, int(usage.ru_maxrss) // per_mb


def _row(
    instance: Instance, known: dict[str, int], run: Path, code: int, seconds: float, audit: str, memory: int
) -> Row:
    clients, managers = instance.shape
    value = bound = proven = spent = None
    status = f"exit code {code}"
    if (run / "result.json").is_file():
        result = json.loads((run / "result.json").read_text(encoding="utf-8"))
        status, spent = result["status"], result["seconds"]
        goals = {g["name"]: g for g in result["goals"]}
        if (goal := goals.get(instance.goal)) is not None:
            value = None if goal["value"] is None else goal["value"] / UNIT
            bound = None if goal["bound"] is None else goal["bound"] / UNIT
            proven = goal["proven"]
        if result.get("unassigned"):
            status += " (not all divided)"
    published = instance.optimum(known)
    return Row(
        instance=instance.name,
        clients=clients,
        managers=managers,
        status=status,
        value=value,
        bound=bound,
        published=published,
        off=_above(value, published),
        gap=_above(value, bound),
        proven=proven,
        solver_seconds=spent,
        seconds=round(seconds, 1),
        audit=audit,
        memory_mb=memory,
    )


def _above(value: float | None, reference: float | None) -> float | None:
    """In per cent."""
    return None if value is None or not reference else 100 * (value - reference) / reference


def _is_wrong(row: Row) -> bool:
    untrue = row.published is not None and (
        (row.bound is not None and row.bound > row.published)
        or (row.value is not None and row.value < row.published)
    )
    return untrue or row.audit != "clean" or row.value is None or "not all" in row.status


# --- the command and what it prints ------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with gap/ and partition/")
    parser.add_argument("--only", nargs="+", default=[], help="names, or beginnings of names")
    parser.add_argument("--limit", type=float, default=45.0, help="time limit of the solver in seconds")
    parser.add_argument("--optima", type=Path, help="CSV of name, published value")
    parser.add_argument("--keep", type=Path, help="keep case and run folders here")
    parser.add_argument("--out", type=Path, help="write a CSV")
    parser.add_argument("--markdown", action="store_true", help="print a table for a document")
    return parser


def _wanted(instance: Instance, only: Sequence[str]) -> bool:
    if only:
        return any(instance.name.startswith(name) for name in only)
    n, m = instance.shape
    return n * m <= LARGEST_SHAPE


def _line(row: Row) -> str:
    return (
        f"{row.instance:24} {row.clients:5} x {row.managers:<4} {row.status:10} value {_number(row.value)} "
        f"bound {_number(row.bound)} published {_number(row.published)} off {_percent(row.off)} "
        f"gap {_percent(row.gap)} {row.seconds:5.1f} s audit {row.audit} {row.memory_mb} MB"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f} %"


def _markdown(rows: Sequence[Row]) -> list[str]:
    found = [
        "| instance | clients x managers | value | bound | published | off | gap | proven | seconds | MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        cells = [
            r.instance,
            f"{r.clients} x {r.managers}",
            _number(r.value),
            _number(r.bound),
            _number(r.published),
            _percent(r.off),
            _percent(r.gap),
            "yes" if r.proven else "no",
            f"{r.seconds:.1f}",
            str(r.memory_mb),
        ]
        found.append("| " + " | ".join(cells) + " |")
    return found


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(r) for r in rows)


if __name__ == "__main__":
    raise SystemExit(main())
