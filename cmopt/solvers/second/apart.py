"""A result held against the second engine, which works in a process of its own."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from typing import BinaryIO

import cmopt
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress, Progress
from cmopt.solvers.second.child import send
from cmopt.solvers.second.verdict import Answer, Claim, Verdict, Why

CHILD = "import sys; sys.path[:0] = sys.argv[1:]; from cmopt.solvers.second.child import main; main()"
GRACE = 5.0  # seconds after the time limit in which the process may still end by itself
STEP = 0.05


def certify(
    problem: Problem, claim: Claim, seconds: float, progress: Progress | None = None
) -> tuple[Verdict, ...]:
    """A verdict for every goal up to the first that disagrees; undecided where the time is up or a stop asked.

    `seconds` is wall-clock time for all goals together. The process is killed when this is left, in any way.
    """
    progress = progress or NullProgress()
    until = time.monotonic() + seconds
    verdicts: list[Verdict] = []
    why = Why.STOPPED if progress.stop_asked() else Why.TIME
    if seconds > 0 and not progress.stop_asked():
        with _child(problem, claim, seconds) as answers:
            while len(verdicts) < len(claim.phases):
                progress.phase(claim.phases[len(verdicts)].name, len(verdicts) + 1, len(claim.phases))
                told = _next(answers, until + GRACE, progress)
                if isinstance(told, Why):
                    why = told
                    break
                verdicts.append(told)
                if told.answer is Answer.DISAGREES:
                    return tuple(verdicts)
    missing = (Verdict(p.name, Answer.UNDECIDED, 0.0, why=why) for p in claim.phases[len(verdicts) :])
    return (*verdicts, *missing)


def _next(answers: Queue[Verdict | None], until: float, progress: Progress) -> Verdict | Why:
    """The next verdict, or why there is none."""
    while True:
        if progress.stop_asked():
            return Why.STOPPED
        if time.monotonic() > until:
            return Why.TIME
        with suppress(Empty):
            return answers.get(timeout=STEP) or Why.FAILED


@contextmanager
def _child(problem: Problem, claim: Claim, seconds: float) -> Iterator[Queue[Verdict | None]]:
    """Starts the process; its verdicts come through the queue, None once it has ended."""
    assert cmopt.__file__ is not None
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(Path(cmopt.__file__).parent.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback may quote names and balances
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert child.stdin is not None and child.stdout is not None
    answers: Queue[Verdict | None] = Queue()
    listener = threading.Thread(target=_listen, args=(child.stdout, answers), daemon=True)
    try:
        listener.start()
        with suppress(OSError):
            send(child.stdin, (problem, claim, seconds))  # type: ignore[arg-type]
        yield answers
    finally:
        child.kill()
        child.wait()
        listener.join()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                pipe.close()


def _listen(said: BinaryIO, answers: Queue[Verdict | None]) -> None:
    with suppress(OSError, EOFError, struct.error, pickle.UnpicklingError):
        while True:
            answers.put(pickle.loads(said.read(*struct.unpack("!Q", said.read(8)))))
    answers.put(None)
