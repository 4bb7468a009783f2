"""Invented facts of people that a scheme asks for: who is graded at all, education, years, certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import GradingNeeds
from cmopt.domain.roster import CertificateHeld, Staff
from cmopt.domain.scheme import Scheme
from cmopt.intake.gradingbuild import in_order

YEAR_END = date(2025, 12, 31)


def positions(rng: Random, people: Sequence[Staff], needs: GradingNeeds) -> list[Staff]:
    """A few trainees (the newest) and agents; neither sits an exam."""
    if "position" not in needs.columns:
        return list(people)
    able = sorted(
        (n for n, s in enumerate(people) if not s.posts), key=lambda n: (people[n].finance_years or 0, n)
    )
    trainees = set(able[: max(1, len(people) // 30)])
    agents = set(rng.sample(able[len(trainees) :], k=min(len(people) // 40, len(able) - len(trainees))))
    changed = list(people)
    for n in sorted(trainees | agents):
        position = "trainee" if n in trainees else "agent"
        changed[n] = replace(people[n], position=position, registered=False, scores={})  # type: ignore[arg-type]
    return changed


def facts(rng: Random, people: Sequence[Staff], scheme: Scheme, needs: GradingNeeds) -> list[Staff]:
    """Education round what the scheme asks for, years in banks within those in finance, rare breaches."""
    ladder = [n.key for n in needs.education]
    asked = [n.needs_education for n in scheme.grading.all_needs if n.needs_education in ladder]
    middle = min((ladder.index(key) for key in asked if key), default=len(ladder) // 2)
    found = []
    for staff in people:
        step = rng.choices((-1, 0, 1, 2), (7, 45, 38, 10))[0]
        years = (staff.finance_years or 0) * rng.randint(70, 100) // 100 // (UNIT // 10) * (UNIT // 10)
        breach = rng.random() < 0.015
        if "education" in needs.columns:
            staff = replace(staff, education=ladder[min(max(middle + step, 0), len(ladder) - 1)])
        if "bank_years" in needs.columns:
            staff = replace(staff, bank_years=years)
        if "serious_breach" in needs.columns:
            staff = replace(staff, serious_breach=breach)
        found.append(staff)
    return found


def edges(people: list[Staff], scheme: Scheme, needs: GradingNeeds) -> list[Staff]:
    """Somebody just short of the years in banks, somebody with exactly those, one short of the education, one
    with a breach."""
    ladder = [n.key for n in needs.education]
    every = scheme.grading.all_needs
    years = [n.needs_bank_years for n in every if n.needs_bank_years]
    degrees = [ladder.index(n.needs_education) for n in every if n.needs_education in ladder]
    able = [n for n, s in enumerate(people) if s.registered and not s.posts]
    changed = list(people)
    facts: list[dict[str, Any]] = []
    if years:
        facts += [{"bank_years": min(years) - UNIT // 10}, {"bank_years": min(years)}]
    if degrees and min(degrees) > 0:
        facts.append({"education": ladder[min(degrees) - 1]})
    if "serious_breach" in needs.columns:
        facts.append({"serious_breach": True})
    for n, fact in zip(able[::5], facts, strict=False):
        longest = max(people[n].finance_years or 0, fact.get("bank_years", 0))
        changed[n] = replace(people[n], **fact, finance_years=longest)
    return changed


def certificates(
    rng: Random, scheme: Scheme, needs: GradingNeeds, ability: float
) -> tuple[CertificateHeld, ...]:
    """The stronger hold more; one in thirty has run out before the day that counts."""
    day = scheme.grading.as_of or YEAR_END
    held = []
    for certificate in needs.certificates if "certificates" in needs.tables else ():
        chance, age, end = rng.random(), rng.randint(200, 2500), rng.random()
        if chance < 0.9 + 0.05 * ability:
            start = day - timedelta(days=age)
            until = None if end < 0.5 else start + timedelta(days=3650)
            held.append(
                CertificateHeld(certificate.key, start, day - timedelta(days=20) if end > 0.97 else until)
            )
    return in_order(held)
