"""Divide the key accounts: solve, audit, measure, explain, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.findings import Audit
from cmopt.domain.grade import Grade
from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import Result, Status
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.errors import CmoptError, Finding, InfeasibleError, StoppedError, finding
from cmopt.grading import grade
from cmopt.i18n import N_, Lang
from cmopt.intake.schemes import shipped
from cmopt.service.order import Loaded, Order, load

if TYPE_CHECKING:
    from cmopt.domain.problem import Problem


def allocate(order: Order, out: Path, progress: Progress | None = None) -> Run:
    """Divide the key accounts and write the run folder.

    With `order.certify` the second engine proves every goal again first; where it disagrees, that is an
    internal error (CmoptError) and both models are kept beside `out`.

    Raises InputError (bad input), InfeasibleError (the conflict is named), StoppedError (stopped before any
    division was found). After the last two, grades and the record of the attempt are in `out`.
    """
    from cmopt.store.writing import drawing, write_attempt, write_run

    _check_place(out)
    progress = progress or NullProgress()
    with drawing(order.report and order.charts, order.own_process) as draw:
        loaded = load(order)
        solved = solve(loaded, order, progress)
        if solved.result.allocation is None or not order.certify:
            progress.writing()
        if solved.result.allocation is None:
            error = no_division(solved, loaded.scheme)
            told = (solved.result, error.findings, loaded.origin, order.seed, loaded.notes)
            write_attempt(loaded.case, loaded.scheme, solved.grades, *told, out)
            raise error
        run = _finished(solved, loaded, order)
        if order.certify:
            run = _certified(run, solved, order, out, progress)
            progress.writing()
        write_run(run, _rival(run, loaded, order), loaded.origin, out, order.report, draw)
    return run


def _rival(run: Run, loaded: Loaded, order: Order) -> Run | None:
    """The greedy division that the reports show beside `run`, where there is one."""
    if not order.report or run.result.solver == "greedy":
        return None
    try:
        return divide(loaded, dataclasses.replace(order, solver="greedy", certify=False))
    except StoppedError:
        return None


def divide(loaded: Loaded, order: Order, progress: Progress | None = None, out: Path | None = None) -> Run:
    """Grade, solve, audit, measure, explain: everything but writing. With `order.certify` also the second
    engine, which keeps both models beside `out` should it disagree.

    Raises InfeasibleError, StoppedError, and CmoptError where the audit or the second engine disagrees with the
    exact solver.
    """
    solved = solve(loaded, order, progress)
    if solved.result.allocation is None:
        raise no_division(solved, loaded.scheme)
    run = _finished(solved, loaded, order)
    if order.certify and out is not None:
        run = _certified(run, solved, order, out, progress)
    return run


@dataclass(frozen=True)
class Solved:
    """What a solver was given and what it answered."""

    grades: Mapping[str, Grade]
    problem: Problem
    result: Result


def solve(loaded: Loaded, order: Order, progress: Progress | None = None) -> Solved:
    """Grade everybody, build the problem, solve it."""
    from cmopt.problem import build_problem
    from cmopt.solvers.choose import choose_solver

    solver = choose_solver(order.solver)
    grades = grade(loaded.case.roster, loaded.scheme, order.seed)
    problem = build_problem(loaded.case, loaded.scheme, grades, order.seed)
    result = solver.solve(problem, Limits(order.time_limit, order.seed), progress or NullProgress())
    return Solved(grades, problem, result)


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


def _finished(solved: Solved, loaded: Loaded, order: Order) -> Run:
    """Audit, measure and explain a division."""
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
    held = portfolios(case, scheme, grades, allocation)
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
        notes=(*loaded.notes, *forecast(solved.problem, scheme)),
    )


def _certified(run: Run, solved: Solved, order: Order, out: Path, progress: Progress | None) -> Run:
    """The run with the second engine's word on every goal; CmoptError where it disagrees."""
    from cmopt.store.certify import certified

    return certified(run, solved.problem, order.certify_limit, out, progress)


def _agreed(audit: Audit, record: Sequence[Finding]) -> None:
    """A division that breaks a rule, or a claim that the recount does not bear out, is an internal error."""
    if audit.breaches or record:
        raise CmoptError([*audit.breaches, *record])


def _feasible(problem: Problem) -> bool:
    from cmopt.solvers.cpsat import is_feasible

    return is_feasible(problem)


def _check_place(out: Path) -> None:
    """Refuse a place that could not be written to before any work is done."""
    from cmopt.store.folder import check_place

    check_place(out)


def demo(
    out: Path,
    lang: Lang,
    progress: Progress | None = None,
    own_process: bool = False,
    certify: bool = False,
) -> tuple[Run, Run]:
    """The built-in case with both solvers: ``out/cpsat``, ``out/greedy``, ``out/compare.csv``.

    The charts are with the exact run; they show the greedy division beside it.
    """
    from importlib.resources import as_file

    from cmopt.store.comparison import compare_runs, write_comparison
    from cmopt.store.writing import drawing, write_run

    _check_place(out / "cpsat")
    _check_place(out / "greedy")
    with as_file(shipped("data").joinpath("demo")) as case:
        order = Order(case=case, lang=lang, own_process=own_process, certify=certify)
        greedy_order = dataclasses.replace(order, solver="greedy", charts=False, certify=False)
        with drawing(order.report and order.charts, own_process) as draw:
            loaded = load(order)
            exact = divide(loaded, order, progress, out / "cpsat")
            if progress is not None:
                progress.writing()
            greedy_loaded = loaded.asked_of(greedy_order)
            greedy = divide(greedy_loaded, greedy_order)

            def write_greedy() -> None:
                write_run(greedy, None, greedy_loaded.origin, out / "greedy")

            write_run(exact, greedy, loaded.origin, out / "cpsat", True, draw, write_greedy)
    write_comparison(compare_runs([out / "cpsat", out / "greedy"]), out / "compare.csv")
    return exact, greedy
