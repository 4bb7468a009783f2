"""A case as it was handed in, a workbook or a folder of CSV files -> its tables with their addresses."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from cmopt.errors import Finding, InputError, because, finding
from cmopt.i18n import N_
from cmopt.intake.delimited import read_delimited
from cmopt.intake.filekind import check_text, check_workbook
from cmopt.intake.grid import Grid
from cmopt.intake.layout import lay_out
from cmopt.intake.names import safe_name, shown_name
from cmopt.intake.raw import RawCase, RawTable, RawValue, Source
from cmopt.intake.readlimits import DEFAULT_LIMITS, ReadLimits
from cmopt.intake.workbook import read_workbook

__all__ = ["ReadLimits", "read_raw", "safe_name"]


def read_raw(
    path: Path,
    expected: Mapping[str, str] | None = None,
    *,
    is_header: Callable[[RawValue], bool] | None = None,
    is_table: Callable[[str], bool] | None = None,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> RawCase:
    """The tables in `path`: an .xlsx or .xlsm workbook, or a folder of .csv files.

    `expected` maps file names to the SHA-256 seen at the preview; a file that changed since is refused.
    `is_header` says whether a cell names a known column (default: any short text may be a name);
    `is_table` whether a sheet or file of this name is a table of the case (default: each is). One that is not
    and cannot be read is left aside with a warning.

    Raises InputError with every fatal finding. Warnings and notices are in the case's `findings`.
    """
    files, findings = _load(path, limits)
    sources = tuple(Source(n, hashlib.sha256(data).hexdigest(), len(data)) for n, data in files.items())
    _check_unchanged(sources, expected)
    grids, found = _read(path, files, is_header, limits)
    findings += found
    tables: list[RawTable] = []
    for grid in grids:
        table, notes = lay_out(grid, is_header, limits)
        if table is not None:
            tables.append(table)
            findings += notes
        elif is_table is None or is_table(grid.name):
            findings += notes
        else:
            why = next(f for f in notes if f.severity == "error")
            findings.append(finding("sheet-left-aside", LEFT_ASIDE, grid.name, "warning", why=why.message))
    errors = [f for f in findings if f.severity == "error"]
    if not errors and not any(grid.rows for grid in grids):
        errors = [
            finding(
                "empty-case", N_("there is nothing in it: no sheet or file has a filled cell"), _shown(path)
            )
        ]
    if errors:
        raise InputError([*errors, *(f for f in findings if f.severity != "error")])
    return RawCase(tuple(tables), sources, tuple(findings))


LEFT_ASIDE = N_("this is not one of the tables of a case; left aside ({why})")
NO_FILE = N_("there is no such file or folder")
CANNOT_OPEN = N_("the file cannot be opened ({why}); if it is open in Excel, close it there")


def _read(
    path: Path, files: Mapping[str, bytes], is_header: Callable[[RawValue], bool] | None, limits: ReadLimits
) -> tuple[list[Grid], list[Finding]]:
    """Every sheet or file as rows; faults of CSV files as findings, so that all are told at once."""
    if not path.is_dir():
        ((name, data),) = files.items()
        check_workbook(name, data)
        return read_workbook(data, name, limits)
    grids: list[Grid] = []
    findings: list[Finding] = []
    for name, data in files.items():
        try:
            check_text(name, data)
            grids.append(read_delimited(data, name, is_header, limits))
        except InputError as error:
            findings += error.findings
    return grids, findings


def _load(path: Path, limits: ReadLimits) -> tuple[dict[str, bytes], list[Finding]]:
    """The bytes of the files of the case by name, each read once: what is hashed is what is parsed."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(finding("file-missing", NO_FILE, _shown(path))) from None
    except OSError as error:  # a name too long, a folder that may not be entered
        raise InputError(_cannot_open(path, error)) from None
    if not path.is_dir():
        return {safe_name(path.name): _bytes(path, limits.file_bytes)}, []
    chosen, findings = _csv_files(path, limits)
    files: dict[str, bytes] = {}
    for file in chosen:
        try:
            files[safe_name(file.name)] = _bytes(file, limits.text_bytes)
        except InputError as error:
            findings += error.findings
    if any(f.severity == "error" for f in findings):
        raise InputError(findings)
    if sum(map(len, files.values())) > 2 * limits.text_bytes:
        raise InputError(
            finding("file-too-large", TOO_LARGE, _shown(path), limit=2 * limits.text_bytes // 2**20)
        )
    return files, findings


TOO_LARGE = N_("this is more than {limit} MiB; refused")


def _csv_files(folder: Path, limits: ReadLimits) -> tuple[list[Path], list[Finding]]:
    """The .csv files in `folder` by name; anything else but hidden files is named as ignored."""
    chosen: list[Path] = []
    findings: list[Finding] = []
    try:
        entries = sorted(folder.iterdir(), key=lambda p: p.name)
    except OSError as error:
        raise InputError(_cannot_open(folder, error)) from None
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        if entry.suffix.lower() == ".csv":
            chosen.append(entry)
        elif len(findings) < limits.named:
            findings.append(
                finding(
                    "file-ignored",
                    N_("only the .csv files of a folder are read; ignored"),
                    shown_name(entry.name),
                    "notice",
                )
            )
    if not chosen:
        raise InputError(finding("empty-case", N_("the folder has no .csv file"), _shown(folder)))
    if len(chosen) > limits.files:
        raise InputError(
            finding(
                "too-many-files",
                N_("the folder has more than {limit} .csv files"),
                _shown(folder),
                limit=limits.files,
            )
        )
    stems: dict[str, str] = {}
    for file in chosen:
        other = stems.setdefault(file.stem.casefold(), file.name)
        if other != file.name:
            findings.append(
                finding(
                    "file-twice",
                    N_("two files have the same name but for capitals: {first}, {second}"),
                    _shown(folder),
                    first=shown_name(other),
                    second=shown_name(file.name),
                )
            )
    return chosen, findings


def _bytes(file: Path, most: int) -> bytes:
    """Raises InputError for what is no regular file (pipes and devices never end) and what is too large."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise InputError(finding("file-kind", N_("this is not an ordinary file"), _shown(file)))
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise InputError(_cannot_open(file, error)) from None
    if len(data) > most:
        raise InputError(finding("file-too-large", TOO_LARGE, _shown(file), limit=most // 2**20))
    return data


def read_bytes(file: Path, limits: ReadLimits = DEFAULT_LIMITS) -> bytes:
    """The bytes of one file that somebody handed in. Raises InputError for a name that could be a path, and for
    what is no regular file, cannot be opened or is too large."""
    safe_name(file.name)
    return _bytes(file, limits.file_bytes)


def _check_unchanged(sources: tuple[Source, ...], expected: Mapping[str, str] | None) -> None:
    if expected is None:
        return
    now = {s.name: s.sha256 for s in sources}
    findings: list[Finding] = []
    for name in sorted({*now, *expected}):
        if name not in now:
            findings.append(
                finding("file-changed", N_("the file was there at the preview and is gone"), shown_name(name))
            )
        elif name not in expected:
            findings.append(
                finding("file-changed", N_("the file was not there at the preview"), shown_name(name))
            )
        elif now[name] != expected[name].lower():
            findings.append(
                finding(
                    "file-changed",
                    N_("the file has changed since the preview; look at it again"),
                    shown_name(name),
                )
            )
    if findings:
        raise InputError(findings)


def _cannot_open(file: Path, error: OSError) -> Finding:
    return finding("file-cannot-open", CANNOT_OPEN, _shown(file), why=because(error))


def _shown(path: Path) -> str:
    return shown_name(path.name or str(path))
