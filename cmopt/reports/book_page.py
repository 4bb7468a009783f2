"""What the page shows of the rest of the book: its goals over all parts and a row a part, none a client."""

from __future__ import annotations

from typing import Any

from cmopt.domain.book_result import PartResult
from cmopt.domain.run import Run
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.outcomes import part_outcomes
from cmopt.reports.summary import book_sentence
from cmopt.reports.wording import gap_words, goal_meaning, goal_title, show_goal, solver_title, status_title

Row = dict[str, Any]


def book(run: Run, lang: Lang) -> Row | None:
    """Sentence, goals and parts; None where no book was divided."""
    if run.book is None:
        return None
    found = run.book
    parts = [_part(run, p, lang) for p in found.parts]
    goals = [
        {
            "title": goal_title(g.name, lang, run.scheme),
            "meaning": goal_meaning(g.name, lang),
            "value": show_goal(g.name, g.value, lang, run.scheme),
            "bound": show_goal(g.name, g.bound, lang, run.scheme),
            "proven": sum(p.result.goals[n].proven for p in found.parts),
        }
        for n, g in enumerate(found.goals)
    ]
    return {"sentence": book_sentence(run, lang), "goals": goals, "parts": parts, "of": len(parts)}


def _part(run: Run, part: PartResult, lang: Lang) -> Row:
    counts = part_outcomes(run.case, part)
    return {
        "name": part.name,
        "branches": len(part.branches),
        "clients": len(part.clients),
        "managers": part.managers,
        "counts": dict(counts),
        "outcomes": [counts[o] for o in ("kept", "moved", "new", "unassigned")],
        "solver": "" if part.holder is None else solver_title(part.result.solver, lang),
        "why": part.why.render(lang),
        "standing": _standing(part, lang),
        "seconds": f"{part.result.seconds:.1f}",
    }


def _standing(part: PartResult, lang: Lang) -> str:
    """Proven, or how far each goal may be off."""
    if part.holder is None:
        return status_title(part.result.status, lang)
    left = [g for g in part.result.goals if not g.proven]
    if not left:
        return tr(N_("every goal proven"), lang)
    told = (f"{goal_title(g.name, lang)} {gap_words(g, lang)}" for g in left)
    return tr(N_(", "), lang).join(told)
