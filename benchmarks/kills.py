"""Kill a division of a book at random moments, go on with it each time, and compare with one left alone.

    python benchmarks/kills.py [--kills 20] [--workers 2] [--seed 1]

After each kill no half-written run folder is there; at the end the tables are those of a run without any kill.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cmopt import service
from cmopt.intake.schemes import read_scheme_text
from cmopt.store.journal import place_of

TABLES = ("allocation.csv", "portfolios.csv", "fairness.csv", "bounds.json")
LONGEST = 1.2  # of what an undisturbed run takes: some kills come while it writes, some after it is done


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        killed_and_resumed(Path(home), options.kills, options.workers, options.seed)


def killed_and_resumed(home: Path, kills: int, workers: int, seed: int) -> None:
    case, alone, out = home / "case", home / "alone", home / "run"
    scheme = home / "plan.toml"
    scheme.write_text(without_bands(read_scheme_text("annual")), encoding="utf-8")
    service.synth(case, "annual", "en", branches=8, staff=80, clients=400, seed=seed)
    command = [
        *(sys.executable, "-c", "from cmopt.cli import main; main()", "allocate", str(case), "--book"),
        *("--scheme", str(scheme), "--solver", "cpsat", "--no-report", "--workers", str(workers)),
    ]
    begun = time.monotonic()
    finish([*command, "--out", str(alone)])
    usual = time.monotonic() - begun
    print(f"undisturbed: {usual:.1f} s")
    draw, whole = random.Random(seed), 0
    for n in range(1, kills + 1):
        done = len(list(place_of(out).glob("part-*.json")))
        if done == 0:
            shutil.rmtree(place_of(out), ignore_errors=True)
        resume = ["--resume", str(out)] if done else []
        seconds = draw.uniform(0.1, LONGEST * usual)
        ended = kill_after([*command, "--out", str(out), *resume], seconds)
        kept = len(list(place_of(out).glob("part-*.json")))
        left = sorted(
            p.name for p in home.iterdir() if p.name not in ("case", "alone", "plan.toml", "run", "run.parts")
        )
        told = "done before" if ended else f"{kept} parts kept"
        print(f"{n:3}: killed after {seconds:5.1f} s, {told} {left or ''}", flush=True)
        if ended:
            whole += 1
            same(out, alone)
            shutil.rmtree(out)
        else:
            assert not out.exists(), "a half-written run"
    done = len(list(place_of(out).glob("part-*.json")))
    finish([*command, "--out", str(out), *(["--resume", str(out)] if done else [])])
    same(out, alone)
    print(f"{kills} kills, {whole} runs were done before; the tables are those of the run left alone")


def without_bands(text: str) -> str:
    """The plan with goals of the book that are proven at once: what is cut short by no time limit is the same
    in every run."""
    goals = "".join(f'[[book.goals]]\nname = "{name}"\n' for name in ("coverage", "handovers", "draw"))
    return text[: text.index("[[book.bands]]")] + goals


def kill_after(command: list[str], seconds: float) -> bool:
    """Whether it had ended by itself."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        time.sleep(1)
        return False


def finish(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def same(run: Path, other: Path) -> None:
    for name in TABLES:
        assert (run / name).read_bytes() == (other / name).read_bytes(), name


if __name__ == "__main__":
    main()
