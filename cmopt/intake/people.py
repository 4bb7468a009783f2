"""Staff named by hand: by id, by id and name as a dropdown writes them, or by a name that only one has."""

from __future__ import annotations

import difflib

from cmopt.domain.clients import Case
from cmopt.errors import Finding, finding
from cmopt.i18n import N_
from cmopt.intake.report import shown
from cmopt.intake.values import canonical_id


class People:
    def __init__(self, case: Case) -> None:
        self.ids = case.roster.by_id
        self.named: dict[str, list[str]] = {}
        for person in case.roster:
            self.named.setdefault(canonical_id(person.name), []).append(person.staff_id)

    def find(self, text: str, where: str) -> tuple[str, list[Finding]]:
        """The staff id meant by `text`, or "" and what is wrong with it."""
        for tried in (canonical_id(text), canonical_id(text.split()[0])):
            if tried in self.ids:
                return tried, []
        named = self.named.get(canonical_id(text), [])
        if len(named) == 1:
            return named[0], []
        if named:
            message = N_('"{value}" is the name of several people: {near}; write the staff id')
            return "", [
                finding("edits-staff-name", message, where, value=shown(text), near=", ".join(named[:5]))
            ]
        near = [i for i in self.ids if i.casefold().lstrip("0") == canonical_id(text).casefold().lstrip("0")]
        near = near or difflib.get_close_matches(canonical_id(text), list(self.ids)[:3000], n=3, cutoff=0.75)
        message = N_('no member of staff has the id or name "{value}"')
        if near:
            message = N_('no member of staff has the id or name "{value}"; near it: {near}')
        return "", [finding("edits-staff", message, where, value=shown(text), near=", ".join(near[:3]))]
