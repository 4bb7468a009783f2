"""`--cluster`: a real scheduler and real workers as processes; one of them killed while it works."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from whole_bank import holders, order_of, record_of

from cmopt import service
from cmopt.domain.progress import NullProgress, PartNews
from cmopt.errors import InputError

try:
    import distributed  # noqa: F401
except ImportError:
    pytestmark = pytest.mark.skip(reason="dask.distributed is not installed: pip install cmopt[cluster]")

TABLES = ("allocation.csv", "portfolios.csv", "fairness.csv", "bounds.json")


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]], stdout=quiet, stderr=quiet
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    with started("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"):
        until = time.monotonic() + 60
        while not _listens(port):
            assert time.monotonic() < until
            time.sleep(0.1)
        yield address


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return not asked.connect_ex(("127.0.0.1", port))


@pytest.fixture
def worker(scheduler: str, tmp_path: Path) -> Callable[[], Any]:
    """A worker of one thread, without a nanny: killed, it stays away."""
    where = tmp_path / "dask"
    where.mkdir()
    options = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(where))
    return lambda: started("dask_worker", scheduler, *options)


@pytest.fixture(scope="module")
def alone(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "run"
    service.allocate(order_of(tiny_bank, workers=1), out)
    return out


def content(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in TABLES}


def test_two_workers_give_the_same_as_one_process(
    tiny_bank: Any, alone: Path, tmp_path: Path, scheduler: str, worker: Callable[[], Any]
) -> None:
    with worker(), worker():
        run = service.allocate(order_of(tiny_bank, cluster=scheduler), tmp_path / "run")
    assert run.book is not None
    assert holders(run)
    assert content(tmp_path / "run") == content(alone)


class KillsOne(NullProgress):
    """Kills a process once the first part is through, while the others are at work."""

    def __init__(self, victim: subprocess.Popen[bytes]) -> None:
        self.victim, self.ended = victim, list[str]()

    def part(self, news: PartNews) -> None:
        if news.result is not None:
            self.ended.append(news.name)
            if len(self.ended) == 1:
                self.victim.send_signal(signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_G75_a_worker_killed_while_it_works(
    tiny_bank: Any, alone: Path, tmp_path: Path, scheduler: str, worker: Callable[[], Any]
) -> None:
    """The same division, and each part is taken in once."""
    with worker() as victim, worker():
        progress = KillsOne(victim)
        service.allocate(order_of(tiny_bank, cluster=scheduler), tmp_path / "run", progress)
        assert victim.wait() == -signal.SIGKILL
    assert sorted(progress.ended) == sorted(p["name"] for p in record_of(tmp_path / "run")["book"]["parts"])
    assert content(tmp_path / "run") == content(alone)


class StopsAtOnce(NullProgress):
    def __init__(self) -> None:
        self.told = 0

    def part(self, news: PartNews) -> None:
        self.told += 1

    def stop_asked(self) -> bool:
        return self.told >= 1


def test_a_stop_on_the_cluster_keeps_what_is_done(
    tiny_bank: Any, alone: Path, tmp_path: Path, scheduler: str, worker: Callable[[], Any]
) -> None:
    out = tmp_path / "run"
    with worker():
        service.allocate(order_of(tiny_bank, cluster=scheduler), out, StopsAtOnce())
        done = [p["name"] for p in record_of(out)["book"]["parts"] if p["goals"][0]["value"] is not None]
        assert len(done) == 1
        service.allocate(order_of(tiny_bank, cluster=scheduler, resume=out), out)
    assert content(out) == content(alone)


def refused(bank: Any, out: Path, address: str) -> list[str]:
    with pytest.raises(InputError) as error:
        service.allocate(order_of(bank, cluster=address), out)
    assert not out.exists()
    return [f.code for f in error.value.findings]


def test_nobody_answers(tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmopt.solvers.parts.cluster.PATIENCE", 0.5)
    assert refused(tiny_bank, tmp_path / "run", "tcp://127.0.0.1:9") == ["cluster-unreachable"]
    assert refused(tiny_bank, tmp_path / "run", "nonsense://") == ["cluster-unreachable"]


def test_no_worker(tiny_bank: Any, tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmopt.solvers.parts.cluster.PATIENCE", 2.0)
    assert refused(tiny_bank, tmp_path / "run", scheduler) == ["cluster-empty"]


def test_a_worker_with_another_version(
    tiny_bank: Any,
    tmp_path: Path,
    scheduler: str,
    worker: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with worker():
        monkeypatch.setattr("cmopt.__version__", "0.0.1")
        assert refused(tiny_bank, tmp_path / "run", scheduler) == ["cluster-version"]


def test_without_dask_the_extra_is_named(
    tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, cluster="tcp://127.0.0.1:9"), tmp_path / "run")
    assert [f.code for f in error.value.findings] == ["cluster-absent"]
    assert "pip install cmopt[cluster]" in error.value.render("zh")
