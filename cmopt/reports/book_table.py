"""allocation.csv of a large book: other processes word the lines, each of some parts; this one orders them.

Wording a hundred thousand lines takes longer than all other tables and the audit together. It begins as soon as
there is a division, beside the audit; the same bytes come out as from `tables.allocation_rows`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Ints
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.i18n import Lang
from cmopt.plots.apart import killed_on_failure
from cmopt.reports.files import replacing
from cmopt.reports.tables import ALLOCATION_HEAD, ENCODING, LINE_END, AllocationRows
from cmopt.reports.writers import deaf, suitable

Write = Callable[[Path, Run], Path]

BLOCK = 4096  # rows that are encoded at once


@contextmanager
def table_apart(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
    lang: Lang,
    processes: int | None = None,
) -> Iterator[Write | None]:
    """Begins to word the lines of the book in other processes (`processes`: as many as suit); gives what writes
    allocation.csv of the run from them, or None where the book is too small for that.

    Should a process die, this one words all lines again. They are killed when the block is left by an exception
    (Ctrl-C among them, which they do not hear).
    """
    count = suitable(len(book.clients), len(case.clients)) if processes is None else processes
    shares = _shares([p for p in book.parts if p.holder is not None], count)
    if count < 2 or len(shares) < 2:
        yield None
        return
    work = partial(word, case, scheme, grades, key, seed=seed, lang=lang)
    pool = ProcessPoolExecutor(len(shares), mp_context=get_context("spawn"), initializer=deaf)
    with killed_on_failure(pool):
        found: list[Future[Rows]] = []
        with suppress(OSError, BrokenProcessPool):
            found += [pool.submit(work, share) for share in shares]

        def write(path: Path, run: Run) -> Path:
            try:
                rows = [f.result() for f in found]
            except BrokenProcessPool:
                rows = []
            rows = rows or [work(share) for share in shares]
            return write_rows(path, [_key_rows(run, lang), *rows])

        yield write


def _shares(parts: Sequence[PartResult], count: int) -> list[list[PartResult]]:
    """The parts in at most so many shares of about the same work, which grows with clients and managers."""
    shares: list[list[PartResult]] = [[] for _ in range(min(count, len(parts)))]
    done = [0] * len(shares)
    for part in sorted(parts, key=lambda p: (-len(p.clients), p.name)):
        least = done.index(min(done))
        shares[least].append(part)
        done[least] += len(part.clients) * (30 + part.managers)
    return shares


@dataclass(frozen=True)
class Rows:
    """Rows as they stand in the file: of which client (position) each is, where it ends in `text`."""

    clients: Ints
    ends: Ints
    text: bytes


def word(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    parts: Sequence[PartResult],
    seed: int,
    lang: Lang,
) -> Rows:
    """The rows of these parts, which have a division."""
    from cmopt.explain.book import tellers_of
    from cmopt.explain.edits import with_edits

    tellers = list(tellers_of(case, scheme, grades, key, parts, seed))
    lines = with_edits(chain.from_iterable(t.lines() for t in tellers), case.links)
    return rows_of(case, lang, lines, np.concatenate([t.part.clients for t in tellers]))


def _key_rows(run: Run, lang: Lang) -> Rows:
    """The rows of the key accounts, each account's backups below it."""
    lines = sorted(run.lines, key=lambda x: x.place)
    clients = [run.case.clients.position(x.client_id) for x in lines]
    return rows_of(run.case, lang, lines, np.array(clients, dtype=np.int64))


def rows_of(case: Case, lang: Lang, lines: Iterable[Line], clients: Ints) -> Rows:
    """The rows of these lines; `clients`: the position of each one's client."""
    maker, told, blocks = AllocationRows(case, lang), _Told(), []
    ends = np.zeros(len(clients), dtype=np.int64)
    writer, total = csv.writer(told, lineterminator=LINE_END), 0
    each = zip(lines, clients.tolist(), strict=True)
    for start in range(0, len(clients), BLOCK):
        writer.writerows(maker.row(line, at) for _, (line, at) in zip(range(BLOCK), each, strict=False))
        texts = [t.encode() for t in told.taken()]
        ends[start : start + len(texts)] = total + np.cumsum([len(t) for t in texts])
        blocks.append(b"".join(texts))
        total += len(blocks[-1])
    return Rows(clients, ends, b"".join(blocks))


class _Told:
    """What a csv.writer writes, one text a row."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self.write = self._texts.append

    def taken(self) -> list[str]:
        texts = self._texts.copy()
        self._texts.clear()
        return texts


def write_rows(path: Path, parts: Sequence[Rows]) -> Path:
    """Write the head and all rows in the order of their clients. Raises OSError; the old file stays then."""
    head = _Told()
    csv.writer(head, lineterminator=LINE_END).writerow(ALLOCATION_HEAD)
    clients = np.concatenate([p.clients for p in parts])
    source = np.repeat(np.arange(len(parts)), [len(p.clients) for p in parts])
    begins = np.concatenate([np.concatenate([[0], p.ends])[: len(p.ends)] for p in parts])
    ends = np.concatenate([p.ends for p in parts])
    order = np.argsort(clients, kind="stable")
    texts = [p.text for p in parts]
    with replacing(path) as draft, draft.open("wb") as file:
        file.write("".join(head.taken()).encode(ENCODING))
        for start in range(0, len(order), BLOCK):
            some = order[start : start + BLOCK]
            each = zip(source[some].tolist(), begins[some].tolist(), ends[some].tolist(), strict=True)
            file.write(b"".join([texts[n][begin:end] for n, begin, end in each]))
    return path
