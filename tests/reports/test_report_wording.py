"""Every text for people exists in both languages and falls back to the key."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polib
import pytest
from report_sample import SCHEME, build_run

import cmopt.reports
from cmopt.domain.result import Phase, Status
from cmopt.i18n import LANGS
from cmopt.reports.summary import outcome_sentences
from cmopt.reports.wording import (
    goal_meaning,
    goal_title,
    group_title,
    metric_title,
    proof_words,
    route_title,
    show_goal,
    show_metric,
    show_money,
)

FOLDER = Path(cmopt.reports.__file__).parent
CATALOGUES = {
    path.name: {e.msgid: e.msgstr for e in polib.pofile(path.read_text(encoding="utf-8"))}
    for path in (FOLDER.parent / "locale" / "zh").glob("*.po")
}
CHINESE = {text: said for catalogue in CATALOGUES.values() for text, said in catalogue.items()}


def marked() -> Iterator[str]:
    """Every template that the sources and the page's template mark or translate."""
    for source in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if called in ("N_", "tr", "t"):
                    yield str(node.args[0].value)
    for template in (FOLDER / "templates").glob("*.j2"):
        for pair in re.findall(r"\bt\((?:\"([^\"]*)\"|'([^']*)')", template.read_text(encoding="utf-8")):
            yield pair[0] or pair[1]


def test_every_template_has_chinese_with_the_same_parameters() -> None:
    texts = set(marked())
    assert len(texts) > 100
    assert not texts - set(CHINESE)
    assert not set(CATALOGUES["reports.po"]) - texts
    for text in texts:
        said = CHINESE[text]
        fields = [sorted(f for _, f, *_ in string.Formatter().parse(s) if f) for s in (text, said)]
        assert fields[0] == fields[1], text
        assert re.search(r"[\u4e00-\u9fff、，：；（）]", said), text


@pytest.mark.parametrize("lang", LANGS)
def test_goals_have_a_title_and_a_meaning(lang: str) -> None:
    for goal in SCHEME.goals:
        assert goal_title(goal.name, lang) != goal.name  # type: ignore[arg-type]
        assert goal_meaning(goal.name, lang)  # type: ignore[arg-type]


def test_unknown_keys_are_shown_as_they_are() -> None:
    assert goal_title("novelty", "zh") == "novelty"
    assert metric_title("novelty", "en") == "novelty"
    assert route_title("novelty", SCHEME, "en") == "novelty"
    assert group_title("novelty:x", SCHEME, "en") == "novelty:x"


def test_groups_in_words() -> None:
    assert group_title("bank", SCHEME, "zh") == "全行"
    assert group_title("tier:senior", SCHEME, "zh") == "高级"
    assert group_title("tier:senior/team", SCHEME, "zh") == "高级（小组）"
    assert group_title("branch:样例支行 01", SCHEME, "en") == "样例支行 01"


def test_figures_for_reading() -> None:
    assert show_money(1_234_567_891_234) == "1,234,567.89"
    assert show_money(-5_000_000) == "-5.00"
    assert show_goal("coverage_balance", 531_250_000, "zh") == "531.25 万元"
    assert show_goal("continuity", 21, "en") == "21 accounts"
    assert show_goal("merit", None, "en") == "—"
    assert show_metric(None) == show_metric(float("inf")) == "—"
    assert show_metric(0.5, "continuity_count") == "50.0 %"


@pytest.mark.parametrize(
    ("value", "bound", "proven", "says"),
    [
        (3, 3, True, "no division can do better"),
        (4, 3, True, "3 pairs is the best possible"),
        (4, 3, False, "within 25 %"),
        (4, None, False, "nothing proven"),
        (None, None, False, "no division was found"),
    ],
)
def test_proof_in_words(value: int | None, bound: int | None, proven: bool, says: str) -> None:
    assert says in proof_words(Phase("merit", "min", value, bound, proven, 0.0), "en")


def test_a_rule_based_division_claims_nothing() -> None:
    greedy = build_run(solver="greedy")
    said = " ".join(outcome_sentences(greedy, None, "en"))
    assert "does not claim to be best" in said
    assert "proven" not in said


def test_the_first_difference_in_goal_order_is_told() -> None:
    ours, theirs = build_run(left_out=0), build_run(left_out=1)
    assert "better in Coverage: 0 accounts against 1 account" in " ".join(
        outcome_sentences(ours, theirs, "en")
    )
    assert "worse in Coverage" in " ".join(outcome_sentences(theirs, ours, "en"))
    assert "the same in every goal" in " ".join(outcome_sentences(ours, ours, "en"))


def test_no_division_is_said_plainly() -> None:
    run = build_run()
    none = replace(run, result=replace(run.result, status=Status.INFEASIBLE, allocation=None), lines=())
    assert outcome_sentences(none, None, "en") == ["No division was made: no division meets every rule."]
