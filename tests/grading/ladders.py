"""The worked example of the grading language, and people to grade under it, by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from exam import fixed

from cmopt.domain.grade import Grade
from cmopt.domain.roster import Assessed, CertificateHeld, Mark, Outturn, Roster, Staff, Standing
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.schemes import parse_scheme, read_scheme_text

QUARTERS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
DIVISION = "# --- 客户分档"


def worked_text() -> str:
    """The grading part stands in worked.toml; the division is the annual plan's."""
    annual = read_scheme_text("annual")
    return (
        Path(__file__).with_name("worked.toml").read_text(encoding="utf-8") + annual[annual.index(DIVISION) :]
    )


def changed(*pairs: tuple[str, str], **overrides: str) -> Scheme:
    """The worked scheme with pieces of its text replaced (each must be there)."""
    text = worked_text()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return parse_scheme(text, overrides)


def scores(source: str, *of_quarters: Any, item: str = "quality") -> list[Assessed]:
    """One line a quarter; None: no line."""
    return [
        Assessed(item, source, q, s if isinstance(s, Mark) else fixed(s))
        for q, s in zip(QUARTERS, of_quarters, strict=False)
        if s is not None
    ]


def results(**figures: Any) -> list[Outturn]:
    """``new_clients_2025=5``: the measure, the period, the figure; None: no line."""
    lines = []
    for name, value in figures.items():
        measure, _, period = name.rpartition("_")
        if value is not None:
            lines.append(Outturn(measure, period or None, fixed(value)))
    return lines


def manager(staff_id: str = "E1", **more: Any) -> Staff:
    """Somebody with full marks in everything, all certificates and a standing of the year before."""
    deposits = more.pop("deposits", (125, 125, 125, 125))
    clients = more.pop("clients", {"2024": 10, "2025": 40})
    profit = more.pop("profit", (200, 0))
    lines = [
        *results(**{f"new_deposits_{q}": v for q, v in zip(QUARTERS, deposits, strict=True)}),
        *results(**{f"new_clients_{y}": v for y, v in clients.items()}),
        *results(loan_interest_2025=profit[0], funding_cost_2025=profit[1]),
    ]
    said = more.pop(
        "said", [*scores("supervisor", 100, 100, 100, 100), *scores("complaints", 100, 100, 100, 100)]
    )
    before = more.pop("before", "top_1")
    held = more.pop("held", ("post", "credit"))
    fields: dict[str, Any] = {
        "education": "bachelor",
        "bank_years": fixed(5),
        "serious_breach": False,
        "certificates": tuple(CertificateHeld(c, date(2020, 1, 1), None) for c in held),
        "standings": () if before is None else (Standing("2024", before, more.pop("probation", False)),),
        "results": (*lines, *more.pop("also", ())),
        "assessed": tuple(said),
    }
    return Staff(staff_id, f"员工 {staff_id}", "A", **(fields | more))


def graded(*staff: Staff, scheme: Scheme) -> dict[str, Grade]:
    return grade(Roster(staff), scheme, 1)
