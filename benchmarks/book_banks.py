"""A whole bank through the command line: invented, divided, measured over every process that takes part."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bank:
    clients: int
    managers: int
    branches: int

    @property
    def name(self) -> str:
        return f"{self.clients}x{self.managers}x{self.branches}"


@dataclass(frozen=True)
class Measured:
    """One command. memory: the largest sum of the resident sizes of all its processes seen, in MB."""

    exit_code: int
    seconds: float
    cpu: float
    memory: int | None
    said: str


def invent(bank: Bank, folder: Path, seed: int) -> Measured:
    """`cmopt synth --book` into `folder`; what is there already is taken as it is."""
    if folder.exists():
        return Measured(0, 0.0, 0.0, None, "there already")
    sizes = [("--clients", bank.clients), ("--staff", bank.managers), ("--branches", bank.branches)]
    options = [str(text) for pair in sizes for text in pair]
    return measured(["synth", "--book", "--out", str(folder), "--seed", str(seed), *options])


def divide(case: Path, out: Path, options: Sequence[str]) -> Measured:
    """`cmopt allocate --book` without report and charts."""
    if out.exists():
        shutil.rmtree(out)
    return measured(["allocate", str(case), "--book", "--out", str(out), "--no-report", *options])


def measured(arguments: Sequence[str]) -> Measured:
    """Run cmopt in a process of its own and watch it and its children."""
    begun, spent = time.perf_counter(), _spent()
    command = [sys.executable, "-m", "cmopt", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        memory: int | None = None
        while True:
            try:
                said, _ = child.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                now = resident(child.pid)
                memory = now if memory is None or (now is not None and now > memory) else memory
    seconds, cpu = time.perf_counter() - begun, _spent() - spent
    return Measured(child.returncode, round(seconds, 1), round(cpu, 1), memory, said)


def _spent() -> float:
    """CPU seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def resident(root: int) -> int | None:
    """Resident sizes of a process and all below it, in MB; None where the system does not tell (no /proc)."""
    proc = Path("/proc")
    if not (proc / "self" / "statm").exists():
        return None
    parent: dict[int, int] = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                parent[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
    family, pages = {root}, 0
    while more := {p for p, above in parent.items() if above in family} - family:
        family |= more
    for process in family:
        try:
            pages += int((proc / str(process) / "statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def widest_gap(out: Path) -> dict[str, float]:
    """Goal -> the largest distance of a part's value from its bound, in per cent of the value."""
    book: dict[str, Any] = json.loads((out / "result.json").read_text(encoding="utf-8-sig"))["book"]
    found: dict[str, float] = {}
    for part in book["parts"]:
        for goal in part["goals"]:
            if goal["value"] is not None and goal["bound"] is not None:
                gap = 100 * abs(goal["value"] - goal["bound"]) / max(1, abs(goal["value"]))
                found[goal["name"]] = max(found.get(goal["name"], 0.0), gap)
    return found
