"""Bands, limits and mix of one part of the book as loads: who is compared, what counts, in which steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Bools, Ints, LoadLimit, Pair, Spread
from cmopt.domain.scheme import Limit

if TYPE_CHECKING:
    from cmopt.problem.book_slice import BookSlice


class BookLoads:
    """What the managers of a part carry. Managers are compared within their region."""

    def __init__(self, part: BookSlice, eligible: Bools) -> None:
        self.part, self.eligible = part, eligible
        self.able: Bools = np.asarray(eligible.any(axis=1))
        region = {b: n for n, branches in enumerate(part.regions) for b in branches}
        self.region = [region[m.branch] for m in part.managers]
        self.number = {m.staff_id: i for i, m in enumerate(part.managers)}

    def bands(self) -> Iterator[LoadLimit]:
        """A soft limit for each band and region where two or more are compared."""
        book = self.part.book
        for band in book.bands:
            load, base = self._load(band.measure), self._base(band.measure, band.base)
            for r, members in enumerate(self._by_region(band.tiers)):
                compared = [i for i in members if self.able[i]]
                if len(compared) > 1:
                    yield LoadLimit(
                        key=self._key("bands", band.key, r),
                        units=tuple((i,) for i in compared),
                        base=tuple(base[np.array(compared)].tolist()),
                        load=tuple(load.tolist()),
                        pair=self._pairs(band.measure, compared),
                        least=(None,) * len(compared),
                        most=(None,) * len(compared),
                        within=band.within,
                        except_teams=False,
                        price=band.weight,
                        step=_mean(self._reach(compared, load, base), len(compared) * book.resolution),
                    )

    def limits(self) -> Iterator[LoadLimit]:
        """The book's limits, for each region where anybody falls under them."""
        for limit in self.part.book.limits:
            load = np.where(self._counted(limit), self._load(limit.measure), 0)
            base = self._base(limit.measure, limit.base)
            for r, members in enumerate(self._by_region(limit.tiers)):
                units = self._units(limit, members)
                if units:
                    everybody = [i for unit in units for i in unit]
                    pair = self._pairs(limit.measure, everybody)
                    counted = self._counted(limit)
                    yield LoadLimit(
                        key=self._key("limits", limit.key, r),
                        units=units,
                        base=tuple(int(base[list(unit)].sum()) for unit in units),
                        load=tuple(load.tolist()),
                        pair={(i, j): v for (i, j), v in pair.items() if counted[j]},
                        least=tuple(self._own(limit.least, limit.least_column, unit) for unit in units),
                        most=tuple(self._own(limit.most, limit.most_column, unit) for unit in units),
                        within=limit.within,
                        except_teams=False,
                        price=limit.price,
                        step=limit.step,
                    )

    def spreads(self) -> tuple[Spread, ...]:
        """The terms of `mix`: of each measure, within each region, the managers of each tier."""
        found: list[Spread] = []
        for mix in self.part.book.mix:
            load, base = self._load(mix.measure), self._base(mix.measure, True)
            for members in self._by_region(()):
                for tier in self.part.scheme.grading.tiers:
                    same = [i for i in members if self.able[i] and self.part.managers[i].tier == tier.key]
                    if len(same) > 1:
                        found.append(self._spread(tier.key, mix.measure, mix.weight, same, load, base))
        return tuple(found)

    def _spread(
        self, tier: str, measure: str, weight: int, members: Sequence[int], load: Ints, base: Ints
    ) -> Spread:
        """In the greatest unit; a client that no member may hold counts nothing."""
        within_reach = self._within_reach(members)
        pair = {(i, j): v for (i, j), v in self._pairs(measure, members).items() if within_reach[j]}
        figures = np.where(within_reach, load, 0).tolist()
        own = base[list(members)].tolist()
        scale = _mean(self._reach(members, load, base), len(members))
        unit = math.gcd(scale, *own, *figures, *pair.values()) or 1
        return Spread(
            tier=tier,
            measure=measure,
            weight=weight,
            scale=scale // unit,
            members=tuple(members),
            base=tuple(v // unit for v in own),
            load=tuple(v // unit for v in figures),
            pair={k: v // unit for k, v in pair.items()},
        )

    # --- who ---

    def _by_region(self, tiers: Sequence[str]) -> list[list[int]]:
        """The managers of `tiers` (none: all) in each region of the part."""
        found: list[list[int]] = [[] for _ in self.part.regions]
        for i, manager in enumerate(self.part.managers):
            if not tiers or manager.tier in tiers:
                found[self.region[i]].append(i)
        return found

    def _units(self, limit: Limit, members: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        together: dict[str, list[int]] = {}
        for i in members:
            m = self.part.managers[i]
            if (not limit.branches or m.branch in limit.branches) and not (limit.except_teams and m.seated):
                unit = {"person": m.staff_id, "tier": m.tier, "branch": m.branch, "all": ""}[limit.per]
                together.setdefault(unit, []).append(i)
        return tuple(tuple(together[k]) for k in sorted(together))

    def _own(self, everybody: int | None, column: str | None, unit: Sequence[int]) -> int | None:
        own = None if column is None else self.part.managers[unit[0]].own.get(column)
        return everybody if own is None else own

    def _key(self, kind: str, key: str, region: int) -> str:
        """`bands.loans`; where the part has several regions with the first branch of the one that is meant."""
        regions = self.part.regions
        return f"{kind}.{key}" if len(regions) == 1 else f"{kind}.{key}@{regions[region][0]}"

    # --- how much ---

    def _load(self, measure: str | None) -> Ints:
        if measure is None:
            return np.full(len(self.part.columns.ids), UNIT, dtype=np.int64)
        return self.part.columns.loads(self.part.scheme.measure_by_key[measure])

    def _base(self, measure: str | None, counts: bool) -> Ints:
        return self.part.base[measure] if counts else np.zeros(len(self.part.managers), dtype=np.int64)

    def _counted(self, limit: Limit) -> Bools:
        chosen = [not limit.segments or s.key in limit.segments for s in self.part.scheme.segments]
        return np.array(chosen, dtype=np.bool_)[self.part.columns.segment]

    def _pairs(self, measure: str | None, managers: Sequence[int]) -> dict[Pair, int]:
        """Where the links table gives one of `managers` a load of their own."""
        if measure is None:
            return {}
        wanted, inside = self.part.scheme.measure_by_key[measure], set(managers)
        columns = self.part.columns
        counts = columns.counts(wanted)
        found: dict[Pair, int] = {}
        for link in self.part.links:
            i = self.number.get(link.staff_id)
            value = link.measures.get(wanted.column)
            if i in inside and i is not None and value is not None:
                j = columns.number[link.client_id]
                found[i, j] = value if counts[j] else 0
        return found

    def _within_reach(self, members: Sequence[int]) -> Bools:
        return np.asarray(self.eligible[list(members)].any(axis=0), dtype=np.bool_)

    def _reach(self, members: Sequence[int], load: Ints, base: Ints) -> int:
        """All that `members` carry already, and all that any of them may be given."""
        reach = self._within_reach(members)
        return int(base[list(members)].sum()) + int(load[reach].sum())


def _mean(total: int, parts: int) -> int:
    """total / parts rounded up, at least 1."""
    return max(1, -(-total // parts))
