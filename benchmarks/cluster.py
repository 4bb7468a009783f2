"""A bank divided in one process, by a real cluster of two workers, and by one of which a worker is killed.

    python benchmarks/cluster.py [--clients 6000] [--managers 60] [--branches 12] [--seed 1] [--whole-plan]

Scheduler and workers of dask.distributed are processes of this machine, one core each; a worker is killed by
SIGKILL while it is at work on a part, after the first part is through. Nothing is cut short by a clock.
Compared byte for byte are the tables and the multipliers of the bounds; of the record every part's solver,
status, values and bounds.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmopt import service

TABLES = ("allocation.csv", "portfolios.csv", "fairness.csv", "grades.csv", "bounds.json")
# The annual plan's bands and handovers: parts of some hundred clients take seconds.
SHORTER = ('book.goals=[{name="coverage"},{name="bands"},{name="handovers"}]', "book.gap=2%")
NO_CLOCK = 7 * 24 * 3600  # seconds for a part: its own end comes first
PATIENCE = 60.0  # seconds to wait for a scheduler or a worker


@dataclass(frozen=True)
class Divided:
    """A run: seconds, the parts in the order in which they were through, and who was killed at what."""

    folder: Path
    seconds: float
    parts: tuple[str, ...]
    killed: str = ""


def main() -> None:
    options = asked()
    with tempfile.TemporaryDirectory() as home:
        sys.exit(0 if compared(Path(home), options) else 1)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("clients", 6000), ("managers", 60), ("branches", 12), ("seed", 1), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--whole-plan", action="store_true", help="every goal of the annual plan")
    return parser.parse_args()


def compared(home: Path, options: argparse.Namespace) -> bool:
    """Whether all three runs say the same."""
    case = home / "case"
    size = {"clients": options.clients, "staff": options.managers, "branches": options.branches}
    service.synth(case, "annual", "en", book=True, seed=options.seed, **size)
    command = ["allocate", str(case), "--book", "--no-report", "--lang", "en", "--time-limit", str(NO_CLOCK)]
    command += [] if options.whole_plan else [text for own in SHORTER for text in ("--set", own)]
    print(f"{options.clients} clients, {options.managers} managers, {options.branches} branches", flush=True)
    runs = {"one process": divided([*command, "--workers", "1"], home / "one")}
    told("one process", runs["one process"])
    for name, kill in (("the cluster", False), ("one worker killed", True)):
        with cluster(home, options.workers) as (address, workers):
            runs[name] = divided(
                [*command, "--cluster", address], home / name, address, workers if kill else {}
            )
        told(name, runs[name])
    return same(runs)


# --- a run ---------------------------------------------------------------------------------------------


def divided(
    command: Sequence[str],
    out: Path,
    address: str = "",
    victims: dict[str, subprocess.Popen[bytes]] | None = None,
) -> Divided:
    """Run cmopt; with `victims` (workers by their addresses) one that is at work is killed after the first part
    is through."""
    begun, parts, killed = time.monotonic(), [], ""
    with subprocess.Popen(
        [sys.executable, "-m", "cmopt", *command, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr is not None
        lines = []
        for line in run.stderr:
            lines.append(line)
            if line.startswith("[") and "/" in line.split("]")[0]:
                parts.append(line.strip())
                if victims and not killed:
                    killed = kill_one(address, victims)
    assert run.returncode == 0, "".join(lines)
    return Divided(out, time.monotonic() - begun, tuple(parts), killed)


def kill_one(address: str, victims: dict[str, subprocess.Popen[bytes]]) -> str:
    """Kill the first worker that has a part at hand; what it was."""
    with connected(address) as client:
        while True:
            busy = {w: keys for w, keys in client.processing().items() if keys and w in victims}
            if busy:
                break
            time.sleep(0.05)
    worker = min(busy)
    victims[worker].send_signal(signal.SIGKILL)
    victims[worker].wait()
    return f"{worker} killed while it was at work on {len(busy[worker])} part(s)"


@contextmanager
def cluster(home: Path, workers: int) -> Iterator[tuple[str, dict[str, subprocess.Popen[bytes]]]]:
    """A scheduler and so many workers of one core, without nannies: killed, they stay away."""
    address = f"tcp://127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        host, port = address.removeprefix("tcp://").split(":")
        stack.enter_context(started("dask_scheduler", "--host", host, "--port", port, "--no-dashboard"))
        at = {}
        for n in range(workers):
            place = f"tcp://127.0.0.1:{free_port()}"
            folder = home / f"dask-{port}-{n}"
            folder.mkdir()
            own = ("--worker-port", place.rpartition(":")[2], "--local-directory", str(folder))
            common = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", host)
            at[place] = stack.enter_context(started("dask_worker", address, *own, *common))
        with connected(address) as client:
            client.wait_for_workers(workers, timeout=PATIENCE)
        yield address, at


def connected(address: str) -> Any:
    found: Any = importlib.import_module("distributed")
    return found.Client(address, timeout=PATIENCE, set_as_default=False)


@contextmanager
def started(program: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as asked_for:
        asked_for.bind(("127.0.0.1", 0))
        return int(asked_for.getsockname()[1])


# --- what came out -------------------------------------------------------------------------------------


def told(name: str, run: Divided) -> None:
    seconds = sorted(p["seconds"] for p in record(run)["parts"])
    middle, longest = seconds[len(seconds) // 2], seconds[-1]
    print(
        f"{name}: {run.seconds:.0f} s, {len(seconds)} parts of {seconds[0]} to {longest} s, median {middle} s"
    )
    if run.killed:
        again = [line for line in run.parts if "once more" in line]
        print(f"  {run.killed}; {len(run.parts) - len(again)} parts taken in, each once", flush=True)
        assert len({line.split("] ")[1].split(":")[0] for line in run.parts}) == len(seconds)


def same(runs: dict[str, Divided]) -> bool:
    """Say what was compared, and whether it is the same."""
    print("| compared | bytes | sha256 (first run) | " + " | ".join(list(runs)[1:]) + " |")
    print("|---|---|---|" + "---|" * (len(runs) - 1))
    first, *others = runs.values()
    alike = True
    for name in TABLES:
        content = (first.folder / name).read_bytes()
        equal = [(other.folder / name).read_bytes() == content for other in others]
        row(name, content, equal)
        alike &= all(equal)
    said = [json.dumps(claims(run), ensure_ascii=False).encode() for run in runs.values()]
    equal = [other == said[0] for other in said[1:]]
    row("result.json: solver, status, values, bounds of each part", said[0], equal)
    return alike and all(equal)


def row(name: str, content: bytes, equal: Sequence[bool]) -> None:
    words = " | ".join("the same" if e else "DIFFERENT" for e in equal)
    print(f"| {name} | {len(content)} | {hashlib.sha256(content).hexdigest()[:16]} | {words} |", flush=True)


def record(run: Divided) -> Any:
    return json.loads((run.folder / "result.json").read_text(encoding="utf-8-sig"))["book"]


def claims(run: Divided) -> list[Any]:
    return [
        [p["name"], p["solver"], p["status"], [[g["name"], g["value"], g["bound"]] for g in p["goals"]]]
        for p in record(run)["parts"]
    ]


if __name__ == "__main__":
    main()
