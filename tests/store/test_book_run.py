"""`allocate --book`: both layers in one folder, whole or to be gone on with, the same from any workers."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whole_bank import holders, order_of, record_of, rows_of

from cmopt import service
from cmopt.domain.book_result import NOBODY
from cmopt.domain.progress import NullProgress, PartNews
from cmopt.errors import InputError
from cmopt.store.journal import FOLDER, place_of

TABLES = ("grades.csv", "allocation.csv", "portfolios.csv", "fairness.csv", "bounds.json")


@pytest.fixture(scope="module")
def whole(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole book of the tiny bank, divided in this process."""
    out = tmp_path_factory.mktemp("whole") / "run"
    service.allocate(order_of(tiny_bank, workers=1), out)
    return out


class StopsAfter(NullProgress):
    """Asks to stop once so many parts are through; keeps what it was told."""

    def __init__(self, parts: int) -> None:
        self.parts, self.told = parts, list[PartNews]()

    def part(self, news: PartNews) -> None:
        self.told.append(news)

    def through(self) -> list[str]:
        return [n.name for n in self.told if n.result is not None]

    def stop_asked(self) -> bool:
        return len(self.through()) >= self.parts


def content(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in TABLES}


# --- both layers ---------------------------------------------------------------------------------------


def test_both_layers_in_one_account(tiny_bank: Any, whole: Path) -> None:
    """Every client has one line, in id order; key accounts as without the book; portfolios add up."""
    lines, keys = rows_of(whole), rows_of(tiny_bank.run)
    ids = [r["client_id"] for r in lines]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids) == 31
    assert [r for r in lines if r["client_id"] in {k["client_id"] for k in keys}] == keys
    assert len(keys) < len(lines)

    held: dict[str, list[dict[str, str]]] = {}
    for row in lines:
        held.setdefault(row["staff_id"], []).append(row)
    for person in rows_of(whole, "portfolios.csv"):
        own = held.get(person["staff_id"], [])
        assert int(person["clients"]) == len(own)
        loans = sum(round(100 * float(r["balance"])) for r in own if "loan" in r["segment"])
        assert round(100 * float(person["loan_balance_after"])) == loans


def test_the_record_of_both_layers(tiny_bank: Any, whole: Path) -> None:
    record, key = record_of(whole), record_of(tiny_bank.run)
    assert [(g["name"], g["value"], g["bound"]) for g in record["goals"]] == [
        (g["name"], g["value"], g["bound"]) for g in key["goals"]
    ]
    book = record["book"]
    assert book["complete"]
    assert len(book["parts"]) == 3
    proven = all(g["proven"] for p in [*book["parts"], record] for g in p["goals"])
    assert record["status"] == ("optimal" if proven else "feasible")
    for n, goal in enumerate(book["goals"]):
        assert goal["value"] == sum(p["goals"][n]["value"] for p in book["parts"])
    assert "book" not in key


def test_the_record_stands(whole: Path) -> None:
    assert service.verify(whole) == ()


def test_without_book_the_run_is_as_before(tiny_bank: Any, tmp_path: Path) -> None:
    run = service.allocate(order_of(tiny_bank, book=False), tmp_path / "run")
    assert run.book is None
    assert [f.code for f in run.notes if f.code == "book-undivided"] == ["book-undivided"]
    assert {p.name for p in (tmp_path / "run").iterdir()} == {p.name for p in tiny_bank.run.iterdir()}


def test_counter_deposits_are_nobodys_and_clients_without_a_part_stay(tiny_bank: Any, whole: Path) -> None:
    from cmopt.metrics.holdings import holders as held_after

    loaded = service.load(order_of(tiny_bank))
    case = loaded.case
    run = service.allocate(order_of(tiny_bank, workers=1), whole.with_name("again"))
    assert run.book is not None
    assert run.result.allocation is not None
    first, *others = run.book.parts
    counter = run.book.parts[1].clients[:2]
    undone = dataclasses.replace(first, holder=None)
    rest = dataclasses.replace(
        others[0],
        clients=others[0].clients[2:],
        holder=None if others[0].holder is None else others[0].holder[2:],
    )
    book = dataclasses.replace(run.book, parts=(undone, rest, *others[1:]), counter=counter)
    after = held_after(case, run.result.allocation, book)
    assert (after[counter] == NOBODY).all()
    assert np.array_equal(after[first.clients], case.clients.incumbent[first.clients])
    assert np.array_equal(after[rest.clients], rest.holder)


# --- one process or several ----------------------------------------------------------------------------


def test_two_processes_give_the_same_as_one(tiny_bank: Any, whole: Path, tmp_path: Path) -> None:
    run = service.allocate(order_of(tiny_bank, workers=2), tmp_path / "run")
    assert run.book is not None
    assert run.book.processes == 2
    assert content(tmp_path / "run") == content(whole)


# --- stopped and gone on with --------------------------------------------------------------------------


@pytest.fixture
def stopped(tiny_bank: Any, tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """A run stopped after its first part, and that part."""
    progress = StopsAfter(1)
    service.allocate(order_of(tiny_bank, workers=1), tmp_path / "run", progress)
    yield tmp_path / "run", progress.through()


def test_G71_a_stop_keeps_the_parts_that_are_done(stopped: tuple[Path, list[str]], tiny_bank: Any) -> None:
    run, done = stopped
    record = record_of(run)
    assert record["status"] == "cancelled"
    assert not record["book"]["complete"]
    states = {p["name"]: (p["status"], p["goals"][0]["value"]) for p in record["book"]["parts"]}
    assert {n for n, (_, value) in states.items() if value is not None} == set(done)
    assert {s for n, (s, _) in states.items() if n not in done} == {"cancelled"}
    keys = {r["client_id"] for r in rows_of(tiny_bank.run)}
    branches = {r["branch"] for r in rows_of(run) if r["client_id"] not in keys}
    assert branches == set(done)
    assert not place_of(run).exists()
    assert (run / FOLDER).is_dir()
    assert service.verify(run) == ()


def test_resume_divides_only_the_rest(stopped: tuple[Path, list[str]], tiny_bank: Any, whole: Path) -> None:
    run, done = stopped
    progress = StopsAfter(99)
    service.allocate(order_of(tiny_bank, workers=1, resume=run), run, progress)
    assert set(progress.through()) == {p["name"] for p in record_of(run)["book"]["parts"]} - set(done)
    assert [n.done for n in progress.told if n.result is not None] == [2, 3]
    assert content(run) == content(whole)
    assert not (run / FOLDER).exists()
    assert not place_of(run).exists()
    assert record_of(run)["status"] == record_of(whole)["status"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 2}, "抽签种子"),
        ({"overrides": {"book.gap": "1%"}}, "改动的设置"),
        ({"solver": "large"}, "求解器"),
        ({"scheme": "annual"}, "方案"),
    ],
)
def test_resume_refuses_what_is_not_the_same(
    stopped: tuple[Path, list[str]], tiny_bank: Any, change: dict[str, Any], named: str
) -> None:
    run, _ = stopped
    before = {p.name for p in run.rglob("*")}
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, workers=1, resume=run, **change), run)
    assert [f.code for f in error.value.findings] == ["resume-differs"]
    assert named in error.value.render("zh")
    assert {p.name for p in run.rglob("*")} == before


def test_resume_refuses_other_tables(stopped: tuple[Path, list[str]], tiny_bank: Any, copy_of: Any) -> None:
    case = copy_of(tiny_bank.case)
    with (case / "clients.csv").open("ab") as file:
        file.write(b"\r\n")
    bank = dataclasses.replace(tiny_bank, case=case)
    with pytest.raises(InputError) as error:
        service.allocate(order_of(bank, resume=stopped[0]), stopped[0])
    assert "案例数据表" in error.value.render("zh")


def test_resume_of_a_whole_run_is_refused(tiny_bank: Any, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, resume=whole), tmp_path / "run")
    assert [f.code for f in error.value.findings] == ["resume-none"]


def test_a_damaged_part_is_divided_again(
    stopped: tuple[Path, list[str]], tiny_bank: Any, whole: Path
) -> None:
    run, _ = stopped
    for part in (run / FOLDER).glob("part-*.json"):
        part.write_bytes(part.read_bytes()[:-9])
    progress = StopsAfter(99)
    service.allocate(order_of(tiny_bank, workers=1, resume=run), run, progress)
    assert len(progress.through()) == 3
    assert content(run) == content(whole)


def test_a_forged_part_does_not_pass_the_audit(stopped: tuple[Path, list[str]], tiny_bank: Any) -> None:
    """Whoever writes another holder, hash and all, is found out."""
    from cmopt.errors import CmoptError
    from cmopt.store.journal import _read, _write

    run, _ = stopped
    (file,) = (run / FOLDER).glob("part-*.json")
    told = _read(file)
    assert told is not None
    others = sorted(set(told["holder"]))
    assert len(others) > 1
    told["holder"] = [others[0] if h != others[0] else others[-1] for h in told["holder"]]
    _write(file, told)
    with pytest.raises(CmoptError) as error:
        service.allocate(order_of(tiny_bank, workers=1, resume=run), run)
    assert error.value.exit_code == 1


def test_stopped_with_the_key_accounts_nothing_of_the_book_is_done(tiny_bank: Any, tmp_path: Path) -> None:
    service.allocate(order_of(tiny_bank), tmp_path / "run", StopsAfter(0))
    record = record_of(tmp_path / "run")
    assert record["status"] == "cancelled"
    assert all(g["value"] is None for p in record["book"]["parts"] for g in p["goals"])
    assert all(g["value"] is None for g in record["book"]["goals"])


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"book": False, "workers": 2}, "book-option"),
        ({"book": False, "cluster": "tcp://localhost:1"}, "book-option"),
        ({"book": False, "resume": Path("x")}, "book-option"),
        ({"solver": "greedy"}, "book-solver"),
        ({"certify": True}, "book-certify"),
        ({"workers": 0}, "book-workers"),
        ({"workers": 2, "cluster": "tcp://localhost:1"}, "book-workers"),
    ],
)
def test_what_does_not_go_together(tiny_bank: Any, tmp_path: Path, change: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, **change), tmp_path / "run")
    assert [f.code for f in error.value.findings] == [code]
    assert list(tmp_path.iterdir()) == []


def test_a_scheme_without_a_book(tiny_bank: Any, tmp_path: Path) -> None:
    scheme = tmp_path / "keys.toml"
    text = tiny_bank.scheme.read_text(encoding="utf-8")
    scheme.write_text(text[: text.index("\n[book]\n")], encoding="utf-8")
    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, scheme=str(scheme)), tmp_path / "run")
    assert [f.code for f in error.value.findings] == ["no-book"]


def test_the_solver_for_large_books_means_the_book(tiny_bank: Any, tmp_path: Path, whole: Path) -> None:
    run = service.allocate(order_of(tiny_bank, book=False, solver="large"), tmp_path / "run")
    assert run.book is not None
    assert {p.result.solver for p in run.book.parts} == {"large"}
    assert run.result.solver == "cpsat"
    shutil.rmtree(tmp_path / "run")
    assert sorted(holders(run)) == sorted(p["name"] for p in record_of(whole)["book"]["parts"])
