"""Invented runs to draw: random by a fixed seed, with an allocation by rule of thumb."""

from __future__ import annotations

import random
from functools import cache

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case, Client
from cmopt.domain.findings import Audit
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.run import Run
from cmopt.errors import Message
from cmopt.intake.schemes import load_scheme
from cmopt.metrics import fairness, portfolios

RARE = ("㐂𠮷䶮", "𠮷 $x_1$", "<script>--></script>", "员工\n甲\u202e", "🏦")


@cache
def runs(managers: int = 120, seed: int = 1, odd_names: bool = False) -> tuple[Run, Run]:
    """(exact, greedy): both made up, of one case."""
    rng = random.Random(seed)
    scheme = load_scheme("annual")
    ids = [f"S{i:03}" for i in range(1, managers + 11)]
    names = [f"员工 {i:03}" for i in range(1, managers + 11)]
    if odd_names:
        names[: len(RARE)] = RARE
    people = [
        Staff(s, n, f"样例支行 {i % 21 + 1:02}") for i, (s, n) in enumerate(zip(ids, names, strict=True))
    ]
    grades = {}
    for i, s in enumerate(ids):
        tier = "senior" if i < 20 else "intermediate" if i < 40 else "junior" if i < managers else None
        total = max(0, 96 * UNIT - i * UNIT * 3 // 10 - rng.randrange(UNIT // 5))
        grades[s] = Grade(s, {}, total, i + 1 if tier else None, tier is not None, tier, "exam")
    clients = _clients(rng, ids)
    case = Case(Roster(tuple(people)), tuple(clients))
    return (
        _run("cpsat", case, grades, scheme, _divide(case, scheme, grades, random.Random(seed + 1), 0.7)),
        _run("greedy", case, grades, scheme, _divide(case, scheme, grades, random.Random(seed + 2), 0.5)),
    )


def _clients(rng, ids):
    found = []
    for i in range(35):
        incumbent = rng.choice(ids[:60]) if rng.random() < 0.85 else None
        kind = "loan" if i < 27 else "deposit"
        wan = (
            rng.randint(1000, 4000)
            if i < 14
            else rng.randint(500, 999)
            if i < 27
            else rng.randint(3000, 20000)
        )
        found.append((kind, wan, incumbent, i >= 27))
    for _ in range(700):
        kind = rng.choice(["loan", "deposit"])
        found.append((kind, rng.randint(5, 299), rng.choice(ids), False))
    return [
        Client(
            f"C{i:04}",
            f"样例企业 {i:03}",
            f"样例支行 {rng.randint(1, 21):02}",
            kind,
            wan * UNIT,
            key_deposit=key,
            incumbent=incumbent,
            quality=rng.choice([1, 1, 1, 1, 2, 3, 4]),
            difficulty=rng.randint(1, 5) * UNIT,
        )
        for i, (kind, wan, incumbent, key) in enumerate(found)
    ]


def _divide(case, scheme, grades, rng, keep):
    holder: dict[str, str | None] = {}
    seniors = [s for s, g in grades.items() if g.tier == "senior"]
    team, free = seniors[-3:], seniors[:-3] + [s for s, g in grades.items() if g.tier == "intermediate"]
    for client in case.clients:
        segment = scheme.segment_of(client)
        if not segment.divide:
            continue
        if client.kind == "deposit":
            holder[client.client_id] = rng.choice(team)
            continue
        allowed = [s for s in free if grades[s].tier in segment.tiers]
        if client.incumbent in allowed and rng.random() < keep:
            chosen = client.incumbent
        else:
            chosen = rng.choice(allowed) if allowed else None
        if chosen:
            free.remove(chosen)
        holder[client.client_id] = chosen
    return Allocation(holder)


def _run(solver, case, grades, scheme, allocation):
    lines = []
    for client_id, staff_id in sorted(allocation.holder.items()):
        client = case.client_by_id[client_id]
        outcome = (
            "unassigned"
            if staff_id is None
            else "kept"
            if staff_id == client.incumbent
            else "moved"
            if client.incumbent
            else "new"
        )
        segment = scheme.segment_of(client).key
        lines.append(
            Line(client_id, staff_id, segment, "manager", client.incumbent, outcome, Message("made up"))
        )
    held = portfolios(case, scheme, grades, allocation)
    return Run(
        case_name="invented",
        case=case,
        scheme=scheme,
        grades=grades,
        result=Result(Status.FEASIBLE, solver, 0.0, (), allocation),
        lines=tuple(lines),
        portfolios=held,
        fairness=fairness(case, scheme, grades, held, allocation, solver),
        audit=Audit((), {}),
        seed=1,
    )
