"""Loads as arrays: spreads of the balance, limits, the totals that leximin compares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmopt.domain.client_columns import BLANK
from cmopt.domain.client_figures import held_totals
from cmopt.domain.clients import Case
from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import UNIT
from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Bools, LoadLimit, Pair, Spread, Totals
from cmopt.domain.roster import Staff
from cmopt.domain.scheme import Limit, Measure, Scheme
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.problem.places import Place


@dataclass(frozen=True)
class Loads:
    """What the managers carry: of each measure the base load, and each place's load in general and by pair."""

    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    managers: Sequence[Staff]
    places: Sequence[Place]
    eligible: Bools

    def spreads(self) -> tuple[Spread, ...]:
        """The terms of `balance` and `deviation`."""
        balance, spreads = self.scheme.balance, list[Spread]()
        for weighed in balance.measures:
            measure = self.scheme.measure_by_key[weighed.measure]
            base = self._base(measure) if balance.base_load == "incumbent" else {}
            load, pair = self._loads(measure), self._pairs(measure)
            for tier in balance.tiers:
                members = self._of_tiers((tier,))
                if members:
                    spreads.append(self._spread(tier, measure, weighed.weight, members, base, load, pair))
        return tuple(spreads)

    def _spread(
        self,
        tier: str,
        measure: Measure,
        weight: int,
        members: tuple[int, ...],
        base: Mapping[str, int],
        load: tuple[int, ...],
        pair: Mapping[Pair, int],
    ) -> Spread:
        """In the greatest unit; a place that no member may hold counts nothing."""
        member_base = [base.get(self.managers[i].staff_id, 0) for i in members]
        inside = set(members)
        within_reach = set(np.flatnonzero(self.eligible[list(members)].any(axis=0)).tolist())
        pair = {(i, j): v for (i, j), v in pair.items() if i in inside and j in within_reach}
        open_to = {j for j, p in enumerate(self.places) if tier in p.segment.tiers}
        largest = max(
            (*(load[j] for j in open_to), *(v for (_, j), v in pair.items() if j in open_to)), default=0
        )
        scale = max(1, max(member_base) + largest)
        load = tuple(v if j in within_reach else 0 for j, v in enumerate(load))
        unit = math.gcd(scale, *member_base, *load, *pair.values()) or 1
        return Spread(
            tier=tier,
            measure=measure.key,
            weight=weight,
            scale=scale // unit,
            members=members,
            base=tuple(b // unit for b in member_base),
            load=tuple(v // unit for v in load),
            pair={k: v // unit for k, v in pair.items()},
        )

    def limits(self) -> tuple[LoadLimit, ...]:
        """The scheme's limits on whoever is a manager here. Raises InputError: unknown column."""
        faults: list[Finding] = []
        built = []
        for limit in self.scheme.limits:
            for column in (limit.least_column, limit.most_column):
                if column is not None and not any(column in s.measures for s in self.case.roster):
                    text = N_('the limit {title} needs a column of figures "{column}" in the staff table')
                    faults.append(finding("limit-column", text, "staff", title=limit.title, column=column))
            load_limit = self._limit(limit)
            if load_limit.units:
                built.append(load_limit)
        if faults:
            raise InputError(faults)
        return tuple(built)

    def _limit(self, limit: Limit) -> LoadLimit:
        measure = None if limit.measure is None else self.scheme.measure_by_key[limit.measure]
        scope = [
            i
            for i in self._of_tiers(limit.tiers)
            if not limit.branches or self.managers[i].branch in limit.branches
        ]
        units = _units(limit, scope, [self._unit_key(limit, i) for i in scope])
        counted = [not limit.segments or p.segment.key in limit.segments for p in self.places]
        base = self._base(measure) if limit.base else {}
        pair = {} if measure is None else self._pairs(measure)
        inside = set(scope)
        return LoadLimit(
            key=limit.key,
            units=units,
            base=tuple(sum(base.get(self.managers[i].staff_id, 0) for i in unit) for unit in units),
            load=tuple(v if c else 0 for v, c in zip(self._loads(measure), counted, strict=True)),
            pair={(i, j): v for (i, j), v in pair.items() if i in inside and counted[j]},
            least=tuple(self._own(limit.least, limit.least_column, unit) for unit in units),
            most=tuple(self._own(limit.most, limit.most_column, unit) for unit in units),
            within=limit.within,
            except_teams=limit.except_teams,
            price=limit.price,
            step=limit.step,
        )

    def _unit_key(self, limit: Limit, i: int) -> str:
        staff = self.managers[i]
        return {"person": staff.staff_id, "tier": self._tier(i), "branch": staff.branch, "all": ""}[limit.per]

    def _own(self, everybody: int | None, column: str | None, unit: tuple[int, ...]) -> int | None:
        """A person's own limit where a column gives one, else everybody's."""
        own = None if column is None else self.managers[unit[0]].measures.get(column)
        return everybody if own is None else own

    def totals(self) -> dict[str, Totals]:
        """By goal name, for leximin and leximax. Raises InputError where the named tiers have no managers."""
        found: dict[str, Totals] = {}
        for goal in self.scheme.goals:
            if goal.name not in LEXICOGRAPHIC or goal.measure is None:
                continue
            measure = self.scheme.measure_by_key[goal.measure]
            members = self._of_tiers(goal.tiers or self.scheme.balance.tiers)
            if not members:
                text = N_("no manager has a tier that the goal {goal} compares")
                raise InputError(finding("goal-nobody", text, goal=goal.name))
            base, inside = self._base(measure), set(members)
            found[goal.name] = Totals(
                members=members,
                base=tuple(base.get(self.managers[i].staff_id, 0) for i in members),
                load=self._loads(measure),
                pair={(i, j): v for (i, j), v in self._pairs(measure).items() if i in inside},
                levels=min(len(members), goal.levels or len(members)),
            )
        return found

    # --- the figures ---

    def _of_tiers(self, tiers: Sequence[str]) -> tuple[int, ...]:
        return tuple(i for i in range(len(self.managers)) if self._tier(i) in tiers)

    def _tier(self, i: int) -> str:
        return self.grades[self.managers[i].staff_id].tier or ""

    def _base(self, measure: Measure | None) -> dict[str, int]:
        """What each member of staff already holds of `measure` (None: accounts), the divided accounts apart."""
        holder = self.case.clients.incumbent.copy()
        apart = (self.case.clients.position(p.client.client_id) for p in self.places)
        holder[[j for j in apart if j is not None]] = BLANK
        totals = held_totals(self.case, measure, holder)
        return {s.staff_id: total for s, total in zip(self.case.roster, totals, strict=True)}

    def _loads(self, measure: Measure | None) -> tuple[int, ...]:
        if measure is None:
            return tuple(UNIT * p.share // WHOLE for p in self.places)
        return tuple(p.load(measure, self.case) for p in self.places)

    def _pairs(self, measure: Measure) -> dict[Pair, int]:
        """Where the links table gives a pair a load of its own."""
        number = {s.staff_id: i for i, s in enumerate(self.managers)}
        of_client: dict[str, list[int]] = {}
        for j, place in enumerate(self.places):
            of_client.setdefault(place.client.client_id, []).append(j)
        return {
            (number[link.staff_id], j): self.places[j].load(measure, self.case, link.staff_id)
            for link in self.case.links
            if measure.column in link.measures and link.staff_id in number
            for j in of_client.get(link.client_id, ())
        }


def _units(limit: Limit, scope: Sequence[int], keys: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The managers of `scope` one by one or put together, in the order of their keys."""
    together: dict[str, list[int]] = {}
    for i, key in zip(scope, keys, strict=True):
        together.setdefault(key, []).append(i)
    return tuple(tuple(together[k]) for k in sorted(together))
