"""Divide and write: the key accounts, the whole book, the demo."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.run import Run
from cmopt.errors import StoppedError
from cmopt.i18n import Lang
from cmopt.intake.schemes import shipped
from cmopt.service.order import Loaded, Order, load
from cmopt.service.solving import Solved, finished, no_division, solve, without_division


def allocate(order: Order, out: Path, progress: Progress | None = None) -> Run:
    """Divide the key accounts, or the whole book where the order says so, and write the run folder.

    With `order.certify` the second engine proves every goal again first; where it disagrees, that is an
    internal error (CmoptError) and both models are kept beside `out`.

    Raises InputError (bad input), InfeasibleError (the conflict is named), StoppedError (stopped before any
    division was found). After the last two, grades and the record of the attempt are in `out`.
    """
    from cmopt.service.book import allocate_book, wants_book
    from cmopt.store.writing import drawing, write_run

    _check_place(out)
    progress = progress or NullProgress()
    with drawing(order.report and order.charts, order.own_process) as draw:
        loaded = load(order)
        if wants_book(order, loaded):
            return allocate_book(loaded, order, out, progress, draw)
        solved = solve(loaded, order, progress)
        if solved.result.allocation is None or not order.certify:
            progress.writing()
        if solved.result.allocation is None:
            raise without_division(solved, loaded, order, out)
        run = finished(solved, loaded, order)
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
    run = finished(solved, loaded, order)
    if order.certify and out is not None:
        run = _certified(run, solved, order, out, progress)
    return run


def _certified(run: Run, solved: Solved, order: Order, out: Path, progress: Progress | None) -> Run:
    """The run with the second engine's word on every goal; CmoptError where it disagrees."""
    from cmopt.store.certify import certified

    return certified(run, solved.problem, order.certify_limit, out, progress)


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
