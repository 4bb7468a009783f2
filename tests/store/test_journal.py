"""Unfinished work on the disk: whole or absent, read back as it was, gone on with only where all is alike."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import Duals, PartResult
from cmopt.domain.declared import Title
from cmopt.domain.result import Phase, Result, Status
from cmopt.errors import InputError, Listed, Message, finding
from cmopt.store import journal as module
from cmopt.store.journal import SHARED, journal, place_of
from cmopt.store.wire import part_in, part_out, said_in, said_out

IDENTITY = {key: f"{key} of this run" for key in SHARED}
CLIENTS, STAFF = np.array([3, 5, 8]), np.array([1, 4])
OF = (("支行 甲", "支行 乙"), CLIENTS, STAFF)
KEY = Result(
    Status.FEASIBLE,
    "cpsat",
    1.5,
    (Phase("coverage", "min", 0, 0, True, 0.1), Phase("leximin", "max", 7, None, False, 0.2, (7, 9))),
    Allocation({"C1": "S1", "C2": None}, {"C1": ("S2", "S3")}),
    "checked",
    (finding("a-code", "said of {who}", "here", "notice", who="S1"),),
    {"num_workers": 1},
)


def part(name: str = "支行 甲", status: Status = Status.FEASIBLE) -> PartResult:
    """With figures beyond 64 bits and sentences within sentences."""
    inner = Message("{a} and {b}", {"a": Title(zh="甲", en="A"), "b": 3})
    return PartResult(
        name=name,
        branches=OF[0],
        managers=2,
        clients=CLIENTS,
        settled=np.array([0, 1, 2]),
        holder=np.array([4, -1, 1]),
        result=Result(status, "large", 0.25, (Phase("handovers", "min", 12, 11, False, 0.2),), None),
        why=Message("because {why}: {list}", {"why": inner, "list": Listed(["x", inner], "; ")}),
        duals=(Duals("handovers", 11, 10**6, {"row": 2**80}, {"coverage": 0}),),
    )


def same(one: PartResult, other: PartResult) -> bool:
    fields = {f.name for f in dataclasses.fields(PartResult)}
    arrays = {"clients", "settled", "holder"}
    alike = all(np.array_equal(getattr(one, a), getattr(other, a)) for a in arrays)
    words = [(p.why.render("zh"), p.why.render("en")) for p in (one, other)]
    rest = fields - arrays - {"why"}
    return alike and words[0] == words[1] and all(getattr(one, f) == getattr(other, f) for f in rest)


def left_by_a_stop(out: Path, *parts: PartResult, key: Result | None = KEY) -> None:
    with journal(out, IDENTITY, None) as kept:
        if key is not None:
            kept.keep_key(key)
        for p in parts:
            kept.keep(p)


def test_a_part_comes_back_as_it_was() -> None:
    again = part_in(json.loads(json.dumps(part_out(part()))), *OF)
    assert same(part(), again)
    assert said_in(said_out(part().why)).render("zh") == "because 甲 and 3: x；甲 and 3"


@pytest.mark.parametrize(
    "change",
    [
        {"holder": [4, -1]},
        {"holder": [4, -1, 2]},  # nobody of this part
        {"holder": [4, -1, 1.0]},
        {"settled": [0]},
        {"managers": 3},
        {"why": "text"},
    ],
)
def test_what_is_not_of_this_part_is_not_taken(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        part_in({**part_out(part()), **change}, *OF)


def test_unfinished_work_is_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "run"
    left_by_a_stop(out, part())
    assert place_of(out).is_dir()
    with journal(out, IDENTITY, out) as kept:
        assert kept.key == KEY
        found = kept.read("支行 甲", *OF)
        assert found is not None
        assert same(found, part())
        assert kept.read("支行 乙", *OF) is None
        kept.ended()
    assert list(tmp_path.iterdir()) == []


def test_what_was_cut_short_is_not_kept(tmp_path: Path) -> None:
    out = tmp_path / "run"
    undone = dataclasses.replace(part("c"), holder=None)
    left_by_a_stop(out, part("a"), part("b", Status.CANCELLED), undone)
    with journal(out, IDENTITY, out) as kept:
        assert kept.read("a", *OF) is not None
        assert kept.read("b", *OF) is None
        assert kept.read("c", *OF) is None


def test_without_a_part_nothing_is_left(tmp_path: Path) -> None:
    left_by_a_stop(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_by_an_error_before_any_part(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), journal(tmp_path / "run", IDENTITY, None):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_whole_carries_its_parts(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "run", tmp_path / "moved"
    out.mkdir()
    with journal(out, IDENTITY, None) as kept:
        kept.keep_key(KEY)
        kept.keep(part())
        kept.copy_to(out)
        kept.ended()
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    out.rename(elsewhere)
    with journal(tmp_path / "new", IDENTITY, elsewhere) as kept:
        found = kept.read("支行 甲", *OF)
        assert found is not None
        assert same(found, part())
    # the second run was not ended: it has the part now itself
    with journal(tmp_path / "new", IDENTITY, tmp_path / "new") as kept:
        assert kept.key == KEY
        assert kept.read("支行 甲", *OF) is not None


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "no text"])
def test_a_damaged_part_counts_as_not_done(tmp_path: Path, damage: str) -> None:
    out = tmp_path / "run"
    left_by_a_stop(out, part("a"), part("b"))
    file = place_of(out) / module._file("a")
    whole = file.read_bytes()
    file.write_bytes(
        {
            "cut": whole[:-20],
            "changed": whole.replace(b'"holder":[4,-1,1]', b'"holder":[4,-1,4]'),
            "empty": b"",
            "no text": b"\xff\xfe\x00",
        }[damage]
    )
    assert file.read_bytes() != whole
    with journal(out, IDENTITY, out) as kept:
        assert kept.read("a", *OF) is None
        assert kept.read("b", *OF) is not None


def test_without_the_key_accounts_no_part_is_taken(tmp_path: Path) -> None:
    out = tmp_path / "run"
    left_by_a_stop(out, part(), key=None)
    with journal(out, IDENTITY, out) as kept:
        assert kept.read("支行 甲", *OF) is None


@pytest.mark.parametrize("other", SHARED)
def test_another_case_scheme_seed_or_version_is_refused_by_name(tmp_path: Path, other: str) -> None:
    out = tmp_path / "run"
    left_by_a_stop(out, part())
    with pytest.raises(InputError) as error, journal(out, {**IDENTITY, other: "another"}, out):
        pass
    assert [f.code for f in error.value.findings] == ["resume-differs"]
    assert SHARED[other] in error.value.render("en")
    with journal(out, IDENTITY, out) as kept:
        assert kept.read("支行 甲", *OF) is not None


def test_nothing_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error, journal(tmp_path / "run", IDENTITY, tmp_path / "none"):
        pass
    assert [f.code for f in error.value.findings] == ["resume-none"]
    assert list(tmp_path.iterdir()) == []


def test_unfinished_work_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "run"
    left_by_a_stop(out, part())
    with pytest.raises(InputError) as error, journal(out, IDENTITY, None):
        pass
    assert [f.code for f in error.value.findings] == ["unfinished"]
    with journal(out, IDENTITY, out) as kept:
        assert kept.read("支行 甲", *OF) is not None


HOLDS = """
import sys, time
from pathlib import Path
from cmopt.store.journal import journal
with journal(Path(sys.argv[1]), {}, None):
    print("held", flush=True)
    time.sleep(60)
"""


def test_G76_locked_by_another_run_a_bounded_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unfinished work is one run's at a time; a run that is killed gives it back."""
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    out = tmp_path / "run"
    program = [sys.executable, "-c", HOLDS, str(out)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError) as error, journal(out, IDENTITY, None):
            pass
        assert [f.code for f in error.value.findings] == ["journal-locked"]
        assert place_of(out).is_dir()
        other.kill()
        other.wait()
    left_by_a_stop(out, part())
    assert place_of(out).is_dir()
