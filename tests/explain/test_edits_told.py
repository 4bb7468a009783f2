"""What branch heads asked for stands on the lines of just those clients."""

from __future__ import annotations

from cmopt.domain.allocation import Line
from cmopt.domain.clients import Link
from cmopt.errors import Message
from cmopt.explain.edits import with_edits


def line(client_id: str, role: str = "manager") -> Line:
    return Line(client_id, "S1", "small_loan", role, None, "new", Message("given"))  # type: ignore[arg-type]


def said(lines: list[Line], *links: Link) -> list[str]:
    return [x.reason.render("en") for x in with_edits(lines, links)]


def test_a_pin_and_a_refusal_with_their_reasons() -> None:
    links = (Link("S1", "C1", "pin", reason="twenty years"), Link("S2", "C1", "forbid", reason="a relative"))
    told = said([line("C1"), line("C2")], *links)
    assert told == [
        "given; edit of the branch: to stay with or go to S1 (“twenty years”); not to S2 (“a relative”)",
        "given",
    ]


def test_the_cases_own_rules_and_a_backups_line_say_nothing_of_edits() -> None:
    assert said([line("C1")], Link("S1", "C1", "pin"), Link("S2", "C1", bid=1, reason="x")) == ["given"]
    assert said([line("C1", "backup")], Link("S1", "C1", "pin", reason="x")) == ["given"]


def test_in_chinese() -> None:
    (told,) = with_edits([line("C1")], [Link("S1", "C1", "pin", reason="老客户")])
    assert told.reason.render("zh").endswith("；支行意见：由 S1 管户（“老客户”）")
