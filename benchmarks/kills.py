"""Kill a division of a book at random moments, go on with it each time, and compare with one left alone.

    python benchmarks/kills.py [--kills 20] [--writing 6] [--workers 2] [--seed 1] [--clients 4000]
                               [--managers 160] [--branches 40]

Moments are drawn between the end of the first part that is still to be divided and the end of the writing, by
what an undisturbed run took; `--writing` of the kills only strike while the folder is being written. After a
kill no half-written run folder is there: none, or in every second run the older one that stood there before. At
the end the tables are those of a run without any kill.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cmopt import service
from cmopt.store.folder import hashes_below
from cmopt.store.journal import KEY, place_of

TABLES = ("allocation.csv", "portfolios.csv", "fairness.csv", "grades.csv", "bounds.json")
# The annual plan's bands and handovers, ended by gap or effort and by no clock: parts that take a second or so.
PLAN = ('book.goals=[{name="coverage"},{name="bands"},{name="handovers"}]', "book.gap=2%")
NO_CLOCK = 7 * 24 * 3600
WITHIN = 0.7  # of what the writing usually takes: the machine may be quicker another time
LOOK = 0.01  # seconds between two looks at what is there
PHASES = (
    "before the first part",
    "between two parts",
    "after the last part, before writing",
    "while writing",
    "while replacing",
    "written, before its process ended",
    "after the end",
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("kills", 20), ("writing", 6), ("workers", 2), ("seed", 1)):
        asked.add_argument(f"--{name}", type=int, default=default)
    for name, default in (("clients", 4000), ("managers", 160), ("branches", 40)):
        asked.add_argument(f"--{name}", type=int, default=default)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        Killing(Path(home), options).all()


@dataclass
class Usual:
    """When, in a run left alone, the parts were begun and each was through, and what followed: seconds from its
    start."""

    begin: float
    parts: list[float]
    writing: float
    end: float


class Killing:
    def __init__(self, home: Path, options: argparse.Namespace) -> None:
        self.home, self.options, self.draw = home, options, random.Random(options.seed)
        self.case, self.alone, self.out = home / "case", home / "alone", home / "run"
        size = {"clients": options.clients, "staff": options.managers, "branches": options.branches}
        service.synth(self.case, "annual", "en", book=True, seed=options.seed, **size)
        self.command = [
            *(sys.executable, "-m", "cmopt", "allocate", str(self.case), "--book", "--no-report"),
            *("--time-limit", str(NO_CLOCK), "--workers", str(options.workers)),
            *(text for own in PLAN for text in ("--set", own)),
        ]
        self.counts: Counter[str] = Counter()
        self.older: dict[str, str] | None = None

    def all(self) -> None:
        usual = self.left_alone()
        self.n = len(usual.parts)
        told = [usual.begin, usual.parts[0], usual.parts[-1], usual.writing, usual.end]
        text = "left alone: {} parts; begun, first and last through, writing from and to: {} s\n"
        print(text.format(self.n, ", ".join(f"{seconds:.1f}" for seconds in told)))
        print("| kill | parts kept before | seconds | moment | parts kept | run folder |")
        print("|---|---|---|---|---|---|", flush=True)
        writing = set(self.draw.sample(range(1, self.options.kills + 1), self.options.writing))
        whole = 0
        for number in range(1, self.options.kills + 1):
            whole += self.kill(number, usual, number in writing)
        self.finish(self.resumed())
        same(self.out, self.alone)
        print("\n| moment | kills |\n|---|---|")
        for phase in PHASES:
            print(f"| {phase} | {self.counts[phase]} |")
        print(
            f"\nno half-written run; {whole + 1} runs came to their end, with the tables of the one left alone"
        )

    # --- one run left alone ---

    def left_alone(self) -> Usual:
        """Its moments, seen from outside as a kill sees them."""
        found = Usual(0.0, [], 0.0, 0.0)
        begun = time.monotonic()
        process = self.start(self.alone, [])
        while process.poll() is None:
            now = time.monotonic() - begun
            if not found.begin and (place_of(self.alone) / KEY).exists():
                found.begin = now
            found.parts += [now] * (parts_at(self.alone) - len(found.parts))
            if not found.writing and drafts(self.alone):
                found.writing = now
            time.sleep(LOOK)
        found.end = time.monotonic() - begun
        assert process.returncode == 0
        return found

    # --- one kill ---

    def kill(self, number: int, usual: Usual, writing: bool) -> bool:
        """Start or go on with the run, kill it, look; whether it had come to its end."""
        before, options = parts_at(self.out), self.resumed()
        begun = time.monotonic()
        process = self.start(self.out, options)
        if writing:
            wait_until(lambda: bool(drafts(self.out)) or process.poll() is not None)
            seconds = self.draw.uniform(0, WITHIN * (usual.end - usual.writing))
        else:
            first, end = self.moments(usual, before)
            seconds = self.draw.uniform(first, end)
        moment = (time.monotonic() if writing else begun) + seconds
        wait_until(lambda: time.monotonic() >= moment or process.poll() is not None)
        phase = self.phase(process)
        process.kill()
        process.wait()
        ended, took = process.returncode == 0, time.monotonic() - begun
        phase = PHASES[-1] if ended else phase
        self.counts[phase] += 1
        time.sleep(0.5)  # its workers see that it is gone
        kept = "-" if ended else str(parts_at(self.out))
        print(f"| {number} | {before} | {took:.1f} | {phase} | {kept} | {self.looked(ended)} |", flush=True)
        return ended

    def moments(self, usual: Usual, before: int) -> tuple[float, float]:
        """When the first of the parts still to do, and the writing, are likely to end."""
        done = usual.parts[before - 1] if before else usual.begin
        first = usual.parts[min(before, self.n - 1)]
        return usual.begin + max(0.0, first - done), usual.begin + usual.end - done

    def phase(self, process: subprocess.Popen[bytes]) -> str:
        if process.poll() is not None:
            return PHASES[-1]
        if any(self.home.glob(".run.old-*")):
            return PHASES[4]
        if self.out.exists() and not drafts(self.out) and promised(self.out) != self.older:
            return PHASES[5]
        if drafts(self.out):
            return PHASES[3]
        kept = parts_at(self.out)
        return PHASES[0] if not kept else PHASES[1] if kept < self.n else PHASES[2]

    def looked(self, ended: bool) -> str:
        """What is at the run's place: never half a run. A whole one is compared and becomes the older one, or
        goes."""
        for left in [*self.home.glob(".run.draft-*")]:
            shutil.rmtree(left)  # would be swept away a day later
        if ended:
            same(self.out, self.alone)
            if self.older is None:
                self.older = promised(self.out)
                return "whole, the same; stays as the older run"
            shutil.rmtree(self.out)
            self.older = None
            return "whole, the same"
        if not self.out.exists() and any(self.home.glob(".run.old-*")):
            return "the older one is aside, put back by the next run"
        if not self.out.exists():
            assert self.older is None, "the older run is gone"
            return "none"
        there = promised(self.out)
        assert hashes_below(self.out) == there, "a half-written run"
        if there == self.older:
            return "the older one, whole"
        same(self.out, self.alone)
        self.older = there
        return "the new one, whole, the same"

    # --- processes ---

    def start(self, out: Path, options: list[str]) -> subprocess.Popen[bytes]:
        command = [*self.command, "--out", str(out), *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def resumed(self) -> list[str]:
        return ["--resume", str(self.out)] if parts_at(self.out) else []

    def finish(self, options: list[str]) -> None:
        done = self.start(self.out, options)
        assert done.wait() == 0


def parts_at(out: Path) -> int:
    return len(list(place_of(out).glob("part-*.json")))


def drafts(out: Path) -> list[Path]:
    return list(out.parent.glob(f".{out.name}.draft-*"))


def wait_until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(LOOK)


def promised(run: Path) -> dict[str, str]:
    """The hashes in a run's manifest."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8-sig"))
    return {**manifest["inputs"], **manifest["outputs"]}


def same(run: Path, other: Path) -> None:
    for name in TABLES:
        assert (run / name).read_bytes() == (other / name).read_bytes(), name
    assert hashes_below(run) == promised(run), "not whole"


if __name__ == "__main__":
    main()
