"""Solve, audit, measure, explain: from a case that was read to a run that can be written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.allocation import Allocation
from cmopt.domain.findings import Audit
from cmopt.domain.grade import Grade
from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.errors import CmoptError, Finding, InfeasibleError, StoppedError, finding
from cmopt.grading import grade
from cmopt.i18n import N_
from cmopt.service.layers import by_the_clock, undivided, undivided_book, whole_result
from cmopt.service.order import Loaded, Order

if TYPE_CHECKING:
    from cmopt.domain.book_findings import BookAudit
    from cmopt.domain.book_result import BookResult
    from cmopt.domain.problem import Problem


@dataclass(frozen=True)
class Solved:
    """What a solver was given and what it answered."""

    grades: Mapping[str, Grade]
    problem: Problem
    result: Result


def solve(
    loaded: Loaded,
    order: Order,
    progress: Progress | None = None,
    known: Result | None = None,
    with_book: bool = False,
) -> Solved:
    """Grade everybody, build the problem, solve it; `known`: what came out of it before. With the rest of the
    book there may be no key account: then nothing is to be solved."""
    from cmopt.problem import build_problem
    from cmopt.solvers.choose import choose_for, choose_solver

    solver = choose_solver(order.solver)
    grades = grade(loaded.case.roster, loaded.scheme, order.seed)
    problem = build_problem(loaded.case, loaded.scheme, grades, order.seed, with_book)
    if order.solver == "auto":
        solver, _ = choose_for(problem)
    if not problem.accounts:
        known = nothing_divided(problem, solver.name)
    elif known is None:
        known = solver.solve(problem, Limits(order.time_limit, order.seed), progress or NullProgress())
    return Solved(grades, problem, known)


def nothing_divided(problem: Problem, solver: str) -> Result:
    """Of no account at all: the one division there is, each goal at what the managers carry anyway."""
    from cmopt.solvers.score import levels, score

    goals = tuple(
        Phase(name, SENSE[name], value, value, True, 0.0, levels(problem, name, ()))
        for name, value in score(problem, ()).items()
    )
    return Result(Status.OPTIMAL, solver, 0.0, goals, Allocation({}), "bounded")


def no_division(solved: Solved, scheme: Scheme) -> CmoptError:
    """The error that says why there is none: the conflict by name, or that the time was up."""
    from cmopt.explain import explain_infeasible

    if solved.result.status is Status.INFEASIBLE:
        return InfeasibleError(explain_infeasible(solved.problem, scheme, _feasible))
    if solved.result.findings:
        return StoppedError(list(solved.result.findings))
    if solved.result.solver == "greedy":
        text = N_("precedence alone finds no division that keeps every rule; use the exact solver")
        return StoppedError(finding("greedy-none", text))
    return StoppedError(
        finding("stopped", N_("stopped before any division was found; give it more time (--time-limit)"))
    )


def without_division(solved: Solved, loaded: Loaded, order: Order, out: Path) -> CmoptError:
    """Write the record of the attempt; the error that says why there is no division."""
    from cmopt.store.writing import write_attempt

    error = no_division(solved, loaded.scheme)
    told = (solved.result, error.findings, loaded.origin, order.seed, loaded.notes)
    write_attempt(loaded.case, loaded.scheme, solved.grades, *told, out)
    return error


def finished(solved: Solved, loaded: Loaded, order: Order, book: BookResult | None = None) -> Run:
    """Audit, measure and explain a division, with `book` both layers of it.

    Raises CmoptError where the audit disagrees with a solver.
    """
    from cmopt.audit import audit_division, check_record
    from cmopt.explain import explain_lines
    from cmopt.metrics import fairness, portfolios
    from cmopt.problem.forecast import forecast

    case, scheme, grades, result = loaded.case, loaded.scheme, solved.grades, solved.result
    allocation = result.allocation
    assert allocation is not None
    audit = audit_division(case, scheme, grades, allocation, order.seed)
    _agreed(audit, check_record(scheme, audit, result.status, result.goals))
    if result.certificate is None:
        result = dataclasses.replace(result, certificate="checked")
    further = undivided_book(case, scheme) if book is None else (*undivided(book), *by_the_clock(book))
    if book is not None:
        from cmopt.audit.book import audit_book

        _agreed(audit_book(case, scheme, grades, allocation, book, order.seed), ())
        result = whole_result(result, book)
    held = portfolios(case, scheme, grades, allocation, book)
    return Run(
        case_name=order.case.name,
        case=case,
        scheme=scheme,
        grades=grades,
        result=result,
        lines=explain_lines(case, scheme, grades, solved.problem, allocation, result.solver),
        portfolios=held,
        fairness=fairness(case, scheme, grades, held, allocation, result.solver),
        audit=audit,
        seed=order.seed,
        notes=(*loaded.notes, *forecast(solved.problem, scheme), *further),
        book=book,
    )


def _agreed(audit: Audit | BookAudit, record: Sequence[Finding]) -> None:
    """A division that breaks a rule, or a claim that the recount does not bear out, is an internal error."""
    if audit.breaches or record:
        raise CmoptError([*audit.breaches, *record])


def _feasible(problem: Problem) -> bool:
    from cmopt.solvers.cpsat import is_feasible

    return is_feasible(problem)
