"""The second engine's answers: right about true claims, never fooled by forged ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from certify_cases import claim, known, solved, verdicts, with_bound
from tiny_cases import Shape

from cmopt.domain.goals import LEXICOGRAPHIC, SENSE
from cmopt.domain.problem import Problem
from cmopt.solvers.broken import broken
from cmopt.solvers.score import COUNT, cost, score
from cmopt.solvers.second import question as question_module
from cmopt.solvers.second import seatings
from cmopt.solvers.second.engine import Answer as EngineAnswer
from cmopt.solvers.second.engine import Ending, Highs
from cmopt.solvers.second.verdict import Answer, Claim, Means, Why, all_confirmed

ANNUAL = Shape(team=True, apart=True, usual_goals=True, caps="one")
SHAPES = {
    "anything": Shape(),
    "annual": ANNUAL,
    "little to start from": replace(ANNUAL, incumbents=0.2, accounts=(3, 5)),
    "two teams": Shape(team=True, trust_team=True),
    "overlapping caps": Shape(caps="overlapping"),
    "negative figures": Shape(negative=True),
    "ranks shared": Shape(given=True),
    "tolerances": Shape(tolerances=True, team=True, apart=True, usual_goals=True, caps="one"),
    "balance first": Shape(team=True, apart=False, balance_first=True, accounts=(3, 5)),
    "giving back": Shape(team=True, apart=True, balance_first=True, balance_gives=True, accounts=(3, 5)),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_confirms_what_the_exact_solver_proves(shape: Shape) -> None:
    cases = 0
    for problem, result in solved(shape, 8, seed=40):
        found = verdicts(problem, Claim.of(problem, result))
        assert [v.goal for v in found] == [g.name for g in problem.goals]
        assert all_confirmed(found), [(v.goal, v.answer, v.why) for v in found]
        cases += 1
    assert cases >= 3


def test_right_about_every_rule_and_goal_by_enumeration() -> None:
    """True claims are never denied, and confirmed but for a deviation that is not covered."""
    means: Counter[str] = Counter()
    for bank in known(45, seed=900):
        for v in verdicts(bank.problem, claim(bank.problem, bank.best, bank.bounds)):
            if v.answer is not Answer.CONFIRMED:
                assert (v.goal, v.why) == ("deviation", Why.UNKNOWN_GOAL)
            means[str(v.means or v.why)] += 1
    assert means["arithmetic"] > 60
    assert means["search"] > 5


def test_a_worse_division_called_optimal_is_caught() -> None:
    """At the very goal in which it is worse, with a better division that the recount bears out."""
    caught: Counter[str | None] = Counter()
    for bank in known(40, seed=2000, strict=True):
        problem = bank.problem
        # every second time one that is worse only as late as can be
        forged = Random(1).choice(bank.all)
        if sum(caught.values()) % 2:
            names = [g.name for g in problem.goals]
            late = [h for h in bank.all if bank.first_worse(h) is not None]
            forged = max(late, key=lambda h: names.index(str(bank.first_worse(h))), default=forged)
        worse = bank.first_worse(forged)
        if worse == "deviation":
            continue
        found = verdicts(problem, claim(problem, forged))
        caught[worse] += 1
        if worse is None:
            assert not any(v.answer is Answer.DISAGREES for v in found)
            continue
        last = found[-1]
        assert (last.goal, last.answer, last.why) == (worse, Answer.DISAGREES, Why.BETTER)
        assert last.better is not None
        better = list(last.better)
        assert not broken(problem, better)
        before = [g.name for g in problem.goals][: len(found) - 1]
        assert all(cost(problem, n, better) <= cost(problem, n, forged) for n in before)
        assert cost(problem, worse, better) < cost(problem, worse, forged)
        assert last.model is not None
        assert last.model.startswith(f"* {worse}: ")
    assert sum(n for goal, n in caught.items() if goal is not None) >= 12
    assert len(caught) >= 6


@pytest.mark.parametrize("by", [-1, 1])
def test_a_bound_off_by_one_is_caught_for_every_goal(by: int) -> None:
    """With or without a tolerance that would hide the difference to the value."""
    tried: Counter[str] = Counter()
    for bank in known(60, seed=3000):
        problem = bank.problem
        for goal in problem.goals:
            if goal.name in LEXICOGRAPHIC or tried[goal.name] > 3:
                continue
            true = claim(problem, bank.best, bank.bounds)
            found = verdicts(problem, with_bound(true, goal.name, by))
            last = found[-1]
            if goal.name != "deviation" or last.answer is Answer.DISAGREES:
                assert (last.goal, last.answer) == (goal.name, Answer.DISAGREES)
                assert last.why in (Why.VALUE, Why.BETTER, Why.UNATTAINED)
            tried[goal.name] += 1
    assert {"coverage", "continuity", "merit", "balance", "fit", "cost", "penalty", "draw"} <= tried.keys()


def test_a_bound_nobody_reaches_is_caught_where_the_tolerance_hides_it() -> None:
    """The bound one better than the truth, the value within the tolerance of it: only a proof that nothing
    reaches the bound tells."""
    caught = 0
    for bank in known(60, seed=4000):
        for goal in bank.problem.goals[:-1]:
            sense = 1 if SENSE[goal.name] == "min" else -1
            if goal.name in LEXICOGRAPHIC or goal.name == "deviation" or goal.allowance(1) < 2_000:
                continue
            made = with_bound(claim(bank.problem, bank.best, bank.bounds), goal.name, -sense)
            last = verdicts(bank.problem, made)[-1]
            assert (last.goal, last.why) == (goal.name, Why.UNATTAINED)
            caught += 1
    assert caught >= 5


def test_levels_that_are_not_the_best_are_caught() -> None:
    caught = 0
    for bank in known(100, seed=5200, strict=True):
        first = bank.problem.goals[0]
        if first.name not in LEXICOGRAPHIC:
            continue
        for forged in bank.all:
            same_first = COUNT[first.name](bank.problem, forged) == COUNT[first.name](bank.problem, bank.best)
            if same_first and bank.first_worse(forged) == first.name:
                last = verdicts(bank.problem, claim(bank.problem, forged))[-1]
                assert (last.goal, last.why) == (first.name, Why.BETTER)
                caught += 1
                break
    assert caught >= 3


def test_a_division_that_breaks_a_rule_is_caught() -> None:
    for bank in known(30, seed=6000):
        nobody = [None] * len(bank.problem.accounts)
        if broken(bank.problem, nobody):
            found = verdicts(bank.problem, claim(bank.problem, nobody))
            assert [(v.answer, v.why) for v in found] == [(Answer.DISAGREES, Why.VALUE)]
            return
    pytest.fail("no case in which leaving out everything breaks a rule")


# --- what is left open -------------------------------------------------------------------------------


def test_an_unproven_goal_and_all_after_it_stay_open() -> None:
    bank = next(b for b in known(50, seed=7000, strict=True) if len(b.problem.goals) >= 4)
    made = claim(bank.problem, bank.best, bank.bounds)
    phases = list(made.phases)
    phases[1] = replace(phases[1], proven=False)
    found = verdicts(bank.problem, Claim(tuple(phases), made.holders))
    assert [v.why for v in found[1:]] == [Why.UNPROVEN, *[Why.EARLIER] * (len(found) - 2)]
    assert not all_confirmed(found)


def test_without_time_nothing_is_called_confirmed_but_what_bounds_alone_show() -> None:
    bank = next(b for b in known(50, seed=7100) if b.problem.goals[0].name == "fit")
    found = verdicts(bank.problem, claim(bank.problem, bank.best, bank.bounds), seconds=0)
    assert {v.why for v in found if v.answer is not Answer.CONFIRMED} == {Why.TIME}
    assert not any(v.means is Means.SEARCH for v in found)


@pytest.mark.parametrize(("ending", "why"), [(Ending.OPEN, Why.TIME), (Ending.FAILED, Why.FAILED)])
def test_an_engine_without_an_answer_confirms_nothing(
    monkeypatch: pytest.MonkeyPatch, ending: Ending, why: Why
) -> None:
    monkeypatch.setattr(Highs, "ask", lambda *_: EngineAnswer(ending))
    monkeypatch.setattr(Highs, "multipliers", lambda *_: None)
    open_goals = set()
    for bank in known(20, seed=7200):
        found = verdicts(bank.problem, claim(bank.problem, bank.best, bank.bounds))
        open_goals |= {v.why for v in found if v.answer is not Answer.CONFIRMED}
        assert not any(v.means is Means.SEARCH for v in found)
    assert open_goals - {Why.UNKNOWN_GOAL} == {why}


def test_a_better_division_that_does_not_stand_up_to_the_recount_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine that keeps calling the claimed division better is asked again, and then not believed."""
    bank = next(known(50, seed=7300, strict=True))
    problem = bank.problem
    asked = []

    def ask(engine: Highs, *_: object) -> EngineAnswer:
        asked.append(1)
        values = [0] * len(engine.milp.names)
        for variable, name in enumerate(engine.milp.names):
            kind, *numbers = name.split("_")
            if kind == "hold":
                values[variable] = int(bank.best[int(numbers[1])] == int(numbers[0]))
        return EngineAnswer(Ending.FOUND, values)

    monkeypatch.setattr(Highs, "ask", ask)
    monkeypatch.setattr(Highs, "multipliers", lambda *_: None)
    found = verdicts(problem, claim(problem, bank.best, bank.bounds))
    left = {v.why for v in found if v.answer is not Answer.CONFIRMED}
    assert left == {Why.UNCLEAR}
    assert len(asked) % question_module.MOST_TRIES == 0


# --- the team by counting ----------------------------------------------------------------------------


def test_the_team_counted_or_not_gives_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    cases = list(solved(replace(ANNUAL, balance_first=True, accounts=(3, 5)), 12, seed=70))
    for problem, result in cases:
        made = Claim.of(problem, result)
        counted += seatings.Counting.of(problem, {"coverage": 0}) is not None
        assert all_confirmed(verdicts(problem, made))
        forged = next(iter(_other_divisions(problem, made)), None)
        if forged is not None:
            assert verdicts(problem, forged)[-1].answer is Answer.DISAGREES
    assert counted >= 4
    monkeypatch.setattr(seatings, "MOST_SHARES", 0)
    for problem, result in cases:
        assert all_confirmed(verdicts(problem, Claim.of(problem, result)))


def _other_divisions(problem: Problem, made: Claim) -> Iterator[Claim]:
    """Claims that a division with an equal coverage and a worse balance is the best there is."""
    rng, true = Random(1), score(problem, made.holders)
    for _ in range(300):
        tried = [rng.choice(problem.may_hold[j] or [None]) for j in range(len(problem.accounts))]
        if not broken(problem, tried):
            counted = score(problem, tried)
            if counted["coverage"] == true["coverage"] and counted["balance"] > true["balance"]:
                yield claim(problem, tried)
