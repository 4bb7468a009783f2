"""The facts the workbook and the page both show, worked out once from a run and its rival.

Plain figures only: no wording beyond names, no layout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cmopt.domain.allocation import Line
from cmopt.domain.clients import Case
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import FairnessRow, Portfolio
from cmopt.domain.result import Phase
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme


class Names:
    """Ids to names; an id that is not in the case stands for itself, no id is ''."""

    def __init__(self, case: Case) -> None:
        self._staff = case.roster.by_id
        self._clients = case.client_by_id

    def staff(self, staff_id: str | None) -> str:
        if staff_id is None:
            return ""
        return self._staff[staff_id].name if staff_id in self._staff else staff_id

    def branch_of(self, staff_id: str | None) -> str:
        return self._staff[staff_id].branch if staff_id is not None and staff_id in self._staff else ""

    def client(self, client_id: str) -> str:
        return self._clients[client_id].name if client_id in self._clients else client_id

    def client_branch(self, client_id: str) -> str:
        return self._clients[client_id].branch if client_id in self._clients else ""

    def balance(self, client_id: str) -> int | None:
        return self._clients[client_id].balance if client_id in self._clients else None


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """One measure over one group of managers: a tier, members of a team apart.

    Means and spreads (largest minus smallest) are fixed-point; None where the group is empty.
    """

    tier: str | None
    on_team: bool
    measure: str
    managers: int
    mean_before: int | None
    mean_after: int | None
    spread_before: int | None
    spread_after: int | None


@dataclass(frozen=True, slots=True)
class FairnessLine:
    """A metric before, after, and after the rival's division."""

    metric: str
    group: str
    measure: str
    before: float | None
    after: float | None
    rival: float | None


def in_order(run: Run) -> list[Line]:
    """Every line: by account in id order, its lead first, then its backups."""
    return sorted(run.lines, key=lambda x: x.place)


def leads(run: Run) -> list[Line]:
    """One line a divided account: that of its manager or lead."""
    return [x for x in run.lines if not x.is_backup]


def backup_lines(run: Run) -> list[Line]:
    """The lines of backups, places not filled among them."""
    return [x for x in run.lines if x.is_backup]


def backups_of(run: Run) -> dict[str, list[str]]:
    """client_id -> its backups, in id order; accounts without any are not in it."""
    found: dict[str, list[str]] = {}
    for x in sorted(backup_lines(run), key=lambda x: x.place):
        if x.staff_id is not None:
            found.setdefault(x.client_id, []).append(x.staff_id)
    return found


def counts(run: Run) -> Counter[str]:
    """How many divided accounts had each outcome."""
    return Counter(line.outcome for line in leads(run))


def segments_divided(run: Run) -> list[tuple[str, int]]:
    """(segment, accounts) of what was divided, in the scheme's order."""
    held = Counter(line.segment for line in leads(run))
    order = [s.key for s in run.scheme.segments]
    return [
        (s, held[s]) for s in sorted(held, key=lambda s: (order.index(s) if s in order else len(order), s))
    ]


def accounts_handed_over(run: Run) -> list[Line]:
    """Every account that goes to somebody new, by the branch and person who hand it over."""
    names = Names(run.case)
    moved = [x for x in leads(run) if x.staff_id is not None and x.staff_id != x.previous]
    return sorted(
        moved, key=lambda x: (x.previous is None, names.branch_of(x.previous), x.previous or "", x.client_id)
    )


def team_members(run: Run) -> list[tuple[str, list[Line]]]:
    """(staff_id, their accounts) of everybody who holds a team seat, best ranked first."""
    held: dict[str, list[Line]] = {}
    for line in run.lines:
        if line.role == "team" and line.staff_id is not None:
            held.setdefault(line.staff_id, []).append(line)
    return sorted(held.items(), key=lambda at: (*_rank_key(run, at[0]), at[0]))


def by_rank(run: Run) -> list[Portfolio]:
    """Portfolios from the highest tier and rank down; those without a tier last."""
    order = run.scheme.grading.tier_order
    return sorted(
        run.portfolios,
        key=lambda p: (order.get(p.tier or "", len(order)), *_rank_key(run, p.staff_id), p.staff_id),
    )


def groups(run: Run) -> list[tuple[str | None, bool]]:
    """(tier, on_team) of every group of managers, highest tier first, a tier's team after the others."""
    order = run.scheme.grading.tier_order
    found = {(p.tier, p.on_team) for p in run.portfolios}
    return sorted(found, key=lambda g: (order.get(g[0] or "", len(order)), g[1]))


def group_load(run: Run | None, group: tuple[str | None, bool], measure: str) -> GroupLoad:
    """One measure over one group; a group (or a run) that is not there gives None throughout."""
    held = [p for p in run.portfolios if (p.tier, p.on_team) == group] if run else []
    before = [p.before.get(measure, 0) for p in held]
    after = [p.after.get(measure, 0) for p in held]
    return GroupLoad(*group, measure, len(held), _mean(before), _mean(after), _spread(before), _spread(after))


def scorecard(run: Run, rival: Run | None) -> list[FairnessLine]:
    """The run's fairness rows with the rival's figure beside each, in the metrics' order."""
    theirs = {(f.metric, f.group, f.measure): f.after for f in _own(rival)} if rival else {}
    return [
        FairnessLine(
            f.metric, f.group, f.measure, f.before, f.after, theirs.get((f.metric, f.group, f.measure))
        )
        for f in _own(run)
    ]


def is_headline(line: FairnessLine, scheme: Scheme) -> bool:
    """Whether the line belongs on the first sheet: how even each measure is in the bank and in the balanced
    tiers, what was kept, who has a claim, and whether the better ranked hold more."""
    if line.metric in ("gini", "spread") and line.measure in scheme.measure_by_key:
        return line.group == "bank" or is_balanced(line.group, scheme)
    once = ("continuity_count", "continuity_balance", "justified_envy", "blocking_pairs")
    return line.metric in once or (line.metric, line.group, line.measure) == ("spearman", "bank", "clients")


def is_balanced(group: str, scheme: Scheme) -> bool:
    """Whether it is a tier (or its team) that the scheme's balance goal looks at."""
    return group.startswith("tier:") and group[5:].partition("/")[0] in scheme.balance.tiers


def rival_goal(rival: Run | None, goal: str) -> Phase | None:
    return None if rival is None else next((g for g in rival.result.goals if g.name == goal), None)


def rival_value(rival: Run | None, goal: str) -> int | None:
    found = rival_goal(rival, goal)
    return None if found is None else found.value


def rival_load(rival: Run | None) -> dict[str, Portfolio]:
    return {p.staff_id: p for p in rival.portfolios} if rival else {}


def best_first(grade: Grade) -> tuple[bool, int, bool, int, str]:
    """Sort key: by rank, then whoever has no rank by total, then those without a total."""
    return grade.rank is None, grade.rank or 0, grade.total is None, -(grade.total or 0), grade.staff_id


def _own(run: Run) -> Sequence[FairnessRow]:
    """The rows about this run's own division (a run may carry the rival's beside them)."""
    return [f for f in run.fairness if f.solver == run.result.solver] or run.fairness


def _rank_key(run: Run, staff_id: str) -> tuple[bool, int]:
    grade = run.grades.get(staff_id)
    rank = grade.rank if grade else None
    return rank is None, rank or 0


def _mean(values: Sequence[int]) -> int | None:
    """Rounded half up to a millionth."""
    return (2 * sum(values) + len(values)) // (2 * len(values)) if values else None


def _spread(values: Sequence[int]) -> int | None:
    return max(values) - min(values) if values else None


def as_number(value: int | None) -> float | None:
    """Fixed-point as the double a spreadsheet cell holds."""
    return None if value is None else value / UNIT
