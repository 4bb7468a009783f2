"""The process that proves. In: a pickled problem, claim and seconds. Out: pickled verdicts, one by one.

It ends with its parent: when the pipe it was told through is closed, it is gone.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
from typing import BinaryIO


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever an engine prints is no verdict
    told = sys.stdin.buffer
    problem, claim, seconds = pickle.loads(told.read(*struct.unpack("!Q", told.read(8))))
    threading.Thread(target=_end_with_parent, args=(told,), daemon=True).start()
    from cmopt.solvers.second.prove import prove

    for verdict in prove(problem, claim, seconds):
        send(out, verdict)


def send(out: BinaryIO, what: object) -> None:
    """One thing, with its length in front."""
    packed = pickle.dumps(what)
    out.write(struct.pack("!Q", len(packed)) + packed)
    out.flush()


def _end_with_parent(told: BinaryIO) -> None:
    told.read(1)
    os._exit(1)
