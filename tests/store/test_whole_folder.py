"""A folder appears whole or not at all, and nothing that is not ours is ever replaced."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmopt.errors import InputError
from cmopt.store.folder import LEFT_OVER, check_place, new_file, put_back, whole_folder

OLD = {"manifest.json": "{}", "a.csv": "old"}


def made(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def content(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir()}


def code_of(error: pytest.ExceptionInfo[InputError]) -> str:
    (found,) = error.value.findings
    return found.code


# --- what is written ---------------------------------------------------------------------------------


@pytest.mark.parametrize("there", ["absent", "deep", "empty", "earlier run"])
def test_the_new_folder_takes_the_place(tmp_path: Path, there: str) -> None:
    out = tmp_path / ("a/b/run" if there == "deep" else "run")
    if there == "empty":
        out.mkdir()
    if there == "earlier run":
        made(out, OLD)
    with whole_folder(out) as draft:
        (draft / "manifest.json").write_text("new", encoding="utf-8")
    assert content(out) == {"manifest.json": "new"}
    assert [p.name for p in out.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt(), InputError([]), MemoryError()])
def test_a_failing_block_leaves_the_old_folder(tmp_path: Path, error: BaseException) -> None:
    out = made(tmp_path / "run", OLD)
    with pytest.raises(type(error)), whole_folder(out) as draft:
        (draft / "a.csv").write_text("half", encoding="utf-8")
        raise error
    assert content(out) == OLD
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_relative_path_is_meant_from_where_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with whole_folder(Path("run")) as draft:
        (draft / "manifest.json").touch()
        os.chdir(tmp_path / "elsewhere")
    assert (tmp_path / "run" / "manifest.json").exists()


@pytest.mark.parametrize("name", ["a[b]", "star*", "what?", "样例 结果"])
def test_names_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    for text in ("one", "two"):
        with whole_folder(tmp_path / name) as draft:
            (draft / "manifest.json").write_text(text, encoding="utf-8")
    assert content(tmp_path / name) == {"manifest.json": "two"}
    assert [p.name for p in tmp_path.iterdir()] == [name]


# --- what is refused ---------------------------------------------------------------------------------


def test_a_foreign_folder_is_refused_untouched(tmp_path: Path) -> None:
    out = made(tmp_path / "mine", {"accounts.xlsx": "dear"})
    with pytest.raises(InputError) as error, whole_folder(out):
        pytest.fail("the block must not begin")
    assert code_of(error) == "out-foreign"
    assert str(out) in error.value.render("zh")
    assert content(out) == {"accounts.xlsx": "dear"}


def test_without_a_marker_any_content_is_refused(tmp_path: Path) -> None:
    out = made(tmp_path / "case", OLD)
    with pytest.raises(InputError) as error, whole_folder(out, marker=None):
        pytest.fail("the block must not begin")
    assert (code_of(error), content(out)) == ("out-foreign", OLD)


def test_a_file_is_refused_untouched(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.write_text("dear", encoding="utf-8")
    with pytest.raises(InputError) as error, whole_folder(out):
        pytest.fail("the block must not begin")
    assert (code_of(error), out.read_text(encoding="utf-8")) == ("out-file", "dear")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError) as error:
        check_place(tmp_path / "run")
    assert code_of(error) == "out-file"


@pytest.mark.parametrize(
    "name", ["file/run", "file/below/run", "n" * 300], ids=["below a file", "deeper", "long"]
)
def test_a_place_that_cannot_be_is_a_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError) as error, whole_folder(tmp_path / name):
        pytest.fail("the block must not begin")
    assert code_of(error) == "out-unwritable"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "dear"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_parent_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError) as error, whole_folder(tmp_path / "run"):
            pytest.fail("the block must not begin")
    finally:
        tmp_path.chmod(0o700)
    assert code_of(error) == "out-unwritable"
    assert "没有访问权限" in error.value.render("zh")


def test_what_the_system_refuses_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for who may not write there (root, who runs many tests, may)."""

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(InputError) as error, whole_folder(tmp_path / "run"):
        pytest.fail("the block must not begin")
    assert code_of(error) == "out-unwritable"
    assert ("access denied" in error.value.render("en"), "没有访问权限" in error.value.render("zh")) == (
        True,
        True,
    )


def test_a_folder_held_by_another_program_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a folder with an open file cannot be renamed."""
    out = made(tmp_path / "run", OLD)
    rename = Path.rename

    def held(self: Path, target: Path) -> Path:
        if self == out:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(InputError) as error, whole_folder(out) as draft:
        (draft / "manifest.json").write_text("new", encoding="utf-8")
    assert (code_of(error), content(out)) == ("out-unwritable", OLD)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_failing_second_move_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = made(tmp_path / "run", OLD)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".draft-" in self.name:
            raise OSError(errno.EIO, "I/O error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError), whole_folder(out) as draft:
        (draft / "manifest.json").write_text("new", encoding="utf-8")
    assert content(out) == OLD
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

# --- killed ------------------------------------------------------------------------------------------

WRITE_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from cmopt.store.folder import whole_folder
with whole_folder(Path(sys.argv[1])) as draft:
    (draft / "manifest.json").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""

KILLED_BETWEEN_THE_MOVES = """
import os, signal, sys
from pathlib import Path
from cmopt.store.folder import whole_folder
rename = Path.rename
def move(self, target):
    moved = rename(self, target)
    if self == Path(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return moved
Path.rename = move
with whole_folder(Path(sys.argv[1])) as draft:
    (draft / "manifest.json").write_text("new")
"""


@posix
def test_killed_while_writing_leaves_the_old_folder(tmp_path: Path) -> None:
    out = made(tmp_path / "run", OLD)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, str(out)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    writer.kill()
    writer.wait(10)
    writer.stdout.close()
    assert content(out) == OLD
    with whole_folder(out) as draft:  # and the next run works
        (draft / "manifest.json").write_text("next", encoding="utf-8")
    assert content(out) == {"manifest.json": "next"}


@posix
def test_killed_in_the_middle_of_replacing_is_put_back(tmp_path: Path) -> None:
    out = made(tmp_path / "run", OLD)
    done = subprocess.run([sys.executable, "-c", KILLED_BETWEEN_THE_MOVES, str(out)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    put_back(out)
    assert content(out) == OLD


def test_what_killed_writes_left_is_swept_after_a_day(tmp_path: Path) -> None:
    out = tmp_path / "run"
    stale, fresh, other = (made(tmp_path / n, OLD) for n in (".run.draft-1", ".run.draft-2", ".run2.draft-3"))
    long_ago = time.time() - LEFT_OVER - 60
    for folder in (stale, other):
        os.utime(folder, (long_ago, long_ago))
    with whole_folder(out) as draft:
        (draft / "manifest.json").touch()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([fresh.name, other.name, "run"])


# --- single files ------------------------------------------------------------------------------------


def test_a_new_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "case.xlsx"
    with new_file(path) as draft:
        draft.write_text("all", encoding="utf-8")
        assert not path.exists()
        assert draft.suffix == ".xlsx"
    assert content(path.parent) == {"case.xlsx": "all"}


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    path.write_text("filled in", encoding="utf-8")
    with pytest.raises(InputError) as error, new_file(path):
        pytest.fail("the block must not begin")
    assert (code_of(error), path.read_text(encoding="utf-8")) == ("out-exists", "filled in")


def test_a_failing_block_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), new_file(tmp_path / "case.xlsx") as draft:
        draft.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
