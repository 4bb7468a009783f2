"""A broken scheme is a SchemeError that names the key path; nothing in a scheme is silently ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmopt.errors import SchemeError
from cmopt.i18n import LANGS
from cmopt.intake.schemes import load_scheme, parse_scheme, read_scheme_text

ANNUAL = read_scheme_text("annual")


def edited(old: str, new: str) -> str:
    """The annual plan with `old` (which stands there) replaced by `new`, once."""
    assert old in ANNUAL, old
    return ANNUAL.replace(old, new, 1)


def entry(list_key: str, key: str, add: str) -> str:
    """The annual plan with a line added to the entry called `key` of a list such as ``segments``."""
    lines = ANNUAL.splitlines()
    at = next(
        n
        for n, line in enumerate(lines)
        if line.split("#")[0].strip() in (f'key = "{key}"', f'name = "{key}"')
        and lines[n - 1] == f"[[{list_key}]]"
    )
    return "\n".join([*lines[: at + 1], add, *lines[at + 1 :]])


def refused(text: str) -> SchemeError:
    with pytest.raises(SchemeError) as caught:
        parse_scheme(text)
    assert caught.value.exit_code == 2
    assert all(f.code.startswith("scheme-") for f in caught.value.findings)
    return caught.value


def names(error: SchemeError, path: str) -> bool:
    """Whether a finding names the key path, in each language."""
    return all(path in error.render(lang) for lang in LANGS)


UNKNOWN = [
    (edited("pass_mark = 75", "pass_mark = 75\npassmark = 60"), "grading.passmark"),
    (edited("format = 1", 'format = 1\ncolour = "red"'), "colour"),
    (entry("segments", "large_loan", "at_most = 9"), "segments.large_loan.at_most"),
    (entry("goals", "merit", "weight = 2"), "goals.merit.weight"),
    (entry("grading.parts.items", "conduct", "min = 1"), "grading.parts.interview.items.conduct.min"),
    (entry("grading.parts.rules", "supervisor", "cap = 9"), "grading.parts.experience.rules.supervisor.cap"),
    (entry("teams", "deposit_team", "most = 4"), "teams.deposit_team.most"),
    (edited('mode = "goal"', 'mode = "goal"\nstrict = true'), "incumbency.strict"),
    (edited("resolution = 1000", "resolution = 1000\nunit = 5"), "balance.unit"),
    (entry("measures", "npl", "kinds = 3"), "measures.npl.kinds"),
    (entry("grading.routes", "deposit", "least = 3"), "grading.routes.deposit.least"),
]


@pytest.mark.parametrize(("text", "path"), UNKNOWN, ids=[p for _, p in UNKNOWN])
def test_unknown_key(text: str, path: str) -> None:
    error = refused(text)
    assert [(f.code, f.where) for f in error.findings] == [("scheme-key", path)]


MISSING = [
    (edited("pass_mark = 75", ""), "grading.pass_mark"),
    (edited('absent = "not_graded"', ""), "grading.absent"),
    (edited('agent_offer = "marketing"', ""), "grading.agent_offer"),
    (edited("max = 50", ""), "grading.parts.written.max"),
    (edited("k = 1", ""), "at_most.one_of_27.k"),
    (edited("size = 3", ""), "teams.deposit_team.size"),
    (edited("format = 1", ""), "format"),
    (edited('tiers = ["senior", "intermediate"]  # [plan] 同', "# [plan] 同"), "balance.tiers"),
]


@pytest.mark.parametrize(("text", "path"), MISSING, ids=[p for _, p in MISSING])
def test_missing_key(text: str, path: str) -> None:
    error = refused(text)
    assert [(f.code, f.where) for f in error.findings] == [("scheme-missing", path)]


WRONG = {
    # ladders
    "hole in the ladder": (edited("rank_from = 21", "rank_from = 22"), "tiers.intermediate.rank_from"),
    "overlap in the ladder": (edited("rank_from = 21", "rank_from = 20"), "tiers.intermediate.rank_from"),
    "ladder from 2": (edited("rank_from = 1 ", "rank_from = 2 "), "tiers.senior.rank_from"),
    "unreachable by rank": (edited("rank_to = 40", "rank_to = 20"), "tiers.intermediate.rank_to"),
    "open in the middle": (edited("rank_to = 40", "#"), "tiers.intermediate.rank_to"),
    "by rank and by score": (entry("grading.tiers", "provisional", "score_from = 60"), "tiers"),
    # exam
    "items do not add up": (edited("max = 5 ", "max = 6 "), "grading.parts.interview"),
    "items and rules": (
        edited('[[grading.parts]]\nkey = "experience"', "").replace(
            'title = { zh = "个人经历", en = "Experience" }\nmax = 20', ""
        ),
        "grading.parts.interview",
    ),
    "post and column": (
        entry("grading.parts.rules", "supervisor", 'column = "finance_years"'),
        "grading.parts.experience.rules.supervisor",
    ),
    "unknown post": (edited('post = "supervisor"', 'post = "boss"'), "rules.supervisor"),
    "unknown tie key": (edited('"written",  ', '"writen",  '), "tie_order"),
    "draw not last in the tie order": (edited('    "draw",', '    "draw", "written",'), "tie_order"),
    "tie order without draw": (edited('    "draw",  ', "    # "), "tie_order"),
    "part twice": (
        edited('[[grading.posts]]\nkey = "deputy_head"', '[[grading.posts]]\nkey = "deputy_head"').replace(
            'key = "interview"', 'key = "written"', 1
        ),
        "grading.parts",
    ),
    "route to an unknown tier": (edited('tier = "provisional"', 'tier = "gold"'), "routes.deposit.tier"),
    "absent mode": (edited('absent = "not_graded"', 'absent = "skip"'), "grading.absent"),
    "maximum of zero": (edited("max = 50", "max = 0"), "grading.parts.written.max"),
    "points below zero": (edited("points = 4", "points = -4"), "parts.experience.rules.branch_head.points"),
    "seven decimals": (edited("pass_mark = 75", "pass_mark = 75.0000001"), "grading.pass_mark"),
    "not a number": (edited("pass_mark = 75", "pass_mark = true"), "grading.pass_mark"),
    # segments, rules
    "unknown tier of a segment": (edited('tiers = ["senior"] ', 'tiers = ["gold"] '), "segments.large_loan"),
    "divided segment without tiers": (
        edited('divide = true\ntiers = ["senior"] ', "divide = true\ntiers = [] "),
        "segments.large_loan.tiers",
    ),
    "segment that nobody fits": (edited("at_least = 500 ", "at_least = 1000 "), "segments.medium_loan"),
    "segment twice": (edited('key = "middle_loan"', 'key = "large_loan"'), "segments"),
    "unknown segment of a cap": (
        edited('segments = ["large_loan", "medium_loan"]', 'segments = ["huge_loan"]'),
        "at_most.one_of_27.segments",
    ),
    "cap on what is not divided": (
        edited('segments = ["large_loan", "medium_loan"]', 'segments = ["small_loan"]'),
        "at_most.one_of_27.segments",
    ),
    "cap of zero": (edited("k = 1 ", "k = 0 "), "at_most.one_of_27.k"),
    "unknown segment of a team": (
        edited('segments = ["key_deposit"]', 'segments = ["gold"]'),
        "teams.deposit_team.segments",
    ),
    "team excludes itself": (
        edited('exclusive_of = ["large_loan"', 'exclusive_of = ["key_deposit"'),
        "teams.deposit_team",
    ),
    "team of nobody": (edited("size = 3", "size = 0"), "teams.deposit_team.size"),
    "incumbency mode": (edited('mode = "goal"', 'mode = "wish"'), "incumbency.mode"),
    "unknown jurisdiction segment": (
        edited('jurisdiction = ["large_loan"', 'jurisdiction = ["abroad"'),
        "jurisdiction",
    ),
    # measures, balance
    "unknown tier of balance": (
        edited('tiers = ["senior", "intermediate"]  # [plan] 同', 'tiers = ["gold"]  # [plan] 同'),
        "balance.tiers",
    ),
    "unknown measure": (edited('{ measure = "npl"', '{ measure = "fame"'), "balance.measures"),
    "measure twice": (edited('{ measure = "npl"', '{ measure = "deposits"'), "balance.measures"),
    "quality out of range": (edited("quality_at_least = 3", "quality_at_least = 6"), "measures.npl"),
    "resolution of zero": (edited("resolution = 1000", "resolution = 0"), "balance.resolution"),
    "weight below zero": (edited("weight = 1 ", "weight = -1 "), "balance.measures"),
    # goals
    "unknown goal": (edited('name = "merit"', 'name = "fun"'), "goals"),
    "goal twice": (edited('name = "merit"', 'name = "balance"'), "goals"),
    "draw not last": (
        edited('name = "draw"', 'name = "merit"').replace('name = "merit" ', 'name = "draw" ', 1),
        "goals",
    ),
    "no draw": (edited('[[goals]]\nname = "draw" ', "# "), "goals"),
    "tolerance in words": (edited('tolerance = "0"', 'tolerance = "some"'), "goals.balance"),
    "tolerance below zero": (edited('tolerance = "0"', 'tolerance = "-1"'), "goals.balance"),
    "tolerance in decimals": (edited('tolerance = "0"', 'tolerance = "0.5"'), "goals.balance"),
    "other format": (edited("format = 1 ", "format = 2 "), "format"),
    "key in capitals": (edited('key = "large_loan"', 'key = "Large"'), "segments.Large.key"),
}


@pytest.mark.parametrize(("text", "path"), WRONG.values(), ids=list(WRONG))
def test_wrong_value(text: str, path: str) -> None:
    error = refused(text)
    assert names(error, path), error.render("en")


def test_every_fault_of_the_keys_at_once() -> None:
    text = edited("pass_mark = 75", "passmark = 75").replace("size = 3", 'size = "three"', 1)
    found = {f.where: f.code for f in refused(text).findings}
    assert set(found) == {"grading.pass_mark", "grading.passmark", "teams.deposit_team.size"}
    assert (found["grading.pass_mark"], found["grading.passmark"]) == ("scheme-missing", "scheme-key")


def score_ladder(*tiers: str) -> str:
    """The annual plan with its ranked tiers replaced by tiers by score, best first."""
    head, rest = ANNUAL.split("[[grading.tiers]]", 1)
    tail = rest[rest.index('[[grading.tiers]]\nkey = "provisional"') :]
    made = [
        f'[[grading.tiers]]\nkey = "{key}"\ntitle = {{ zh = "甲", en = "A" }}\n{bounds}\n'
        for key, bounds in zip(("senior", "intermediate", "junior"), tiers, strict=True)
    ]
    return head + "\n".join(made) + tail


def test_ladder_by_score_is_read() -> None:
    scheme = parse_scheme(
        score_ladder("score_from = 90", "score_from = 80\nscore_below = 90", "score_below = 80")
    )
    assert [t.score_from for t in scheme.grading.tiers] == [90_000_000, 80_000_000, None, None]


@pytest.mark.parametrize(
    ("tiers", "path"),
    [
        (("score_from = 90", "score_from = 80\nscore_below = 85", "score_below = 80"), "tiers.intermediate"),
        (("score_from = 90", "score_from = 90\nscore_below = 90", "score_below = 90"), "tiers.intermediate"),
        (("score_from = 90", "score_below = 90", "score_below = 80"), "tiers.intermediate.score_from"),
    ],
    ids=["hole", "empty", "open in the middle"],
)
def test_ladder_by_score_with_a_fault(tiers: tuple[str, str, str], path: str) -> None:
    assert names(refused(score_ladder(*tiers)), path)


# --- overrides ---------------------------------------------------------------------------------------


def override_refused(key: str, value: str) -> SchemeError:
    with pytest.raises(SchemeError) as caught:
        load_scheme("annual", {key: value})
    return caught.value


@pytest.mark.parametrize(
    "key",
    [
        "grading.passmark",
        "segments.huge_loan.at_least",
        "segments",
        "goals.fun.tolerance",
        "nothing.at.all",
        "balance.measures.fame.weight",
    ],
)
def test_override_of_an_unknown_key(key: str) -> None:
    error = override_refused(key, "5")
    assert [(f.code, f.where) for f in error.findings] == [("scheme-key", key)]


def test_override_names_what_is_near() -> None:
    (found,) = override_refused("grading.passmark", "60").findings
    assert all("pass_mark" in found.render(lang) for lang in LANGS)


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("grading.pass_mark", "high", "grading.pass_mark"),
        ("teams.deposit_team.size", "0", "teams.deposit_team.size"),
        ("goals.balance.tolerance", "often", "goals.balance"),
        ("segments.medium_loan.at_least", "2000", "segments.medium_loan"),
        ("grading.weight", "5", "grading.weight"),
    ],
)
def test_override_with_a_wrong_value(key: str, value: str, path: str) -> None:
    assert names(override_refused(key, value), path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("grading.pass_mark", "70"),
        ("segments.large_loan.at_least", "1200"),
        ("goals.merit.tolerance", "5%"),
        ("goals.balance.tolerance", "3"),
        ("balance.measures.npl.weight", "2"),
        ("balance.tiers", '["senior"]'),
        ("incumbency.mode", "rule"),
        ("grading.parts.experience.rules.supervisor.per", "0.25"),
        ("jurisdiction", "[]"),
    ],
)
def test_override_changes_that_setting(key: str, value: str) -> None:
    assert load_scheme("annual", {key: value}) != load_scheme("annual")


# --- files -------------------------------------------------------------------------------------------


def test_file_with_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ANNUAL.replace("\n", "\r\n").encode())
    assert load_scheme(path) == load_scheme("annual")


@pytest.mark.parametrize(
    ("content", "code"), [(b"format = ", "scheme-toml"), ("标题".encode("gb18030"), "scheme-file")]
)
def test_file_that_cannot_be_read(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_bytes(content)
    with pytest.raises(SchemeError) as caught:
        load_scheme(path)
    assert [f.code for f in caught.value.findings] == [code]


@pytest.mark.parametrize(("name", "code"), [("anual", "scheme-unknown"), ("missing.toml", "scheme-file")])
def test_scheme_that_is_not_there(name: str, code: str) -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme(name)
    assert [f.code for f in caught.value.findings] == [code]
    assert name in caught.value.render("zh")
