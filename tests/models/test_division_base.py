"""The division that other schemes extend is the annual plan's."""

from __future__ import annotations

import tomllib

import pytest

from cmopt.errors import SchemeError
from cmopt.intake.schemes import load_scheme, own_text, shipped_schemes

OF_A_PLAN = {"name", "title", "source", "grading"}


def test_it_says_what_the_annual_plan_says() -> None:
    base, annual = (tomllib.loads(own_text(name)) for name in ("_division", "annual"))
    assert {k: v for k, v in base.items() if k not in OF_A_PLAN} == {
        k: v for k, v in annual.items() if k not in OF_A_PLAN
    }


def test_it_is_no_scheme_by_itself() -> None:
    assert "_division" not in shipped_schemes()
    with pytest.raises(SchemeError) as caught:
        load_scheme("_division")
    assert [(f.code, f.where) for f in caught.value.findings] == [("scheme-missing", "grading")]
