"""The CSV tables and result.json."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import build_run

from cmopt.domain.fixed import show_fixed
from cmopt.errors import InputError
from cmopt.reports.tables import guarded, read_allocation, result_json, unguarded, write_tables

CONTRACT = {
    "grades.csv": "staff_id,written,interview,experience,total,rank,qualified,tier,route,tie_note",
    "allocation.csv": "client_id,staff_id,segment,role,previous,outcome,reason",
    "portfolios.csv": "staff_id,tier,branch,clients,loan_balance_before,loan_balance_after",
    "fairness.csv": "metric,group,measure,solver,before,after",
}


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_columns_are_the_contracts(tmp_path: Path) -> None:
    paths = write_tables(build_run(), tmp_path, "zh")
    assert [p.name for p in paths] == list(CONTRACT)
    for path in paths:
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        assert raw.count(b"\n") == raw.count(b"\r\n")
        assert raw.decode("utf-8-sig").startswith(CONTRACT[path.name])


def test_rows_say_what_the_run_says(tmp_path: Path) -> None:
    run = build_run()
    grades, allocation, portfolios, fairness = (read(p) for p in write_tables(run, tmp_path))
    assert {r["staff_id"]: r["total"] for r in grades} == {
        i: show_fixed(g.total) for i, g in run.grades.items()
    }
    assert [r["staff_id"] for r in grades if r["total"] == ""]  # absent is empty, never 0
    assert {r["client_id"]: r["outcome"] for r in allocation} == {x.client_id: x.outcome for x in run.lines}
    assert {r["staff_id"]: int(r["clients"]) for r in portfolios} == {
        p.staff_id: p.clients_after for p in run.portfolios
    }
    assert len(fairness) == len(run.fairness)
    assert any(r["after"] == "" for r in fairness)
    assert not any("e" in r["before"] + r["after"] for r in fairness)


def test_small_and_undefined_figures(tmp_path: Path) -> None:
    run = build_run()
    rows = [
        replace(run.fairness[0], before=v, after=None) for v in (1e-7, float("nan"), float("inf"), -0.0, 1e17)
    ]
    *_, path = write_tables(replace(run, fairness=tuple(rows)), tmp_path)
    assert [r["before"] for r in read(path)] == ["0.0000001", "", "", "0", "100000000000000000"]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    run = build_run()
    turned = replace(run, grades=dict(reversed(run.grades.items())), lines=run.lines[::-1])
    for one, other in zip(
        write_tables(run, tmp_path / "a"), write_tables(turned, tmp_path / "b"), strict=True
    ):
        assert one.read_bytes() == other.read_bytes()


def test_allocation_reads_back(tmp_path: Path) -> None:
    run = build_run(left_out=2)
    _, path, *_ = write_tables(run, tmp_path)
    assert run.result.allocation is not None
    assert read_allocation(path) == run.result.allocation


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table-columns"),
        (b"client_id,segment\r\nC1,x\r\n", "table-columns"),
        (b"client_id,staff_id,role\r\nC1,S1,lead\r\nC1,S2,manager\r\n", "table-duplicate"),
        (b"client_id,staff_id,role\r\nC1,S1,lead\r\nC1,S2,backup\r\nC1,S2,backup\r\n", "table-duplicate"),
        (b"client_id,staff_id,role\r\nC1,S1,backup\r\nC1,S2,lead\r\n", "table-backup"),
        (b"client_id,staff_id,role\r\nC1\r\n", "table-ragged"),
        ("client_id,staff_id,role\r\n样例,S1,manager\r\n".encode("gb18030"), "table-encoding"),
    ],
)
def test_a_broken_allocation_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "allocation.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_allocation(path)
    assert [f.code for f in caught.value.findings] == [code]


def test_a_missing_allocation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_allocation(tmp_path / "allocation.csv")
    assert caught.value.findings[0].code == "table-unreadable"


@given(
    st.text(alphabet=st.one_of(st.sampled_from("=+-@'\t\r\n ＝＋"), st.characters(exclude_categories=["Cs"])))
)
def test_guarding_is_reversible_and_leaves_no_formula(text: str) -> None:
    shown = guarded(text)
    assert unguarded(shown) == text
    assert not shown.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not shown.startswith(("\t", "\r"))


def test_result_json_has_the_contracts_fields() -> None:
    told = result_json(build_run())
    assert list(told) == ["status", "solver", "seconds", "goals", "certificate", "unassigned"]
    assert list(told["goals"][0]) == ["name", "sense", "value", "bound", "proven", "seconds"]
    assert [u["client_id"] for u in told["unassigned"]] == ["C0027"]
    assert told["unassigned"][0]["cause"]
    greedy = json.loads(json.dumps(result_json(build_run(solver="greedy"))))
    assert greedy["goals"][0]["bound"] is None
    assert greedy["certificate"] is None


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = build_run()
    write_tables(run, tmp_path)
    before = (tmp_path / "grades.csv").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cmopt.reports.tables.csv.writer", full)
    with pytest.raises(OSError, match="No space"):
        write_tables(build_run(seed=8), tmp_path)
    assert (tmp_path / "grades.csv").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(CONTRACT)
