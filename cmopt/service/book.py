"""Divide the whole book: the key accounts, then branch by branch all other clients; what is done is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cmopt
from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.progress import Progress
from cmopt.domain.result import Result, Status
from cmopt.domain.run import Run
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.service.order import Loaded, Order
from cmopt.service.solving import finished, solve, without_division

if TYPE_CHECKING:
    from cmopt.domain.grade import Grade
    from cmopt.plots.apart import Draw
    from cmopt.problem.book import BookPlan
    from cmopt.solvers.parts.pool import Pool
    from cmopt.solvers.parts.running import Telling
    from cmopt.solvers.parts.task import Task
    from cmopt.store.journal import Journal

PART_SOLVERS = ("auto", "cpsat", "large")


def allocate_book(loaded: Loaded, order: Order, out: Path, progress: Progress, draw: Draw | None) -> Run:
    """Divide key accounts and book, audit both, write the run's folder.

    Stopped half-way, the folder has what is there and what is needed to go on. Raises as `allocate` does; where
    the key accounts have no division nothing else has.
    """
    from cmopt.reports.book_table import table_apart
    from cmopt.store.journal import journal
    from cmopt.store.writing import write_run

    with journal(out, identity(loaded, order), order.resume) as kept:
        solved = solve(loaded, key_order(order), progress, kept.key, with_book=True)
        if solved.result.allocation is None:
            progress.writing()
            raise without_division(solved, loaded, order, out)
        book, notes = divide_book(loaded, order, solved.grades, solved.result, kept, progress)
        progress.writing()
        given = (loaded.case, loaded.scheme, solved.grades, solved.result.allocation)
        with table_apart(*given, book, order.seed, order.lang) as allocation:
            run = finished(solved, loaded.noting(notes), order, book)
            unfinished = None if is_whole(run) else kept
            write_run(
                run,
                None,
                loaded.origin,
                out,
                order.report,
                draw,
                unfinished=unfinished,
                allocation=allocation,
            )
        kept.ended()
    return run


def key_order(order: Order) -> Order:
    """The key accounts are divided exactly, whatever divides the parts."""
    return dataclasses.replace(order, solver="cpsat" if order.solver == "large" else order.solver)


def is_whole(run: Run) -> bool:
    """Whether there is nothing to go on with."""
    assert run.book is not None
    return run.book.complete and run.result.status is not Status.CANCELLED


def wants_book(order: Order, loaded: Loaded) -> bool:
    """Whether the rest of the book is divided too. Raises InputError where it is asked for and cannot be."""
    wanted = order.book or (order.solver == "large" and loaded.scheme.book is not None)
    faults: list[Finding] = []
    if not wanted:
        for option, given in (
            ("--workers", order.workers),
            ("--cluster", order.cluster),
            ("--resume", order.resume),
        ):
            if given is not None:
                faults.append(finding("book-option", N_("is for the whole book only: add --book"), option))
    else:
        if order.solver not in PART_SOLVERS:
            text = N_("the solver {solver} divides no books; take auto, cpsat or large")
            faults.append(finding("book-solver", text, "--solver", solver=order.solver))
        if order.certify:
            text = N_("proves the key accounts' goals again: run it without --book")
            faults.append(finding("book-certify", text, "--certify"))
        if order.workers is not None and order.workers < 1:
            faults.append(finding("book-workers", N_("give at least one process"), "--workers"))
        if order.workers is not None and order.cluster is not None:
            text = N_("a cluster has its own number of workers: leave out --workers")
            faults.append(finding("book-workers", text, "--workers"))
        if loaded.scheme.book is None:
            from cmopt.problem.book import book_of

            book_of(loaded.scheme)
    if faults:
        raise InputError(faults)
    return wanted


def divide_book(
    loaded: Loaded,
    order: Order,
    grades: Mapping[str, Grade],
    key: Result,
    kept: Journal,
    progress: Progress,
) -> tuple[BookResult, tuple[Finding, ...]]:
    """Every part of the book beside the key accounts' division `key`: those that an earlier run had done as
    they were, the others now, each kept as soon as it is done. Parts not begun at a stop have no division.
    Also what there is to know of the book.
    """
    from cmopt.problem.book import plan_book
    from cmopt.problem.book_notes import book_notes
    from cmopt.solvers.parts.running import Telling, run_parts
    from cmopt.solvers.parts.task import undone
    from cmopt.solvers.parts.work import divide_part

    begun = time.perf_counter()
    assert key.allocation is not None
    plan = plan_book(loaded.case, loaded.scheme, grades, key.allocation, order.seed)
    notes = book_notes(loaded.case, loaded.scheme, plan)
    kept.keep_key(key)
    done = _done_before(plan, kept)
    todo = [n for n, name in enumerate(plan.names) if name not in done]
    sizes = plan.sizes()
    telling = Telling(progress, {name: c for name, (c, _) in zip(plan.names, sizes, strict=True)}, len(done))
    tasks = [partial(_task, plan, n, order) for n in todo]
    places = 0
    if todo and not progress.stop_asked():
        with _pool(order, [sizes[n] for n in todo], telling) as pool:
            places = pool.places
            weights = [sizes[n][0] * sizes[n][1] for n in todo]
            done |= run_parts(tasks, weights, divide_part, pool, kept.keep, telling)
    parts = [done.get(name) for name in plan.names]
    found = BookResult(
        parts=tuple(p or undone(_task(plan, n, order), Status.CANCELLED) for n, p in enumerate(parts)),
        counter=plan.counter,
        seconds=time.perf_counter() - begun,
        processes=max(1, places),
    )
    return found, tuple(notes)


def identity(loaded: Loaded, order: Order) -> Mapping[str, Any]:
    """What a run must have in common with one that goes on with it."""
    from importlib.metadata import version

    from cmopt.store.journal import FORMAT

    return {
        "format": FORMAT,
        "cmopt": cmopt.__version__,
        "ortools": version("ortools"),
        "inputs": {
            **loaded.origin.files,
            **{f"edits/{path.name}": digest for path, digest in loaded.origin.edits.items()},
        },
        "scheme": hashlib.sha256(loaded.origin.scheme_text.encode()).hexdigest(),
        "overrides": dict(order.overrides),
        "seed": order.seed,
        "solver": order.solver,
    }


def _done_before(plan: BookPlan, kept: Journal) -> dict[str, PartResult]:
    parts = plan.parts
    of_each = zip(plan.names, parts.branches, parts.clients, parts.staff, strict=True)
    found = {name: kept.read(name, branches, clients, staff) for name, branches, clients, staff in of_each}
    return {name: part for name, part in found.items() if part is not None}


def _task(plan: BookPlan, n: int, order: Order) -> Task:
    from cmopt.solvers.parts.task import Task

    goals = tuple(g.name for g in plan.book.goals)
    return Task(plan.slice(n), order.solver, goals, plan.book.gap, order.time_limit, order.seed)


def _pool(order: Order, sizes: list[tuple[int, int]], telling: Telling) -> _Closing:
    from cmopt.solvers.parts.machine import suitable
    from cmopt.solvers.parts.pool import Here, Processes

    if order.cluster is not None:
        from cmopt.solvers.parts.cluster import Cluster

        return _Closing(Cluster(order.cluster))
    places = suitable(sizes) if order.workers is None else min(order.workers, len(sizes))
    if places == 1:
        return _Closing(Here(telling.goal, telling.progress.stop_asked))
    return _Closing(Processes(places))


class _Closing:
    """A pool that is closed in any case, at once where something went wrong."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __enter__(self) -> Pool:
        return self._pool

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._pool.close(at_once=kind is not None)
