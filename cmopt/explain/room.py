"""What the hard caps and limits leave room for, as plain arithmetic on a division."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from cmopt.domain.allocation import Allocation
from cmopt.domain.fixed import show_fixed
from cmopt.domain.problem import LoadLimit, Problem
from cmopt.domain.scheme import Scheme
from cmopt.errors import Message, Worded
from cmopt.i18n import N_


def holders_by_place(problem: Problem, allocation: Allocation) -> tuple[int | None, ...]:
    """Manager numbers by place: of each account the lead, then its backups in id order, then the gaps."""
    found: list[int | None] = []
    waiting: dict[str, list[str]] = {}
    for j, account in enumerate(problem.accounts):
        if j in problem.backups:
            staff_id = waiting[account].pop(0) if waiting[account] else None
        else:
            staff_id = allocation.holder.get(account)
            waiting[account] = list(allocation.backups.get(account, ()))
        found.append(None if staff_id is None else problem.manager_number[staff_id])
    return tuple(found)


class Room:
    """Who has no room for which account in a division. Soft rules leave room for anything."""

    def __init__(self, problem: Problem, scheme: Scheme, holders: Sequence[int | None]) -> None:
        self.problem, self.scheme = problem, scheme
        self.held: dict[int, list[int]] = {}
        for j, i in enumerate(holders):
            if i is not None:
                self.held.setdefault(i, []).append(j)

    def lacking(self, i: int, j: int) -> Message | None:
        """The hard cap or limit that manager i, or i's group, would break if account j went to i as well."""
        for cap in self.problem.caps:
            count = sum(k in cap.accounts for k in self.held.get(i, ()))
            if cap.price is None and j in cap.accounts and count >= cap.k:
                title = next(a.title for a in self.scheme.at_most if a.key == cap.key)
                return Message(N_('the rule "{cap}" allows no more than {k}'), {"cap": title, "k": cap.k})
        return self.over_limit(i, j)

    def over_limit(self, i: int, j: int, keeping: Collection[int] | None = None) -> Message | None:
        """The hard limit on a most that account j would break on manager i. `keeping`: what i has besides (then
        only limits on single people are looked at); none: the whole division, with j taken from its holder."""
        for limit in self.problem.limits:
            if limit.price is not None or (limit.except_teams and i in self._seated):
                continue
            for u, unit in enumerate(limit.units):
                most = limit.most[u]
                if i not in unit or most is None or (keeping is not None and len(unit) > 1):
                    continue
                held = [(a, k) for a in unit for k in self.held.get(a, ()) if k != j]
                if keeping is not None:
                    held = [(i, k) for k in keeping if k != j]
                total = limit.base[u] + sum(limit.of(a, k) for a, k in held) + limit.of(i, j)
                if limit.of(i, j) > 0 and total > most:
                    return Message(
                        N_(
                            'the limit "{limit}" allows no more than {most} ({measure}), and with it the total '
                            "would be {total}"
                        ),
                        {
                            "limit": self._title(limit),
                            "most": show_fixed(most),
                            "measure": self._measure(limit),
                            "total": show_fixed(total),
                        },
                    )
        return None

    def forced_out(self, j: int, places: Collection[int], managers: Collection[int]) -> Message | None:
        """The hard limit that alone keeps account j, or one of `places`, which nobody but `managers` may hold,
        from being given, however the rest is divided."""
        for limit in self.problem.limits:
            if not self._bounds(limit):
                continue
            of_manager = {i: u for u, unit in enumerate(limit.units) for i in unit}
            told = {"limit": self._title(limit), "measure": self._measure(limit)}
            able = self.problem.may_hold[j]
            if all(i in of_manager and limit.most[of_manager[i]] is not None for i in able):
                rooms = [_room(limit, of_manager[i]) for i in able]
                if able and all(limit.of(i, j) > room for i, room in zip(able, rooms, strict=True)):
                    text = N_(
                        'none of the {m} who may hold it has room for it under the limit "{limit}" '
                        "({measure}): it needs {need}, the most that is free is {room}"
                    )
                    need = show_fixed(min(limit.of(i, j) for i in able))
                    return Message(
                        text, {**told, "m": len(able), "need": need, "room": show_fixed(max(rooms))}
                    )
            if any(i not in of_manager or limit.most[of_manager[i]] is None for i in managers):
                continue
            room = sum(_room(limit, u) for u in {of_manager[i] for i in managers})
            need_all = sum(min((limit.of(i, k) for i in self.problem.may_hold[k]), default=0) for k in places)
            if need_all > room:
                text = N_(
                    '{n} accounts compete for {m} managers; under the limit "{limit}" ({measure}) they need '
                    "{need}, and {room} is free: not all of them can be given"
                )
                return Message(
                    text,
                    {
                        **told,
                        "n": len({self.problem.accounts[k] for k in places}),
                        "m": len(managers),
                        "need": show_fixed(need_all),
                        "room": show_fixed(room),
                    },
                )
        return None

    def _bounds(self, limit: LoadLimit) -> bool:
        """Whether adding an account can only use up room: hard, no load below 0, nobody free of it."""
        loads = (*limit.load, *limit.pair.values())
        free = limit.except_teams and any(team.size for team in self.problem.teams)
        return limit.price is None and not free and min(loads, default=0) >= 0

    @cached_property
    def _seated(self) -> frozenset[int]:
        accounts = {j for team in self.problem.teams for j in team.accounts}
        return frozenset(i for i, held in self.held.items() if accounts & set(held))

    def _title(self, limit: LoadLimit) -> Worded:
        return next(m.title for m in self.scheme.limits if m.key == limit.key)

    def _measure(self, limit: LoadLimit) -> Worded:
        measure = next(m.measure for m in self.scheme.limits if m.key == limit.key)
        return Message(N_("accounts")) if measure is None else self.scheme.measure_by_key[measure].title


def _room(limit: LoadLimit, u: int) -> int:
    most = limit.most[u]
    assert most is not None
    return max(0, most - limit.base[u])
