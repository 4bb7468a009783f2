"""What is asked for, and the case it is asked of."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.clients import Case
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_, Lang
from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import parse_overrides, parse_scheme, read_scheme_text
from cmopt.service.editing import with_branch_edits

if TYPE_CHECKING:
    from cmopt.store.manifest import Origin

DEMO_SCHEME = "annual"
DEFAULT_SEED = 1
CERTIFY_SECONDS = 300.0


@dataclass(frozen=True)
class Order:
    """What is asked for: a case under a scheme with overrides, and how to work."""

    case: Path
    scheme: str = DEMO_SCHEME
    overrides: Mapping[str, str] = field(default_factory=dict)
    solver: str = "auto"
    time_limit: float | None = 60.0
    seed: int = DEFAULT_SEED
    lang: Lang = "zh"
    report: bool = True
    charts: bool = True  # with the report
    own_process: bool = False  # nobody else draws in this process: skip matplotlib's scan of system fonts
    certify: bool = False  # every goal proved once more by the second engine
    certify_limit: float = CERTIFY_SECONDS  # seconds that may take
    book: bool = False  # the rest of the book too, branch by branch
    workers: int | None = None  # processes for it; None: as many as suit
    cluster: str | None = None  # a scheduler of dask.distributed, instead of processes here
    resume: Path | None = None  # an earlier run that was cut short, to be gone on with
    edits: tuple[Path, ...] = ()  # workbooks that branch heads returned, or folders of them


def read_overrides(pairs: Sequence[str]) -> dict[str, str]:
    """``["a.b=3"]`` as an Order wants it; InputError naming every pair that is not ``key=value``."""
    return parse_overrides(pairs)


@dataclass(frozen=True)
class Loaded:
    """A case that was read under its scheme, without errors, and where all of it came from."""

    case: Case
    scheme: Scheme
    notes: tuple[Finding, ...]
    origin: Origin

    def noting(self, notes: Sequence[Finding]) -> Loaded:
        """The same case, with more that there is to tell."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))

    def asked_of(self, order: Order) -> Loaded:
        """The same case, for another solver."""
        return dataclasses.replace(self, origin=dataclasses.replace(self.origin, solver_asked=order.solver))


def load(order: Order) -> Loaded:
    """The case and the scheme. Raises InputError with every fault at once."""
    from cmopt.problem.fit import fit_notes, refuse_mixed_tiers
    from cmopt.store.manifest import Origin

    begun = datetime.now(UTC)
    _check_time_limit(order.time_limit)
    _check_time_limit(order.certify_limit)
    text = read_scheme_text(order.scheme)
    scheme = parse_scheme(text, order.overrides)
    intake = read_case(order.case, scheme)
    case, edited, edits = with_branch_edits(require_case(intake), order.edits)
    origin = Origin(
        case=order.case,
        files={s.name: s.sha256 for s in intake.sources},
        scheme=scheme.name,
        scheme_text=text,
        overrides=order.overrides,
        lang=order.lang,
        begun=begun,
        solver_asked=order.solver,
        time_limit=order.time_limit,
        parameters=scheme.filled_parameters,
        edits=edits,
    )
    refuse_mixed_tiers(case)
    return Loaded(case, scheme, (*intake.findings, *edited, *fit_notes(case, scheme, order.solver)), origin)


def _check_time_limit(seconds: float | None) -> None:
    if seconds is not None and not 0 <= seconds < math.inf:
        raise InputError(
            finding("time-limit", N_("the time limit is {value}; give seconds from 0 on"), value=seconds)
        )
