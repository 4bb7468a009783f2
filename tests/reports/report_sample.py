"""A run built by hand, all of it invented: what the report tests and the pictures are made from."""

from __future__ import annotations

import io
import random
import warnings
from dataclasses import replace
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case, Client
from cmopt.domain.findings import Audit
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import FairnessRow, Portfolio
from cmopt.domain.result import Phase, Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.run import Run
from cmopt.errors import Message, finding
from cmopt.intake.schemes import load_scheme

SCHEME = load_scheme("annual")
BRANCHES = [f"样例支行 {n:02d}" for n in range(1, 9)]


def build_run(
    staff: int = 60, others: int = 200, seed: int = 7, solver: str = "cpsat", left_out: int = 1
) -> Run:
    """35 divided accounts among the graded of `staff` people who hold `others` further clients."""
    rng = random.Random(seed)
    people = [
        Staff(
            f"S{n:03d}",
            f"员工 {n:03d}",
            rng.choice(BRANCHES),
            marketing=n % 3 == 0,
            finance_years=rng.randrange(1, 30) * UNIT,
            average_deposits=rng.randrange(0, 900) * UNIT,
        )
        for n in range(1, staff + 1)
    ]
    grades = _grades(rng, people)
    clients = _clients(rng, people, others)
    case = Case(Roster(tuple(people)), tuple(clients))
    lines = _divide(random.Random(seed + (solver == "greedy")), case, grades, left_out)
    return Run(
        case_name="demo",
        case=case,
        scheme=SCHEME,
        grades=grades,
        result=_result(solver, lines),
        lines=lines,
        portfolios=_portfolios(case, grades, lines),
        fairness=_fairness(rng, solver),
        audit=Audit((), {}),
        seed=20260101,
        notes=(
            finding("total-row", "{what}", "clients!A1537", "notice", what="a total row was left out: 合计"),
            finding(
                "nobody-responsible",
                "{what}",
                "clients!G18",
                "warning",
                what="a loan client has nobody responsible",
            ),
        ),
    )


def with_names(run: Run, client_name: str, staff_name: str) -> Run:
    """The same run with every client and every member of staff renamed."""
    people = tuple(replace(s, name=staff_name) for s in run.case.roster)
    clients = tuple(replace(c, name=client_name) for c in run.case.clients)
    lines = tuple(replace(x, reason=Message("{who}", {"who": client_name})) for x in run.lines)
    return replace(run, case=replace(run.case, roster=Roster(people), clients=clients), lines=lines)


def open_book(path: Path) -> Workbook:
    """The workbook as openpyxl sees it (it does not know data bars of 2010 and says so)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(io.BytesIO(path.read_bytes()))


def _grades(rng: random.Random, people: list[Staff]) -> dict[str, Grade]:
    totals = {s.staff_id: rng.randrange(60, 98) * UNIT + rng.randrange(10) * UNIT // 10 for s in people}
    order = sorted(totals, key=lambda i: (-totals[i], i))
    grades: dict[str, Grade] = {}
    rank = 0
    for i in order:
        if i == order[-1]:
            grades[i] = Grade(
                i, {"written": None, "interview": None, "experience": None}, None, None, False, None, "none"
            )
            continue
        passed = totals[i] >= 75 * UNIT
        rank += passed
        tier = ("senior" if rank <= 20 else "intermediate" if rank <= 40 else "junior") if passed else None
        route = "exam" if passed else "none"
        if not passed and people[int(i[1:]) - 1].marketing:
            tier, route = "provisional", "deposit"
        parts = {"written": totals[i] // 2, "interview": totals[i] * 3 // 10, "experience": totals[i] // 5}
        tie = (
            Message("tied at rank {rank}; the higher written score goes first", {"rank": 20})
            if rank == 20 and passed
            else None
        )
        trace = tuple(
            Message("{part}: {points} points", {"part": k, "points": v / UNIT}) for k, v in parts.items()
        )
        grades[i] = Grade(i, parts, totals[i], rank if passed else None, passed, tier, route, tie, trace)
    return grades


def _clients(rng: random.Random, people: list[Staff], others: int) -> list[Client]:
    clients = []
    for n in range(1, 36 + others):
        kind, key, low, high = "loan", False, 5, 300
        if n <= 14:
            low, high = 1000, 6000
        elif n <= 27:
            low, high = 500, 1000
        elif n <= 35:
            kind, key, low, high = "deposit", True, 2000, 20000
        elif n % 2:
            kind = "deposit"
        incumbent = rng.choice(people) if rng.random() < 0.9 else None
        clients.append(
            Client(
                f"C{n:04d}",
                f"样例企业 {n:03d}",
                incumbent.branch if incumbent else rng.choice(BRANCHES),
                kind,  # type: ignore[arg-type]
                rng.randrange(low * 100, high * 100) * UNIT // 100,
                key,
                incumbent.staff_id if incumbent else None,
                quality=rng.choice([1, 1, 1, 1, 2, 3]) if kind == "loan" else None,
                difficulty=rng.randrange(1, 6) * UNIT,
            )
        )
    return clients


def _divide(rng: random.Random, case: Case, grades: dict[str, Grade], left_out: int) -> tuple[Line, ...]:
    best = sorted((g for g in grades.values() if g.tier and g.rank), key=lambda g: g.rank or 0)
    team, seniors = best[:3], best[3:20]
    free = {"large_loan": seniors, "medium_loan": best[20:40]}
    lines = []
    for n, client in enumerate(case.clients[:35]):
        segment = SCHEME.segment_of(client)
        assert segment is not None
        pool = team if segment.key == "key_deposit" else free[segment.key]
        holder = None if n >= 27 - left_out and n < 27 else rng.choice(pool).staff_id
        role = "team" if segment.key == "key_deposit" else "manager"
        if (
            holder
            and client.incumbent
            and rng.random() < 0.4
            and grades[client.incumbent].tier in segment.tiers
        ):
            holder = client.incumbent
        outcome = (
            "unassigned" if holder is None
            else "kept" if holder == client.incumbent
            else "new" if client.incumbent is None else "moved"
        )  # fmt: skip
        reason = Message(_REASONS[outcome], {"who": client.incumbent or "-"})
        lines.append(
            Line(
                client.client_id,
                holder,
                segment.key,
                role if holder else None,
                client.incumbent,
                outcome,
                reason,
            )  # type: ignore[arg-type]
        )
    return tuple(lines)


_REASONS = {
    "kept": "{who} holds it already and their tier allows it: kept",
    "moved": "{who} did not reach the tier it needs; opened to the whole bank, given to the best ranked",
    "new": "nobody was responsible; given to the best ranked who may hold it ({who})",
    "unassigned": "more medium loans than managers who may hold one ({who})",
}


def _result(solver: str, lines: tuple[Line, ...]) -> Result:
    exact = solver == "cpsat"
    kept = sum(x.outcome == "kept" for x in lines)
    left = sum(x.outcome == "unassigned" for x in lines)
    values = {
        "coverage": ("min", left),
        "coverage_balance": ("min", left * 531_250_000),
        "continuity": ("max", kept),
        "continuity_balance": ("max", kept * 1_834_560_000),
        "merit": ("min", 2 if exact else 5),
        "balance": ("min", 2741 if exact else 3902),
        "jurisdiction": ("min", 9 if exact else 11),
        "draw": ("min", 11_482_330_117),
    }
    goals = tuple(
        Phase(name, sense, v, v if exact else None, exact, 0.125)  # type: ignore[arg-type]
        for name, (sense, v) in values.items()
    )
    return Result(
        Status.OPTIMAL if exact else Status.FEASIBLE,
        solver,
        1.2345,
        goals,
        Allocation({x.client_id: x.staff_id for x in lines}),
        "checked" if exact else None,
    )


def _portfolios(case: Case, grades: dict[str, Grade], lines: tuple[Line, ...]) -> tuple[Portfolio, ...]:
    now = {x.client_id: x.staff_id for x in lines}
    team = {x.staff_id for x in lines if x.role == "team"}
    held = {s.staff_id: ([], []) for s in case.roster}  # type: ignore[var-annotated]
    for c in case.clients:
        if c.incumbent:
            held[c.incumbent][0].append(c)
        if holder := now.get(c.client_id, c.incumbent):
            held[holder][1].append(c)
    return tuple(
        Portfolio(
            s.staff_id,
            grades[s.staff_id].tier,
            s.branch,
            s.staff_id in team,
            len(held[s.staff_id][0]),
            len(held[s.staff_id][1]),
            *({m.key: sum(m.of(c) for c in when) for m in SCHEME.measures} for when in held[s.staff_id]),
        )
        for s in case.roster
    )


def _fairness(rng: random.Random, solver: str) -> tuple[FairnessRow, ...]:
    """Invented figures under the keys of the metrics layer."""
    tiers = ["tier:senior", "tier:senior/team", "tier:intermediate", "tier:junior", "tier:provisional"]
    groups = ["bank", *tiers, *(f"branch:{b}" for b in BRANCHES)]
    indices = ["gini", "jain", "theil", "cv", "range_ratio", "max_mean", "herfindahl", "spread"]
    keys = [
        *((m, g) for g in groups for m in indices),
        *((m, g) for g in ["bank", *tiers] for m in ("spearman", "kendall", "mean_difference")),
        *((m, g) for g in ("tiers", "branches") for m in ("group_difference", "theil_between")),
    ]
    rows = [
        FairnessRow(m, g, measure, solver, rng.random(), rng.random() if g != "tier:provisional" else None)
        for measure in (*(m.key for m in SCHEME.measures), "clients")
        for m, g in keys
    ]
    for metric, measure, value in (
        ("continuity_count", "clients", 0.9),
        ("continuity_balance", "balance", 0.95),
        ("justified_envy", "merit", 2.0),
    ):
        rows.append(FairnessRow(metric, "bank", measure, solver, None, value))
    return tuple(rows)
