"""A bank with a ladder of its own, from the tables to a division that stands, and its folder alone."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from cmopt.intake.schemes import read_scheme_text
from cmopt.service import AppealOrder, Order, allocate, appeal, synth, verify

WORKED = Path(__file__).parents[1] / "grading" / "worked.toml"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked scheme without its figures, an example that fills them, an invented bank, and its division."""
    place = tmp_path_factory.mktemp("ladder")
    annual = read_scheme_text("annual")
    text = WORKED.read_text(encoding="utf-8") + annual[annual.index("# --- 客户分档") :]
    for filled in ('value = "60%"', "value = 500"):
        assert filled in text
        text = text.replace(filled, "#")
    (place / "worked.toml").write_text(text, encoding="utf-8")
    (place / "worked-example.toml").write_text(
        'extends = "worked.toml"\nname = "worked-example"\nexample = true\n'
        "[parameters.deposit_target]\nvalue = 500\n"
        '[parameters.business_weight]\nvalue = "60%"\n'
        '[[teams]]\nkey = "deposit_team"\nsize = 2\n',
        encoding="utf-8",
    )
    scheme = str(place / "worked-example.toml")
    synth(place / "case", scheme, "zh", staff=60, clients=40, branches=4)
    allocate(Order(place / "case", scheme, report=False), place / "run")
    for file in place.glob("*.toml"):
        file.unlink()
    shutil.rmtree(place / "case")
    return place / "run"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_folder_stands_alone(run: Path) -> None:
    assert verify(run) == ()


def test_the_manifest_says_who_filled_what(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["deposit_target"] == {
        "value": 500,
        "stated": False,
        "filled_by": "worked-example",
    }
    codes = {d["code"] for d in manifest["decisions"]}
    assert {"scheme-example", "parameters-filled"} <= codes


def test_grades_have_the_ladders_columns_behind_the_contracts(run: Path) -> None:
    graded = rows(run / "grades.csv")
    head = list(graded[0])
    contract = ["staff_id", "business", "service", "total", "rank", "qualified", "tier", "route", "tie_note"]
    assert head[: len(contract)] == contract
    quarters = [f"points_2025Q{n}" for n in range(1, 5)]
    assert head[-12:] == [
        *("rung", "level", "grade", "probation", "reasons"),
        *quarters,
        *("result_new_deposits", "result_profit", "beside"),
    ]
    counts = {"top_1": "senior", "top_2": "intermediate", "base_1": "junior", "starter": ""}
    on_ladder = [g for g in graded if g["rung"]]
    assert {g["rung"] for g in on_ladder} >= {"top_1", "top_2", "base_1"}
    for g in on_ladder:
        assert g["tier"] == ("provisional" if g["probation"] == "true" else counts[g["rung"]])
        assert (g["level"], g["grade"]) == {
            "top_1": ("top", "1"),
            "top_2": ("top", "2"),
            "base_1": ("base", "1"),
            "starter": ("", ""),
        }[g["rung"]]


def test_large_loans_are_with_rungs_that_count_as_senior(run: Path) -> None:
    rung = {g["staff_id"]: g for g in rows(run / "grades.csv")}
    held = [
        a["staff_id"] for a in rows(run / "allocation.csv") if a["segment"] == "large_loan" and a["staff_id"]
    ]
    assert held
    assert {rung[i]["rung"] for i in held} == {"top_1"}


def test_an_appeal_against_a_division(run: Path, tmp_path: Path) -> None:
    """A certificate that was overlooked: somebody kept low for want of it rises."""
    low = next(
        g["staff_id"]
        for g in rows(run / "grades.csv")
        if g["rung"] == "base_1" and "授信业务" in g["reasons"]
    )
    found = appeal(run, AppealOrder(low, {"certificates.credit": "held"}, "证书漏登"), tmp_path / "appeal")
    assert found.before[low].rung == "base_1"
    assert found.after[low].rung in {"top_1", "top_2", "base_1"}
    assert not any("授信业务" in m.render("zh") for m in found.after[low].reasons)
    assert verify(tmp_path / "appeal" / "after") == ()


def test_who_filled_a_parameter_cannot_be_forged(run: Path, tmp_path: Path) -> None:
    forged = tmp_path / "run"
    shutil.copytree(run, forged)
    file = forged / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["parameters"]["deposit_target"]["stated"] = True
    file.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    assert [f.code for f in verify(forged)] == ["verify-parameters"]
