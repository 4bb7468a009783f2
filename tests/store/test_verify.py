"""A record stands as it was written; whatever is changed, by whomever, is named."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tampering import Record, Rows, edit_json, edit_rows, read_rows, rehash, write_rows

from cmopt import service
from cmopt.domain.draw import commitment
from cmopt.errors import InfeasibleError, InputError
from cmopt.i18n import LANGS

TABLES = ("allocation.csv", "grades.csv", "portfolios.csv", "fairness.csv")


@pytest.fixture
def run(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> Path:
    return copy_of(tiny_bank.run)


def breaches(run: Path) -> list[tuple[str, str | None]]:
    found = service.verify(run)
    assert all(f.render(lang) for f in found for lang in LANGS)
    return [(f.code, f.where) for f in found]


def test_a_fresh_run_stands(run: Path) -> None:
    assert breaches(run) == []


def test_a_greedy_run_and_a_run_in_english_stand(tiny_bank: Any, tmp_path: Path) -> None:
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), solver="greedy", lang="en", report=False)
    service.allocate(order, tmp_path / "run")
    assert breaches(tmp_path / "run") == []


def test_a_run_with_overrides_and_another_seed_stands(tiny_bank: Any, tmp_path: Path) -> None:
    order = service.Order(
        tiny_bank.case, str(tiny_bank.scheme), {"grading.pass_mark": "70"}, seed=99, report=False
    )
    service.allocate(order, tmp_path / "run")
    assert breaches(tmp_path / "run") == []


# --- changed by somebody who did not rewrite the manifest --------------------------------------------


@pytest.mark.parametrize("name", [*TABLES, "result.json", "inputs/case/clients.csv", "inputs/scheme.toml"])
def test_a_changed_file_is_named(run: Path, name: str) -> None:
    with (run / name).open("ab") as file:
        file.write(b"\n")
    assert breaches(run) == [("verify-changed", name)]


@pytest.mark.parametrize("name", ["allocation.csv", "inputs/case/links.csv"])
def test_a_removed_file_is_named(run: Path, name: str) -> None:
    (run / name).unlink()
    assert breaches(run) == [("verify-missing", name)]


def test_an_added_file_is_named(run: Path) -> None:
    (run / "inputs" / "case" / "posts2.csv").write_text("a", encoding="utf-8")
    assert breaches(run) == [("verify-added", "inputs/case/posts2.csv")]


def test_another_seed_does_not_fit_its_commitment(run: Path) -> None:
    edit_json(run / "manifest.json", lambda m: m.update(tie_seed=2))
    assert breaches(run) == [("verify-seed", "manifest.json")]


# --- changed by an insider who made every hash right again -------------------------------------------


def first_code(run: Path) -> str:
    rehash(run)
    return breaches(run)[0][0]


def test_two_accounts_swapped(run: Path) -> None:
    """Both go to somebody who may hold them, so that no rule is broken: the goals' values tell."""
    rows = read_rows(run / "allocation.csv")
    head = rows[0]
    staff, segment = head.index("staff_id"), head.index("segment")
    large = [r for r in rows[1:] if r[segment] == "large_loan" and r[staff]][:2]
    large[0][staff], large[1][staff] = large[1][staff], large[0][staff]
    write_rows(run / "allocation.csv", rows)
    assert first_code(run) == "record-value"


def test_an_account_given_to_who_may_not_hold_it(run: Path) -> None:
    grades = read_rows(run / "grades.csv")
    nobody = next(r[0] for r in grades[1:] if not r[grades[0].index("tier")])

    def give(rows: Rows) -> None:
        rows[1][rows[0].index("staff_id")] = nobody

    edit_rows(run / "allocation.csv", give)
    assert first_code(run) == "audit-eligibility"


def test_an_account_given_to_nobody_known(run: Path) -> None:
    edit_rows(run / "allocation.csv", lambda rows: rows[1].__setitem__(1, "E9999"))
    assert first_code(run) == "audit-unknown"


def test_a_line_of_the_allocation_removed(run: Path) -> None:
    edit_rows(run / "allocation.csv", lambda rows: rows.__delitem__(1))
    assert first_code(run) in ("record-value", "verify-rows", "audit-team-size")


def test_a_line_of_the_allocation_added(run: Path) -> None:
    edit_rows(run / "allocation.csv", lambda rows: rows.append(["C9999", *rows[1][1:]]))
    assert first_code(run) == "audit-stray"


@pytest.mark.parametrize("goal", range(8))
def test_a_changed_goal_value(run: Path, goal: int) -> None:
    def better(record: Record) -> None:
        record["goals"][goal]["value"] += 1
        record["goals"][goal]["bound"] = record["goals"][goal]["value"]

    edit_json(run / "result.json", better)
    assert first_code(run) == "record-value"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda r: r["goals"].reverse(), "record-goals"),
        (lambda r: r["goals"][4].update(bound=r["goals"][4]["bound"] + 1), "record-bound"),
        (lambda r: r["goals"][4].update(proven=False), "record-status"),
        (lambda r: r.update(status="infeasible"), "verify-status"),
        (lambda r: r.update(status="feasible"), "verify-certificate"),
        (lambda r: r.update(solver="greedy"), "verify-row"),
        (lambda r: r.update(unassigned=[{"client_id": "C00001", "cause": "lost"}]), "verify-unassigned"),
    ],
    ids=["order", "bound", "proof", "status", "certificate", "solver", "unassigned"],
)
def test_another_false_statement_of_the_record(
    run: Path, change: Callable[[Record], None], code: str
) -> None:
    edit_json(run / "result.json", change)
    assert first_code(run) == code


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_of_every_table_counts(run: Path, table: str) -> None:
    """One cell after the other of a row in the middle."""
    whole = read_rows(run / table)
    at = len(whole) // 2
    for column in range(len(whole[0])):
        rows = [list(r) for r in whole]
        rows[at][column] = "" if whole[at][column] else "x"
        write_rows(run / table, rows)
        assert first_code(run), (table, whole[0][column])


@pytest.mark.parametrize("table", ["grades.csv", "portfolios.csv", "fairness.csv"])
def test_a_row_removed_from_a_table_is_named(run: Path, table: str) -> None:
    edit_rows(run / table, lambda rows: rows.pop())
    rehash(run)
    assert breaches(run) == [("verify-rows", table)]


def test_a_changed_grade_is_named_by_its_row(run: Path) -> None:
    def promote(rows: Rows) -> None:
        rows[3][rows[0].index("tier")] = "nobody"

    edit_rows(run / "grades.csv", promote)
    rehash(run)
    assert breaches(run) == [("verify-row", "grades.csv:4")]


def test_changed_portfolios_are_named_by_their_row(run: Path) -> None:
    edit_rows(run / "portfolios.csv", lambda rows: rows[2].__setitem__(3, "99"))
    rehash(run)
    assert breaches(run) == [("verify-row", "portfolios.csv:3")]


def test_another_seed_with_its_commitment(run: Path) -> None:
    edit_json(run / "manifest.json", lambda m: m.update(tie_seed=2, tie_commitment=commitment(2)))
    assert breaches(run)[0][0] == "record-value"


def test_a_changed_balance_among_the_inputs(run: Path) -> None:
    def raise_it(rows: Rows) -> None:
        column = rows[0].index("余额")
        rows[1][column] = str(float(rows[1][column]) + 1)

    edit_rows(run / "inputs" / "case" / "clients.csv", raise_it)
    assert first_code(run)


def test_a_changed_score_among_the_inputs(run: Path) -> None:
    def lower(rows: Rows) -> None:
        column = rows[0].index("笔试")
        row = next(r for r in rows[1:] if r[column] not in ("", "缺考"))
        row[column] = "1"

    edit_rows(run / "inputs" / "case" / "staff.csv", lower)
    assert first_code(run)


def test_a_changed_scheme_and_a_changed_override(run: Path) -> None:
    edit_json(run / "manifest.json", lambda m: m.update(overrides={"grading.pass_mark": "90"}))
    assert first_code(run)
    edit_json(run / "manifest.json", lambda m: m.update(overrides={}))
    assert breaches(run) == []
    scheme = run / "inputs" / "scheme.toml"
    text = scheme.read_text(encoding="utf-8")
    assert "pass_mark = 75" in text
    scheme.write_text(text.replace("pass_mark = 75", "pass_mark = 60"), encoding="utf-8")
    assert first_code(run)


# --- not a run at all --------------------------------------------------------------------------------


def refused(run: Path) -> str:
    with pytest.raises(InputError) as error:
        service.verify(run)
    return error.value.findings[0].code


def test_no_folder_and_no_manifest(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == "run-none"
    assert refused(tmp_path) == "run-file"


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"a"', "[" * 100_000, "\x00"])
def test_a_manifest_that_is_none(run: Path, text: str) -> None:
    (run / "manifest.json").write_text(text, encoding="utf-8")
    assert refused(run) == "run-json"


def test_a_manifest_of_another_format(run: Path) -> None:
    edit_json(run / "manifest.json", lambda m: m.update(format=2))
    assert refused(run) == "run-format"


def leaves(record: Any) -> list[tuple[Any, Any]]:
    """(container, key) of every value in the record, containers included."""
    pairs = list(record.items()) if isinstance(record, dict) else list(enumerate(record))
    return [
        place
        for key, value in pairs
        for place in [(record, key), *(leaves(value) if isinstance(value, dict | list) else [])]
    ]


UNCHECKABLE = {"seconds"}  # how long it took follows from nothing


@pytest.mark.parametrize("value", [None, True, "x", []], ids=repr)
def test_nothing_in_the_record_may_be_of_another_kind(run: Path, value: object) -> None:
    """Named as a breach or refused as unreadable, never passed over and never a crash."""
    path = run / "result.json"
    text = path.read_text(encoding="utf-8")
    for n in range(len(leaves(json.loads(text)))):
        record = json.loads(text)
        container, key = leaves(record)[n]
        if container[key] == value or key in UNCHECKABLE or (key == "certificate" and value is None):
            continue
        if container in record["goals"][1:] and container is not record["goals"][5]:
            continue  # as in the first goal, so in these
        container[key] = value
        path.write_text(json.dumps(record), encoding="utf-8")
        rehash(run)
        try:
            found = service.verify(run)
        except InputError as error:
            found = error.findings
        assert found, (key, value)


@pytest.mark.parametrize("value", [None, True, -1, "x", [], {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize(
    "key", ["inputs", "outputs", "tie_seed", "tie_commitment", "overrides", "lang", "solver"]
)
def test_nothing_in_the_manifest_may_be_of_another_kind(run: Path, key: str, value: object) -> None:
    if (key, value) == ("overrides", {}):
        return
    edit_json(run / "manifest.json", lambda m: m.update({key: value}))
    try:
        found = service.verify(run)
    except InputError as error:
        found = error.findings
    assert found


def test_inputs_that_are_gone_from_the_manifest_too(run: Path) -> None:
    (run / "inputs" / "scheme.toml").unlink()
    rehash(run)
    assert refused(run) == "run-file"


# --- records without a division ----------------------------------------------------------------------


def attempt(bank: Any, out: Path) -> None:
    order = service.Order(bank.case, str(bank.scheme), {"teams.deposit_team.size": "9"}, report=False)
    with pytest.raises(InfeasibleError):
        service.allocate(order, out)


def test_the_record_of_an_attempt_stands(tiny_bank: Any, tmp_path: Path) -> None:
    attempt(tiny_bank, tmp_path / "run")
    assert breaches(tmp_path / "run") == []


def test_a_false_claim_that_nothing_is_feasible(tiny_bank: Any, tmp_path: Path) -> None:
    run = tmp_path / "run"
    attempt(tiny_bank, run)
    edit_json(run / "manifest.json", lambda m: m.update(overrides={}))
    assert breaches(run) == [("verify-status", "result.json")]


def test_a_division_taken_out_of_the_record(run: Path) -> None:
    (run / "allocation.csv").unlink()
    assert first_code(run) == "verify-missing"


def test_the_record_of_grading_alone(tiny_bank: Any, tmp_path: Path) -> None:
    out = tmp_path / "grades"
    service.grade_case(service.Order(tiny_bank.case, str(tiny_bank.scheme)), out)
    assert breaches(out) == []
    edit_rows(out / "grades.csv", lambda rows: rows[1].__setitem__(1, "50"))
    rehash(out)
    assert breaches(out) == [("verify-row", "grades.csv:2")]


def test_orders_differ_in_what_they_record(tiny_bank: Any, tmp_path: Path) -> None:
    """The kept scheme and overrides are what is replayed, not today's shipped scheme."""
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), report=False)
    service.allocate(
        dataclasses.replace(order, overrides={"segments.large_loan.at_least": "2000"}), tmp_path / "a"
    )
    service.allocate(order, tmp_path / "b")
    assert breaches(tmp_path / "a") == breaches(tmp_path / "b") == []
    assert read_rows(tmp_path / "a" / "allocation.csv") != read_rows(tmp_path / "b" / "allocation.csv")


def test_a_forged_proof_falls_when_the_problem_is_solved_again(tiny_bank: Any, tmp_path: Path) -> None:
    """A bound can be made to fit the value, the status to say optimal: only solving again shows it."""
    run = tmp_path / "forged"
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), solver="greedy", report=False)
    service.allocate(order, run)

    def forge(record: Record) -> None:
        for goal in record["goals"]:
            goal["bound"], goal["proven"] = goal["value"], True
        record["status"], record["certificate"] = "optimal", "bounded"

    edit_json(run / "result.json", forge)
    rehash(run)
    assert service.verify(run) == ()
    found = {f.code for f in service.verify(run, solve=True)}
    assert found and found <= {"prove-bound", "prove-division"}


def test_an_honest_proof_is_found_again(run: Path) -> None:
    assert service.verify(run, solve=True) == ()


def test_goals_behind_an_unproven_one_are_not_held_against_the_record(run: Path) -> None:
    """Their bounds hold for the value that was found; solved again, a better one may lead elsewhere."""

    def open_from_third(record: Record) -> None:
        record["goals"][2]["proven"] = False
        record["status"] = "feasible"
        record["certificate"] = "none"

    names = [g["name"] for g in json.loads((run / "result.json").read_text("utf-8-sig"))["goals"]]
    assert service.proofs_repeated(run) == (len(names), len(names))
    edit_json(run / "result.json", open_from_third)
    assert service.proofs_repeated(run) == (2, len(names))


@pytest.mark.parametrize(("solver", "said"), [("greedy", "未重新求解"), ("cpsat", "各项理论最优值一致")])
def test_solving_again_claims_no_more_than_was_solved(
    tiny_bank: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], solver: str, said: str
) -> None:
    from cmopt.cli import show

    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), solver=solver, report=False)
    service.allocate(order, tmp_path / "run")
    show.verified(
        service.verify(tmp_path / "run", solve=True), "zh", service.proofs_repeated(tmp_path / "run")
    )
    assert said in capsys.readouterr().out
