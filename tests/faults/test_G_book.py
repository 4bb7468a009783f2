"""G71, G72, G74 of a whole book: Ctrl-C keeps what is done, a killed run can be gone on with, no memory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmopt import service
from cmopt.store.journal import FOLDER, place_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

TABLES = ("allocation.csv", "portfolios.csv", "fairness.csv", "bounds.json")
HELD = "from held_parts import main; main()"
PLAIN = "from cmopt.cli import main; main()"


def order_of(bank: Any, **changes: Any) -> service.Order:
    return service.Order(
        **{"case": bank.case, "scheme": str(bank.scheme), "report": False, "book": True, **changes}
    )


@pytest.fixture(scope="module")
def whole(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "run"
    service.allocate(order_of(tiny_bank, workers=1), out)
    return content(out)


def content(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in TABLES}


def record_of(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "result.json").read_text(encoding="utf-8"))
    return found


def command(bank: Any, out: Path, *more: str) -> list[str]:
    return [
        "allocate",
        str(bank.case),
        "--scheme",
        str(bank.scheme),
        "--out",
        str(out),
        "--book",
        "--no-report",
        *more,
    ]


@contextlib.contextmanager
def at_work(bank: Any, out: Path, marks: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """`cmopt allocate --book` in a session of its own, one part done and another held."""
    marks.mkdir()
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, *command(bank, out, *more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "CMOPT_TEST_MARKS": str(marks), "PYTHONPATH": path},
    )
    try:
        wait_until(lambda: kept(out) and len(list(marks.iterdir())) > 1, process)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def kept(out: Path) -> list[Path]:
    return list(place_of(out).glob("part-*.json"))


def wait_until(there: Callable[[], object], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def go_on(bank: Any, out: Path) -> str:
    """Resume on the command line; what it said."""
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, *command(bank, out, "--resume", str(out))],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_G71_ctrl_c_on_the_terminal_keeps_what_is_done(
    tiny_bank: Any, tmp_path: Path, whole: dict[str, bytes], workers: str
) -> None:
    """The terminal sends it to every process; the parts at work give their best, the others are left."""
    out = tmp_path / "run"
    with at_work(tiny_bank, out, tmp_path / "marks", "--workers", workers) as process:
        os.killpg(process.pid, signal.SIGINT)
        said = "".join(process.communicate(timeout=60))
    assert "Traceback" not in said
    record = record_of(out)
    assert record["status"] == "cancelled"
    divided = [p for p in record["book"]["parts"] if p["goals"][0]["value"] is not None]
    assert len(divided) > 1
    assert process.returncode == (0 if record["book"]["complete"] else 4)
    assert ("--resume" in said) == (not record["book"]["complete"])
    assert not place_of(out).exists()
    assert (out / FOLDER).is_dir()
    assert "[3/3]" in go_on(tiny_bank, out)
    assert content(out) == whole
    assert not (out / FOLDER).exists()


def test_G71_a_second_ctrl_c_does_not_wait(tiny_bank: Any, tmp_path: Path) -> None:
    """Nothing is written but the parts that are done, and the terminal says so."""
    out = tmp_path / "run"
    with at_work(tiny_bank, out, tmp_path / "marks", "--workers", "2") as process:
        pids = [int(p.name) for p in (tmp_path / "marks").iterdir() if p.name.isdigit()]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)  # a worker that does not answer
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        said = "".join(process.communicate(timeout=30))
        assert not any(map(is_alive, pids))
    assert (process.returncode, "Traceback" in said) == (4, False)
    assert "已停止" in said
    assert "--resume" in said
    assert not out.exists()
    assert kept(out)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_G72_killed_half_way_it_can_be_gone_on_with(
    tiny_bank: Any, tmp_path: Path, whole: dict[str, bytes], workers: str
) -> None:
    out, marks = tmp_path / "run", tmp_path / "marks"
    with at_work(tiny_bank, out, marks, "--workers", workers) as process:
        process.kill()
        process.communicate()
        until = time.monotonic() + 20
        pids = [int(p.name) for p in marks.iterdir() if p.name.isdigit()]
        while any(map(is_alive, pids)):
            assert time.monotonic() < until, "a process of the pool outlives its parent"
            time.sleep(0.05)
    assert not out.exists()
    assert kept(out)
    said = go_on(tiny_bank, out)
    assert "[1/3]" not in said
    assert "[3/3]" in said
    assert content(out) == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["marks", "run"]


def test_G72_another_run_in_its_place_is_refused(tiny_bank: Any, tmp_path: Path) -> None:
    """Without --resume what is done would be lost."""
    out = tmp_path / "run"
    with at_work(tiny_bank, out, tmp_path / "marks") as process:
        process.kill()
        process.communicate()
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, *command(tiny_bank, out)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert (done.returncode, "[unfinished]" in done.stderr) == (2, True)
    assert kept(out)


def test_G74_out_of_memory_is_told_and_loses_nothing(
    tiny_bank: Any, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part without memory has no division and is named; the run goes on with it later."""
    import cmopt.solvers.parts.work as work

    out, divide_part = tmp_path / "run", work.divide_part

    def without_memory(task: Any, progress: Any) -> Any:
        if task.slice.name == "营业部":
            raise MemoryError
        return divide_part(task, progress)

    monkeypatch.setattr(work, "divide_part", without_memory)
    run = service.allocate(order_of(tiny_bank, workers=1), out)
    assert [f.where for f in run.notes if f.code == "part-undivided"] == ["营业部"]
    record = record_of(out)
    states = {p["name"]: (p["status"], [f["code"] for f in p["findings"]]) for p in record["book"]["parts"]}
    assert states["营业部"] == ("unknown", ["part-memory"])
    assert record["status"] == "feasible"
    monkeypatch.undo()
    service.allocate(order_of(tiny_bank, workers=1, resume=out), out)
    assert content(out) == whole
