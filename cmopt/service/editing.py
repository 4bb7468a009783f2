"""The branches' edits as a part of what a run is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cmopt.domain.clients import Case
from cmopt.errors import Finding, InputError


def with_branch_edits(
    case: Case, paths: Sequence[Path]
) -> tuple[Case, tuple[Finding, ...], Mapping[Path, str]]:
    """The case with the edits in `paths` (branch workbooks, or folders of them), what there is to tell, and the
    SHA-256 of each file. Raises InputError with every fault of all files at once."""
    if not paths:
        return case, (), {}
    from cmopt.intake.edits import merge_edits, read_edits

    edits = read_edits(paths, case)
    if edits.errors:
        raise InputError(edits.errors)
    return merge_edits(case, edits.links), edits.findings, {p: s.sha256 for p, s in edits.sources.items()}
