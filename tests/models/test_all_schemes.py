"""All schemes that ship: refused or loaded, run to a clean audit, with all that their documents state."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from whole_runs import read_rows, refused

from cmopt import service
from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme
from cmopt.intake.schemes import load_scheme, read_scheme_text, shipped, shipped_schemes

MODELS = Path(str(shipped("models")))
ALL = shipped_schemes()
PLANS = ("annual", "annual-2003")
OTHERS = (
    "city-rules",
    "rural-class-a",
    "rural-management",
    "four-areas",
    "commercial",
    "corporate",
    "retail",
)
SMALL = {
    "clients": 45,
    "staff": 110,
    "branches": 6,
    "large": 4,
    "medium": 4,
    "key_deposits": 4,
    "recusals": 3,
}


def runnable(name: str) -> Scheme:
    return load_scheme(name if name in PLANS else f"{name}-example")


def raw(name: str) -> dict[str, object]:
    return tomllib.loads((MODELS / f"{name}.toml").read_text(encoding="utf-8"))


def test_nine_grading_systems_ship_and_an_example_of_each_that_leaves_something_open() -> None:
    assert set(ALL) == {*PLANS, *OTHERS, *(f"{name}-example" for name in OTHERS)}


@pytest.mark.parametrize("name", OTHERS)
def test_it_is_refused_by_every_figure_it_leaves_open(name: str) -> None:
    declared = tomllib.loads(read_scheme_text(name))["parameters"]
    unfilled = {key for key, entry in declared.items() if "value" not in entry}
    assert unfilled
    assert refused(name) == unfilled
    assert all(entry.get("stated") is False for key, entry in declared.items() if key in unfilled)


@pytest.mark.parametrize("name", OTHERS)
def test_its_example_fills_these_and_changes_nothing_else(name: str) -> None:
    example, declared = raw(f"{name}-example"), tomllib.loads(read_scheme_text(name))["parameters"]
    assert set(example) == {"extends", "name", "example", "title", "parameters"}
    assert (example["extends"], example["name"], example["example"]) == (name, f"{name}-example", True)
    filled = example["parameters"]
    assert isinstance(filled, dict) and all(set(entry) == {"value"} for entry in filled.values())
    assert set(filled) == {key for key, entry in declared.items() if "value" not in entry}
    scheme = load_scheme(f"{name}-example")
    assert scheme.example and "示例" in scheme.title.zh and "example" in scheme.title.en
    assert all(p["filled_by"] == f"{name}-example" for p in scheme.filled_parameters.values())


@pytest.mark.parametrize("name", [*PLANS, *OTHERS, *(f"{name}-example" for name in OTHERS)])
def test_every_figure_says_where_it_comes_from(name: str) -> None:
    text = (MODELS / f"{name}.toml").read_text(encoding="utf-8")
    figures = r"^(?!(low|high|grade|format)\b)\w+ = -?\d"  # bounds only say what makes sense
    numbered = [line for line in text.splitlines() if re.match(figures, line)]
    assert [n for n in numbered if not re.search(r"#.*\[(plan|source|ours|example)\]", n)] == []
    assert name in PLANS or name.endswith("-example") or ("[source]" in text and "[ours]" in text)


# --- from invented tables to a division ------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PLANS, *OTHERS])
def test_from_invented_tables_to_a_clean_audit(name: str, tmp_path: Path) -> None:
    scheme, case, out = runnable(name), tmp_path / "case", tmp_path / "run"
    service.synth(case, scheme.name, "zh", **SMALL)
    order = service.Order(case, scheme.name, report=False)
    assert not service.check(order).errors
    _, grades = service.grade_case(order, tmp_path / "grades")
    run = service.allocate(order, out)
    assert run.result.allocation is not None and not run.audit.breaches
    assert all(goal.proven for goal in run.result.goals)
    assert service.verify(out) == ()
    rows = read_rows(out / "grades.csv")
    assert Counter(row["tier"] for row in rows) == Counter(g.tier or "" for g in grades.values())
    assert rows == read_rows(tmp_path / "grades" / "grades.csv")
    divided = read_rows(out / "allocation.csv")
    assert len(divided) == 12 and all(row["staff_id"] for row in divided)
    may = {segment.key: set(segment.tiers) for segment in scheme.segments}
    tiers = {row["staff_id"]: row["tier"] for row in rows}
    assert all(tiers[row["staff_id"]] in may[row["segment"]] for row in divided)


def test_schemes_set_against_each_other_on_one_bank(tmp_path: Path) -> None:
    """One case with the tables of all of them: each reads its own columns and lines."""
    names = ["annual", "city-rules-example", "corporate-example", "retail-example"]
    case = one_bank(names, tmp_path)
    found = service.compare_schemes(service.Order(case, report=False), names, tmp_path / "compared.csv")
    assert found.runs == tuple(names)
    people = {name: cells for section, name, _, _, *cells in found.rows if section == "people"}
    for n, name in enumerate(names):
        alone = service.grade_case(service.Order(case, name, report=False), None)[1].values()
        assert people["senior"][n] == str(sum(g.tier == "senior" for g in alone))
        assert people[""][n] == str(sum(g.tier is None for g in alone))
    assert len(set(zip(*people.values(), strict=True))) == len(names)  # no two plans grade alike
    proven = [cells for section, _, _, _, *cells in found.rows if section == "proven"]
    assert proven and all(set(cells) == {"true"} for cells in proven)


def one_bank(schemes: Sequence[str], folder: Path) -> Path:
    """The first scheme's invented case, with what the other schemes' cases have besides of the same people."""
    tables: dict[str, list[list[str]]] = {}
    for scheme in schemes:
        service.synth(folder / scheme, scheme, "zh", **SMALL)
        for file in sorted((folder / scheme).glob("*.csv")):
            with file.open(encoding="utf-8-sig", newline="") as lines:
                rows = list(csv.reader(lines))
            if file.stem not in tables:
                tables[file.stem] = rows
            elif file.stem == "staff":
                fresh = [n for n, head in enumerate(rows[0]) if head not in tables["staff"][0]]
                more = {row[0]: [row[n] for n in fresh] for row in rows}
                tables["staff"] = [[*row, *more[row[0]]] for row in tables["staff"]]
            elif file.stem in ("scores", "results", "certificates"):
                assert rows[0] == tables[file.stem][0]
                tables[file.stem] += rows[1:]
    case = folder / "one_bank"
    case.mkdir()
    for name, rows in tables.items():
        with (case / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as lines:
            csv.writer(lines).writerows(rows)
    return case


# --- what the documents state, system by system ----------------------------------------------------------


def per_level(scheme: Scheme) -> list[int]:
    """How many grades each level has, from the top."""
    grading = scheme.grading
    return [sum(r.level == level.key for r in grading.rungs) for level in grading.levels]


def levels(scheme: Scheme) -> list[str]:
    return [level.title.zh[:2] for level in scheme.grading.levels]


def words(scheme: Scheme) -> str:
    """All that the parts of the total and their sources are called."""
    grading = scheme.grading
    titled = [
        *grading.parts,
        *(i for p in grading.parts for i in p.all_items),
        *grading.sources,
        *grading.results,
    ]
    return " ".join(f"{t.title.zh} {t.title.en.lower()}" for t in titled)


def exam(scheme: Scheme) -> dict[str, int]:
    return {p.key: p.max // UNIT for p in scheme.grading.parts}


def ranks(scheme: Scheme) -> list[tuple[int | None, int | None]]:
    return [(t.rank_from, t.rank_to) for t in scheme.grading.tiers if t.by_rank]


def deposit_mark(scheme: Scheme) -> int:
    (route,) = scheme.grading.routes
    assert route.marketing and scheme.grading.tier_of(route.tier) == "provisional"
    assert route.min_average_deposits is not None
    return route.min_average_deposits // UNIT


def prerequisites(scheme: Scheme) -> tuple[str | None, int, bool]:
    needs = scheme.grading.prerequisites
    return needs.needs_education, (needs.needs_bank_years or 0) // UNIT, needs.needs_no_serious_breach


def certificate_and_result(scheme: Scheme) -> bool:
    return all(n.needs_certificates and (n.needs_results or n.needs_points) for n in scheme.grading.levels)


def certificates(scheme: Scheme) -> list[str]:
    return [c.title.zh for c in scheme.grading.certificates]


STATED: list[tuple[str, str, Callable[[Scheme], object], object]] = [
    (
        "annual",
        "written 50, interview 30, experience 20",
        exam,
        {"written": 50, "interview": 30, "experience": 20},
    ),
    ("annual", "ranks 1-20, 21-40, 41 and below", ranks, [(1, 20), (21, 40), (41, None)]),
    ("annual", "qualifies from 75", lambda s: s.grading.pass_mark, 75 * UNIT),
    ("annual", "deposit route from 300", deposit_mark, 300),
    ("annual-2003", "theory 60, interview 40", exam, {"theory": 60, "interview": 40}),
    ("annual-2003", "ranks 1-20, 21-40, 41 and below", ranks, [(1, 20), (21, 40), (41, None)]),
    ("annual-2003", "qualifies from 75", lambda s: s.grading.pass_mark, 75 * UNIT),
    ("city-rules", "three tiers", levels, ["高级", "中级", "初级"]),
    ("city-rules", "the deposit route", deposit_mark, 300),
    (
        "rural-class-a",
        "class A and trainees",
        lambda s: [r.key for r in s.grading.rungs],
        ["class_a", "trainee"],
    ),
    ("rural-class-a", "trainees are a class", lambda s: s.grading.trainees, "trainee"),
    ("rural-class-a", "appeal and reconsideration", lambda s: s.grading.appeals, "reconsideration"),
    ("rural-management", "4 levels", levels, ["资深", "高级", "中级", "初级"]),
    ("rural-management", "7 grades: 1, 2, 2, 2", per_level, [1, 2, 2, 2]),
    ("rural-management", "trainees outside", lambda s: s.grading.trainees, "outside"),
    ("rural-management", "a level needs its certificate and its performance", certificate_and_result, True),
    ("rural-management", "five aspects", lambda s: len(s.grading.parts), 5),
    (
        "rural-management",
        "scored by quarter and by year",
        lambda s: {i.period for p in s.grading.parts for i in p.all_items},
        {"quarters", "year"},
    ),
    ("four-areas", "four areas", lambda s: len(s.grading.parts), 4),
    (
        "four-areas",
        "each area of three aspects",
        lambda s: [len(p.all_items) for p in s.grading.parts],
        [3] * 4,
    ),
    (
        "four-areas",
        "starts from a self-assessment with evidence",
        lambda s: {
            any(u.source == "self" and not u.scored and u.needs_evidence for u in i.sources)
            for p in s.grading.parts
            for i in p.all_items
        },
        {True},
    ),
    ("commercial", "four areas", lambda s: len(s.grading.parts), 4),
    ("corporate", "5 levels", levels, ["资深", "高级", "中级", "初级", "助理"]),
    ("corporate", "15 grades", lambda s: len(s.grading.rungs), 15),
    ("corporate", "two certificates", certificates, ["上岗资格证", "授信业务执业资格证"]),
    ("corporate", "simulated profit", lambda s: [d.title.zh for d in s.grading.derived], ["模拟创利"]),
    ("corporate", "probation", lambda s: s.grading.movement.probation is not None, True),  # type: ignore[union-attr]
    ("retail", "5 levels", levels, ["资深", "高级", "中级", "初级", "见习"]),
    ("retail", "8 grades: 1, 3, 2, 1, 1", per_level, [1, 3, 2, 1, 1]),
    ("retail", "college, 1 year in a bank, no serious breach", prerequisites, ("college", 1, True)),
    ("retail", "an exam for two kinds of sellers", lambda s: len(s.grading.conditional), 2),
    ("retail", "results for each level", lambda s: all(n.needs_results for n in s.grading.levels), True),
]


@pytest.mark.parametrize(
    ("name", "said", "found", "stated"), STATED, ids=[f"{n}: {s}" for n, s, _, _ in STATED]
)
def test_what_is_stated_stands_in_the_scheme(
    name: str, said: str, found: Callable[[Scheme], object], stated: object
) -> None:
    assert found(runnable(name)) == stated, said


@pytest.mark.parametrize(
    ("name", "measures"),
    [
        ("annual", ["笔试", "面试", "行为规范", "语言表达", "应变能力", "个人经历"]),
        ("annual-2003", ["理论", "面试", "行为规范", "语言表达", "应变能力"]),
        ("rural-management", ["经营业绩", "职业道德", "基础工作", "信贷操作", "优质服务"]),
        (
            "four-areas",
            [
                *("专业知识", "产品", "流程", "法律"),
                *("销售", "新客户", "技能", "维系"),
                *("团队", "协作", "共享", "团队建设"),
                *("客户满意", "质量", "解决问题", "关怀"),
            ],
        ),
        (
            "commercial",
            [
                *("客户服务", "知识考试", "笔数", "金额", "增长", "新客户", "存款", "贷款", "理财"),
                *("维护", "拓展", "团队", "培训"),
                *("投诉", "反馈", "考试", "CRM", "同事", "上级", "销售笔数"),
            ],
        ),
        ("corporate", ["模拟创利"]),
        ("retail", ["业绩", "资产", "投资"]),
    ],
)
def test_every_measure_the_document_names_is_in_the_scheme(name: str, measures: list[str]) -> None:
    there = words(runnable(name))
    assert [m for m in measures if m not in there] == []


@pytest.mark.parametrize("name", [*PLANS, *OTHERS])
def test_the_27_and_the_8_follow_from_any_ladder(name: str) -> None:
    """Some rung counts as a tier that may hold each divided segment."""
    scheme = runnable(name)
    reached = {r.counts_as for r in scheme.grading.rungs} or {t.key for t in scheme.grading.tiers}
    divided = {s.key: set(s.tiers) for s in scheme.segments if s.divide}
    assert set(divided) == {"large_loan", "medium_loan", "key_deposit"}
    assert all(tiers & reached for tiers in divided.values())
    assert (scheme.at_most[0].k, scheme.teams[0].size) == (1, 3)
    marks = {s.key: (s.at_least, s.below) for s in scheme.segments if s.kind == "loan"}
    assert marks == {
        "large_loan": (1000 * UNIT, None),
        "medium_loan": (500 * UNIT, 1000 * UNIT),
        "middle_loan": (300 * UNIT, 500 * UNIT),
        "small_loan": (None, 300 * UNIT),
    }
