"""`cmopt explain`: rules by name, and every change of a goal as a full recount gives it."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_bank import a_book, graded, part_result, scheme_with
from test_book_lines import A, client, divided, worse

from cmopt import service
from cmopt.audit import audit_division
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Link
from cmopt.domain.goals import SENSE
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import InputError
from cmopt.explain.why_book import _moved, why_book
from cmopt.problem.book import plan_book


@pytest.mark.parametrize("seed", range(3))
def test_what_each_goal_would_lose_is_what_a_full_recount_gives(seed: int) -> None:
    rng = random.Random(seed)
    for division in divided(seed):
        unit = rng.choice(np.unique(division.part.unit).tolist())
        after = rng.randrange(len(division.part.managers))
        found = _moved(division, unit, after)
        by, broken = worse(division, unit, after)
        assert {e.goal: e.worse for e in found.effects} == by
        assert len(found.breaks) == len(broken)


def asked(staff_id: str | None, *links: Link, **more: Any) -> Any:
    """Of C1, held by S, in a branch of S, J, T and the former manager N; F works at another branch."""
    people = {
        "S": (A, "senior"),
        "J": (A, "junior"),
        "T": (A, "junior"),
        "N": (A, None),
        "F": ("南支行", "senior"),
    }
    roster = Roster(tuple(Staff(i, i, branch, tier=tier) for i, (branch, tier) in people.items()))
    case, scheme = (
        Case(roster, [client("C1", **more), client("C2", branch="南支行", incumbent="F")], links),
        scheme_with(),
    )
    grades = graded(case, scheme)
    plan = plan_book(case, scheme, grades, Allocation({}), 1)
    parts = []
    for n in range(len(plan)):
        part = plan.part(n)
        holder = {"C1": "S", "C2": "F"}
        numbers = [part.problem.manager_number[holder[c]] for c in part.problem.accounts]
        parts.append(part_result(part, np.array(numbers, dtype=np.int64)))
    return why_book(case, scheme, grades, Allocation({}), a_book(parts, plan.counter), 1, "C1", staff_id)


@pytest.mark.parametrize(
    ("staff", "links", "more", "said"),
    [
        ("N", [], {}, "not a client manager under this plan"),
        ("F", [], {}, "they work at 南支行, outside its jurisdiction"),
        ("J", [Link("J", "C1", "forbid")], {}, "recused from this client"),
        ("J", [Link("S", "C1", "pin")], {}, "pinned to S"),
        ("J", [], {"quality": 4}, "a problem loan (grade 4), which stays with S, who made it"),
        ("J", [], {"kind": "deposit", "developer": "S"}, "S brought it in and keeps it"),
    ],
)
def test_the_rule_that_bars_somebody_is_named(staff: str, links: list[Link], more: Any, said: str) -> None:
    (other,) = asked(staff, *links, **more).others
    assert other.barred is not None
    assert other.barred.render("en") == said
    assert other.effects == ()


def test_everybody_else_who_may_hold_it() -> None:
    assert [w.staff_id for w in asked(None).others] == ["J", "T"]
    with pytest.raises(InputError) as error:
        asked("S")
    assert [f.code for f in error.value.findings] == ["explain-holder"]


def test_of_a_key_account_as_the_audit_counts_it(tiny_bank: Any) -> None:
    """Each goal's change, and whether a hard rule breaks, by the independent recount."""
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), report=False)
    run = service.divide(service.load(order), order)
    held = run.result.allocation
    assert held is not None
    for client_id in sorted(held.holder)[:4]:
        found, _ = service.explain(tiny_bank.run, client_id)
        assert found.line == next(x for x in run.lines if x.client_id == client_id)
        for other in found.others:
            moved = dataclasses.replace(held, holder={**held.holder, client_id: other.staff_id})
            audit = audit_division(run.case, run.scheme, run.grades, moved, run.seed)
            change = {g: audit.goals[g] - run.audit.goals[g] for g in run.audit.goals}
            assert {e.goal: e.worse for e in other.effects} == {
                g: v if SENSE[g] == "min" else -v for g, v in change.items()
            }
            assert bool(other.breaks) == bool(audit.breaches)


def test_a_changed_run_is_not_explained(tiny_bank: Any, copy_of: Any) -> None:
    run: Path = copy_of(tiny_bank.run)
    with (run / "allocation.csv").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError) as error:
        service.explain(run, "C00001")
    assert [f.code for f in error.value.findings] == ["verify-changed"]
