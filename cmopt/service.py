"""The use cases. The command line and the web page call nothing else."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.clients import Case
from cmopt.domain.findings import Audit
from cmopt.domain.grade import Grade
from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import Result, Status
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.errors import CmoptError, Finding, InfeasibleError, InputError, StoppedError, finding
from cmopt.grading import grade
from cmopt.i18n import N_, Lang
from cmopt.intake.case import Intake, read_case, require_case
from cmopt.intake.schemes import parse_overrides, parse_scheme, read_scheme_text, shipped

if TYPE_CHECKING:
    from cmopt.domain.problem import Problem
    from cmopt.store.comparison import Comparison
    from cmopt.store.manifest import Origin

DEMO_SCHEME = "annual"
DEFAULT_SEED = 1
CERTIFY_SECONDS = 300.0


@dataclass(frozen=True)
class Order:
    """What is asked for: a case under a scheme with overrides, and how to work."""

    case: Path
    scheme: str = DEMO_SCHEME
    overrides: Mapping[str, str] = field(default_factory=dict)
    solver: str = "auto"
    time_limit: float | None = 60.0
    seed: int = DEFAULT_SEED
    lang: Lang = "zh"
    report: bool = True
    charts: bool = True  # with the report
    own_process: bool = False  # nobody else draws in this process: skip matplotlib's scan of system fonts
    certify: bool = False  # every goal proved once more by the second engine
    certify_limit: float = CERTIFY_SECONDS  # seconds that may take


def read_overrides(pairs: Sequence[str]) -> dict[str, str]:
    """``["a.b=3"]`` as an Order wants it; InputError naming every pair that is not ``key=value``."""
    return parse_overrides(pairs)


@dataclass(frozen=True)
class Loaded:
    """A case that was read under its scheme, without errors, and where all of it came from."""

    case: Case
    scheme: Scheme
    notes: tuple[Finding, ...]
    origin: Origin

    def asked_of(self, order: Order) -> Loaded:
        """The same case, for another solver."""
        return dataclasses.replace(self, origin=dataclasses.replace(self.origin, solver_asked=order.solver))


# --- check, grade, allocate --------------------------------------------------------------------------


def check(order: Order) -> Intake:
    """Read and check a case; every finding is in the answer. SchemeError if the scheme itself is wrong."""
    from cmopt.problem import build_problem
    from cmopt.problem.fit import fit_notes, refuse_mixed_tiers
    from cmopt.problem.forecast import forecast

    scheme = parse_scheme(read_scheme_text(order.scheme), order.overrides)
    intake = read_case(order.case, scheme)
    if intake.case is None:
        return intake
    try:
        refuse_mixed_tiers(intake.case)
        graded = grade(intake.case.roster, scheme, order.seed)
        problem = build_problem(intake.case, scheme, graded, order.seed)
    except InputError as error:
        return Intake(None, (*intake.findings, *error.findings), intake.sources)
    notes = (*fit_notes(intake.case, scheme), *forecast(problem, scheme))
    return Intake(intake.case, (*intake.findings, *notes), intake.sources)


def load(order: Order) -> Loaded:
    """The case and the scheme. Raises InputError with every fault at once."""
    from cmopt.problem.fit import fit_notes, refuse_mixed_tiers
    from cmopt.store.manifest import Origin

    begun = datetime.now(UTC)
    _check_time_limit(order.time_limit)
    _check_time_limit(order.certify_limit)
    text = read_scheme_text(order.scheme)
    scheme = parse_scheme(text, order.overrides)
    intake = read_case(order.case, scheme)
    origin = Origin(
        case=order.case,
        files={s.name: s.sha256 for s in intake.sources},
        scheme=scheme.name,
        scheme_text=text,
        overrides=order.overrides,
        lang=order.lang,
        begun=begun,
        solver_asked=order.solver,
        time_limit=order.time_limit,
    )
    case = require_case(intake)
    refuse_mixed_tiers(case)
    return Loaded(case, scheme, (*intake.findings, *fit_notes(case, scheme, order.solver)), origin)


def _check_time_limit(seconds: float | None) -> None:
    if seconds is not None and not 0 <= seconds < math.inf:
        raise InputError(
            finding("time-limit", N_("the time limit is {value}; give seconds from 0 on"), value=seconds)
        )


def grade_case(order: Order, out: Path | None) -> tuple[Loaded, dict[str, Grade]]:
    """Grade everybody; with `out`, write grades.csv and a manifest there (never in the place of a division)."""
    if out is not None:
        _check_place(out)
        if (out / "result.json").exists():
            text = N_("the folder holds a division; name another one for the grades alone")
            raise InputError(finding("out-division", text, str(out)))
    loaded = load(order)
    grades = grade(loaded.case.roster, loaded.scheme, order.seed)
    if out is not None:
        from cmopt.store.writing import write_grading

        write_grading(loaded.case, loaded.scheme, grades, loaded.origin, order.seed, loaded.notes, out)
    return loaded, grades


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


# --- demo, compare, verify, template, synth ----------------------------------------------------------


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


def compare(folders: Sequence[Path], out: Path | None) -> Comparison:
    """Runs side by side; with `out`, written there as CSV."""
    from cmopt.store.comparison import compare_runs, write_comparison

    found = compare_runs(folders)
    if out is not None:
        write_comparison(found, out)
    return found


def verify(folder: Path, solve: bool = False) -> tuple[Finding, ...]:
    """Every breach in a run folder, from its files alone, in the order they were met; empty if it stands.

    `solve` also solves the problem again and holds every proof against what comes out.
    """
    from cmopt.store.verify import verify_run

    return verify_run(folder, solve)


def proofs_repeated(folder: Path) -> tuple[int, int]:
    """Of how many goals `verify(folder, solve=True)` repeats the proof, and how many there are.

    For a record that stands; goals behind one that is not proven are not repeated.
    """
    import json

    from cmopt.store.prove import repeatable

    goals = json.loads((folder / "result.json").read_text(encoding="utf-8-sig"))["goals"]
    return repeatable([bool(goal["proven"]) for goal in goals]), len(goals)


def write_template(scheme: str, out: Path, lang: Lang) -> None:
    """Write the input workbook that a scheme wants. InputError where there is such a file already."""
    from cmopt.intake.template import write_template as write
    from cmopt.store.folder import new_file

    if out.suffix.lower() != ".xlsx":
        raise InputError(finding("template-name", N_("name a file that ends in .xlsx"), str(out)))
    declared = parse_scheme(read_scheme_text(scheme))
    with new_file(out) as draft:
        write(draft, declared, lang)


def synth(out: Path, scheme: str, lang: Lang, **options: int) -> Case:
    """Invent a case and write it as a folder of CSV files or as a workbook (`out` ends in .xlsx).

    InputError where there is such a file, or a folder with anything in it.
    """
    from cmopt.intake.write import write_case
    from cmopt.store.folder import new_file, whole_folder
    from cmopt.synth import SynthOptions, synth_case

    declared = parse_scheme(read_scheme_text(scheme))
    case = synth_case(SynthOptions(lang=lang, **options), declared)
    with new_file(out) if out.suffix.lower() == ".xlsx" else whole_folder(out, marker=None) as draft:
        write_case(case, declared, draft, lang)
    return case
