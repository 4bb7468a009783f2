"""What a solver claims of a part of the book, held against the recount of its goals and bounds."""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.audit.book_bounds import NotAdmitted, core_name, recounted_bound
from cmopt.audit.book_part import Part
from cmopt.audit.record import check_goals
from cmopt.domain.book_findings import Standing
from cmopt.domain.book_result import Duals, PartResult
from cmopt.domain.findings import Audit
from cmopt.domain.goals import SENSE
from cmopt.domain.result import Phase, Status
from cmopt.errors import Finding, finding
from cmopt.i18n import N_

EXACT = ("cpsat",)  # solvers that prove by search

Checked = tuple[list[Finding], dict[str, Standing], dict[str, int]]


def check_part(part: Part, result: PartResult, values: Mapping[str, int] | None, seed: int) -> Checked:
    """values: the goals recounted; None: the part has no division. How each goal's bound stands, and what its
    multipliers give, beside the findings."""
    phases = result.result.goals
    goals = part.given.book.goals
    if [p.name for p in phases] != [g.name for g in goals]:
        return check_goals(goals, Audit((), {}), result.result.status, phases), {}, {}
    found = _claims(result) if values is None else []
    if values is not None:
        found = check_goals(goals, Audit((), values), result.result.status, phases)
    duals = {core_name(d.goal): d for d in result.duals}
    unknown = duals.keys() - {core_name(p.name) for p in phases}
    for name in sorted(unknown):
        found.append(finding("bound-goal", N_("{goal} is no goal of the book"), goal=name))
    standing: dict[str, Standing] = {}
    recounted: dict[str, int] = {}
    for phase in phases:
        told = duals.get(core_name(phase.name))
        if told is None:
            standing[phase.name] = _without_duals(part, result, phase, seed)
            if standing[phase.name] == "claimed" and phase.proven:
                text = N_(
                    "goal {goal} is called proven, but there is nothing from which its bound {bound} follows"
                )
                found.append(finding("bound-unfounded", text, goal=phase.name, bound=phase.bound))
            continue
        standing[phase.name] = "duals" if told.searched is None else "searched"
        try:
            bound = recounted_bound(part, told, seed)
        except NotAdmitted as refused:
            found += refused.findings
            continue
        recounted[phase.name] = bound
        found += _borne_out(phase, told, bound)
        found += [] if values is None else _ends_kept(phase, told, values)
    return found, standing, recounted


def _claims(result: PartResult) -> list[Finding]:
    """A part without a division has no values, and no status that says that it has one."""
    said = result.result
    if said.status in (Status.OPTIMAL, Status.FEASIBLE) or any(g.value is not None for g in said.goals):
        return [finding("book-record", N_("the record claims a division that is not there"))]
    return []


def _without_duals(part: Part, result: PartResult, phase: Phase, seed: int) -> Standing:
    if phase.bound is None:
        return "none"
    least = 0 if phase.name == "draw" else recounted_bound(part, Duals(phase.name, 0, 1, {}), seed)
    if phase.bound <= least if SENSE[phase.name] == "min" else phase.bound >= least:
        return "counted"
    return "solver" if phase.proven and result.result.solver in EXACT else "claimed"


def _borne_out(phase: Phase, told: Duals, bound: int) -> list[Finding]:
    """The bound in the record and beside the multipliers are what these give; where the search is said to have
    proven more, the one in the record is that."""
    claimed = bound if told.searched is None else told.searched
    stronger = told.searched is None or (claimed > bound if SENSE[phase.name] == "min" else claimed < bound)
    if phase.bound == claimed and told.bound == bound and stronger:
        return []
    if phase.bound == bound == told.bound:
        text = N_("goal {goal}: the search is said to have proven {said}; the multipliers alone give {bound}")
        return [finding("bound-searched", text, goal=phase.name, said=claimed, bound=bound)]
    return [
        finding(
            "bound-recount",
            N_("goal {goal}: the record says that no division beats {said}; its multipliers give {bound}"),
            goal=phase.name,
            said=phase.bound if phase.bound != bound else told.bound,
            bound=bound,
        )
    ]


def _ends_kept(phase: Phase, told: Duals, values: Mapping[str, int]) -> list[Finding]:
    """The division keeps the ends of earlier goals that the bound is counted under."""
    by_core = {core_name(name): value for name, value in values.items()}
    found = []
    for name, end in told.ends.items():
        value = by_core.get(core_name(name))
        kept = value is not None and (value if SENSE[core_name(name)] == "min" else -value) <= end
        if not kept:
            found.append(
                finding(
                    "bound-end-kept",
                    N_("goal {goal}: its bound assumes {other} at most {end}; the division has more"),
                    goal=phase.name,
                    other=name,
                    end=end,
                )
            )
    return found
