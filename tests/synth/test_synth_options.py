"""Options that cannot be met are refused, all of them at once, in either language."""

from __future__ import annotations

import pytest

from cmopt.domain.scheme import Scheme
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme
from cmopt.synth import SynthOptions, synth_case


def test_every_option_out_of_range_is_named_at_once() -> None:
    bad = SynthOptions(branches=0, staff=59, clients=-1, seed=-1, pins=40)
    with pytest.raises(InputError) as raised:
        synth_case(bad, load_scheme("annual"))
    findings = raised.value.findings
    assert [f.where for f in findings] == ["branches", "staff", "clients", "seed", "pins"]
    assert {f.code for f in findings} == {"synth-range", "synth-pins"}
    assert "59" in raised.value.render("en")
    assert "60" in raised.value.render("zh")
    for f in findings:
        assert f.message.render("zh") != f.message.render("en")


def test_the_least_staff_is_accepted() -> None:
    assert len(synth_case(SynthOptions(staff=60, clients=0), load_scheme("annual")).roster) == 60


def test_accounts_of_a_segment_the_scheme_does_not_divide_are_refused() -> None:
    annual = load_scheme("annual")
    loans_only = annual.model_copy(
        update={"segments": tuple(s for s in annual.segments if s.kind == "loan"), "teams": ()}
    )
    assert isinstance(loans_only, Scheme)
    with pytest.raises(InputError) as raised:
        synth_case(SynthOptions(), loans_only)
    assert [(f.code, f.where) for f in raised.value.findings] == [("synth-segment", "key_deposits")]
    case = synth_case(SynthOptions(key_deposits=0, clients=20), loans_only)
    assert not any(c.key_deposit for c in case.clients)
