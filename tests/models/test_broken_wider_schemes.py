"""Faults in limits, prices, backups, figures of pairs and the goals about them: named by key path, in words a
planner can read."""

from __future__ import annotations

import re

import pytest

from cmopt.errors import SchemeError
from cmopt.i18n import LANGS
from cmopt.intake.schemes import parse_scheme, read_scheme_text

ANNUAL = read_scheme_text("annual")
PENALTY = '[[goals]]\nname = "penalty"\n'


def limit(fields: str, key: str = "load", of: str = ANNUAL) -> str:
    """The annual plan with one more limit."""
    return f'{of}\n[[limits]]\nkey = "{key}"\ntitle = {{ zh = "户数", en = "Accounts" }}\n{fields}\n'


def table(name: str, fields: str) -> str:
    return f"{ANNUAL}\n[{name}]\n{fields}\n"


def goal(fields: str, of: str = ANNUAL) -> str:
    """The annual plan with one more goal, right before the draw."""
    at = of.index('[[goals]]\nname = "draw"')
    return f"{of[:at]}[[goals]]\n{fields}\n{of[at:]}"


def soft_cap(price: str) -> str:
    return goal('name = "penalty"').replace('key = "one_of_27"', f'key = "one_of_27"\nprice = {price}', 1)


SENIORS = 'tiers = ["senior"]\n'
MOST = SENIORS + "most = 3\n"


def test_what_is_right_is_read() -> None:
    plan = parse_scheme(
        limit(
            SENIORS
            + 'measure = "loan_balance"\nleast_column = "floor"\nmost = 1200.5\nwithin = "12.5%"\nprice = 3',
            of=goal('name = "leximin"\nmeasure = "npl"\nlevels = 2', of=goal('name = "penalty"')),
        )
        + '\n[backups]\nshare = "33.33%"\nin_caps = true\n[links]\nfit_absent = -1\ncost_absent = 0.000001\n'
    )
    (found,) = plan.limits
    assert (found.most, found.within, found.price, found.step) == (1_200_500_000, 1250, 3, 1_000_000)
    assert (plan.backups.share, plan.links.fit_absent, plan.links.cost_absent) == (3333, -1_000_000, 1)
    assert [g.name for g in plan.goals][-3:] == ["penalty", "leximin", "draw"]


UNKNOWN = {
    "limits.load.maximum": limit(MOST + "maximum = 3"),
    "limits.load.exclude": limit(MOST + 'exclude = ["deposit_team"]'),
    "backups.count": table("backups", "count = 2"),
    "links.fit": table("links", "fit = 0"),
    "goals.fit.weight": goal('name = "fit"\nweight = 2'),
}


@pytest.mark.parametrize(("path", "text"), UNKNOWN.items(), ids=list(UNKNOWN))
def test_unknown_key(path: str, text: str) -> None:
    assert [(f.code, f.where) for f in refused(text).findings] == [("scheme-key", path)]


MISSING = {
    "limits.load.tiers": limit("most = 3"),
    "limits.load.title": limit(MOST).replace('title = { zh = "户数", en = "Accounts" }', ""),
}


@pytest.mark.parametrize(("path", "text"), MISSING.items(), ids=list(MISSING))
def test_missing_key(path: str, text: str) -> None:
    assert [(f.code, f.where) for f in refused(text).findings] == [("scheme-missing", path)]


# what is wrong: the text, the key path, a word of the message in Chinese
WRONG = {
    # limits that say nothing, or cannot be kept
    "limit of nothing": (limit(SENIORS), "limits.load", "请写明允许多少"),
    "least above most": (limit(MOST + "least = 3.000001"), "limits.load.least", "大于 most"),
    "a column for a group": (
        limit(SENIORS + 'most_column = "cap"\nper = "branch"'),
        "limits.load.per",
        "每个人的限额",
    ),
    "teams left out of a group": (
        limit(MOST + 'per = "tier"\nexcept_teams = true'),
        "limits.load.except_teams",
        "小组成员除外",
    ),
    "teams left out of a mean": (
        limit(SENIORS + 'within = "10%"\nexcept_teams = true'),
        "limits.load.except_teams",
        "小组成员除外",
    ),
    "limit twice": (limit(MOST, of=limit(MOST)), "limits", "load"),
    # names
    "unknown tier": (limit('tiers = ["gold"]\nmost = 1'), "limits.load.tiers", "gold"),
    "tier twice": (limit('tiers = ["senior", "senior"]\nmost = 1'), "limits.load.tiers", "senior"),
    "no tiers": (limit("tiers = []\nmost = 1"), "limits.load.tiers", ""),
    "unknown segment": (limit(MOST + 'segments = ["huge"]'), "limits.load.segments", "huge"),
    "segment that is not divided": (
        limit(MOST + 'segments = ["small_loan"]'),
        "limits.load.segments",
        "small_loan",
    ),
    "segment twice": (
        limit(MOST + 'segments = ["large_loan", "large_loan"]'),
        "limits.load.segments",
        "large_loan",
    ),
    "branch twice": (limit(MOST + 'branches = ["东城", "东城"]'), "limits.load.branches", "东城"),
    "unknown measure of a limit": (limit(MOST + 'measure = "fame"'), "limits.load.measure", "fame"),
    # values
    "per team": (limit(MOST + 'per = "team"'), "limits.load.per", "person"),
    "most in words": (limit(SENIORS + 'most = "many"'), "limits.load.most", "many"),
    "most in seven decimals": (limit(SENIORS + "most = 0.0000001"), "limits.load.most", "六位小数"),
    "most that is infinite": (limit(SENIORS + "most = inf"), "limits.load.most", "inf"),
    "least that is true": (limit(SENIORS + "least = true"), "limits.load.least", "true"),
    "branch that is no list": (limit(MOST + 'branches = "东城"'), "limits.load.branches", ""),
    "column that is a number": (limit(SENIORS + "most_column = 5"), "limits.load.most_column", ""),
    "base in words": (limit(MOST + 'base = "some"'), "limits.load.base", ""),
    "within as a number": (limit(SENIORS + "within = 10"), "limits.load.within", "百分数"),
    "within without the sign": (limit(SENIORS + 'within = "10"'), "limits.load.within", "百分数"),
    "within below zero": (limit(SENIORS + 'within = "-5%"'), "limits.load.within", "百分数"),
    "within in three decimals": (limit(SENIORS + 'within = "1.125%"'), "limits.load.within", "两位小数"),
    "price of nothing": (limit(MOST + "price = 0", of=goal('name = "penalty"')), "limits.load.price", ""),
    "price in parts": (limit(MOST + "price = 1.5", of=goal('name = "penalty"')), "limits.load.price", ""),
    "step of nothing": (limit(MOST + "step = 0"), "limits.load.step", ""),
    "step below zero": (limit(MOST + "step = -1"), "limits.load.step", ""),
    "cap's price of nothing": (soft_cap("0"), "at_most.one_of_27.price", ""),
    "cap's price in words": (soft_cap('"dear"'), "at_most.one_of_27.price", ""),
    # prices and the goal they count in
    "limit's price without its goal": (limit(MOST + "price = 2"), "limits.load.price", "penalty"),
    "cap's price without its goal": (
        soft_cap("2").replace(PENALTY, "", 1),
        "at_most.one_of_27.price",
        "penalty",
    ),
    "penalty without a price": (goal('name = "penalty"'), "goals.penalty", "代价"),
    # backups, figures of pairs
    "share as a number": (table("backups", "share = 0.5"), "backups.share", "百分数"),
    "a backup heavier than the lead": (
        table("backups", 'share = "100.01%"'),
        "backups.share",
        "不能超过主办",
    ),
    "share without the sign": (table("backups", 'share = "50"'), "backups.share", "百分数"),
    "in_caps in words": (table("backups", 'in_caps = "some"'), "backups.in_caps", ""),
    "fit in words": (table("links", 'fit_absent = "high"'), "links.fit_absent", "high"),
    "cost in seven decimals": (table("links", "cost_absent = 0.0000001"), "links.cost_absent", "六位小数"),
    # goals
    "leximin of nothing": (goal('name = "leximin"'), "goals.leximin.measure", "哪个指标"),
    "leximax of an unknown measure": (
        goal('name = "leximax"\nmeasure = "fame"'),
        "goals.leximax.measure",
        "fame",
    ),
    "leximin of an unknown tier": (
        goal('name = "leximin"\nmeasure = "npl"\ntiers = ["gold"]'),
        "goals.leximin.tiers",
        "gold",
    ),
    "leximin of a tier twice": (
        goal('name = "leximin"\nmeasure = "npl"\ntiers = ["senior", "senior"]'),
        "goals.leximin.tiers",
        "senior",
    ),
    "no levels": (goal('name = "leximin"\nmeasure = "npl"\nlevels = 0'), "goals.leximin.levels", ""),
    "leximin giving back": (
        goal('name = "leximin"\nmeasure = "npl"\ntolerance = "5%"'),
        "goals.leximin.tolerance",
        "不能让回",
    ),
    "leximax giving back": (
        goal('name = "leximax"\nmeasure = "npl"\ntolerance = 1'),
        "goals.leximax.tolerance",
        "不能让回",
    ),
    "measure of another goal": (goal('name = "fit"\nmeasure = "npl"'), "goals.fit.measure", "leximin"),
    "levels of another goal": (goal('name = "deviation"\nlevels = 2'), "goals.deviation.levels", "leximin"),
    "tiers of another goal": (goal('name = "cost"\ntiers = ["senior"]'), "goals.cost.tiers", "leximin"),
    "leximin twice": (
        goal('name = "leximin"\nmeasure = "npl"', of=goal('name = "leximin"\nmeasure = "npl"')),
        "goals",
        "leximin",
    ),
    "tolerance in parts": (goal('name = "fit"\ntolerance = "0.5"'), "goals.fit", ""),
}


@pytest.mark.parametrize(("text", "path", "word"), WRONG.values(), ids=list(WRONG))
def test_wrong_value(text: str, path: str, word: str) -> None:
    error = refused(text)
    assert len(error.findings) == 1, error.render("en")
    assert all(path in error.render(lang) for lang in LANGS), error.render("en")
    said = error.render("zh").split(": ", 1)[-1]
    assert word in said
    # whole words in Chinese: nothing left in English but names and values
    assert len(re.findall("[\u4e00-\u9fff]", said)) >= 4, said
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", said), said


def test_every_fault_of_a_limit_at_once() -> None:
    text = limit('tiers = ["gold"]\nmost = 1\nmeasure = "fame"\nsegments = ["huge"]\nprice = 2')
    found = [f.where for f in refused(text).findings]
    assert found == [f"limits.load.{key}" for key in ("tiers", "segments", "measure", "price")]


@pytest.mark.parametrize("tolerance", ["0", "0%"])
def test_no_tolerance_is_none_to_be_refused(tolerance: str) -> None:
    parse_scheme(goal(f'name = "leximin"\nmeasure = "npl"\ntolerance = "{tolerance}"'))


@pytest.mark.parametrize("within", ["0%", "999.99%", "7%"])
def test_per_cent_that_are_read(within: str) -> None:
    parse_scheme(limit(SENIORS + f'within = "{within}"'))


def refused(text: str) -> SchemeError:
    with pytest.raises(SchemeError) as caught:
        parse_scheme(text)
    assert caught.value.exit_code == 2
    assert all(f.code.startswith("scheme-") for f in caught.value.findings)
    return caught.value
