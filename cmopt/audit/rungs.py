"""Whether the tier that the division goes by is the one that each person's rung counts as."""

from __future__ import annotations

from cmopt.audit.view import View
from cmopt.errors import Finding, Message
from cmopt.i18n import N_


def tiers_of_rungs(seen: View) -> list[Finding]:
    """Everybody on a rung has its tier, or the one that the scheme gives those on probation."""
    grading = seen.given.scheme.grading
    counts_as = {rung.key: rung.counts_as for rung in grading.rungs}
    meanwhile = None
    if grading.movement is not None and grading.movement.probation is not None:
        meanwhile = grading.movement.probation.counts_as
    found = []
    for staff_id, grade in sorted(seen.given.grades.items()):
        if grade.rung is None:
            continue
        tier = meanwhile if grade.probation and meanwhile is not None else counts_as.get(grade.rung)
        if (grade.tier or "none") != tier:
            text = N_("{staff} stands on the rung {rung}, which does not count as the tier {tier}")
            params = {"staff": staff_id, "rung": grade.rung, "tier": grade.tier or "-"}
            found.append(Finding("audit-rung", Message(text, params)))
    return found
