"""What is said of a book beforehand: each note where it belongs and nowhere else."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest
from random_books import random_book
from small_book import book, deposit, goal_list, loan, staff

from cmopt.domain.clients import Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.result import Status
from cmopt.domain.scheme import Limit, Title
from cmopt.errors import Finding, InputError
from cmopt.i18n import LANGS
from cmopt.intake.schemes import load_scheme
from cmopt.problem.book import BookPlan, plan_book
from cmopt.problem.book_notes import MOST_NAMED, book_notes
from cmopt.problem.fit import fit_notes
from cmopt.solvers.cpsat import CpSat

ROTATION = {"rotation_years": "1", "as_of": "2025-01-01"}
LIMIT = (
    '[{ key = "m", title = { zh = "限", en = "m" }, tiers = ["junior"], most = 9, '
    'branches = ["A", "Nowhere"] }]'
)
ROOM = '[{ key = "m", title = { zh = "限", en = "m" }, tiers = ["junior"], %s }]'
HELD = {"incumbent": "J1", "held_since": date(2020, 1, 1)}

# code -> a bank that earns the note, one that does not; what it names.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "book-no-managers": (
        {"clients": (loan(), loan("C2", branch="Z"))},
        {"clients": (loan(), loan("C2", branch="Z")), "regions": '[["A", "Z"]]'},
        "Z",
    ),
    "book-nobody": (
        {"clients": (loan(), loan("C2", **HELD)), "people": staff("J1"), **ROTATION},
        {"clients": (loan(), loan("C2", **HELD)), "people": staff("J1 J2"), **ROTATION},
        "C2",
    ),
    "book-developer": (
        {"clients": (deposit(developer="N1"),)},
        {"clients": (deposit(developer="J1"), loan("C2", developer="N1", incumbent="J1"))},
        "D1",
    ),
    "book-maker": (
        {"clients": (loan(quality=3, incumbent="N1"),)},
        {"clients": (loan(quality=3, incumbent="J1"), loan("C2", incumbent="N1"))},
        "C1",
    ),
    "book-head": (
        {"clients": (loan(quality=3, branch="B"),), "problem_loans": "head"},
        {"clients": (loan(quality=3),), "problem_loans": "head"},
        "C1",
    ),
    "book-group-split": (
        {"clients": (deposit("D1", developer="J1", group="g"), deposit("D2", developer="J2", group="g"))},
        {"clients": (deposit("D1", developer="J1", group="g"), deposit("D2", group="g"))},
        "D1, D2",
    ),
    "book-group-branches": (
        {"clients": (loan("C1", group="g"), loan("C2", branch="B", group="g"))},
        {"clients": (loan("C1", group="g"), loan("C2", branch="B", group="h"))},
        "g",
    ),
    "book-held-since": (
        {"clients": (loan(incumbent="J1"),), **ROTATION},
        {"clients": (loan(**HELD), deposit(incumbent="J1")), **ROTATION},
        "C1",
    ),
    "book-rotated": (
        {"clients": (loan(**HELD),), **ROTATION},
        {"clients": (loan(**HELD),)},
        "C1",
    ),
    "book-joined": (
        {"clients": (loan(), loan("C2", branch="B")), "links": [Link("J1", "C2", "allow")]},
        {"clients": (loan(), loan("C2", branch="B")), "regions": '[["A", "B"]]'},
        "A, B",
    ),
    "book-counter-pinned": (
        {"clients": (deposit(counter=True),), "links": [Link("J1", "D1", "pin")]},
        {"clients": (deposit(counter=True), loan()), "links": [Link("J1", "C1", "pin")]},
        "D1",
    ),
    "book-outside": (
        {"clients": (loan("C1"), loan("C2", 300)), "segments": '["small_loan"]'},
        {"clients": (loan("C1"), loan("C2", 300), loan("C3", 600), deposit(counter=True))},
        "C2",
    ),
    "book-branch": (
        {"clients": (loan(),), "limits": LIMIT},
        {"clients": (loan(),), "limits": LIMIT.replace(', "Nowhere"', "")},
        "Nowhere",
    ),
    "book-room": (
        {
            "clients": tuple(loan(f"C{n}") for n in range(5)),
            "people": staff("J1 J2"),
            "limits": ROOM % "most = 2",
        },
        {
            "clients": tuple(loan(f"C{n}") for n in range(4)),
            "people": staff("J1 J2"),
            "limits": ROOM % "most = 2",
        },
        "1",
    ),
    "book-least": (
        {"clients": (loan(), loan("C2")), "people": staff("J1 J2"), "limits": ROOM % "least = 2"},
        {"clients": (loan(), loan("C2")), "people": staff("J1 J2"), "limits": ROOM % "least = 1"},
        "A",
    ),
    "book-passed": (
        {"clients": (loan(), loan("K1", 600)), "key": {"K1": "J1"}, "limits": ROOM % "most = 0"},
        {"clients": (loan(), loan("K1", 600)), "key": {"K1": "J1"}, "limits": ROOM % "most = 1"},
        "A",
    ),
    "book-coverage-later": (
        {"clients": (loan(),), "goals": goal_list("handovers", "coverage"), "bands": "[]"},
        {"clients": (loan(),), "goals": goal_list("coverage", "handovers"), "bands": "[]"},
        "",
    ),
}


def notes(clients: tuple[Client, ...], **how: Any) -> dict[str, Finding]:
    plan = book(*clients, **how)
    found = book_notes(plan.case, plan.scheme, plan)
    assert len({f.code for f in found}) == len(found)
    return {f.code: f for f in found}


@pytest.mark.parametrize("code", CASES)
def test_each_note_where_it_belongs(code: str) -> None:
    with_it, without, named = CASES[code]
    found = notes(**with_it)
    assert code in found
    assert code not in notes(**without)
    for lang in LANGS:
        said = found[code].render(lang)
        assert named in said.replace("、", ", ")
        assert "{" not in said


def test_an_ordinary_book_earns_none() -> None:
    assert notes((loan(incumbent="J1"), deposit(developer="J2"), loan("C2", branch="B"))) == {}


def test_long_lists_are_cut() -> None:
    found = notes(tuple(deposit(f"D{n:02}", developer="N1") for n in range(MOST_NAMED + 5)))
    said = str(found["book-developer"])
    assert "15 clients" in said and "D09, ..." in said and "D10" not in said


def test_a_branch_that_is_deserted_is_told_by_its_name_not_client_by_client() -> None:
    found = notes((loan(), loan("C2", branch="Z"), loan("C3", branch="Z")))
    assert "2 clients of Z" in str(found["book-no-managers"])
    assert "book-nobody" not in found


def test_figures_of_links_that_only_the_book_adds_up_are_used() -> None:
    plan = book(loan(), links=[Link("J1", "C1", fit=UNIT)])
    codes = {f.code for f in fit_notes(plan.case, plan.scheme)}
    assert "links-unused" in codes
    with_fit = load_scheme("annual", {"book.goals": goal_list("coverage", "fit"), "book.bands": "[]"})
    assert "links-unused" not in {f.code for f in fit_notes(plan.case, with_fit)}
    without = book(loan())
    assert "goal-no-figures" in {f.code for f in fit_notes(without.case, with_fit)}


def tightened(rng: Random) -> BookPlan | None:
    """A random book with one hard limit of clients, often too tight."""
    bank = random_book(rng)
    own = {"least": UNIT * rng.randint(2, 4)} if rng.random() < 0.4 else {"most": UNIT * rng.randint(0, 2)}
    tiers = ("senior", "intermediate", "junior", "provisional")[rng.randint(0, 2) :]
    limit = Limit(key="m", title=Title(zh="限", en="m"), tiers=tiers, **own)  # type: ignore[arg-type]
    assert bank.scheme.book is not None
    book = bank.scheme.book.model_copy(update={"limits": (limit,)})
    scheme = bank.scheme.model_copy(update={"book": book})
    try:
        return plan_book(bank.case, scheme, bank.grades, bank.key, 1)
    except InputError:
        return None


def test_what_is_called_too_tight_is_too_tight() -> None:
    """Nothing keeps such a limit; at least so many clients are left out."""
    told: Counter[str] = Counter()
    for seed in range(60):
        plan = tightened(Random(seed))
        if plan is None:
            continue
        found = {f.code: f.message.params for f in book_notes(plan.case, plan.scheme, plan)}
        tight = {code: said for code, said in found.items() if code in TIGHT}
        parts = {name: plan.part(n).problem for n, name in enumerate(plan.names)} if tight else {}
        results = {name: CpSat().solve(problem, Limits(10.0)) for name, problem in parts.items()}
        for code, said in tight.items():
            named = [results[name] for name in said["branches"].items]
            if code == "book-room":
                left = [r.allocation and list(r.allocation.holder.values()).count(None) for r in named]
                assert None in left or sum(n or 0 for n in left) >= said["n"]
            else:
                assert all(r.status is Status.INFEASIBLE for r in named)
            told[code] += 1
    assert min(told[code] for code in TIGHT) > 3, told


TIGHT = ("book-room", "book-least", "book-passed")
