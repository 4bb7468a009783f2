"""The outcome in a few sentences that somebody who was not there understands."""

from __future__ import annotations

from cmopt.domain.result import Phase, Status
from cmopt.domain.run import Run
from cmopt.i18n import N_, Lang, tr
from cmopt.reports.view import counts, rival_value, segments_divided
from cmopt.reports.wording import goal_title, segment_title, show_goal, solver_title, status_title


def outcome_sentences(run: Run, rival: Run | None, lang: Lang) -> list[str]:
    """What was divided, how good it is, whether the audit agrees, and how the rival's division differs."""
    if run.result.allocation is None:
        return [tr(N_("No division was made: {why}."), lang, why=status_title(run.result.status, lang))]
    said = [*_division(run, lang), _quality(run, lang), _audit(run, lang)]
    if rival is not None and (difference := _difference(run, rival, lang)):
        said.append(difference)
    return said


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
    holders = len({x.staff_id for x in run.lines if x.staff_id is not None})
    said = tr(
        N_(
            "{n} accounts were divided ({kinds}) among {holders} client managers: {kept} stay with the "
            "manager who held them, {moved} go to another manager, and {new} that nobody was responsible "
            "for get one."
        ),
        lang,
        n=len(run.lines),
        kinds=kinds,
        holders=holders,
        kept=n["kept"],
        moved=n["moved"],
        new=n["new"],
    )
    if not n["unassigned"]:
        return [said, tr(N_("No account was left out."), lang)]
    return [said, tr(N_("{n} could not be given to anybody; the causes are below."), lang, n=n["unassigned"])]


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
    open_goals = [goal_title(g.name, lang) for g in result.goals if not g.proven]
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
        other = rival_value(rival, goal.name)
        if goal.name == "draw" or goal.value is None or other is None or other == goal.value:
            continue
        said = N_("Against the {rival} division it is better in {goal}: {ours} against {theirs}.")
        if not _better(goal, other):
            said = N_("Against the {rival} division it is worse in {goal}: {ours} against {theirs}.")
        return tr(
            said,
            lang,
            rival=name,
            goal=goal_title(goal.name, lang),
            ours=show_goal(goal.name, goal.value, lang),
            theirs=show_goal(goal.name, other, lang),
        )
    if rival.result.allocation is None:
        return ""
    return tr(N_("The {rival} division scores the same in every goal."), lang, rival=name)


def _better(goal: Phase, other: int) -> bool:
    assert goal.value is not None
    return goal.value < other if goal.sense == "min" else goal.value > other
