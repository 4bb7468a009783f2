"""What a solver claims, held against the audit's own figures."""

from __future__ import annotations

from collections.abc import Sequence

from cmopt.domain.findings import Audit
from cmopt.domain.goals import LEXICOGRAPHIC, Goal
from cmopt.domain.result import SENSE, Phase, Status
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_


def check_record(scheme: Scheme, audit: Audit, status: Status, phases: Sequence[Phase]) -> list[Finding]:
    """Goals in the scheme's order, each value and level as recounted, no value beyond its bound, no
    proof without one.

    A proven goal stands exactly at its bound, but for what its tolerance lets later goals give back; the
    status is optimal only if every goal is proven.
    """
    return check_goals(scheme.goals, audit, status, phases)


def check_goals(
    goals: Sequence[Goal], audit: Audit, status: Status, phases: Sequence[Phase]
) -> list[Finding]:
    """As `check_record`, of any list of goals in priority order."""
    found: list[Finding] = []
    if [(p.name, p.sense) for p in phases] != [(g.name, SENSE[g.name]) for g in goals]:
        found.append(finding("record-goals", N_("the goals are not those of the scheme, in its order")))
        return found
    for phase, goal in zip(phases, goals, strict=True):
        value, bound = phase.value, phase.bound
        found += _levels(audit, phase)
        if value != audit.goals[phase.name]:
            found.append(
                finding(
                    "record-value",
                    N_("goal {goal}: the record says {said}, the recount gives {counted}"),
                    goal=phase.name,
                    said=value,
                    counted=audit.goals[phase.name],
                )
            )
        elif value is None or bound is None:
            if phase.proven:
                found.append(_unproven(phase))
        else:
            over = value - bound if phase.sense == "min" else bound - value
            if over < 0:
                found.append(
                    finding(
                        "record-bound",
                        N_("goal {goal}: the value {value} is better than its bound {bound}"),
                        goal=phase.name,
                        value=value,
                        bound=bound,
                    )
                )
            elif phase.proven and over > goal.allowance(bound):
                found.append(_unproven(phase))
    if status is Status.OPTIMAL and not all(p.proven for p in phases):
        found.append(finding("record-status", N_("the status says optimal, but not every goal is proven")))
    return found


def _levels(audit: Audit, phase: Phase) -> list[Finding]:
    """Leximin and leximax list their levels, as recounted; no other goal has any."""
    counted = audit.levels.get(phase.name) if phase.name in LEXICOGRAPHIC else None
    if phase.levels == counted:
        return []
    return [
        finding(
            "record-levels",
            N_("goal {goal}: the record lists the levels {said}, the recount gives {counted}"),
            goal=phase.name,
            said=Listed(phase.levels or ["-"]),
            counted=Listed(counted or ["-"]),
        )
    ]


def _unproven(phase: Phase) -> Finding:
    return finding(
        "record-proof",
        N_("goal {goal} is called proven, but its value {value} is not at its bound {bound}"),
        goal=phase.name,
        value=phase.value,
        bound=phase.bound,
    )
