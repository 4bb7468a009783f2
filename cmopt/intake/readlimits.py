"""How much a case file may ask of the machine that reads it; every limit can be set."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class ReadLimits:
    """Limits on one case. A file beyond one of them is refused with an error that names the limit.

    The sizes are bytes, `seconds` is wall-clock time. `memory_bytes` and `seconds` bind the child process
    that parses a workbook (the memory limit only where the system has `resource.setrlimit`).

    `sparse_cells`, `sparse_factor`: the box around the filled cells of a sheet, from A1, may hold up to
    `sparse_cells` cells, or more if at least one in `sparse_factor` of them is filled. So a stray cell at
    XFD1048576 is refused, and 1,048,576 rows are read where they are really filled. Blank formatted cells
    are not counted: a million blank formatted rows are skipped within `unpacked_bytes`.

    `text_bytes` and `text_cells` bind a .csv file, which unpacks to nothing larger and may hold a whole bank.

    `ratio` binds every part of a workbook but the sheets (blank formatted rows honestly pack 300 to 1),
    once the part has unpacked to more than `ratio_from_bytes`.
    """

    file_bytes: int = 100 * MIB
    files: int = 200
    entries: int = 5_000
    unpacked_bytes: int = 512 * MIB
    ratio: int = 200
    ratio_from_bytes: int = 4 * MIB
    cells: int = 5_000_000
    text_bytes: int = 512 * MIB
    text_cells: int = 50_000_000
    sparse_cells: int = 2_000_000
    sparse_factor: int = 4
    merges: int = 100_000
    memory_bytes: int = 2048 * MIB
    seconds: float = 60.0
    header_rows: int = 10
    named: int = 20


DEFAULT_LIMITS = ReadLimits()
