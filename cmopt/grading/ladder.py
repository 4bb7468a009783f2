"""From total and rank to rung and tier: the ladder, what each step needs, other ways, who stands outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmopt.domain.grading_ladder import Needs, Route, Rung, Tier
from cmopt.domain.grading_scheme import Grading
from cmopt.domain.roster import Staff
from cmopt.errors import Finding, Listed, Message
from cmopt.grading.figures import Record
from cmopt.grading.movement import moved
from cmopt.grading.needs import condition_blank, lacking, needed_figure
from cmopt.grading.points import Total
from cmopt.i18n import N_


@dataclass(frozen=True)
class Stand:
    """Where somebody stands after grading: tier of the division, rung of the ladder, how they got there."""

    tier: str | None
    route: str
    rung: str | None = None
    probation: bool = False
    reasons: tuple[Message, ...] = ()


class Ladder:
    """Places people under one scheme; blank facts that the scheme refuses are gathered in `faults`."""

    def __init__(self, grading: Grading, registered: Callable[[Staff], bool]) -> None:
        self.grading = grading
        self.registered = registered
        self.faults: list[Finding] = []
        self.year = None if grading.period is None else grading.period.year

    def barred(self, staff: Staff, total: Total | None) -> list[Message]:
        """What keeps somebody off the ladder altogether; [] if nothing does."""
        needs = [self.grading.prerequisites, *self._conditional(staff)]
        return lacking(needs, staff, total, self.grading, self.year, self.faults)

    def _conditional(self, staff: Staff) -> list[Needs]:
        """What somebody needs because of a figure of theirs; a figure that is not there waives nothing.

        Without one, the scheme refuses (`blank_facts`), or what the condition asks for is asked of them too.
        """
        record = Record(staff, self.grading, self.year)
        concerned: list[Needs] = []
        for only in self.grading.conditional:
            said = needed_figure(only.when, record, self.faults)
            if said.value is None or said.value >= only.when.at_least:
                concerned.append(only)
            if said.value is None and not said.refused and self.grading.blank_facts == "refuse":
                self.faults.append(condition_blank(only, staff, self.grading))
        return concerned

    def place(
        self,
        staff: Staff,
        rank: int | None,
        total: Total | None,
        past: Callable[[int], int | None],
        barred: Sequence[Message] = (),
    ) -> Stand:
        """`rank` None: did not qualify; `total` None: not graded. `past(n)`: the total n years ago."""
        if barred:
            return Stand(None, "prerequisites", reasons=tuple(barred))
        reasons: tuple[Message, ...] = ()
        if total is not None and self.grading.rungs:
            stand = self._on_rungs(staff, rank, total, past)
            if stand.rung is not None or stand.route == "demoted":
                return stand
            reasons = stand.reasons
        elif total is not None and rank is not None:
            tier = ranked(rank, self.grading.tiers) or scored(total.points, self.grading.tiers)
            if tier is not None:
                return Stand(tier.key, "exam")
        return self._other_ways(staff, total, reasons)

    # --- rungs ---

    def _on_rungs(
        self, staff: Staff, rank: int | None, total: Total, past: Callable[[int], int | None]
    ) -> Stand:
        """The best rung reached whose needs are met, then the rules of movement."""
        rungs = self.grading.rungs
        missed: dict[str, list[Message]] = {}

        def fits(rung: Rung) -> bool:
            if rung.key not in missed:
                needs = self._needs(rung)
                missed[rung.key] = lacking(needs, staff, total, self.grading, self.year, self.faults)
            return not missed[rung.key]

        reached = len(rungs)
        if rank is not None:
            reached = self._reached(rank, total.points, fits)
        found = moved(reached, staff, self.grading, past, fits)
        above = {key: why for key, why in missed.items() if self.grading.rung_order[key] < found.place}
        reasons = (*(_lacks(self.grading, key, why) for key, why in above.items() if why), *found.reasons)
        if found.place >= len(rungs):
            return Stand(None, "demoted" if found.demoted else "none", reasons=reasons)
        rung = rungs[found.place]
        tier = self.grading.tier_of(rung.key)
        probation = None if self.grading.movement is None else self.grading.movement.probation
        if found.probation and probation is not None and probation.counts_as is not None:
            tier = None if probation.counts_as == "none" else probation.counts_as
        route = "exam" if found.place == reached else "standing"
        return Stand(tier, route, rung.key, found.probation, reasons)

    def _reached(self, rank: int, total: int, fits: Callable[[Rung], bool]) -> int:
        for n, rung in enumerate(self.grading.rungs):
            if rung.by_route or not _open(rung, rank, total):
                continue
            if fits(rung):
                return n
            if rung.otherwise == "none":
                break
        return len(self.grading.rungs)

    def _needs(self, rung: Rung) -> list[Needs]:
        level = None if rung.level is None else self.grading.level_by_key[rung.level]
        return [rung] if level is None else [level, rung]

    # --- other ways ---

    def _other_ways(self, staff: Staff, total: Total | None, reasons: tuple[Message, ...]) -> Stand:
        """A route stands in for points only: prerequisites, and what its rung needs, hold there as well."""
        for route in self.grading.routes:
            if self._takes(route, staff):
                if total is None and (barred := self.barred(staff, total)):
                    return Stand(None, "prerequisites", reasons=(*reasons, *barred))
                rung = route.tier if route.tier in self.grading.rung_order else None
                if rung is not None and (why := self._lacked(rung, staff, total)):
                    reasons = (*reasons, _lacks(self.grading, rung, why))
                    continue
                return Stand(self.grading.tier_of(route.tier), route.key, rung, reasons=reasons)
        offered = self.grading.agent_offer == "marketing" and staff.marketing
        return Stand(None, "agent_offer" if offered else "none", reasons=reasons)

    def _lacked(self, rung: str, staff: Staff, total: Total | None) -> list[Message]:
        needs = self._needs(self.grading.rungs[self.grading.rung_order[rung]])
        return lacking(needs, staff, total, self.grading, self.year, self.faults)

    def _takes(self, route: Route, staff: Staff) -> bool:
        """Whether every condition that the route states holds."""
        deposits = staff.average_deposits
        return (
            (route.registered is None or self.registered(staff) == route.registered)
            and (route.marketing is None or staff.marketing == route.marketing)
            and (
                route.min_average_deposits is None
                or (deposits is not None and deposits >= route.min_average_deposits)
            )
        )


def outside(staff: Staff, grading: Grading) -> Stand | None:
    """Where trainees and agents stand, who are not graded; None for everybody else."""
    if staff.position == "agent":
        return Stand(None, "agent")
    if staff.position == "trainee":
        if grading.trainees == "outside":
            return Stand(None, "trainee")
        return Stand(grading.tier_of(grading.trainees), "trainee", grading.trainees)
    return None


def ranked(rank: int, steps: Sequence[Tier]) -> Tier | None:
    for step in steps:
        if step.by_rank and (step.rank_from or 1) <= rank and (step.rank_to is None or rank <= step.rank_to):
            return step
    return None


def scored(total: int, steps: Sequence[Tier]) -> Tier | None:
    for step in steps:
        if (
            step.by_score
            and (step.score_from is None or total >= step.score_from)
            and (step.score_below is None or total < step.score_below)
        ):
            return step
    return None


def place_of_rank(grading: Grading) -> Callable[[int], object]:
    """The ranked step that a rank takes, None where the ladder is not by rank."""

    def place(rank: int) -> object:
        if not grading.rungs:
            return ranked(rank, grading.tiers)
        return next(
            (r for r in grading.rungs if r.by_rank and (r.rank_to is None or rank <= r.rank_to)), None
        )

    return place


def _open(rung: Rung, rank: int, total: int) -> bool:
    """Whether rank and total reach the rung; what they pass by from above they reach as well."""
    return (rung.rank_to is None or rank <= rung.rank_to) and (
        rung.score_from is None or total >= rung.score_from
    )


def _lacks(grading: Grading, key: str, why: Sequence[Message]) -> Message:
    rung = grading.rungs[grading.rung_order[key]]
    return Message(N_("not {rung}: {why}"), {"rung": rung.title, "why": Listed(list(why))})
