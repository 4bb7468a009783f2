"""How many processes suit this machine and the parts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

WORTH_A_PROCESS = 200_000  # pairs of a client and a manager, below which processes cost more than they bring
BARE = 250 * 2**20  # bytes of a process that has loaded the solvers
PER_PAIR = 600  # bytes while a part is worked on, for each pair of one of its clients and managers
SHARE = 0.8  # of the free memory


def suitable(sizes: Sequence[tuple[int, int]]) -> int:
    """As many as there are cores, but no more than parts, nor than fit into the memory; one for a small book.

    sizes: of each part its clients and managers.
    """
    pairs = sorted((c * m for c, m in sizes), reverse=True)
    if sum(pairs) < WORTH_A_PROCESS:
        return 1
    found = min(cores(), len(pairs))
    free = free_memory()
    while found > 1 and free is not None and needed(pairs[:found]) > SHARE * free:
        found -= 1
    return max(1, found)


def needed(pairs: Sequence[int]) -> int:
    """Bytes that processes need which work on parts of so many pairs each, at the same time."""
    return sum(BARE + PER_PAIR * p for p in pairs)


def cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory() -> int | None:
    """Bytes that could be taken now; None where the system does not say."""
    if sys.platform == "linux":
        try:
            with open("/proc/meminfo", encoding="ascii") as told:  # noqa: PTH123
                found = {line.split(":")[0]: int(line.split()[1]) for line in told if line.endswith("kB\n")}
        except (OSError, ValueError):
            return None
        return found["MemAvailable"] * 1024 if "MemAvailable" in found else None
    if sys.platform == "win32":
        return _free_on_windows()
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _free_on_windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "b", "c", "d", "e", "f")),
        ]

    status = Status(length=ctypes.sizeof(Status))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (not there on other systems)
    return int(status.free) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
