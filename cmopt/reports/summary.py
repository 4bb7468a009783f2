"""The outcome in a few sentences that somebody who was not there understands."""

from __future__ import annotations

from collections import Counter

from cmopt.domain.result import Phase, Status
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.outcomes import part_outcomes
from cmopt.reports.view import backup_lines, counts, leads, rival_goal, segments_divided
from cmopt.reports.wording import (
    goal_title,
    segment_title,
    show_goal,
    show_levels,
    solver_title,
    status_title,
)


def outcome_sentences(run: Run, rival: Run | None, lang: Lang) -> list[str]:
    """What was divided, how good it is, whether the audit agrees, and how the rival's division differs."""
    if run.result.allocation is None:
        return [tr(N_("No division was made: {why}."), lang, why=status_title(run.result.status, lang))]
    said = [*_division(run, lang), _quality(run, lang), _audit(run, lang)]
    if rival is not None and (difference := _difference(run, rival, lang)):
        said.append(difference)
    return said if run.book is None else [tr(N_("The key accounts:"), lang), *said, book_sentence(run, lang)]


def book_sentence(run: Run, lang: Lang) -> str:
    """What became of the clients beside the key accounts, and of how many parts every goal is proven."""
    assert run.book is not None
    done = [p for p in run.book.parts if p.holder is not None]
    told = sum((part_outcomes(run.case, p) for p in done), Counter[str]())
    text = N_(
        "{clients} clients of {parts} parts were divided beside the key accounts: {kept} stay with who held "
        "them, {moved} go to another manager, {new} that nobody was responsible for get one, {unassigned} are "
        "left out. In {proven} of the parts every goal is proven."
    )
    said = [
        tr(
            text,
            lang,
            clients=sum(len(p.clients) for p in done),
            parts=len(done),
            kept=told["kept"],
            moved=told["moved"],
            new=told["new"],
            unassigned=told["unassigned"],
            proven=sum(all(g.proven for g in p.result.goals) for p in done),
        )
    ]
    if undecided := sum(len(p.clients) for p in run.book.parts if p.holder is None):
        said.append(tr(N_("{n} clients of parts without a division are undecided."), lang, n=undecided))
    if counter := len(run.book.counter):
        said.append(tr(N_("{n} deposits stay with the counter."), lang, n=counter))
    return joined(said, lang)


def solvers_title(run: Run, lang: Lang) -> str:
    """The solver of the key accounts, then whatever others divided parts of the rest of the book."""
    parts = () if run.book is None else run.book.parts
    others = {p.result.solver for p in parts if p.holder is not None} - {run.result.solver}
    return tr(N_(", "), lang).join(solver_title(s, lang) for s in (run.result.solver, *sorted(others)))


def joined(sentences: list[str], lang: Lang) -> str:
    """Sentences as one paragraph: Chinese sentences follow each other without a space."""
    return ("" if lang == "zh" else " ").join(sentences)


def is_exact(run: Run) -> bool:
    """Whether the solver sets out to prove anything (a rule-based one gives neither bounds nor proofs)."""
    return any(g.proven or g.bound is not None for g in run.result.goals)


def _division(run: Run, lang: Lang) -> list[str]:
    comma = tr(N_(", "), lang)
    kinds = comma.join(
        tr(N_("{title}: {n}"), lang, title=segment_title(s, run.scheme, lang), n=n)
        for s, n in segments_divided(run)
    )
    n = counts(run)
    holders = len({x.staff_id for x in leads(run) if x.staff_id is not None})
    said = tr(
        N_(
            "{n} accounts were divided ({kinds}) among {holders} client managers: {kept} stay with the "
            "manager who held them, {moved} go to another manager, and {new} that nobody was responsible "
            "for get one."
        ),
        lang,
        n=len(leads(run)),
        kinds=kinds,
        holders=holders,
        kept=n["kept"],
        moved=n["moved"],
        new=n["new"],
    )
    if not n["unassigned"]:
        return [said, tr(N_("No account was left out."), lang), *_backups(run, lang)]
    left = tr(N_("{n} could not be given to anybody; the causes are below."), lang, n=n["unassigned"])
    return [said, left, *_backups(run, lang)]


def _backups(run: Run, lang: Lang) -> list[str]:
    """How many of the places of backups are filled, where there are any."""
    places = backup_lines(run)
    if not places:
        return []
    filled = sum(x.staff_id is not None for x in places)
    if filled == len(places):
        return [tr(N_("All {n} places of backup managers are filled."), lang, n=filled)]
    said = N_("Of {n} places of backup managers {filled} are filled; the causes are below.")
    return [tr(said, lang, n=len(places), filled=filled)]


def _quality(run: Run, lang: Lang) -> str:
    result = run.result
    if result.status == Status.OPTIMAL:
        return tr(
            N_("Every goal is proven: no division that keeps the rules does better in the order of goals."),
            lang,
        )
    if not is_exact(run):
        return tr(
            N_("It was made by a fixed rule ({solver}): it keeps the rules, but does not claim to be best."),
            lang,
            solver=solver_title(result.solver, lang),
        )
    open_goals = [goal_title(g.name, lang, run.scheme) for g in result.goals if not g.proven]
    if not open_goals:  # what is not proven lies in the rest of the book
        return tr(N_("Every goal of the key accounts is proven."), lang)
    said = N_("The search was stopped early. It is the best division found; not proven: {goals}.")
    if result.status != Status.CANCELLED:
        said = N_("It is the best division found in the time allowed; not proven: {goals}.")
    return tr(said, lang, goals=tr(N_(", "), lang).join(open_goals))


def _audit(run: Run, lang: Lang) -> str:
    if run.audit.clean:
        return tr(
            N_("An independent audit checked every rule and worked out every goal again: no breach."), lang
        )
    return tr(
        N_("The audit found {n} breaches of the rules: do not use this division."),
        lang,
        n=len(run.audit.breaches),
    )


def _difference(run: Run, rival: Run, lang: Lang) -> str:
    """The first goal, in priority order, in which the two divisions differ (the draw apart)."""
    name = solver_title(rival.result.solver, lang)
    for goal in run.result.goals:
        other = rival_goal(rival, goal.name)
        if goal.name == "draw" or other is None or (differ := _difference_in(goal, other)) is None:
            continue
        said = N_("Against the {rival} division it is better in {goal}: {ours} against {theirs}.")
        if not differ:
            said = N_("Against the {rival} division it is worse in {goal}: {ours} against {theirs}.")
        return tr(
            said,
            lang,
            rival=name,
            goal=goal_title(goal.name, lang, run.scheme),
            ours=_standing(goal, goal.value == other.value, run.scheme, lang),
            theirs=_standing(other, goal.value == other.value, run.scheme, lang),
        )
    if rival.result.allocation is None:
        return ""
    return tr(N_("The {rival} division scores the same in every goal."), lang, rival=name)


def _difference_in(goal: Phase, other: Phase) -> bool | None:
    """Whether `goal` stands better than `other`, level by level where there are levels; None: alike."""
    if goal.value is None or other.value is None:
        return None
    ours, theirs = goal.levels or (goal.value,), other.levels or (other.value,)
    if len(ours) != len(theirs):
        ours, theirs = (goal.value,), (other.value,)
    return None if ours == theirs else (ours < theirs) == (goal.sense == "min")


def _standing(goal: Phase, by_level: bool, scheme: Scheme, lang: Lang) -> str:
    if by_level:
        return show_levels(goal, lang, scheme)
    return show_goal(goal.name, goal.value, lang, scheme)
