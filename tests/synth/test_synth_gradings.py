"""Invented lines of the further grading tables: each scheme is graded and divided on its own demo tables."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from grading_schemes import SCHEMES, division, scheme

from cmopt import service
from cmopt.domain.clients import Case
from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.roster import Mark, Roster
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.i18n import LANGS, Lang
from cmopt.intake.case import read_case
from cmopt.intake.schemes import shipped_schemes
from cmopt.intake.write import write_case
from cmopt.synth import SynthOptions, synth_case

SMALL = SynthOptions(clients=60, staff=130)


@cache
def case_of(name: str) -> Case:
    return synth_case(SMALL, scheme(name))


@pytest.mark.parametrize("file", ["case", "case.xlsx"])
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SCHEMES)
def test_written_and_read_again_equal(name: str, lang: Lang, file: str, tmp_path: Path) -> None:
    write_case(case_of(name), scheme(name), tmp_path / file, lang)
    intake = read_case(tmp_path / file, scheme(name))
    assert intake.case == case_of(name)
    assert {f.code for f in intake.warnings} <= {"line-missing"}


@pytest.mark.parametrize("name", SCHEMES)
def test_every_tier_is_held_and_some_fail(name: str) -> None:
    """Enough people for each tier's key accounts; some have no tier; trainees and agents stand outside."""
    grades = grade(case_of(name).roster, scheme(name), 0)
    counts = Counter(g.tier for g in grades.values())
    held = {t for s in scheme(name).segments if s.divide for t in s.tiers}
    assert all(counts[tier] >= 10 for tier in held), counts
    assert counts[None] >= 8, counts
    positions = Counter(s.position for s in case_of(name).roster)
    assert positions["trainee"] >= 1 and positions["agent"] >= 1
    assert all(not s.assessed and not s.results for s in case_of(name).roster if s.position != "regular")


def test_lines_are_what_the_scheme_reads() -> None:
    needs = needs_of(scheme("areas"))
    wanted = {(n.item, n.source, n.period): n for n in needs.score_lines}
    graded = [s for s in case_of("areas").roster if s.assessed]
    full = [s for s in graded if {(a.item, a.source, a.period) for a in s.assessed} == set(wanted)]
    assert len(full) >= len(graded) - 2  # the others miss a quarter and a source, as the scheme allows
    assert len(graded) > len(full)
    for staff in graded:
        for a in staff.assessed:
            line = wanted[a.item, str(a.source), a.period]
            assert a.score is Mark.ABSENT or 0 <= a.score <= line.max
            assert (a.evidence is not None) == (a.source == "self")
    assert sum(any(a.score is Mark.ABSENT for a in s.assessed) for s in graded) == 1


def test_results_are_of_the_size_that_the_scheme_speaks_of() -> None:
    """Of everything a rung needs, some have it and some do not."""
    grades = grade(case_of("ladder").roster, scheme("ladder"), 0)
    said = [m.render("en") for g in grades.values() for m in g.trace]
    for measure in ("Simulated profit", "Clients kept"):
        assert 3 < sum(f"{measure} is" in text and "below" in text for text in said) < len(grades)
    for lack in ("Credit licence", "education is", "years in banks"):
        assert any(lack in text for text in said), lack
    rungs = Counter(g.rung for g in grades.values())
    assert min(rungs[r] for r in ("s", "m", "j", "starter")) >= 2, rungs
    counted = [r.value for s in case_of("ladder").roster for r in s.results if r.measure == "clients"]
    assert counted and all(v % UNIT == 0 for v in counted)


@pytest.mark.parametrize("name", SCHEMES)
def test_the_same_seed_gives_the_same_lines_and_another_others(name: str) -> None:
    assert synth_case(SMALL, scheme(name)) == case_of(name)
    other = synth_case(replace(SMALL, seed=2), scheme(name))
    assert other.roster != case_of(name).roster
    english = synth_case(replace(SMALL, lang="en"), scheme(name))
    assert [(s.scores, s.results, [(a.item, a.score) for a in s.assessed]) for s in english.roster] == [
        (s.scores, s.results, [(a.item, a.score) for a in s.assessed]) for s in case_of(name).roster
    ]


@pytest.mark.parametrize("name", SCHEMES)
def test_from_invented_tables_to_a_division_that_verifies_from_its_folder(name: str, tmp_path: Path) -> None:
    """The run's folder keeps the further tables: `verify` grades again from it alone."""
    plan = tmp_path / "plan.toml"
    plan.write_text(SCHEMES[name] + division(), encoding="utf-8")
    service.synth(tmp_path / "case", str(plan), "zh", clients=60, staff=130)
    order = service.Order(case=tmp_path / "case", scheme=str(plan), report=False)
    run = service.allocate(order, tmp_path / "run")
    assert run.result.allocation is not None and not run.audit.breaches
    kept = {p.stem for p in (tmp_path / "run" / "inputs" / "case").iterdir()}
    assert kept >= {"staff", "clients", *needs_of(scheme(name)).tables}
    assert service.verify(tmp_path / "run") == ()


@pytest.mark.parametrize("table, column", [("scores", 4), ("results", 3), ("standings", 2)])
def test_verify_grades_again_from_the_folder(table: str, column: int, tmp_path: Path) -> None:
    """A line changed in the kept tables, and the manifest's hash with it: the grades no longer follow."""
    name = "areas" if table == "scores" else "ladder"
    plan = tmp_path / "plan.toml"
    plan.write_text(SCHEMES[name] + division(), encoding="utf-8")
    write_case(case_of(name), scheme(name), tmp_path / "case", "zh")
    order = service.Order(case=tmp_path / "case", scheme=str(plan), report=False, solver="greedy")
    service.allocate(order, tmp_path / "run")
    file = tmp_path / "run" / "inputs" / "case" / f"{table}.csv"
    values = {"scores": "1", "results": "1", "standings": "见习"}
    head, *rows = file.read_text(encoding="utf-8-sig").splitlines()
    cells = [row.split(",") for row in rows]
    for row in cells[: len(cells) // 2]:
        row[column] = values[table]
    file.write_text("\n".join([head, *map(",".join, cells), ""]), encoding="utf-8-sig")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    manifest["inputs"][f"inputs/case/{table}.csv"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = service.verify(tmp_path / "run")
    assert found and not any(f.code == "verify-changed" for f in found), [f.render("en") for f in found]


def test_rows_in_another_order_give_the_same_grades(tmp_path: Path) -> None:
    for name in ("areas", "ladder"):
        write_case(case_of(name), scheme(name), tmp_path / name, "zh")
        for file in (tmp_path / name).glob("*.csv"):
            head, *rows = file.read_text(encoding="utf-8-sig").splitlines()
            file.write_text("\n".join([head, *rows[::-1], ""]), encoding="utf-8-sig")
        case = read_case(tmp_path / name, scheme(name)).case
        assert case is not None and case.roster == case_of(name).roster
        assert grade(case.roster, scheme(name), 0) == grade(case_of(name).roster, scheme(name), 0)


def shipped_examples() -> list[str]:
    """Shipped schemes that can be run: those with unfilled parameters have an example that fills them."""
    names = shipped_schemes()
    return [n for n in names if f"{n}-example" not in names]


@pytest.mark.parametrize("name", shipped_examples())
def test_every_shipped_scheme_can_be_graded_on_its_demo_tables(name: str) -> None:
    from cmopt.intake.schemes import load_scheme

    plan: Scheme = load_scheme(name)
    case = synth_case(SynthOptions(clients=40), plan)
    counts = Counter(g.tier for g in grade(Roster(case.roster.staff), plan, 0).values())
    held = {t for s in plan.segments if s.divide for t in s.tiers}
    assert all(counts[tier] for tier in held), counts
