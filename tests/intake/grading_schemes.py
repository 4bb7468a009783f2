"""Schemes that read the further grading tables in different ways; their division is the annual plan's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cmopt.domain.scheme import Scheme
from cmopt.intake.schemes import parse_scheme

MODELS = Path(__file__).resolve().parents[2] / "models"


@cache
def scheme(name: str) -> Scheme:
    return parse_scheme(SCHEMES[name] + division())


@cache
def division() -> str:
    """The annual plan from its segments on."""
    text = (MODELS / "annual.toml").read_text(encoding="utf-8")
    return text[text.index("[[segments]]") :]


HEAD = """
format = 1
name = "{name}"
title = {{ zh = "样例办法 {name}", en = "Sample scheme {name}" }}
source = {{ zh = "示例", en = "an example" }}
[grading]
tie_order = ["draw"]
absent = "not_graded"
agent_offer = "none"
"""

TIERS = """
[[grading.tiers]]
key = "senior"
title = { zh = "高级", en = "Senior" }
score_from = 85
[[grading.tiers]]
key = "intermediate"
title = { zh = "中级", en = "Intermediate" }
score_from = 75
score_below = 85
[[grading.tiers]]
key = "junior"
title = { zh = "初级", en = "Junior" }
score_from = 60
score_below = 75
[[grading.tiers]]
key = "provisional"
title = { zh = "暂定初级", en = "Provisionally junior" }
"""
NO_MARKS = "\n".join(line for line in TIERS.splitlines() if not line.startswith("score_"))

# Four areas: several sources by quarter, a self-assessment beside; tiers by score; two items of one title.
AREAS = (
    HEAD.format(name="areas")
    + """
pass_mark = 60
[grading.period]
year = "2025"
missing_quarter = "mean_of_present"
[[grading.sources]]
key = "exam"
title = { zh = "考试", en = "Exam" }
[[grading.sources]]
key = "peers"
title = { zh = "同事评价", en = "Peers" }
aliases = ["同事", "互评"]
[[grading.sources]]
key = "self"
title = { zh = "自评", en = "Self-assessment" }
[[grading.parts]]
key = "knowledge"
title = { zh = "专业知识", en = "Knowledge" }
max = 40
[[grading.parts.items]]
key = "products"
title = { zh = "产品知识", en = "Products" }
max = 20
sources = [{ source = "exam", weight = "100%", out_of = 100 }]
[[grading.parts.items]]
key = "law"
title = { zh = "能力", en = "Ability" }
max = 20
sources = [{ source = "exam", weight = "60%", out_of = 100 }, { source = "peers", weight = "40%" },
           { source = "self", scored = false }]
[[grading.parts]]
key = "sales"
title = { zh = "销售技能", en = "Sales" }
max = 60
[[grading.parts.items]]
key = "skills"
title = { zh = "能力", en = "Ability" }
max = 60
period = "quarters"
missing = "renormalise"
sources = [{ source = "peers", weight = "50%" }, { source = "exam", weight = "50%" },
           { source = "self", scored = false }]
"""
    + TIERS
)

# A ladder of rungs by results and certificates, with prerequisites and movement; figures of four units.
LADDER = (
    HEAD.format(name="ladder")
    + """
pass_mark = 0
as_of = 2025-12-31
trainees = "starter"
[grading.period]
year = "2025"
fold = "sum"
[[grading.results]]
key = "deposits"
title = { zh = "日均存款新增", en = "New deposits" }
[[grading.results]]
key = "clients"
title = { zh = "新增客户数", en = "New clients" }
unit = "count"
[[grading.results]]
key = "income"
title = { zh = "中间业务收入", en = "Fee income" }
[[grading.results]]
key = "cost"
title = { zh = "费用", en = "Costs" }
[[grading.results]]
key = "kept"
title = { zh = "客户保留率", en = "Clients kept" }
unit = "percent"
[[grading.derived]]
key = "profit"
title = { zh = "模拟创利", en = "Simulated profit" }
[[grading.derived.components]]
key = "income"
title = { zh = "收入", en = "Income" }
measure = "income"
[[grading.derived.components]]
key = "cost"
title = { zh = "成本", en = "Cost" }
measure = "cost"
coefficient = -1
[[grading.certificates]]
key = "post"
title = { zh = "上岗资格证", en = "Post certificate" }
aliases = ["上岗证"]
[[grading.certificates]]
key = "credit"
title = { zh = "授信业务执业资格证", en = "Credit licence" }
[[grading.parts]]
key = "business"
title = { zh = "业绩", en = "Business" }
max = 100
[[grading.parts.items]]
key = "deposit_points"
title = { zh = "存款得分", en = "Deposits" }
max = 60
measure = "deposits"
period = "quarters"
target = 1000
[[grading.parts.items]]
key = "growth_points"
title = { zh = "客户增长得分", en = "Growth" }
max = 40
measure = "clients"
figure = "growth_rate"
steps = [{ at_least = 0, points = 10 }, { at_least = 10, points = 25 }, { at_least = 30, points = 40 }]
[grading.prerequisites]
needs_education = "college"
needs_bank_years = 1
needs_no_serious_breach = true
"""
    + NO_MARKS
    + """
[[grading.rungs]]
key = "s"
title = { zh = "资深", en = "Principal" }
counts_as = "senior"
needs_certificates = ["post", "credit"]
needs_results = [{ measure = "profit", at_least = 80 }, { measure = "kept", at_least = 80 }]
[[grading.rungs]]
key = "m"
title = { zh = "中级客户经理", en = "Middle" }
counts_as = "intermediate"
needs_certificates = ["post"]
needs_results = [{ measure = "profit", at_least = 40 }]
[[grading.rungs]]
key = "j"
title = { zh = "初级客户经理", en = "Lower" }
counts_as = "junior"
[[grading.rungs]]
key = "starter"
title = { zh = "见习", en = "Starter" }
counts_as = "none"
by_route = true
[grading.movement]
up_at_most = 2
[grading.movement.probation]
who = ["newcomer"]
"""
)

# Score columns of the staff table beside prerequisites; no further table but facts of the staff table.
EXAM = (
    HEAD.format(name="exam")
    + """
pass_mark = 60
[[grading.parts]]
key = "theory"
title = { zh = "理论考试", en = "Theory" }
max = 70
[[grading.parts]]
key = "interview"
title = { zh = "面试", en = "Interview" }
max = 30
[grading.prerequisites]
needs_education = "bachelor"
needs_bank_years = 2
"""
    + TIERS
)

SCHEMES = {"areas": AREAS, "ladder": LADDER, "exam": EXAM}
