"""Which soft rules were not kept: by whom, by how much, and what that costs.

Counted from case, scheme, grades and allocation alone, by portfolios; nothing of a solver is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil

from cmopt.domain.allocation import Allocation
from cmopt.domain.client_columns import BLANK
from cmopt.domain.client_figures import held_totals
from cmopt.domain.clients import Case, Client
from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import AtMost, Limit, Scheme, Title


@dataclass(frozen=True, slots=True)
class Overstepped:
    """One soft rule that one person or group did not keep.

    kind: what the figures are: ``accounts`` of an at_most or a limit without a measure, otherwise the measure's
    key. per: ``person`` (who: a staff_id), ``tier`` (its key), ``branch`` (its name) or ``all`` (who: "").
    total: what they hold. allowed: what the rule allows. beyond: how far the total lies outside. All three
    in millionths, exact (a band around a mean may end between two of them). below: the total is too small.
    cost: what it adds to the goal `penalty`.
    """

    rule: str
    title: Title
    kind: str
    per: str
    who: str
    total: Fraction
    allowed: Fraction
    beyond: Fraction
    below: bool
    cost: int


def overstepped(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation
) -> tuple[Overstepped, ...]:
    """Every soft rule that is not kept, in the order of the scheme, by person or group in id order.

    A limit may be listed twice for the same person: beyond `least` or `most`, and beyond the band of `within`.
    Their costs add up to the value of the goal `penalty` (models/README.md, 5.15).
    """
    book = _Book(case, scheme, grades, allocation)
    found: list[Overstepped] = []
    for cap in scheme.at_most:
        if cap.price is not None:
            found += book.caps(cap, cap.price)
    for limit in scheme.limits:
        if limit.price is not None:
            found += book.limits(limit, limit.price)
    return tuple(found)


class _Book:
    """Who holds what of the divided accounts: (client, whether as a backup) by staff_id."""

    def __init__(
        self, case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation
    ) -> None:
        self.case, self.scheme, self.grades = case, scheme, grades
        self.apart = frozenset(allocation.holder)
        self.segment = {
            c: s.key for c in self.apart if (s := scheme.segment_of(case.client_by_id[c])) is not None
        }
        self.held: dict[str, list[tuple[Client, bool]]] = {}
        for client_id, staff_id in sorted(allocation.holder.items()):
            client = case.client_by_id[client_id]
            if staff_id is not None:
                self.held.setdefault(staff_id, []).append((client, False))
            for backup in allocation.backups.get(client_id, ()):
                self.held.setdefault(backup, []).append((client, True))
        self.seated = {
            staff_id
            for team in scheme.teams
            for client_id, staff_id in allocation.holder.items()
            if staff_id is not None and self.segment.get(client_id) in team.segments
        }

    def caps(self, cap: AtMost, price: int) -> Iterator[Overstepped]:
        for staff_id in sorted(self.held):
            count = sum(
                self.segment.get(client.client_id) in cap.segments
                for client, is_backup in self.held[staff_id]
                if not is_backup or self.scheme.backups.in_caps
            )
            if count > cap.k:
                total, allowed, over = (Fraction(n * UNIT) for n in (count, cap.k, count - cap.k))
                cost = price * (count - cap.k)
                yield Overstepped(
                    cap.key, cap.title, "accounts", "person", staff_id, total, allowed, over, False, cost
                )

    def limits(self, limit: Limit, price: int) -> Iterator[Overstepped]:
        units = self._units(limit)
        if not units:
            return
        totals = {who: sum(self._load(limit, i) for i in people) for who, people in units.items()}
        mean = Fraction(sum(totals.values()), len(totals))
        for who, total in totals.items():
            if limit.except_teams and who in self.seated:
                continue
            for end, below in self._ends(limit, who, total, mean):
                beyond = end - total if below else total - end
                if beyond > 0:
                    yield Overstepped(
                        limit.key,
                        limit.title,
                        limit.measure or "accounts",
                        limit.per,
                        who,
                        Fraction(total),
                        end,
                        beyond,
                        below,
                        price * ceil(beyond / limit.step),
                    )

    def _units(self, limit: Limit) -> dict[str, list[str]]:
        """Key of a person or group -> its people, in the order of the keys."""
        found: dict[str, list[str]] = {}
        for person in self.case.roster:
            tier = self.grades[person.staff_id].tier
            if tier in limit.tiers and (not limit.branches or person.branch in limit.branches):
                keys = {"person": person.staff_id, "tier": tier or "", "branch": person.branch, "all": ""}
                found.setdefault(keys[limit.per], []).append(person.staff_id)
        return {who: found[who] for who in sorted(found)}

    def _ends(self, limit: Limit, who: str, total: int, mean: Fraction) -> Iterator[tuple[Fraction, bool]]:
        """(where what is allowed ends, whether below it is too little); of a band, the end nearer the total."""
        own = self.case.roster.by_id[who].measures if limit.per == "person" else {}
        least = own.get(limit.least_column or "", limit.least)
        most = own.get(limit.most_column or "", limit.most)
        if least is not None:
            yield Fraction(least), True
        if most is not None:
            yield Fraction(most), False
        if limit.within is not None:
            band = Fraction(limit.within, WHOLE) * mean
            yield (mean - band, True) if total < mean else (mean + band, False)

    def _load(self, limit: Limit, staff_id: str) -> int:
        """Base load and divided accounts of one person, in millionths."""
        total = 0
        if limit.base:
            total += self._base[limit.measure].get(staff_id, 0)
        wanted: Sequence[str] = limit.segments
        for client, is_backup in self.held.get(staff_id, ()):
            if not wanted or self.segment.get(client.client_id) in wanted:
                share = self.scheme.backups.share if is_backup else WHOLE
                total += self._figure(limit, client, staff_id, share)
        return total

    @cached_property
    def _base(self) -> dict[str | None, dict[str, int]]:
        """What is not divided, by measure (None: accounts) and incumbent."""
        holder = self.case.clients.incumbent.copy()
        apart = (self.case.clients.position(client_id) for client_id in self.apart)
        holder[[j for j in apart if j is not None]] = BLANK
        people = [s.staff_id for s in self.case.roster]
        found: dict[str | None, dict[str, int]] = {}
        for key in {m.measure for m in self.scheme.limits if m.base}:
            measure = None if key is None else self.scheme.measure_by_key[key]
            found[key] = dict(zip(people, held_totals(self.case, measure, holder), strict=True))
        return found

    def _figure(self, limit: Limit, client: Client, staff_id: str, share: int) -> int:
        if limit.measure is None:
            return UNIT * share // WHOLE
        measure = self.scheme.measure_by_key[limit.measure]
        return measure.of(client, self.case.link_of.get((staff_id, client.client_id))) * share // WHOLE
