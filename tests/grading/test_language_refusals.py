"""What the grading language refuses: each fault by its key path, with what to do."""

from __future__ import annotations

import re

import pytest
from ladders import changed, worked_text

from cmopt.errors import SchemeError
from cmopt.intake.schemes import parse_scheme, read_scheme_text

RUNG = '[[grading.rungs]]\nkey = "base_1"'
TITLE = 'title = { zh = "样例", en = "Sample" }\n'
FAULTS = {
    "a weight too little": (
        ('{ source = "complaints", weight = "30%"', '{ source = "complaints", weight = "29.5%"'),
        "grading.parts.service.items.quality.sources: the weights add up to 99.5%: make them 100%",
    ),
    "weights of items": (
        ('weight = "50%"', 'weight = "55%"'),
        "grading.parts.business.items: the weights add up to 105%: make them 100%",
    ),
    "weights of parts": (
        ('max = 20\nweight = "40%"', 'max = 20\nweight = "41%"'),
        "grading.parts: the weights add up to 101%: make them 100%",
    ),
    "some weights of parts": (
        ('max = 20\nweight = "40%"', "max = 20"),
        "grading.parts: give a weight to each of them, or to none",
    ),
    "some weights of items": (
        ('max = 100\nweight = "50%"', "max = 100"),
        "grading.parts.business.items: give a weight to each of them, or to none",
    ),
    "a scored source without weight": (
        ('{ source = "self", scored = false }', '{ source = "self" }'),
        "grading.parts.service.items.quality.sources.2.weight: a source that is scored needs a weight",
    ),
    "a weight that counts nothing": (
        ('"self", scored = false', '"self", scored = false, weight = "1%"'),
        "weight: a source that is only shown beside has no weight",
    ),
    "an unknown source": (
        ('source = "self"', 'source = "peers"'),
        "there is no source peers under grading.sources; there are: complaints, self, supervisor",
    ),
    "the same source twice": (
        ('source = "self", scored = false', 'source = "supervisor", scored = false'),
        "sources: supervisor stands there twice",
    ),
    "an unknown result": (
        ('measure = "new_deposits"', 'measure = "deposits"'),
        "grading.parts.business.items.deposits_item.measure: there is no measure deposits",
    ),
    "an unknown component": (
        ('measure = "funding_cost"', 'measure = "profit"'),
        "grading.derived.profit.components: there is no measure profit",
    ),
    "a measure without a rule": (
        ("steps = [ {", "# [ {"),
        "say how the figure gives points by one of: target, steps, per",
    ),
    "a measure with two rules": (
        ("per = { points = 1,", "target = 3\nper = { points = 1,"),
        "say how the figure gives points by one of: target, steps, per",
    ),
    "a rule without a measure": (
        ('missing = "renormalise" ', "target = 3 #"),
        "grading.parts.service.items.quality.target: belongs to an item with a measure only",
    ),
    "sources and a measure": (
        ('missing = "renormalise" ', 'measure = "profit"\ntarget = 3 #'),
        "has either sources (scores table) or a measure (results table), not both",
    ),
    "nothing to renormalise": (
        ('missing = "zero"  ', 'missing = "renormalise" #'),
        "deposits_item.missing: there are no other sources",
    ),
    "a fold without quarters": (
        ('period = "quarters"', 'period = "year"'),
        'deposits_item.fold: folds quarters: it needs period = "quarters"',
    ),
    "steps that fall": (
        ("at_least = 20, points = 100", "at_least = 10, points = 100"),
        "clients_growth.steps: step 3 does not begin above the step before it: nobody can reach it",
    ),
    "a step beyond the max": (
        ("at_least = 20, points = 100", "at_least = 20, points = 101"),
        "clients_growth.steps: step 3 gives 101; it must be from 0 to the item's max 100",
    ),
    "points for nothing": (("per = { points = 1,", "per = { points = 0,"), "per.points: gives no points"),
    "quarters without a year": (
        ("[grading.period]", "[grading.nothing]"),
        "grading.nothing: there is no such setting here",
    ),
    "a year without quotes": (
        ('year = "2025"', "year = 2025"),
        "grading.period.year: must be text in quotes",
    ),
    "a year of two digits": (
        ('year = "2025"', 'year = "25"'),
        'grading.period.year: must be a year in quotes ("2025")',
    ),
    "weights of three quarters": (
        ('# weights = ["20%", "20%", "30%", "30%"]', 'weights = ["20%", "50%", "30%"]'),
        "grading.period.weights: one weight for each of the four quarters",
    ),
    "weights of quarters": (
        ('# weights = ["20%", "20%", "30%", "30%"]', 'weights = ["20%", "50%", "30%", "10%"]'),
        "grading.period.weights: the weights add up to 110%: make them 100%",
    ),
    "weights of quarters that nothing uses": (
        ('# weights = ["20%", "20%", "30%", "30%"]', 'weights = ["20%", "20%", "30%", "30%"]'),
        'grading.period.weights: nothing is folded with them: say fold = "weighted"',
    ),
    "a highest rung that ends": (
        ("score_from = 85", "score_from = 85\nscore_below = 100"),
        "grading.rungs.top_1.score_below: totals at or above it would have no rung",
    ),
    "weighted without weights": (
        ('fold = "mean"', 'fold = "weighted"'),
        "grading.period.fold: weighted quarters need",
    ),
    "a day that is none": (("as_of = 2025-12-31", 'as_of = "end"'), "grading.as_of: must be a date"),
    "no day": (
        ("as_of = 2025-12-31", "#"),
        "grading.levels.top.needs_certificates: certificates are valid on a day: add grading.as_of",
    ),
    "an unknown certificate": (
        ('needs_certificates = ["post", "credit"]', 'needs_certificates = ["post", "loan"]'),
        "grading.levels.top.needs_certificates: there is no certificate loan",
    ),
    "an unknown education": (
        ('needs_education = "college"', 'needs_education = "phd"'),
        "grading.prerequisites.needs_education: there is no education phd",
    ),
    "an unknown result of a need": (
        ('{ measure = "profit", at_least = 40 }', '{ measure = "gain", at_least = 40 }'),
        "grading.levels.top.needs_results: there is no measure gain",
    ),
    "an unknown part of a need": (
        ('{ part = "service", at_least = 16 }', '{ part = "ethics", at_least = 16 }'),
        "grading.rungs.top_1.needs_points: there is no part ethics",
    ),
    "more than a part can give": (
        ('{ part = "service", at_least = 16 }', '{ part = "service", at_least = 21 }'),
        "grading.rungs.top_1.needs_points: asks for more than the part can give: nobody can reach it",
    ),
    "an unknown level": (
        ('level = "base"\n', 'level = "bottom"\n'),
        "grading.rungs.base_1.level: there is no level bottom",
    ),
    "an unknown tier": (
        ('counts_as = "junior"', 'counts_as = "youth"'),
        "grading.rungs.base_1.counts_as: there is no tier youth",
    ),
    "a hole under the lowest rung": (
        ("score_from = 60", "score_from = 65"),
        "grading.rungs.base_1.score_from: totals from 60 (the pass mark) to 65 have no rung: close the hole",
    ),
    "a rung above the highest total": (
        ("score_from = 85", "score_from = 100.5"),
        "grading.rungs.top_1.score_from: nobody can reach 100.5: the highest total there can be is 100",
    ),
    "a pass mark above the highest total": (
        ("pass_mark = 60 ", "pass_mark = 101 "),
        "grading.pass_mark: nobody can reach 101: the highest total there can be is 100",
    ),
    "a hole between two rungs": (
        ("score_from = 60", "score_from = 60\nscore_below = 70"),
        "grading.rungs.base_1.score_below: must be the same as score_from of the rung above",
    ),
    "a rung above its better": (
        ("score_from = 75", "score_from = 85"),
        "grading.rungs.top_2.score_from: is not below score_from of the rung above: nobody can reach",
    ),
    "ranks and scores": (
        ("score_from = 85", "rank_from = 1\nrank_to = 3"),
        "grading.rungs: give tiers by rank or by score, not some of each",
    ),
    "an open rung in the middle": (
        ("score_from = 75", "score_below = 85"),
        "grading.rungs.top_2.score_from: only the last scored rung may be open",
    ),
    "a rung for everybody in the middle": (
        (
            RUNG,
            f'[[grading.rungs]]\nkey = "all"\ncounts_as = "junior"\n{TITLE}\n{RUNG}',
        ),
        "grading.rungs.base_1: nobody can reach this rung: all, above it, takes everybody",
    ),
    "a rung that nothing leads to": (
        ('trainees = "starter"', 'trainees = "outside"'),
        "grading.rungs.starter: nobody can reach this rung: no route, newcomers or trainees setting",
    ),
    "a route's rung with a score": (
        ("by_route = true", "by_route = true\nscore_from = 10"),
        "grading.rungs.starter: is reached by a route only",
    ),
    "a level without rungs": (
        (
            '[[grading.levels]]\nkey = "base"',
            f'[[grading.levels]]\nkey = "odd"\n{TITLE}[[grading.levels]]\nkey = "base"',
        ),
        "grading.levels.odd: no rung is of this level: nobody can reach it",
    ),
    "two rungs of one name": (
        (RUNG, '[[grading.rungs]]\nkey = "top_1"'),
        "grading.rungs: top_1 stands there twice",
    ),
    "two seats of one grade": (("grade = 2", "grade = 1"), "grading.rungs.grade: top 1 stands there twice"),
    "a tier with a score beside rungs": (
        ('key = "junior"\ntitle', 'key = "junior"\nscore_from = 3\ntitle'),
        "grading.tiers.junior: where there are rungs these say who gets there",
    ),
    "trainees on an unknown rung": (
        ('trainees = "starter"', 'trainees = "nowhere"'),
        "grading.trainees: there is no rung nowhere",
    ),
    "newcomers on an unknown rung": (
        ('newcomers = "base_1"', 'newcomers = "nowhere"'),
        "grading.movement.newcomers: there is no rung nowhere",
    ),
    "probation as an unknown tier": (
        ('counts_as = "provisional"', 'counts_as = "nothing"'),
        "grading.movement.probation.counts_as: there is no tier nothing",
    ),
    "levels that some rungs lack": (
        ('counted_in = "rung"', 'counted_in = "level"'),
        "grading.movement.counted_in: counts levels, but some rungs have none",
    ),
    "an unknown setting": (
        ("up_at_most = 1", "up_by = 1"),
        "grading.movement.up_by: there is no such setting here",
    ),
    "an unknown key of a source": (
        ('"self", scored = false', '"self", shown = true'),
        "sources.2.shown: there is no such setting here",
    ),
    "a tie by nothing": (
        ('tie_order = ["business"', 'tie_order = ["luck", "business"'),
        "grading.tie_order: there is nothing called luck to decide ties by",
    ),
    "conditions that ask for nothing": (
        (
            "[grading.prerequisites]",
            '[[grading.conditional]]\nkey = "sellers"\ntitle = { zh = "销售", en = "Sellers" }\n'
            'when = { measure = "sales", at_least = 1 }\n\n[grading.prerequisites]',
        ),
        "grading.conditional.sellers.when: there is no measure sales",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_refused_by_its_key_path(name: str) -> None:
    change, said = FAULTS[name]
    with pytest.raises(SchemeError) as caught:
        changed(change)
    told = [f.render("en") for f in caught.value.findings]
    assert any(said in line for line in told), told
    for fault in caught.value.findings:
        assert fault.where
        assert fault.render("zh") != fault.render("en")


def test_several_faults_are_told_at_once() -> None:
    with pytest.raises(SchemeError) as caught:
        changed(('counts_as = "junior"', 'counts_as = "youth"'), ("score_from = 75", "score_from = 85"))
    assert len(caught.value.findings) == 2


def test_quarters_growth_and_movement_need_a_year() -> None:
    text = re.sub(r"\[grading\.period\][^\[]*\[\"20%.*?\n\n", "", worked_text(), flags=re.DOTALL)
    with pytest.raises(SchemeError) as caught:
        parse_scheme(text)
    assert {f.where for f in caught.value.findings} == {
        "grading.parts.business.items.deposits_item.period",
        "grading.parts.business.items.clients_growth.figure",
        "grading.parts.service.items.quality.period",
        "grading.movement",
    }


def test_rungs_by_rank_must_join() -> None:
    marks = (
        ("score_from = 85", "rank_from = 1\nrank_to = 3"),
        ("score_from = 75", "rank_from = 4\nrank_to = 6"),
        ("score_from = 60", "rank_from = 7"),
    )
    changed(*marks)
    with pytest.raises(SchemeError, match=r"rungs\.top_2\.rank_from: must be 4"):
        changed(marks[0], ("score_from = 75", "rank_from = 5\nrank_to = 6"), marks[2])


def test_without_rungs_there_is_no_movement() -> None:
    with pytest.raises(SchemeError, match="speak of rungs"):
        parse_scheme(read_scheme_text("annual") + "\n[grading.movement]\nup_at_most = 1\n")


def test_full_marks_need_weights() -> None:
    annual = read_scheme_text("annual").replace("pass_mark = 75", "pass_mark = 75\nfull_marks = 120", 1)
    with pytest.raises(SchemeError, match=r"grading\.full_marks: counts only where the parts have weights"):
        parse_scheme(annual)


def test_years_running_need_periods() -> None:
    """A score column of the staff table has no period, so that earlier years cannot be counted again."""
    column = f'[[grading.parts.items]]\nkey = "exam"\n{TITLE}max = 20\nweight = "0%"\n'
    with pytest.raises(SchemeError, match=r"movement\.demote_after: .* exam has no period"):
        changed(
            (
                '[[grading.parts.items]]\nkey = "quality"',
                column + '[[grading.parts.items]]\nkey = "quality"\nweight = "100%"',
            )
        )


@pytest.mark.parametrize("key, value", [("stated", "true"), ("high", "1000000")])
def test_only_the_value_of_a_parameter_can_be_set(key: str, value: str) -> None:
    with pytest.raises(SchemeError, match="only the value of a parameter"):
        changed(**{f"parameters.deposit_target.{key}": value})
