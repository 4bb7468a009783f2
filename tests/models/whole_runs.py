"""From invented tables of a scheme to a division that stands: shared by the tests of other banks' schemes."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from cmopt import service
from cmopt.errors import SchemeError
from cmopt.intake.schemes import load_scheme


@dataclass(frozen=True)
class Whole:
    """A run from invented tables: how many people stand on each rung, in each tier, and came each way."""

    rungs: Counter[str]
    tiers: Counter[str]
    routes: Counter[str]
    placed: int
    open: int


def whole_run(scheme: str, folder: Path, staff: int = 140, clients: int = 60) -> Whole:
    """Synth, allocate and verify; fails on a breach of a rule or a figure that is not found again."""
    service.synth(folder / "case", scheme, "zh", clients=clients, staff=staff)
    run = service.allocate(service.Order(folder / "case", scheme, report=False), folder / "run")
    assert run.result.allocation is not None
    assert not run.audit.breaches
    assert service.verify(folder / "run") == ()
    rows = [read_rows(folder / "run" / name) for name in ("grades.csv", "allocation.csv")]
    held = Counter(bool(row["staff_id"]) for row in rows[1])
    counts = [Counter(row[key] for row in rows[0]) for key in ("rung", "tier", "route")]
    return Whole(*counts, placed=held[True], open=held[False])


def read_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def refused(scheme: str) -> set[str]:
    """The parameters for want of which a scheme is refused, each told as not stated and how to fill it."""
    with pytest.raises(SchemeError) as caught:
        load_scheme(scheme)
    names = set()
    for finding in caught.value.findings:
        assert finding.code == "parameter-unfilled"
        assert "not stated in the source" in finding.render("en")
        assert f"--set {finding.where}=" in finding.render("en")
        assert "原文未规定" in finding.render("zh")
        names.add(str(finding.where).removeprefix("parameters.").removesuffix(".value"))
    return names


def unmarked_numbers(scheme: str) -> list[str]:
    """Lines of a scheme file that hold a number and do not say where it comes from (but for `low`, `high`)."""
    text = (Path(__file__).resolve().parents[2] / "models" / f"{scheme}.toml").read_text(encoding="utf-8")
    numbered = [line for line in text.splitlines() if re.search(r"=\s*\"?-?\d", line.split("#")[0])]
    stated = [line for line in numbered if not line.startswith(("low = ", "high = "))]
    assert stated
    return [line for line in stated if not re.search(r"#.*\[(source|ours|example)\]", line)]
