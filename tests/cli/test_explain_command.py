"""`cmopt explain` and what `cmopt verify --solve` tells of a book, as a planner sees it."""

from __future__ import annotations

from typing import Any

import pytest
from calling import cmopt

from cmopt.domain.book_findings import PartProof


def test_why_this_one_and_why_not_that_one(tiny_bank: Any) -> None:
    told = cmopt("explain", tiny_bank.run, "--client", "C00001", "--lang", "en")
    assert told.code == 0
    holder = told.out.split("C00001: ")[1].split()[0]
    listed = told.out.split("First goal that changes")[1].split()
    assert holder not in listed
    asked = cmopt("explain", tiny_bank.run, "--client", "C00001", "--staff", listed[0], "--lang", "zh")
    assert asked.code == 0
    assert f"若改归 {listed[0]}、其余不变，各目标依次为：" in asked.out
    assert cmopt("explain", tiny_bank.run, "--client", "C00001", "--staff", holder).code == 2
    assert "[explain-undivided]" in cmopt("explain", tiny_bank.run, "--client", "nobody").err


def test_what_was_not_done_again_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    from cmopt.cli import show_book

    proofs = [
        PartProof("North", True, ("coverage", "bands"), ("handovers",), ()),
        PartProof("South", False, (), ("coverage",), ("bands",)),
    ]
    show_book.proofs(proofs, "en", 60)
    said = capsys.readouterr().out
    assert "1 of 2 parts solved again" in said
    assert "bounds found again: 2; only counted again from their multipliers: 2" in said
    assert "the 60 s were over: South" in said
    assert "South: Bands" in said
