"""Parts on an existing cluster of dask.distributed: the same tasks through the same kind of executor."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from cmopt.domain.book_result import PartResult
from cmopt.errors import CmoptError, InputError, Listed, finding
from cmopt.i18n import N_
from cmopt.solvers.parts.pool import News, Teller, Work
from cmopt.solvers.parts.task import Task

PATIENCE = 30.0  # seconds to reach the scheduler, and to see a first worker
ASK_EVERY = 1.0  # seconds between two questions of a worker whether to stop
RETRIES = 2  # of one task, by the cluster itself


class Cluster:
    """The workers of the scheduler at `address` (``tcp://host:port``), one part a core.

    Raises InputError: dask.distributed is not installed; nobody answers; no worker; a worker has another
    version of cmopt or of what it computes with.
    """

    def __init__(self, address: str) -> None:
        distributed = _distributed()
        from distributed.scheduler import KilledWorker

        self.lost: tuple[type[BaseException], ...] = (KilledWorker, CancelledError)
        self._client = _connected(distributed, address)
        try:
            self.places = max(1, sum(_workers(self._client).values()))
            _refuse_others(self._client)
            self._stop = distributed.Event(f"cmopt-stop-{secrets.token_hex(8)}", client=self._client)
            self._executor = self._client.get_executor(pure=False, retries=RETRIES)
        except BaseException:
            self._client.close()
            raise

    def submit(self, work: Work, task: Task) -> Future[PartResult]:
        found: Future[PartResult] = self._executor.submit(_on_worker, work, task, self._stop)
        return found

    def news(self) -> list[News]:
        return []

    def stop(self) -> None:
        self._stop.set()

    def renew(self, lost: Sequence[Future[PartResult]]) -> bool:
        """Whether the scheduler is still there; workers it finds by itself."""
        return bool(self._client.status == "running")

    def close(self, at_once: bool) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        text = N_("a cluster needs dask.distributed, which is not installed: pip install cmopt[cluster]")
        raise InputError(finding("cluster-absent", text, "--cluster")) from None
    return distributed


def _connected(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError):
        text = N_("no scheduler of dask.distributed answers at {address}")
        raise InputError(finding("cluster-unreachable", text, "--cluster", address=address)) from None


def _workers(client: Any) -> Mapping[str, int]:
    """Address of each worker -> its cores; waits for the first one."""
    until = time.monotonic() + PATIENCE
    while not (found := dict(client.ncores())):
        if time.monotonic() > until:
            text = N_("the cluster has no worker: start one (dask worker ADDRESS)")
            raise InputError(finding("cluster-empty", text, "--cluster"))
        time.sleep(0.1)
    return found


def _refuse_others(client: Any) -> None:
    """Results are the same everywhere only if what computes them is."""
    ours = versions()
    try:
        theirs = client.run(versions, on_error="return")
    except Exception as error:  # whatever a foreign cluster answers
        raise _unfit([f"{type(error).__name__}"]) from None
    wrong = []
    for worker, found in sorted(theirs.items()):
        if not isinstance(found, dict):
            wrong.append(f"{worker}: cmopt ?")
        else:
            wrong += [f"{worker}: {k} {found.get(k)} ({v})" for k, v in ours.items() if found.get(k) != v]
    if wrong:
        raise _unfit(wrong)


def _unfit(wrong: list[str]) -> CmoptError:
    text = N_(
        "the cluster's workers have other versions than this machine (in brackets): install the same: {which}"
    )
    return InputError(finding("cluster-version", text, "--cluster", which=Listed(wrong)))


def versions() -> dict[str, str]:
    """What decides results, by name."""
    import importlib.metadata
    import platform

    import cmopt

    of = {name: importlib.metadata.version(name) for name in ("ortools", "numpy")}
    return {"cmopt": cmopt.__version__, "python": ".".join(platform.python_version_tuple()[:2]), **of}


def _on_worker(work: Work, task: Task, stop: Any) -> PartResult:
    return work(task, Teller(task.slice.name, _nothing, _Asked(stop)))


def _nothing(news: News) -> None:
    """A cluster tells of parts that are through, not of what they are at."""


class _Asked:
    """Whether to stop, asked of the scheduler once a second at most."""

    def __init__(self, stop: Any) -> None:
        self._stop, self._answer, self._when = stop, False, time.monotonic()

    def __call__(self) -> bool:
        if not self._answer and time.monotonic() - self._when >= ASK_EVERY:
            self._when = time.monotonic()
            self._answer = bool(self._stop.is_set())
        return self._answer
