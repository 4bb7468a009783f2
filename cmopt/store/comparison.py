"""Runs side by side: goals, fairness, and the accounts on which they differ."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmopt.domain.scheme import Title
from cmopt.errors import InputError, SchemeError, finding
from cmopt.i18n import N_
from cmopt.intake.schemes import parse_scheme
from cmopt.reports.tables import guarded, read_allocation, read_table
from cmopt.store.folder import MANIFEST, plain_errors
from cmopt.store.manifest import check_run_folder, read_json

HEAD = ("section", "name", "group", "measure")


@dataclass(frozen=True)
class Comparison:
    """`runs`: column names. `rows`: (section, name, group, measure, one cell a run).

    Sections: ``status``; ``goal`` (value), ``bound`` and ``proven`` by goal, and ``levels`` of those that have
    them; ``fairness`` (after, by metric, group and measure); ``holder`` and ``backups`` (by client, only where
    the runs differ). Cells are text, several figures or ids in one of them set apart by spaces, '' = absent.
    `measures`: what the runs' schemes call their measures.
    """

    runs: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    measures: Mapping[str, Title]
    same_case: bool = True  # whether all runs read the very same files
    tiers: Mapping[str, Title] = field(default_factory=dict)  # of schemes that are compared


def compare_runs(folders: Sequence[Path]) -> Comparison:
    """Read two or more run folders. Raises InputError for fewer, or where one is not a run."""
    if len(folders) < 2:
        raise InputError(finding("compare-few", N_("name at least two run folders")))
    records = [_record(f) for f in folders]
    divisions = [f if _has_division(r) else None for f, r in zip(folders, records, strict=True)]
    rows = [
        ("status", "", "", "", *(str(r["status"]) for r in records)),
        *_goals(records),
        *_fairness(divisions),
        *_holders(divisions),
    ]
    return Comparison(_names(folders), tuple(rows), _measures(folders), _same_case(folders))


def write_comparison(comparison: Comparison, path: Path) -> None:
    """UTF-8 with a byte order mark, CR LF. An earlier comparison is replaced; InputError for any other file
    of this name, and where it cannot be written."""
    from cmopt.reports.files import replacing

    with plain_errors(path):
        check_comparison_place(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file, lineterminator="\r\n")
            out.writerow([*HEAD, *map(guarded, comparison.runs)])
            out.writerows(comparison.rows)


def check_comparison_place(path: Path) -> None:
    """InputError where `path` is a file that is no comparison."""
    if path.exists():
        with path.open("rb") as file:
            begins = file.read(100).decode("utf-8-sig", errors="replace")
        if not begins.startswith(",".join(HEAD)):
            raise InputError(
                finding("out-exists", N_("it is no comparison of runs; name a new file"), str(path))
            )


def _same_case(folders: Sequence[Path]) -> bool:
    """By the hashes of the case's files in the manifests (the scheme may differ)."""
    read = [read_json(f / MANIFEST).get("inputs", {}) for f in folders]
    cases = [{k: v for k, v in inputs.items() if k.startswith("inputs/case/")} for inputs in read]
    return all(case == cases[0] for case in cases)


def _names(folders: Sequence[Path]) -> tuple[str, ...]:
    """The folders' own names, with as much of the path as tells them apart."""
    short = [f.resolve().name for f in folders]
    if len(set(short)) == len(short):
        return tuple(short)
    return tuple(f.as_posix() for f in folders)


def _measures(folders: Sequence[Path]) -> dict[str, Title]:
    """From the schemes kept in the runs; a scheme that cannot be read is passed over (they are titles only)."""
    titles: dict[str, Title] = {}
    for folder in folders:
        with suppress(OSError, ValueError, SchemeError):
            text = (folder / "inputs" / "scheme.toml").read_text(encoding="utf-8")
            titles |= {m.key: m.title for m in parse_scheme(text).measures if m.key not in titles}
    return titles


def _record(folder: Path) -> dict[str, Any]:
    check_run_folder(folder)
    record = read_json(folder / "result.json")
    if not isinstance(record.get("goals"), list) or "status" not in record:
        raise InputError(finding("compare-record", N_("not the record of a run"), str(folder)))
    return record


def _goals(records: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(g["name"] for r in records for g in r["goals"]))
    by_run = [{g["name"]: g for g in r["goals"]} for r in records]
    rows = []
    sections = (("goal", "value"), ("bound", "bound"), ("proven", "proven"), ("levels", "levels"))
    for section, key in sections:
        for name in names:
            cells = [_cell(goals.get(name, {}).get(key)) for goals in by_run]
            if section != "levels" or any(cells):
                rows.append((section, name, "", "", *cells))
    return rows


def _has_division(record: dict[str, Any]) -> bool:
    return any(g.get("value") is not None for g in record["goals"])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fairness(folders: Sequence[Path | None]) -> list[tuple[str, ...]]:
    tables: list[dict[tuple[str, ...], str]] = []
    for folder in folders:
        if folder is None:
            tables.append({})
            continue
        head, *rows = read_table(folder / "fairness.csv")
        at = {name: n for n, name in enumerate(head)}
        tables.append({(r[at["metric"]], r[at["group"]], r[at["measure"]]): r[at["after"]] for r in rows})
    keys = list(dict.fromkeys(k for t in tables for k in t))
    return [("fairness", *key, *(t.get(key, "") for t in tables)) for key in keys]


def _holders(folders: Sequence[Path | None]) -> list[tuple[str, ...]]:
    """Only between runs with a division; a run without one has blanks."""
    read = [None if f is None else read_allocation(f / "allocation.csv") for f in folders]
    held = [{} if a is None else a.holder for a in read]
    backups = [None if a is None else {c: " ".join(who) for c, who in a.backups.items()} for a in read]
    clients = sorted({c for h in held for c in h})
    return [
        *(
            ("holder", guarded(c), "", "", *(guarded(h.get(c) or "") for h in held))
            for c in clients
            if len({h.get(c) for h in held if h}) > 1
        ),
        *(
            ("backups", guarded(c), "", "", *(guarded((b or {}).get(c, "")) for b in backups))
            for c in clients
            if len({b.get(c) for b in backups if b is not None}) > 1
        ),
    ]
