"""A run of the whole book made by hand, all of it invented: for workbooks of branches, edits and charts."""

from __future__ import annotations

import random

import numpy as np

from cmopt.domain.allocation import Allocation, Line, Outcome
from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.clients import Case, Client
from cmopt.domain.findings import Audit
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.run import Run
from cmopt.errors import Message
from cmopt.intake.schemes import load_scheme

SCHEME = load_scheme("annual")
SEGMENT = {"loan": "small_loan", "deposit": "deposit"}


def book_run(
    clients: int = 120, staff: int = 12, branches: int = 3, seed: int = 1, move: float = 0.3
) -> tuple[Run, list[Line]]:
    """Every client is small and of the book; a tenth had nobody. With the lines of the book."""
    rng = random.Random(seed)
    names = [f"样例支行 {k:03d}" for k in range(1, branches + 1)]
    people = [Staff(f"S{i:05d}", f"员工 {i:05d}", names[i % branches]) for i in range(staff)]
    found, after = [], []
    for j in range(clients):
        branch = int(branches * rng.random() ** 1.5)
        before = rng.randrange(branch, staff, branches) if rng.random() < 0.9 else None
        stays = before is not None and rng.random() >= move
        after.append(before if stays and before is not None else rng.randrange(branch, staff, branches))
        found.append(
            Client(
                f"C{j:06d}", f"样例企业 {j:06d}", names[branch], rng.choice(["loan", "deposit"]),
                min(int(rng.paretovariate(1.1) * 20 * UNIT), 299 * UNIT),
                incumbent=None if before is None else people[before].staff_id,
                difficulty=rng.randrange(1, 6) * UNIT,
            )
        )  # fmt: skip
    case = Case(Roster(tuple(people)), tuple(found))
    return finished(case, np.array(after, dtype=np.int64))


def finished(case: Case, after: np.ndarray) -> tuple[Run, list[Line]]:
    """The run in which client j goes to the person `after[j]`."""
    people = list(case.roster)
    result = Result(Status.FEASIBLE, "large", 1.0, (), None)
    part = PartResult(
        "P", tuple(sorted({s.branch for s in people})), len(people), np.arange(len(after)),
        np.zeros(len(after), dtype=np.int64), after, result, Message("-"),
    )  # fmt: skip
    book = BookResult((part,), np.zeros(0, dtype=np.int64), 1.0)
    grades = {
        s.staff_id: Grade(s.staff_id, {}, None, i + 1, True, "senior" if i < 20 else "junior", "exam")
        for i, s in enumerate(people)
    }
    lines, before_of, after_of = [], {s.staff_id: [] for s in people}, {s.staff_id: [] for s in people}  # type: ignore[var-annotated]
    for client, holder in zip(case.clients, after.tolist(), strict=True):
        new, old = people[holder].staff_id, client.incumbent
        outcome: Outcome = "kept" if new == old else "new" if old is None else "moved"
        reason = Message("stays: {who}" if outcome == "kept" else "=given to {who}", {"who": new})
        lines.append(Line(client.client_id, new, SEGMENT[client.kind], "manager", old, outcome, reason))
        after_of[new].append(client)
        if old is not None:
            before_of[old].append(client)
    portfolios = tuple(
        Portfolio(
            s.staff_id, grades[s.staff_id].tier, s.branch, False,
            len(before_of[s.staff_id]), len(after_of[s.staff_id]),
            *(
                {m.key: sum(m.of(c) for c in held[s.staff_id]) for m in SCHEME.measures}
                for held in (before_of, after_of)
            ),
        )
        for s in people
    )  # fmt: skip
    solved = Result(Status.FEASIBLE, "large", 1.0, (), Allocation({}))
    run = Run("样例案例", case, SCHEME, grades, solved, (), portfolios, (), Audit((), {}), 1, (), book)
    return run, lines
