"""The words of the book's lines: who settled it, what going back would do, what the next best would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cmopt.audit.book_columns import NONE
from cmopt.audit.book_given import DEVELOPER, HEAD, PIN
from cmopt.audit.book_part import Part
from cmopt.domain.fixed import show_fixed
from cmopt.errors import Message, Once, Worded
from cmopt.explain.book_moves import Hit
from cmopt.explain.book_prices import NextBest, Prices
from cmopt.i18n import N_

# What each goal counts, for "{what}: {n} worse".
COUNTS: Mapping[str, str] = {
    "coverage": N_("clients left out"),
    "coverage_balance": N_("balance left out"),
    "bands": N_("points beyond the bands"),
    "handovers": N_("points of handover"),
    "continuity": N_("incumbents kept"),
    "continuity_balance": N_("balance that stays with its incumbent"),
    "tier_preference": N_("places in the order of tiers"),
    "mix": N_("steps of good and bad, easy and hard unevenly mixed"),
    "fit": N_("fit"),
    "cost": N_("cost"),
    "bids": N_("places of bids"),
    "draw": N_("the draw"),
}
IN_UNITS = ("coverage_balance", "continuity_balance", "fit", "cost")


@dataclass(frozen=True)
class Told:
    """What is told of each of `NextBest`, as lists, which are read one by one faster than arrays."""

    may: list[int]
    other: list[int]
    goal: list[int]
    worse: list[int]

    @classmethod
    def of(cls, found: NextBest) -> Told:
        return cls(found.may.tolist(), found.other.tolist(), found.goal.tolist(), found.worse.tolist())


@dataclass(frozen=True)
class Words:
    """The sentences about one part's prices."""

    part: Part

    def by_rule(self, j: int, staff: str) -> Message:
        """That a rule names `staff` for client j (a number within the part)."""
        told: dict[str, object] = {"staff": staff}
        rule = int(self.part.settled[j])
        if rule == PIN:
            return Message(N_("pinned to {staff}"), told)
        if rule == DEVELOPER:
            return Message(N_("{staff} brought it in and keeps it"), told)
        told["grade"] = int(self.part.given.columns.quality[self.part.clients[j]])
        if rule == HEAD:
            return Message(N_("a problem loan (grade {grade}), which goes to the branch head {staff}"), told)
        return Message(N_("a problem loan (grade {grade}), which stays with {staff}, who made it"), told)

    def elsewhere(self, found: Told, k: int) -> Message:
        """What it would cost to take client(s) number k from who holds them."""
        told: dict[str, object] = {"n": found.may[k]}
        if found.may[k] <= 1:
            return Message(N_("nobody else may hold it"))
        if found.other[k] == NONE:
            return Message(
                N_("none of the others of the {n} who may hold it has room under the limits"), told
            )
        return self._with_next(
            found, k, told, N_("the next best of the {n} who may hold it, {other}, would cost {price}")
        )

    def going_back(self, prices: Prices, k: int) -> Message:
        """What giving client(s) number k back would do, all else as it is."""
        goal, worse = int(prices.goal[k]), int(prices.worse[k])
        if prices.breaks[k] != NONE:
            return Message(N_("going back alone would break a limit: {how}"), {"how": self._hit(prices, k)})
        if goal == NONE:
            return Message(N_("going back alone would change no goal: one of several equal divisions"))
        said = {"price": self._price(goal, worse)}
        if worse < 0:
            return Message(
                N_("going back alone would improve a goal ({price}): this part is not proven best"), said
            )
        if prices.limit[k] != NONE:
            return Message(
                N_("going back alone would cost more: {how} ({price})"), {**said, "how": self._hit(prices, k)}
            )
        return Message(N_("going back alone would cost more ({price})"), said)

    def instead(self, found: Told, k: int) -> Message | None:
        """What the next best would cost; None where nobody else may hold it."""
        if found.may[k] <= 1:
            return None
        told: dict[str, object] = {"n": found.may[k]}
        if found.other[k] == NONE:
            return Message(
                N_("none of the others of the {n} who may hold it has room under the limits"), told
            )
        costs = N_("best of the {n} who may hold it; the next best, {other}, would cost {price}")
        return self._with_next(found, k, told, costs)

    def left_out(self, found: Told, k: int) -> Message:
        """Why a client that somebody may hold is held by nobody."""
        told: dict[str, object] = {"n": found.may[k]}
        if found.other[k] == NONE:
            return Message(N_("none of the {n} who may hold it has room under the limits"), told)
        costs = N_("{n} may hold it; with the best of them, {other}, it would cost {price}")
        return self._with_next(found, k, told, costs)

    def _with_next(self, found: Told, k: int, told: dict[str, object], costs: str) -> Message:
        """What the division would be with the next best; `costs` is how a price is told."""
        told["other"] = self.part.manager_ids[found.other[k]]
        goal, worse = found.goal[k], found.worse[k]
        if goal == NONE:
            return Message(N_("{n} may hold it; with {other} every goal would be the same"), told)
        told["price"] = self._price(goal, worse)
        if worse < 0:
            return Message(
                N_("{n} may hold it; {other} would be better ({price}): this part is not proven best"), told
            )
        return Message(costs, told)

    def _price(self, goal: int, worse: int) -> Worded:
        """``points of handover: 13 worse``; each made once."""
        if (goal, worse) not in self._prices:
            self._prices[goal, worse] = Once(_price(self.part.given.book.goals[goal].name, worse))
        return self._prices[goal, worse]

    @cached_property
    def _prices(self) -> dict[tuple[int, int], Worded]:
        return {}

    def _hit(self, prices: Prices, k: int) -> Message:
        return self.hit(int(prices.limit[k]), prices.hit, k)

    def hit(self, n: int, hit: Hit, k: int) -> Message:
        """Who would be beyond which limit (number in `part.limits`) by move k, and how far."""
        limit = self.part.limits[n]
        told: dict[str, object] = {"who": self.part.manager_ids[int(hit.who[k])], "what": limit.title}
        if limit.within is not None:
            told["share"] = f"{max(0, int(hit.share[k])) / 10:.1f}%" if hit.share is not None else ""
            if hit.above[k]:
                return Message(N_('{who} {share} of the mean above the band "{what}"'), told)
            return Message(N_('{who} {share} of the mean below the band "{what}"'), told)
        told["total"] = show_fixed(int(hit.carried[k]))
        if hit.above[k]:
            return Message(N_('{who} with {total} above the limit "{what}"'), told)
        return Message(N_('{who} with {total} below the limit "{what}"'), told)


def _price(goal: str, worse: int) -> Message:
    amount = show_fixed(abs(worse)) if goal in IN_UNITS else str(abs(worse))
    what = Message(COUNTS[goal])
    if goal == "draw":
        return what
    if worse < 0:
        return Message(N_("{what}: {n} better"), {"what": what, "n": amount})
    return Message(N_("{what}: {n} worse"), {"what": what, "n": amount})


def tier_and_rank(part: Part, staff_id: str) -> Worded:
    """``senior, rank 3``: of a manager as the key accounts' lines say it."""
    given = part.given
    grade = given.grades[staff_id]
    title: Worded = next(t.title for t in given.scheme.grading.tiers if t.key == grade.tier)
    shared = grade.route == "given" and given.case.roster.by_id[staff_id].rank is None
    if grade.rank is None or shared:
        return Message(N_("{tier}"), {"tier": title})
    return Message(N_("{tier}, rank {rank}"), {"tier": title, "rank": grade.rank})
