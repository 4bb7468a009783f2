"""A bank of a few branches under a scheme with [book]: divided in about a second."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from cmopt import service
from cmopt.domain.run import Run


def order_of(bank: Any, **changes: Any) -> service.Order:
    wanted = {"case": bank.case, "scheme": str(bank.scheme), "report": False, "book": True, **changes}
    return service.Order(**wanted)


def record_of(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "result.json").read_text(encoding="utf-8"))
    return found


def rows_of(run: Path, name: str = "allocation.csv") -> list[dict[str, str]]:
    with (run / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def holders(run: Run) -> dict[str, list[int]]:
    """Part -> who holds each of its clients."""
    assert run.book is not None
    return {p.name: p.holder.tolist() for p in run.book.parts if p.holder is not None}
