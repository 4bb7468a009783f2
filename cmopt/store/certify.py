"""A run held against the second engine: confirmed, as it was but warned of, or refused, both models kept."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cmopt
from cmopt.audit import audit_division
from cmopt.domain.allocation import Allocation
from cmopt.domain.problem import Problem
from cmopt.domain.progress import Progress
from cmopt.domain.result import Phase, Result, Status
from cmopt.domain.run import Run
from cmopt.errors import CmoptError, Finding, Listed, Message, finding
from cmopt.i18n import N_
from cmopt.reports.terms import GOALS
from cmopt.solvers.score import score
from cmopt.solvers.second.apart import certify
from cmopt.solvers.second.verdict import Answer, Claim, Verdict, all_confirmed
from cmopt.store.folder import whole_folder
from cmopt.store.manifest import write_json

ENGINE = "HiGHS (OR-Tools MathOpt)"
ABOUT = "disagreement.json"


def certified(run: Run, problem: Problem, seconds: float, out: Path, progress: Progress | None) -> Run:
    """The run with its certificate: cross-checked if every goal is confirmed, else as it was and a warning.

    Raises CmoptError where the engines disagree; the question and the answers of both are then in
    `disagreement_folder(out)`.
    """
    verdicts = certify(problem, Claim.of(problem, run.result), seconds, progress)
    if verdicts[-1].answer is Answer.DISAGREES:
        folder = disagreement_folder(out)
        keep_models(run, problem, verdicts, folder)
        raise CmoptError(disagreement(verdicts[-1], folder))
    proven = run.result.status is Status.OPTIMAL and all_confirmed(verdicts)
    result = dataclasses.replace(
        run.result,
        certificate="cross-checked" if proven else run.result.certificate,
        parameters={**run.result.parameters, "second_engine": _record(verdicts, seconds)},
    )
    return dataclasses.replace(run, result=result, notes=(*run.notes, *open_goals(verdicts)))


def certify_again(
    problem: Problem, phases: tuple[Phase, ...], allocation: Allocation, seconds: float
) -> list[Finding]:
    """What a record that says cross-checked does not bear out: goals where the engines disagree, and those not
    confirmed again in time."""
    result = Result(Status.OPTIMAL, "", 0.0, phases, allocation)
    verdicts = certify(problem, Claim.of(problem, result), seconds)
    found = [
        finding(
            "prove-second", N_("goal {goal}: the second engine disagrees: {why}"), goal=v.goal, why=v.reason
        )
        for v in verdicts
        if v.answer is Answer.DISAGREES
    ]
    return found or [dataclasses.replace(f, severity="error") for f in open_goals(verdicts)]


def open_goals(verdicts: Sequence[Verdict]) -> list[Finding]:
    """A warning that names the goals not confirmed, and why; nothing if there are none."""
    left = [v for v in verdicts if v.answer is Answer.UNDECIDED]
    if not left:
        return []
    goals = [Message(N_("{goal}: {why}"), {"goal": _title(v.goal), "why": v.reason}) for v in left]
    text = N_("not confirmed by the second engine ({n} of {of} goals): {goals}")
    return [
        finding("certify-open", text, severity="warning", n=len(left), of=len(verdicts), goals=Listed(goals))
    ]


def disagreement(verdict: Verdict, folder: Path) -> Finding:
    text = N_(
        "the engines disagree about the goal {goal}: {why}. Nothing was written but both models: {path}"
    )
    return finding("certify-disagrees", text, goal=_title(verdict.goal), why=verdict.reason, path=str(folder))


def disagreement_folder(out: Path) -> Path:
    return out.with_name(f"{out.name}.disagreement")


def keep_models(run: Run, problem: Problem, verdicts: Sequence[Verdict], folder: Path) -> None:
    """Write what they disagree about: first.pbtxt (CP-SAT), second.mps, both divisions and the record."""
    verdict = verdicts[-1]
    allocation = run.result.allocation
    assert allocation is not None
    with whole_folder(folder, marker=ABOUT) as draft:
        _write_first(problem, run.result.goals, verdict.goal, draft / "first.pbtxt")
        (draft / "second.mps").write_text(verdict.model or "", encoding="utf-8", newline="\n")
        _write_division(allocation, draft / "first.csv")
        about: dict[str, Any] = {
            "cmopt": cmopt.__version__,
            "goal": verdict.goal,
            "why": str(verdict.why),
            "first": {
                "solver": run.result.solver,
                "goals": [dataclasses.asdict(g) for g in run.result.goals],
            },
            "second": {"engine": ENGINE, "verdicts": {v.goal: str(v.answer) for v in verdicts}},
            "better": None,
        }
        if verdict.better is not None:
            better = problem.allocation(verdict.better)
            _write_division(better, draft / "second.csv")
            audit = audit_division(run.case, run.scheme, run.grades, better, run.seed)
            about["better"] = {
                "goals": score(problem, verdict.better),
                "audit": dict(audit.goals),
                "breaches": [f.render("en") for f in audit.breaches],
            }
        write_json(draft / ABOUT, about)


def _write_first(problem: Problem, phases: Sequence[Phase], name: str, path: Path) -> None:
    """The first engine's plain model: every rule, the earlier goals locked, the goal as objective."""
    from cmopt.solvers.cpsat.goals import EXPRESS, express
    from cmopt.solvers.cpsat.model import DivisionModel
    from cmopt.solvers.cpsat.rules import add_rules

    model = DivisionModel.of(problem)
    add_rules(model)
    for goal, phase in zip(problem.goals, phases, strict=True):
        if goal.name not in EXPRESS:
            continue
        expr = express(model, goal.name)
        if goal.name == name:
            (model.cp.minimize if phase.sense == "min" else model.cp.maximize)(expr)
            break
        if phase.bound is not None and phase.sense == "min":
            model.cp.add(expr <= phase.bound + goal.allowance(phase.bound))
        elif phase.bound is not None:
            model.cp.add(expr >= phase.bound - goal.allowance(phase.bound))
    if not model.cp.export_to_file(str(path)):
        raise OSError(f"cannot write {path.name}")


def _write_division(allocation: Allocation, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["client_id", "staff_id"])
        for client_id in sorted(allocation.holder):
            who = [allocation.holder[client_id], *allocation.backups.get(client_id, ())]
            rows.writerows([client_id, staff_id or ""] for staff_id in who)


def _record(verdicts: Sequence[Verdict], seconds: float) -> Mapping[str, Any]:
    """What the manifest says about the second engine."""
    return {
        "name": ENGINE,
        "time_limit": seconds,
        "goals": {
            v.goal: f"confirmed by {v.means}" if v.answer is Answer.CONFIRMED else f"{v.answer}: {v.why}"
            for v in verdicts
        },
    }


def _title(goal: str) -> Message | str:
    return Message(GOALS[goal].title) if goal in GOALS else goal
