"""The handover plan's files: handover.csv, and a workbook for each branch in `handover/`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from cmopt.domain.allocation import Line
from cmopt.domain.edits import case_marks, division_mark
from cmopt.domain.fixed import show_fixed
from cmopt.domain.handover import Flow, HandoverPlan, Work
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.run import Run
from cmopt.i18n import Lang
from cmopt.metrics.handover_plan import holders, plan_of
from cmopt.reports.branch_book import Branch, Row, write_branch
from cmopt.reports.tables import Table, guarded, write_csv
from cmopt.reports.view import Names
from cmopt.reports.writers import Each

FLOWS = "handover.csv"
FOLDER = "handover"


def write_handover(
    run: Run, folder: Path, lang: Lang, book_lines: Iterable[Line] = (), each: Each = map
) -> list[Path]:
    """Write `handover.csv` and `handover/<number>-<branch>.xlsx` into `folder`; return their paths.

    book_lines: the lines of the book, in any order; those of the key accounts are `run.lines`. A branch gets a
    workbook where a client of it was divided, or where its people take part in a handover. each: how the
    workbooks are written, one by one (`map`) or by other processes (the `map` of a pool). Raises OSError.
    """
    plan = plan_of(run)
    written = [write_csv(folder / FLOWS, handover_table(run, plan))]
    branches = _branches(run, plan, book_lines, lang)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    digits = max(2, len(str(len(branches))))
    paths = [
        folder / FOLDER / f"{number:0{digits}}-{_file_name(branch.name)}.xlsx"
        for number, branch in enumerate(branches, start=1)
    ]
    return [*written, *each(write_branch, branches, paths, [lang] * len(paths))]


def handover_table(run: Run, plan: HandoverPlan) -> Table:
    """One line a flow and wave: `balance` (万元) and `difficulty` are totals; no giver: nobody had them;
    `joint`: part of an exchange in a circle; `client_ids` with spaces between."""
    head = ["branch", "wave", "giver", "receiver", "clients", "balance", "difficulty", "joint"]
    names, client_ids = Names(run.case), run.case.clients.ids
    rows = [[*head, "giver_name", "receiver_name", "client_ids"]]
    for f in plan.flows:
        told = [
            guarded(f.branch),
            str(f.wave),
            guarded(f.giver or ""),
            guarded(f.receiver),
            str(len(f.clients)),
        ]
        told += [show_fixed(f.balance), show_fixed(f.difficulty), "true" if f.joint else "false"]
        told += [guarded(names.staff(f.giver)), guarded(names.staff(f.receiver))]
        rows.append([*told, guarded(" ".join(client_ids[j] for j in f.clients))])
    return rows


def run_mark(run: Run) -> str:
    """What tells one division from another: every divided client with its previous and new manager."""
    held = holders(run.case, run.result.allocation, run.book)
    ids = ["", *(s.staff_id for s in run.case.roster)]
    divided = held.divided.nonzero()[0].tolist()
    before, after, clients = held.before.tolist(), held.after.tolist(), run.case.clients.ids
    return division_mark((clients[j], ids[before[j] + 1], ids[after[j] + 1]) for j in divided)


def _branches(run: Run, plan: HandoverPlan, lines: Iterable[Line], lang: Lang) -> list[Branch]:
    """What each workbook shows, in the order of the branches' names."""
    rows = _rows(run, plan, lines, lang)
    flows = _flows_by_branch(run, plan)
    marks = case_marks(run.case.clients)
    managers: dict[str, list[Portfolio]] = {}
    for p in run.portfolios:
        managers.setdefault(p.branch, []).append(p)
    work: dict[str, list[Work]] = {}
    for w in plan.work:
        work.setdefault(w.staff_id, []).append(w)
    staff, mark = run.case.roster.by_id, run_mark(run)
    found = []
    for name in sorted(rows.keys() | flows.keys()):
        own, here = flows.get(name, []), managers.get(name, [])
        busy = {i for f in own for i in (f.giver, f.receiver) if i is not None}
        named = {i for r in rows.get(name, ()) for i in (r.previous, r.holder) if i is not None}
        branch = Branch(
            name=name,
            scheme=run.scheme,
            rows=sorted(rows.get(name, ()), key=lambda r: r.client_id),
            flows=own,
            work=[w for i in sorted(busy) for w in work[i]],
            managers=here,
            people={
                i: (staff[i].name, staff[i].branch) if i in staff else (i, "")
                for i in sorted(busy | named | {p.staff_id for p in here})
            },
            case_mark=marks.get(name, ""),
            run_mark=mark,
            most=plan.most,
        )
        found.append(branch)
    return found


def _rows(run: Run, plan: HandoverPlan, lines: Iterable[Line], lang: Lang) -> dict[str, list[Row]]:
    """The lines of each branch's clients; of several managers the lead's."""
    clients = run.case.clients
    names, branch, balance, wave = clients.names, clients.branch_code, clients.balance, plan.wave
    place = {client_id: j for j, client_id in enumerate(clients.ids)}
    said: dict[str, str] = {}  # each sentence once
    rows: dict[str, list[Row]] = {}
    for line in chain(run.lines, lines):
        if line.is_backup:
            continue
        j = place[line.client_id]
        reason = line.reason.render(lang)
        row = Row(
            client_id=line.client_id,
            client=names[j],
            segment=line.segment,
            balance=int(balance[j]),
            previous=line.previous,
            holder=line.staff_id,
            outcome=line.outcome,
            wave=int(wave[j]),
            reason=said.setdefault(reason, reason),
        )
        rows.setdefault(clients.branches[branch[j]], []).append(row)
    return rows


def _flows_by_branch(run: Run, plan: HandoverPlan) -> dict[str, list[Flow]]:
    """The flows of a branch: of its clients, and those that its people give or take elsewhere."""
    of = {s.staff_id: s.branch for s in run.case.roster}
    found: dict[str, list[Flow]] = {}
    for flow in sorted(plan.flows, key=lambda f: (f.wave, f.giver or "", f.receiver, f.branch)):
        for name in {flow.branch, of[flow.receiver], of.get(flow.giver or "", flow.branch)}:
            found.setdefault(name, []).append(flow)
    return found


def _file_name(branch: str) -> str:
    """The branch's name as far as every system takes it in a file's name."""
    kept = "".join(c if c.isalnum() or c in " -_()（）" else "_" for c in branch)
    return kept[:40].strip(" ") or "_"
