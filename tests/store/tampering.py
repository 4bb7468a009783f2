"""Changing a run folder the way an insider would: the hashes in the manifest made right again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cmopt.store.folder import hashes_below

Record = dict[str, Any]
Rows = list[list[str]]


def rehash(run: Path) -> None:
    """Rewrite the manifest's hashes to fit the files."""
    hashes = hashes_below(run)

    def fit(manifest: Record) -> None:
        manifest["inputs"] = {k: v for k, v in hashes.items() if k.startswith("inputs/")}
        manifest["outputs"] = {k: v for k, v in hashes.items() if not k.startswith("inputs/")}

    edit_json(run / "manifest.json", fit)


def edit_json(path: Path, change: Callable[[Record], None]) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")


def read_rows(path: Path) -> Rows:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def write_rows(path: Path, rows: Rows) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def edit_rows(path: Path, change: Callable[[Rows], None]) -> None:
    rows = read_rows(path)
    change(rows)
    write_rows(path, rows)
