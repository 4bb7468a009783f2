"""What must hold within a scheme beyond the form of each value: names that exist, ladders without holes.

Each function returns every fault it finds, by key path. A validator of `cmopt.domain.scheme` raises them as
one `Inconsistent`, which pydantic carries to `cmopt.intake.schemes`, where they become findings in the
reader's language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cmopt.domain.fixed import UNIT
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.i18n import N_

if TYPE_CHECKING:
    from cmopt.domain.goals import Goal
    from cmopt.domain.scheme import Backups, Limit, Scheme, Team

UNKNOWN_TIER = N_("there is no tier {name}; there are: {known}")
UNKNOWN_MEASURE = N_("there is no measure {name}; there are: {known}")
UNKNOWN_SEGMENT = N_("there is no segment {name} with divide = true; there are: {known}")


class Inconsistent(ValueError):
    """Faults met inside a validator; `where` of each is a key path below the place of the validator."""

    def __init__(self, faults: Sequence[Finding]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f.render("en") for f in self.faults))


def refuse(faults: Iterable[Finding]) -> None:
    """Raise Inconsistent if there is any fault."""
    found = list(faults)
    if found:
        raise Inconsistent(found)


def fault(text: str, where: str | None = None, **params: Any) -> Finding:
    return finding("scheme-value", text, where, **params)


def shown(value: object) -> object:
    """A value of a scheme file for a message: as it is written in TOML, lists and tables by their kind."""
    if isinstance(value, list | tuple):
        return Message(N_("a list"))
    if isinstance(value, dict):
        return Message(N_("a table"))
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


# --- division ----------------------------------------------------------------------------------------


def scheme_faults(scheme: Scheme) -> list[Finding]:
    tiers = {t.key for t in scheme.grading.tiers}
    divided = {s.key for s in scheme.segments if s.divide}
    measures = [m.measure for m in scheme.balance.measures]
    found = [
        *twice("segments", [s.key for s in scheme.segments]),
        *twice("measures", [m.key for m in scheme.measures]),
        *twice("at_most", [a.key for a in scheme.at_most]),
        *twice("limits", [m.key for m in scheme.limits]),
        *twice("teams", [t.key for t in scheme.teams]),
        *twice("balance.measures", measures),
        *twice("goals", [g.name for g in scheme.goals]),
        *twice("balance.tiers", scheme.balance.tiers),
        *twice("jurisdiction", scheme.jurisdiction),
        *unknown("balance.tiers", UNKNOWN_TIER, scheme.balance.tiers, tiers),
        *unknown("balance.measures", UNKNOWN_MEASURE, measures, {m.key for m in scheme.measures}),
        *unknown("jurisdiction", UNKNOWN_SEGMENT, scheme.jurisdiction, divided),
    ]
    for s in scheme.segments:
        found += twice(f"segments.{s.key}.tiers", s.tiers)
        found += unknown(f"segments.{s.key}.tiers", UNKNOWN_TIER, s.tiers, tiers)
        if s.divide and not s.tiers:
            found.append(
                fault(N_("a segment that is divided needs at least one tier"), f"segments.{s.key}.tiers")
            )
        if s.at_least is not None and s.below is not None and s.at_least >= s.below:
            found.append(fault(N_("at_least is not less than below: no client can fit"), f"segments.{s.key}"))
    for a in scheme.at_most:
        found += twice(f"at_most.{a.key}.segments", a.segments)
        found += unknown(f"at_most.{a.key}.segments", UNKNOWN_SEGMENT, a.segments, divided)
    found += _team_faults(scheme.teams, divided)
    found += _limit_names(scheme, tiers, divided)
    found += _goal_names(scheme, tiers)
    if [g.name for g in scheme.goals].count("draw") != 1 or scheme.goals[-1].name != "draw":
        found.append(
            fault(N_("the last goal must be draw, and only the last, so that one optimum is picked"), "goals")
        )
    return found


def _team_faults(teams: Sequence[Team], divided: Collection[str]) -> list[Finding]:
    found: list[Finding] = []
    seated: set[str] = set()
    for t in teams:
        at = f"teams.{t.key}"
        found += twice(f"{at}.segments", t.segments)
        found += unknown(f"{at}.segments", UNKNOWN_SEGMENT, t.segments, divided)
        found += unknown(f"{at}.exclusive_of", UNKNOWN_SEGMENT, t.exclusive_of, divided)
        if seated & set(t.segments):
            found.append(fault(N_("a segment belongs to one team only"), f"{at}.segments"))
        if set(t.segments) & set(t.exclusive_of):
            found.append(fault(N_("a team cannot exclude its own segments"), f"{at}.exclusive_of"))
        seated |= set(t.segments)
    return found


def limit_faults(limit: Limit) -> list[Finding]:
    """A limit that limits nothing, limits that cannot both be kept, fields that do not go together."""
    by_column = limit.least_column is not None or limit.most_column is not None
    found = []
    if limit.least is None and limit.most is None and limit.within is None and not by_column:
        text = N_("say what is allowed: least, most, least_column, most_column or within")
        found.append(fault(text))
    if limit.least is not None and limit.most is not None and limit.least > limit.most:
        found.append(fault(N_("is above most: nothing can keep both"), "least"))
    if by_column and limit.per != "person":
        found.append(
            fault(N_('a column of the staff table gives limits for each person: per = "person"'), "per")
        )
    if limit.price is None and limit.step != UNIT:
        found.append(
            fault(N_("a step counts only with a price: give the limit one, or take step away"), "step")
        )
    if limit.except_teams and (limit.per != "person" or limit.within is not None):
        text = N_('teams can be left out only where each person is limited (per = "person", without within)')
        found.append(fault(text, "except_teams"))
    return found


def backup_faults(backups: Backups) -> list[Finding]:
    if backups.share > 10_000:  # hundredths of a per cent
        return [fault(N_("a backup cannot carry more than the lead: at most 100%"), "share")]
    return []


def goal_faults(goal: Goal) -> list[Finding]:
    """Fields that belong to leximin and leximax alone, and what these need."""
    if goal.name not in ("leximin", "leximax"):
        given = [n for n in ("measure", "tiers", "levels") if getattr(goal, n)]
        return [fault(N_("belongs to the goals leximin and leximax only"), n) for n in given]
    found = []
    if goal.measure is None:
        found.append(fault(N_("name the measure whose totals are compared"), "measure"))
    if goal.tolerance not in ("0", "0%"):
        found.append(
            fault(N_("leximin and leximax settle several levels and give nothing back"), "tolerance")
        )
    return found


def _limit_names(scheme: Scheme, tiers: Collection[str], divided: Collection[str]) -> list[Finding]:
    found: list[Finding] = []
    measures = {m.key for m in scheme.measures}
    for limit in scheme.limits:
        at = f"limits.{limit.key}"
        found += twice(f"{at}.tiers", limit.tiers)
        found += twice(f"{at}.segments", limit.segments)
        found += twice(f"{at}.branches", limit.branches)
        found += unknown(f"{at}.tiers", UNKNOWN_TIER, limit.tiers, tiers)
        found += unknown(f"{at}.segments", UNKNOWN_SEGMENT, limit.segments, divided)
        if limit.measure is not None:
            found += unknown(f"{at}.measure", UNKNOWN_MEASURE, [limit.measure], measures)
    return found


def _goal_names(scheme: Scheme, tiers: Collection[str]) -> list[Finding]:
    """What the goals name, and that every price counts in a goal."""
    from cmopt.domain.goals import OF_THE_BOOK

    found: list[Finding] = []
    for goal in scheme.goals:
        if goal.name in OF_THE_BOOK:
            found.append(fault(N_("is a goal of the book: move it to book.goals"), f"goals.{goal.name}"))
        if goal.measure is not None:
            known = {m.key for m in scheme.measures}
            found += unknown(f"goals.{goal.name}.measure", UNKNOWN_MEASURE, [goal.measure], known)
        found += twice(f"goals.{goal.name}.tiers", goal.tiers)
        found += unknown(f"goals.{goal.name}.tiers", UNKNOWN_TIER, goal.tiers, tiers)
    soft = [
        *(f"at_most.{a.key}.price" for a in scheme.at_most if a.price is not None),
        *(f"limits.{m.key}.price" for m in scheme.limits if m.price is not None),
    ]
    has_goal = any(g.name == "penalty" for g in scheme.goals)
    if soft and not has_goal:
        text = N_("a price counts in the goal penalty: add it to the goals, or take the price away")
        found += [fault(text, path) for path in soft]
    if has_goal and not soft:
        found.append(
            fault(N_("no rule has a price: give one to a rule, or take the goal away"), "goals.penalty")
        )
    return found


def twice(path: str, keys: Sequence[str]) -> list[Finding]:
    return [
        fault(N_("{name} stands there twice: rename or remove one"), path, name=key)
        for key in dict.fromkeys(keys)
        if keys.count(key) > 1
    ]


def unknown(path: str, text: str, keys: Iterable[str], known: Collection[str]) -> list[Finding]:
    return [
        fault(text, path, name=key, known=Listed(sorted(known) or ["-"]))
        for key in dict.fromkeys(keys)
        if key not in known
    ]
