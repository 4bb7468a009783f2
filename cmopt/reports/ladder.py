"""Further columns of grades.csv: the place on the ladder, quarters, figures that counted, what is shown beside.

Only what a scheme has: the tables of a scheme without rungs, quarters and results stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Beside, Grade
from cmopt.domain.scheme import Grading, Scheme
from cmopt.i18n import N_, Lang, tr


def ladder_head(scheme: Scheme, quarters: Sequence[str]) -> list[str]:
    """rung, level, grade, probation, reasons; points_<quarter>; result_<measure>; beside."""
    grading = scheme.grading
    ladder = ["rung", "level", "grade", "probation"] if grading.rungs else []
    reasons = ["reasons"] if grading.rungs or _has_needs(grading) else []
    beside = ["beside"] if _has_beside(grading) else []
    figures = [f"result_{key}" for key in _figures(grading)]
    return [*ladder, *reasons, *(f"points_{q}" for q in quarters), *figures, *beside]


def ladder_cells(
    grade: Grade, scheme: Scheme, quarters: Sequence[str], lang: Lang, guarded: Callable[[str], str]
) -> list[str]:
    """The cells under `ladder_head`; `guarded` is put over each text."""
    grading = scheme.grading
    cells: list[str] = []
    if grading.rungs:
        place = None if grade.rung is None else grading.rung_order[grade.rung]
        rung = None if place is None else grading.rungs[place]
        level, number = (None, None) if rung is None else (rung.level, rung.grade)
        probation = ("true" if grade.probation else "false") if rung is not None else ""
        cells += [guarded(grade.rung or ""), guarded(level or ""), str(number or ""), probation]
    joint = tr(N_("; "), lang)
    if grading.rungs or _has_needs(grading):
        cells.append(guarded(joint.join(m.render(lang) for m in grade.reasons)))
    cells += [show_fixed(grade.quarters.get(q)) for q in quarters]
    cells += [show_fixed(grade.figures.get(key)) for key in _figures(grading)]
    if _has_beside(grading):
        cells.append(guarded(joint.join(_shown(b, grading, lang) for b in grade.beside)))
    return cells


def _figures(grading: Grading) -> list[str]:
    """The measures whose figures give points, in the order of the items."""
    used = [i.measure for i in grading.all_items if i.measure is not None and i.figure == "value"]
    return list(dict.fromkeys(used))


def _has_needs(grading: Grading) -> bool:
    return any(needs.any_need for needs in grading.all_needs)


def _has_beside(grading: Grading) -> bool:
    return any(not s.scored for i in grading.assessed_items for s in i.sources)


def _shown(beside: Beside, grading: Grading, lang: Lang) -> str:
    item = next(i.title for i in grading.assessed_items if i.key == beside.item)
    source = next((s.title for s in grading.sources if s.key == beside.source), None)
    score = tr(N_("absent"), lang) if beside.score is None else show_fixed(beside.score)
    said = {
        "item": item.render(lang),
        "source": beside.source if source is None else source.render(lang),
        "period": beside.period or "",
        "score": score,
    }
    if beside.evidence:
        return tr(
            N_("{item}, {source} {period}: {score} ({evidence})"), lang, evidence=beside.evidence, **said
        )
    return tr(N_("{item}, {source} {period}: {score}"), lang, **said)
