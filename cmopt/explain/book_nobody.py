"""Why somebody may not hold a client of the book, and why nobody may."""

from __future__ import annotations

import numpy as np

from cmopt.audit.book_columns import NONE
from cmopt.audit.book_given import ROTATION
from cmopt.audit.book_part import Part
from cmopt.domain.scheme import Title
from cmopt.errors import Listed, Message
from cmopt.i18n import N_
from cmopt.problem.eligibility import may_hold


def why_not(part: Part, j: int) -> Message:
    """Why the incumbent of client j (a number within the part), who may not hold it, may not."""
    person = int(part.given.case.clients.incumbent[part.clients[j]])
    return Message(N_("no longer on the roster")) if person == NONE else why_not_them(part, j, person)


def why_not_them(part: Part, j: int, person: int) -> Message:
    """Why somebody (a position in the roster) who may not hold client j (a number within the part) may not."""
    given, position = part.given, int(part.clients[j])
    clients = given.case.clients
    staff = given.case.roster.staff[person]
    segment = given.scheme.segments[int(given.columns.segment[position])]
    link = given.case.link_of.get((staff.staff_id, clients.ids[position]))
    by_tier = may_hold(given.grades[staff.staff_id], segment, link)
    if by_tier is not None:
        return by_tier
    if part.settled[j] == ROTATION and person == int(clients.incumbent[position]):
        text = N_("they have held it for {n} full years or more, so that rotation is due")
        return Message(text, {"n": given.book.rotation_years})
    if link is None or link.rule != "allow":
        if given.region[clients.staff_branch_code[person]] != given.region[clients.branch_code[position]]:
            return Message(N_("they work at {branch}, outside its jurisdiction"), {"branch": staff.branch})
        if not given.takes[person]:
            return Message(N_("members of a central team take no other clients"))
    return Message(N_("a rule names somebody else"))


def why_nobody(part: Part, j: int) -> Message:
    """The arithmetic of a client that nobody may hold."""
    given, position = part.given, int(part.clients[j])
    clients, columns = given.case.clients, given.columns
    branch = int(clients.branch_code[position])
    segment = given.scheme.segments[int(columns.segment[position])]
    here = np.flatnonzero(
        (given.region[clients.staff_branch_code] == given.region[branch]) & (columns.staff_tier != NONE)
    )
    able = here[given.place[columns.segment[position], columns.staff_tier[here]] != NONE]
    said, opened = given.said.where(np.full(len(able), position), able)
    recused = int((said & (opened == 0)).sum())
    seated = int((~given.takes[able]).sum())
    tiers = [t.title for t in given.scheme.grading.tiers if t.key in segment.tiers]
    told: dict[str, object] = {
        "segment": segment.title,
        "tiers": Title(zh="、".join(t.zh for t in tiers), en=" / ".join(t.en for t in tiers)),
        "branch": clients.branches[branch],
        "n": len(able),
    }
    text = N_(
        "nobody may hold it: {segment} needs the tier {tiers}, and {branch} has {n} managers of such a tier"
    )
    barred = []
    if recused:
        barred.append(Message(N_("{n} recused"), {"n": recused}))
    if seated:
        barred.append(Message(N_("{n} on a central team"), {"n": seated}))
    incumbent = int(clients.incumbent[position])
    if part.eligible.settled[position] == ROTATION:
        who = columns.staff_ids[incumbent]
        barred.append(Message(N_("{staff} barred by rotation"), {"staff": who}))
    if not barred:
        return Message(text, told)
    return Message(N_("{nobody} ({barred})"), {"nobody": Message(text, told), "barred": Listed(barred)})
