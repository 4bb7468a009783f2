"""manifest.json has all that the contract promises, and what is kept beside it is what was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import cmopt
from cmopt import service
from cmopt.domain.draw import commitment
from cmopt.domain.progress import NullProgress
from cmopt.errors import InputError
from cmopt.store.folder import hashes_below
from cmopt.store.manifest import FORMAT


def manifest_of(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return found


def order_of(bank: Any, **changes: Any) -> service.Order:
    return service.Order(**{"case": bank.case, "scheme": str(bank.scheme), "report": False, **changes})


def test_every_file_is_there_with_its_hash(tiny_bank: Any) -> None:
    manifest = manifest_of(tiny_bank.run)
    assert {**manifest["inputs"], **manifest["outputs"]} == hashes_below(tiny_bank.run)
    case = tiny_bank.run / "inputs" / "case"
    assert {p.name: p.read_bytes() for p in case.iterdir()} == {
        p.name: p.read_bytes() for p in tiny_bank.case.iterdir()
    }
    kept = (tiny_bank.run / "inputs" / "scheme.toml").read_bytes()
    assert manifest["inputs"]["inputs/scheme.toml"] == hashlib.sha256(kept).hexdigest()
    assert kept.decode() == tiny_bank.scheme.read_text(encoding="utf-8")
    assert {"allocation.csv", "grades.csv", "portfolios.csv", "fairness.csv", "result.json"} == set(
        manifest["outputs"]
    )


def test_a_replay_has_all_it_needs(tiny_bank: Any, tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    overrides = {"grading.pass_mark": "70", "balance.resolution": "500"}
    order = order_of(tiny_bank, overrides=overrides, seed=7, time_limit=12.5, lang="en", solver="cpsat")
    run = service.allocate(order, tmp_path / "run")
    found = manifest_of(tmp_path / "run")
    assert found["format"] == FORMAT
    assert found["cmopt"] == cmopt.__version__
    assert found["versions"].keys() >= {"python", "ortools", "numpy", "pydantic", "python-calamine"}
    assert found["versions"]["ortools"] == version("ortools")
    assert (found["case"], found["scheme"], found["lang"]) == ("case", "tiny", "en")
    assert found["overrides"] == overrides
    assert (found["tie_seed"], found["tie_commitment"]) == (7, commitment(7))
    assert found["solver"] == {
        "asked": "cpsat",
        "used": "cpsat",
        "time_limit": 12.5,
        "parameters": dict(run.result.parameters),
    }
    assert found["solver"]["parameters"]["num_workers"] >= 1
    times = [datetime.fromisoformat(found[k]) for k in ("begun_utc", "ended_utc")]
    assert before <= times[0] <= times[1] <= datetime.now(UTC)
    assert all(found[k].endswith("Z") for k in ("begun_utc", "ended_utc"))


def test_decisions_of_cleaning_are_recorded_in_the_language_asked_for(
    tiny_bank: Any, copy_of: Callable[[Path], Path], tmp_path: Path
) -> None:
    """A total row is left out and a full-width id is normalised: both are decisions, both are kept."""
    case = copy_of(tiny_bank.case)
    links = case / "links.csv"
    text = links.read_text(encoding="utf-8-sig")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    lines = text.splitlines()
    links.write_text("\n".join([lines[0], lines[1].translate(wide), *lines[2:]]), encoding="utf-8")
    said = {}
    for lang in ("zh", "en"):
        service.allocate(order_of(tiny_bank, case=case, lang=lang), tmp_path / lang)
        decisions = manifest_of(tmp_path / lang)["decisions"]
        assert all(d.keys() == {"code", "severity", "where", "what"} for d in decisions)
        said[lang] = {d["code"]: d["what"] for d in decisions if str(d["where"]).startswith("links!")}
    assert said["zh"].keys() == said["en"].keys() != set()
    assert all(said["zh"][code] != said["en"][code] for code in said["zh"])


def test_the_same_order_gives_the_same_bytes(tiny_bank: Any, tmp_path: Path) -> None:
    """But for the times: of the run, and what the goals took."""
    service.allocate(order_of(tiny_bank), tmp_path / "again")
    first, second = (manifest_of(p) for p in (tiny_bank.run, tmp_path / "again"))
    assert first["inputs"] == second["inputs"]
    assert {k: v for k, v in first["outputs"].items() if k != "result.json"} == {
        k: v for k, v in second["outputs"].items() if k != "result.json"
    }


@pytest.mark.parametrize("change", ["changed", "removed"])
def test_a_case_that_changes_while_it_is_divided_is_refused(
    tiny_bank: Any, copy_of: Callable[[Path], Path], tmp_path: Path, change: str
) -> None:
    case = copy_of(tiny_bank.case)

    class Meddling(NullProgress):
        def writing(self) -> None:
            if change == "changed":
                with (case / "clients.csv").open("ab") as file:
                    file.write(b"\n")
            else:
                (case / "clients.csv").unlink()

    with pytest.raises(InputError) as error:
        service.allocate(order_of(tiny_bank, case=case), tmp_path / "run", Meddling())
    assert [(f.code, f.where) for f in error.value.findings] == [("case-changed", "clients.csv")]
    assert not (tmp_path / "run").exists()
