"""What managers carry: bands, limits and mix of a part of the book, and by how much each lies beyond its ends.

models/README.md, "The book". Figures are in millionths of the measure's unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from cmopt.audit.book_columns import NONE, Ints, Pairs, exact_sum, totals
from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Limit, Measure, Title

if TYPE_CHECKING:
    from cmopt.audit.book_given import BookGiven
    from cmopt.audit.book_part import Part


@dataclass(frozen=True)
class Loads:
    """What each client of a part counts: in general, and where a pair (client, manager number) has its own."""

    general: Ints
    pairs: Pairs

    def of(self, clients: Ints, managers: Ints) -> Ints:
        """Of each pair (broadcast); on nobody (a number below 0) as in general."""
        own, value = self.pairs.where(clients, managers)
        return np.where(own, value, self.general[clients])


@dataclass(frozen=True)
class Limited:
    """A limit or a band (soft) on the totals W of `units`, each some managers' (numbers within the part).

    base: what each unit carries whatever is divided. least, most: its ends. within: hundredths of a per cent of
    the mean of all units. price None: hard; otherwise it costs for each begun `step` beyond an end.
    """

    key: str
    title: Title
    units: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    base: tuple[int, ...]
    loads: Loads
    least: tuple[int | None, ...]
    most: tuple[int | None, ...]
    within: int | None
    price: int | None
    step: int

    def carried(self, part: Part, holder: Ints) -> list[int]:
        """Each unit's total under a division (numbers of managers; NONE: nobody)."""
        held = np.flatnonzero(holder != NONE)
        each = totals(holder[held], self.loads.of(held, holder[held]), len(part.managers))
        return [b + sum(each[i] for i in unit) for b, unit in zip(self.base, self.units, strict=True)]

    def beyond(self, total: Sequence[int]) -> Iterator[Beyond]:
        """Every unit beyond one of its ends, given all totals."""
        mean = Fraction(sum(total), len(total)) if total else Fraction(0)
        for u, w in enumerate(total):
            least, most = self.least[u], self.most[u]
            if least is not None and w < least:
                yield Beyond(u, "least", w, Fraction(least), Fraction(least - w))
            if most is not None and w > most:
                yield Beyond(u, "most", w, Fraction(most), Fraction(w - most))
            if self.within is not None:
                by = abs(w - mean) - Fraction(self.within, WHOLE) * mean
                if by > 0:
                    yield Beyond(u, "within", w, mean, by)

    def cost(self, total: Sequence[int]) -> int:
        """What the units cost; 0 for a hard limit."""
        if self.price is None:
            return 0
        return sum(self.price * -(-beyond.by // self.step) for beyond in self.beyond(total))


@dataclass(frozen=True)
class Beyond:
    """Unit `unit` carries `total` and lies `by` (> 0) beyond its `end` (of `within`: the mean)."""

    unit: int
    kind: str  # least, most or within
    total: int
    end: Fraction
    by: Fraction


@dataclass(frozen=True)
class Mixed:
    """One spread of `mix`: weight * ceil(resolution * (largest - least total of `members`) / scale).

    divisor: what base, loads and scale have in common; multipliers of bounds speak of figures divided by it.
    """

    tier: str
    measure: str
    title: Title
    weight: int
    scale: int
    members: tuple[int, ...]
    base: tuple[int, ...]
    loads: Loads
    divisor: int

    def carried(self, part: Part, holder: Ints) -> list[int]:
        held = np.flatnonzero(holder != NONE)
        each = totals(holder[held], self.loads.of(held, holder[held]), len(part.managers))
        return [b + each[i] for b, i in zip(self.base, self.members, strict=True)]

    def cost(self, total: Sequence[int], resolution: int) -> int:
        return self.weight * -(-resolution * (max(total) - min(total)) // self.scale)


# --- what a scheme declares, on the managers of a part ------------------------------------------------


def limits_of(part: Part) -> list[Limited]:
    """Bands where two or more are compared, then limits where anybody falls under them, region by region."""
    book = part.given.book
    found = []
    for band in book.bands:
        loads = _loads(part, band.measure)
        for region, everybody in _regions(part):
            members = [
                i for i in everybody if part.able[i] and (not band.tiers or _tier(part, i) in band.tiers)
            ]
            if len(members) > 1:
                base = _base(part, band.measure, band.base)
                found.append(
                    Limited(
                        key=_key(part, "bands", band.key, region),
                        title=band.title,
                        units=tuple((i,) for i in members),
                        names=tuple(part.manager_ids[i] for i in members),
                        base=tuple(base[i] for i in members),
                        loads=loads,
                        least=(None,) * len(members),
                        most=(None,) * len(members),
                        within=band.within,
                        price=band.weight,
                        step=_share(part, members, base, loads, len(members) * book.resolution),
                    )
                )
    for limit in book.limits:
        for region, everybody in _regions(part):
            units = _units(part, limit, everybody)
            if units:
                found.append(_limited(part, limit, region, units))
    return found


def _limited(part: Part, limit: Limit, region: str, units: list[tuple[int, ...]]) -> Limited:
    base = _base(part, limit.measure, limit.base)
    return Limited(
        key=_key(part, "limits", limit.key, region),
        title=limit.title,
        units=tuple(units),
        names=tuple("+".join(part.manager_ids[i] for i in unit) for unit in units),
        base=tuple(sum(base[i] for i in unit) for unit in units),
        loads=_loads(part, limit.measure, limit.segments),
        least=tuple(_own(part, limit.least, limit.least_column, unit) for unit in units),
        most=tuple(_own(part, limit.most, limit.most_column, unit) for unit in units),
        within=limit.within,
        price=limit.price,
        step=limit.step,
    )


def mixes_of(part: Part) -> list[Mixed]:
    """For each measure of `mix` and region, the managers of each tier, where there are two or more."""
    found = []
    for mix in part.given.book.mix:
        loads, base = _loads(part, mix.measure), _base(part, mix.measure, counts=True)
        for _, everybody in _regions(part):
            for tier in part.given.columns.tiers:
                members = [i for i in everybody if part.able[i] and _tier(part, i) == tier]
                if len(members) > 1:
                    own = tuple(base[i] for i in members)
                    scale = _share(part, members, base, loads, len(members))
                    reach = part.may[:, members].any(axis=1)
                    figures, pairs = np.where(reach, loads.general, 0), loads.pairs
                    pairs = pairs.only(np.asarray(reach)[pairs.client] & np.isin(pairs.person, members))
                    common = gcd(scale, *own, *figures.tolist(), *pairs.value.tolist())
                    title = part.given.scheme.measure_by_key[mix.measure].title
                    found.append(
                        Mixed(
                            tier,
                            mix.measure,
                            title,
                            mix.weight,
                            scale,
                            tuple(members),
                            own,
                            Loads(figures, pairs),
                            common,
                        )
                    )
    return found


def _regions(part: Part) -> list[tuple[str, list[int]]]:
    """First branch and managers of each region of the part."""
    given, clients = part.given, part.given.case.clients
    of_manager = given.region[clients.staff_branch_code[part.managers]]
    branches = [b for b, n in enumerate(clients.branches) if n in given.part_branches[part.name]]
    regions = sorted({int(given.region[b]) for b in branches})
    return [(clients.branches[r], np.flatnonzero(of_manager == r).tolist()) for r in regions]


def _key(part: Part, kind: str, key: str, region: str) -> str:
    """``bands.loans``; where the part has several regions followed by the first branch of the one meant."""
    return f"{kind}.{key}" if len(_regions(part)) == 1 else f"{kind}.{key}@{region}"


def _units(part: Part, limit: Limit, everybody: list[int]) -> list[tuple[int, ...]]:
    """Whose totals are limited, in the order of persons, tiers or branches."""
    together: dict[str, list[int]] = {}
    for i in everybody:
        staff = part.given.case.roster.staff[int(part.managers[i])]
        tier = _tier(part, i)
        if tier not in limit.tiers or (limit.branches and staff.branch not in limit.branches):
            continue
        if limit.except_teams and part.given.seated[part.managers[i]]:
            continue
        name = {"person": staff.staff_id, "tier": tier, "branch": staff.branch, "all": ""}[limit.per]
        together.setdefault(name, []).append(i)
    return [tuple(together[name]) for name in sorted(together)]


def _own(part: Part, everybody: int | None, column: str | None, unit: Sequence[int]) -> int | None:
    """The person's own figure in a column of the staff table, else what holds for everybody."""
    staff = part.given.case.roster.staff[int(part.managers[unit[0]])]
    own = None if column is None else staff.measures.get(column)
    return everybody if own is None else own


def _tier(part: Part, i: int) -> str:
    return part.given.columns.tiers[int(part.given.columns.staff_tier[part.managers[i]])]


def _share(part: Part, members: Sequence[int], base: Sequence[int], loads: Loads, parts: int) -> int:
    """All that the members carry and may be given, divided by `parts`, rounded up, at least 1."""
    reach = part.may[:, list(members)].any(axis=1)
    whole = sum(base[i] for i in members) + exact_sum(loads.general[reach])
    return max(1, -(-whole // parts))


def _loads(part: Part, measure_key: str | None, segments: Sequence[str] = ()) -> Loads:
    columns, scheme = part.given.columns, part.given.scheme
    measure = None if measure_key is None else scheme.measure_by_key[measure_key]
    counted = np.ones(len(part.clients), dtype=np.bool_)
    if segments:
        wanted = [n for n, s in enumerate(scheme.segments) if s.key in segments]
        counted = np.isin(columns.segment[part.clients], wanted)
    general = np.where(counted, columns.loads(measure)[part.clients], 0)
    rows, cols, figures = columns.pair_loads(measure).within(
        part.clients, part.managers, len(columns.clients)
    )
    told = zip(rows.tolist(), cols.tolist(), figures.tolist(), strict=True)
    return Loads(general, Pairs.of(((j, i, v) for j, i, v in told if counted[j]), len(part.managers)))


# --- what is held besides the book --------------------------------------------------------------------


def _base(part: Part, measure: str | None, counts: bool) -> list[int]:
    if not counts:
        return [0] * len(part.managers)
    base = part.given.base(measure)
    return [base[i] for i in part.managers.tolist()]


def base_of(given: BookGiven, measure_key: str | None) -> list[int]:
    """Of all staff: the key accounts as they are divided (a backup its share of each, rounded down), and the
    clients that belong neither to them nor to the book, on their incumbents."""
    columns, clients = given.columns, given.case.clients
    measure = None if measure_key is None else given.scheme.measure_by_key[measure_key]
    staying = np.flatnonzero(~given.divided & ~given.of_the_book & (clients.incumbent >= 0))
    figures = columns.loads(measure)[staying]
    own, special = columns.pair_loads(measure).where(staying, clients.incumbent[staying])
    base = totals(clients.incumbent[staying], np.where(own, special, figures), len(columns.staff_ids))
    share, number = given.scheme.backups.share, columns.staff_number
    for client_id, holder in given.key.holder.items():
        people = [] if holder is None else [(holder, WHOLE)]
        people += [(who, share) for who in given.key.backups.get(client_id, ())]
        for who, part in people:
            if who in number:
                base[number[who]] += _figure(given, measure, client_id, who) * part // WHOLE
    return base


def _figure(given: BookGiven, measure: Measure | None, client_id: str, staff_id: str) -> int:
    """What a key account counts on one of its managers."""
    if measure is None:
        return UNIT
    link = given.case.link_of.get((staff_id, client_id))
    return measure.of(given.case.client_by_id[client_id], link)


__all__ = ["Beyond", "Limited", "Loads", "Mixed", "base_of", "limits_of", "mixes_of"]
