"""G71-G73: Ctrl-C, kill and a full disk lose nothing and leave no traceback."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cmopt import service
from cmopt.errors import InputError

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

# Each program runs the real command line with one of its steps made to wait until the test has acted. It
# creates the file named by CMOPT_TEST_MARK when it gets there.
HOLD = """
import os, sys, time
from pathlib import Path
mark = Path(os.environ["CMOPT_TEST_MARK"])
def hold(until=lambda: False):
    mark.touch()
    for _ in range(600):
        if until():
            return
        time.sleep(0.05)
"""
LOADING = (
    HOLD
    + """
import cmopt.service.order
def read_case(*_):
    hold()
cmopt.service.order.read_case = read_case
"""
)
SOLVING = (
    HOLD
    + """
import cmopt.solvers.cpsat.state as solver
solver.MatchingSearch.of = lambda *_: None
from cmopt.solvers.cpsat.run import Ending, Solve
def nothing_better(cp, seconds, progress, *_, **__):
    hold(progress.stop_asked)
    return Solve(Ending.UNKNOWN, None, None, 0.0)
solver.run = nothing_better
"""
)
BEFORE_ANY_DIVISION = SOLVING + "solver.broken = lambda problem, holders: True\n"
DEAF = (
    HOLD
    + """
import cmopt.solvers.cpsat.state as solver
solver.MatchingSearch.of = lambda *_: None
def deaf(*_, **__):
    hold()
solver.run = deaf
"""
)
WRITING = (
    HOLD
    + """
import cmopt.store.manifest as manifest
def keep_inputs(*_):
    hold()
manifest.keep_inputs = keep_inputs
"""
)
MAIN = """
from cmopt.cli import main
main()
"""


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def old_run(tiny_bank: Any, copy_of: Any) -> Path:
    """An earlier run where the new one is to be written."""
    run: Path = copy_of(tiny_bank.run)
    return run


@contextlib.contextmanager
def started(program: str, bank: Any, out: Path, mark: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """`cmopt allocate` in a process of its own, held at its step."""
    command = [
        "allocate",
        str(bank.case),
        "--scheme",
        str(bank.scheme),
        "--out",
        str(out),
        "--no-report",
        *more,
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", program + MAIN, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "CMOPT_TEST_MARK": str(mark)},
    )
    try:
        deadline = time.monotonic() + 30
        while not mark.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and all that was said; never a traceback."""
    said = "".join(process.communicate(timeout=30))
    assert "Traceback" not in said, said
    return process.returncode, said


# --- G71 ---------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("program", [LOADING, WRITING], ids=["loading", "writing"])
def test_G71_ctrl_c_outside_the_search_discards(
    tiny_bank: Any, old_run: Path, tmp_path: Path, program: str
) -> None:
    before = content(old_run)
    with started(program, tiny_bank, old_run, tmp_path / "mark") as process:
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    assert (code, content(old_run)) == (4, before)
    assert "已停止" in said
    assert {p.name for p in tmp_path.iterdir()} == {old_run.name, "mark"}


@posix
def test_G71_ctrl_c_while_solving_keeps_the_best_found(tiny_bank: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with started(SOLVING, tiny_bank, out, tmp_path / "mark") as process:
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert (code, record["status"]) == (0, "cancelled")
    assert "由用户停止" in said
    assert [g["name"] for g in record["goals"] if not g["proven"]][-1] == "draw"
    assert all(g["value"] is not None for g in record["goals"])
    assert record["certificate"] != "bounded"
    assert service.verify(out) == ()


@posix
def test_G71_ctrl_c_before_any_division(tiny_bank: Any, tmp_path: Path) -> None:
    """Exit 4, and the record of the attempt says so without a value or a bound."""
    out = tmp_path / "run"
    with started(BEFORE_ANY_DIVISION, tiny_bank, out, tmp_path / "mark") as process:
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert (code, record["status"]) == (4, "cancelled")
    assert all(g["value"] is None and g["bound"] is None and not g["proven"] for g in record["goals"])
    assert "[stopped]" in said
    assert not (out / "allocation.csv").exists()
    assert service.verify(out) == ()


@posix
def test_G71_a_second_ctrl_c_does_not_wait(tiny_bank: Any, old_run: Path, tmp_path: Path) -> None:
    before = content(old_run)
    with started(DEAF, tiny_bank, old_run, tmp_path / "mark") as process:
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    assert (code, content(old_run)) == (4, before)
    assert "已停止" in said


@posix
def test_G71_ctrl_c_that_makes_an_import_fail_is_still_ctrl_c(tiny_bank: Any, tmp_path: Path) -> None:
    """A compiled module whose loading is interrupted says ImportError."""
    program = (
        HOLD
        + """
import cmopt.service.order
def read_case(*_):
    try:
        hold()
    except KeyboardInterrupt:
        raise ImportError
cmopt.service.order.read_case = read_case
"""
    )
    with started(program, tiny_bank, tmp_path / "run", tmp_path / "mark") as process:
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    assert (code, "已停止" in said) == (4, True)


@posix
def test_G71_ctrl_c_while_the_program_is_being_loaded() -> None:
    program = """
import builtins, os, signal, sys
load = builtins.__import__
def interrupted(name, *rest):
    if name == "typer":
        os.kill(os.getpid(), signal.SIGINT)
    return load(name, *rest)
builtins.__import__ = interrupted
"""
    done = subprocess.run([sys.executable, "-c", program + MAIN, "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (4, "")


# --- G72 ---------------------------------------------------------------------------------------------


@posix
def test_G72_killed_while_writing_leaves_the_old_run(tiny_bank: Any, old_run: Path, tmp_path: Path) -> None:
    before = content(old_run)
    with started(WRITING, tiny_bank, old_run, tmp_path / "mark") as process:
        process.kill()
        assert ended(process)[0] == -signal.SIGKILL
    assert content(old_run) == before
    assert service.verify(old_run) == ()
    service.allocate(service.Order(tiny_bank.case, str(tiny_bank.scheme), report=False), old_run)
    assert service.verify(old_run) == ()


# --- G73 ---------------------------------------------------------------------------------------------


def order_of(bank: Any, **changes: Any) -> service.Order:
    return service.Order(**{"case": bank.case, "scheme": str(bank.scheme), "report": False, **changes})


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for one run of the tiny bank and not for two."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = sys.platform == "linux" and os.geteuid() == 0
    size = "size=128k"
    if mounted:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], capture_output=True)
        mounted = done.returncode == 0
    if not mounted:
        pytest.skip("no right to mount a small disk here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill_up(disk: Path) -> None:
    ballast = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(ballast, bytes(4096)):
            pass
    os.close(ballast)


def test_G73_disk_full(tiny_bank: Any, tiny_disk: Path) -> None:
    out = tiny_disk / "run"
    service.allocate(order_of(tiny_bank), out)
    before = content(out)
    fill_up(tiny_disk)
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, seed=5), out)
    assert [f.code for f in error.value.findings] == ["out-unwritable"]
    assert "磁盘空间不足" in error.value.render("zh")
    assert content(out) == before
    assert {p.name for p in tiny_disk.iterdir()} == {"run", "ballast"}


@posix
@pytest.mark.parametrize("kilobytes", [1, 60])
def test_G73_no_room_for_a_file(tiny_bank: Any, old_run: Path, tmp_path: Path, kilobytes: int) -> None:
    """Files may not grow beyond so much, as on a full disk: tables, charts, workbook or page fail by turns."""
    import resource

    before = content(old_run)
    limit = kilobytes * 1024
    command = ["allocate", str(tiny_bank.case), "--scheme", str(tiny_bank.scheme), "--out", str(old_run)]
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    said = done.stdout + done.stderr
    assert (done.returncode, "[out-unwritable]" in said, "Traceback" in said) == (2, True, False), said
    assert content(old_run) == before
    assert [p.name for p in tmp_path.iterdir()] == [old_run.name]


@pytest.mark.parametrize("command", ["template", "synth_workbook", "synth_folder", "compare"])
def test_G73_disk_full_for_the_other_outputs(
    tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cmopt.intake.template._write_examples", full)
    monkeypatch.setattr("cmopt.intake.write._write_workbook", full)
    monkeypatch.setattr("cmopt.intake.write._write_csv", full)
    monkeypatch.setattr(Path, "replace", full)
    scheme = str(tiny_bank.scheme)
    with pytest.raises(InputError) as error:
        match command:
            case "template":
                service.write_template(scheme, tmp_path / "t.xlsx", "zh")
            case "synth_workbook":
                service.synth(tmp_path / "c.xlsx", scheme, "zh", staff=24, clients=5)
            case "synth_folder":
                service.synth(tmp_path / "c", scheme, "zh", staff=24, clients=5)
            case _:
                service.compare([tiny_bank.run, tiny_bank.run], tmp_path / "c.csv")
    assert [f.code for f in error.value.findings] == ["out-unwritable"]
    assert list(tmp_path.iterdir()) == []


def test_G73_a_file_open_in_another_program(
    tiny_bank: Any, old_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to move a folder with an open file: the old run stays and the error says what to do."""
    before = content(old_run)
    rename = Path.rename

    def held(self: Path, target: Path) -> Path:
        if self == old_run:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank), old_run)
    assert "是否有文件正被其他程序打开" in error.value.render("zh")
    assert content(old_run) == before
