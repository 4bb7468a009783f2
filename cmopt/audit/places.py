"""The rules of accounts with several managers: a lead, and backups who are other people."""

from __future__ import annotations

from cmopt.audit.view import View
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_


def places_as_needed(seen: View) -> list[Finding]:
    """No more managers than the account asks for, all of them different people, no backup without a lead."""
    found = []
    for client_id, backups in seen.backups.items():
        people, places = seen.people(client_id), seen.given.places(client_id)
        if seen.holder[client_id] is None:
            found.append(
                finding(
                    "audit-backup-alone",
                    N_("{client} has backups ({staff}) but no lead"),
                    client=client_id,
                    staff=Listed(backups),
                )
            )
        if len(backups) > places - 1:
            found.append(
                finding(
                    "audit-backups",
                    N_("{client} has {n} backups ({staff}); it takes {most} at the most"),
                    client=client_id,
                    n=len(backups),
                    staff=Listed(backups),
                    most=places - 1,
                )
            )
        twice = sorted({p for p in people if people.count(p) > 1})
        if twice:
            found.append(
                finding(
                    "audit-same-person",
                    N_("{client} has {staff} in more than one place; its managers must be different people"),
                    client=client_id,
                    staff=Listed(twice),
                )
            )
    return found
