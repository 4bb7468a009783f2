"""Appeal of a grade: everybody graded again with one person's fact corrected, both records kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.appeal import Appeal
from cmopt.domain.clients import Case
from cmopt.domain.roster import Roster
from cmopt.errors import InputError, finding
from cmopt.grading import grade
from cmopt.i18n import N_, Lang
from cmopt.intake.case import read_case, require_case
from cmopt.intake.corrections import corrected
from cmopt.service.order import DEFAULT_SEED, DEMO_SCHEME, Order, load

if TYPE_CHECKING:
    from cmopt.store.appeal import Kept
    from cmopt.store.manifest import Origin


@dataclass(frozen=True)
class AppealOrder:
    """Whose grade, which facts (fact -> value, see `cmopt.intake.corrections`), and why."""

    staff_id: str
    facts: Mapping[str, str]
    reason: str


def appeal(source: Path | Order, asked: AppealOrder, out: Path) -> Appeal:
    """Grade the case of `source` as it is and with the facts corrected; write both to the folder `out`.

    `source`: a run folder (its inputs, scheme and seed are taken, and its grades must come out again), or an
    Order of a case. In `out`: ``before/`` and ``after/``, each a record of grading that `verify` checks, with
    the corrected case in ``after/inputs/case``; ``appeal.csv`` (old and new grade of everybody it changes);
    ``appeal.json`` (the fact, the reason, the hash of the original run). Nothing of `source` is changed.

    Raises InputError: the scheme takes no appeals, no such person or fact, nothing graded, a record that
    does not come out again.
    """
    from cmopt.store.appeal import write_appeal
    from cmopt.store.folder import check_place

    check_place(out, marker="appeal.json")
    loaded, seed, record = _original(source)
    case, scheme = loaded.case, loaded.scheme
    if not asked.reason.strip():
        raise InputError(finding("appeal-reason", N_("say why the fact is corrected (--reason)")))
    if scheme.grading.appeals == "none":
        text = N_("this scheme takes no appeals; grading.appeals would say otherwise")
        raise InputError(finding("appeal-closed", text, "grading.appeals"))
    person = case.roster.by_id.get(asked.staff_id)
    if person is None:
        text = N_("there is nobody of this number in the staff table")
        raise InputError(finding("appeal-staff", text, asked.staff_id))
    if any(s.tier is not None for s in case.roster):
        text = N_("tiers are given in the staff table: nobody was graded, so there is no grade to appeal")
        raise InputError(finding("appeal-given", text))
    changed, corrections = corrected(person, asked.facts, scheme)
    roster = Roster(tuple(changed if s is person else s for s in case.roster))
    with tempfile.TemporaryDirectory() as folder:
        origin, again = _written(Case(roster, case.clients, case.links), loaded, Path(folder))
        found = Appeal(
            asked.staff_id,
            asked.reason,
            corrections,
            grade(case.roster, scheme, seed),
            grade(again.roster, scheme, seed),
            scheme,
        )
        write_appeal(found, loaded, replace(loaded, case=again, origin=origin), seed, record, out)
    return found


def appeal_source(path: Path, scheme: str | None, seed: int | None, lang: Lang) -> Path | Order:
    """A run folder as it is (it brings its scheme and seed: InputError where one is named), or the Order of a
    case."""
    if not (path / "manifest.json").is_file():
        return Order(path, scheme or DEMO_SCHEME, seed=DEFAULT_SEED if seed is None else seed, lang=lang)
    if scheme is not None or seed is not None:
        text = N_("a run brings its own scheme and seed: take --scheme and --seed away")
        raise InputError(finding("appeal-scheme", text, str(path)))
    return path


def _original(source: Path | Order) -> tuple[Kept, int, Path | None]:
    """The case as it was, the seed, and the run folder it comes from."""
    from cmopt.store.appeal import Kept, read_original

    if isinstance(source, Order):
        found = load(source)
        return Kept(found.case, found.scheme, found.notes, found.origin), source.seed, None
    loaded, seed = read_original(source)
    return loaded, seed, source


def _written(case: Case, loaded: Kept, folder: Path) -> tuple[Origin, Case]:
    """The corrected case as files, read again with every check, and where it comes from now."""
    from cmopt.intake.write import write_case

    name = loaded.origin.case.name
    path = folder / (name if loaded.origin.case.is_file() else "case")
    if loaded.origin.case.is_file() and path.suffix.lower() != ".xlsx":
        path = path.with_suffix(".xlsx")
    write_case(case, loaded.scheme, path, loaded.origin.lang)
    intake = read_case(path, loaded.scheme)
    files = {s.name: s.sha256 for s in intake.sources}
    return replace(loaded.origin, case=path, files=files, begun=datetime.now(UTC)), require_case(intake)
