"""Branch workbooks that came back -> pins and recusals, each with the branch head's reason, for the next run.

What stands in the yellow columns is read; everything else must be as it was written. A file that belongs to
another case or run, an altered line, an unknown person, a missing reason, edits that contradict each other or
the case: all are told at once, by their address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cmopt.domain.clients import Case, Link, LinkRule
from cmopt.domain.edits import case_marks
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.intake.branchfile import BranchFile, Line, branch_file
from cmopt.intake.filekind import check_workbook
from cmopt.intake.files import read_bytes
from cmopt.intake.names import shown_name
from cmopt.intake.people import People
from cmopt.intake.raw import Source
from cmopt.intake.readlimits import DEFAULT_LIMITS, ReadLimits
from cmopt.intake.workbook import read_workbook


@dataclass(frozen=True)
class Edits:
    """What branch heads ask for. `links` are in order of staff and client, each with its reason; `findings`
    errors, warnings and notices; `sources` the files that were read, by their paths. With errors there are no
    links."""

    links: tuple[Link, ...]
    findings: tuple[Finding, ...]
    sources: Mapping[Path, Source]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")


def read_edits(paths: Sequence[Path], case: Case, limits: ReadLimits = DEFAULT_LIMITS) -> Edits:
    """The edits in `paths`: branch workbooks, or folders of them. Nothing is raised for bad input."""
    findings: list[Finding] = []
    sources: dict[Path, Source] = {}
    files: list[BranchFile] = []
    marks = case_marks(case.clients)
    for path in _workbooks(paths, limits, findings):
        try:
            data = read_bytes(path, limits)
            check_workbook(path.name, data)
            grids, found = read_workbook(data, path.name, limits)
            findings += found
            files.append(branch_file(path.name, grids, marks, findings))
            sources[path] = Source(path.name, hashlib.sha256(data).hexdigest(), len(data))
        except InputError as error:
            findings += error.findings
    findings += _same_run(files)
    asked = list(_asked(files, People(case), findings))
    links = _links(asked, case, findings)
    if any(f.severity == "error" for f in findings):
        return Edits((), tuple(findings), sources)
    return Edits(links, (*findings, *_told(files, asked)), sources)


def merge_edits(case: Case, links: Sequence[Link]) -> Case:
    """The case with the rules of `links` put in; bids, fits, costs and loads of a pair stay. The links must not
    contradict the case's own (`read_edits` sees to it)."""
    if not links:
        return case
    merged = dict(case.link_of)
    for link in links:
        own = merged.get((link.staff_id, link.client_id))
        merged[link.staff_id, link.client_id] = (
            link if own is None else replace(own, rule=link.rule, reason=link.reason)
        )
    return replace(case, links=tuple(merged.values()))


def _workbooks(paths: Sequence[Path], limits: ReadLimits, findings: list[Finding]) -> list[Path]:
    """The workbooks, those of a folder by name; what else lies there is told."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        entries = sorted(p for p in path.iterdir() if not p.name.startswith((".", "~$")))
        books = [p for p in entries if p.suffix.lower() in (".xlsx", ".xlsm")]
        others = [p for p in entries if p not in books]
        for other in others[: limits.named]:
            text = N_("no workbook (.xlsx); ignored")
            findings.append(finding("edits-ignored", text, shown_name(other.name), "notice"))
        if not books:
            findings.append(finding("edits-none", N_("the folder has no workbook"), shown_name(path.name)))
        found += books
    names = [p.name for p in found]
    for name in sorted({n for n in names if names.count(n) > 1}):
        findings.append(finding("edits-file-twice", N_("two files have this name"), shown_name(name)))
    return found


def _same_run(files: Sequence[BranchFile]) -> Iterator[Finding]:
    """Workbooks of two runs must not be mixed: a refusal says "anybody but this one" of one division only."""
    first: dict[str, BranchFile] = {}
    for file in files:
        first.setdefault(file.run, file)
    one, *others = first.values() if first else [None]
    for other in others:
        assert one is not None and other is not None
        text = N_("this workbook comes from another run than {first}; hand in those of one run")
        yield finding("edits-mixed", text, other.name, first=one.name)


# --- decisions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """One edit, and the cell it stands in."""

    client_id: str
    staff_id: str
    rule: LinkRule
    why: str
    where: str


def _asked(files: Sequence[BranchFile], people: People, findings: list[Finding]) -> Iterator[_Asked]:
    for file in files:
        for line in file.lines:
            try:
                found = _of_line(line, people)
            except InputError as error:
                findings += error.findings
                continue
            if found is not None:
                yield found
            elif line.why is not None:
                text = N_("the line is accepted, so what stands here is not used")
                findings.append(finding("edits-unused", text, line.at["why"], "notice"))


def _of_line(line: Line, people: People) -> _Asked | None:
    """The edit of one line; None where it is accepted. Raises InputError with all that is wrong with it."""
    at, faults = line.at, []
    if line.decision in (None, "accept") and line.give_to is not None:
        text = N_("a person is named here, but the decision is not to give it to somebody else")
        faults.append(finding("edits-contradictory", text, at["give_to"]))
    if line.decision is None and line.why is not None and not faults:
        text = N_("a reason without a decision: choose one, or clear the cell")
        faults.append(finding("edits-undecided", text, at["decision"]))
    if faults:
        raise InputError(faults)
    if line.decision in (None, "accept"):
        return None
    staff_id, rule = "", "pin"
    if line.decision == "previous":
        staff_id = line.previous or ""
        if not staff_id:
            text = N_("nobody held this client before, so it cannot stay; name somebody to give it to")
            faults.append(finding("edits-no-previous", text, at["decision"]))
    elif line.decision == "refuse":
        staff_id, rule = line.holder or "", "forbid"
        if not staff_id:
            text = N_("nobody was to have this client, so there is nobody to refuse")
            faults.append(finding("edits-no-holder", text, at["decision"]))
    elif line.give_to is None:
        faults.append(finding("edits-nobody", N_("write the staff id of who shall have it"), at["give_to"]))
    else:
        staff_id, unknown = people.find(line.give_to, at["give_to"])
        faults += unknown
    if line.decision != "other" and line.give_to is not None:
        text = N_("a person is named here, but the decision is not to give it to somebody else")
        faults.append(finding("edits-contradictory", text, at["give_to"]))
    if line.why is None:
        faults.append(finding("edits-no-reason", N_("say why: a reason is required here"), at["why"]))
    if faults:
        raise InputError(faults)
    return _Asked(
        line.client_id, staff_id, "pin" if rule == "pin" else "forbid", line.why or "", at["decision"]
    )


def _links(asked: Sequence[_Asked], case: Case, findings: list[Finding]) -> tuple[Link, ...]:
    """One link a pair; what contradicts another edit or the case's own links is told."""
    first: dict[str, _Asked] = {}
    links: dict[tuple[str, str], Link] = {}
    pinned = {k.client_id: k.staff_id for k in case.links if k.rule == "pin"}
    for edit in asked:
        other = first.setdefault(edit.client_id, edit)
        if (other.staff_id, other.rule) != (edit.staff_id, edit.rule):
            text = N_("client {client} has two edits that contradict each other: this one and {other}")
            told: dict[str, Any] = {"client": edit.client_id, "other": other.where}
            findings.append(finding("edits-contradictory", text, edit.where, **told))
            continue
        clash = _clash(edit, case, pinned)
        if clash is not None:
            findings.append(clash)
        links[edit.staff_id, edit.client_id] = Link(edit.staff_id, edit.client_id, edit.rule, reason=edit.why)
    return tuple(links[pair] for pair in sorted(links))


def _clash(edit: _Asked, case: Case, pinned: Mapping[str, str]) -> Finding | None:
    """What in the case's own links stands against an edit."""
    own = case.link_of.get((edit.staff_id, edit.client_id))
    rule = None if own is None else own.rule
    told: dict[str, Any] = {"client": edit.client_id, "staff": edit.staff_id}
    if rule in ("forbid", "pin") and rule != edit.rule:
        text = N_("the links of the case recuse {staff} from {client}: the edit says the opposite")
        if rule == "pin":
            text = N_("the links of the case pin {client} to {staff}: the edit says the opposite")
        return finding("edits-against-case", text, edit.where, **told)
    if rule == "allow" and edit.rule == "pin":
        text = N_(
            "{staff} may hold {client} only by the rule allow of the links table, which an edit cannot pin "
            "too; have the planning department settle it there"
        )
        return finding("edits-against-case", text, edit.where, **told)
    other = pinned.get(edit.client_id)
    alone = case.client_by_id[edit.client_id].managers_needed == 1
    if edit.rule == "pin" and other not in (None, edit.staff_id) and alone:
        text = N_("the links of the case pin {client} to {other}: it cannot be pinned to {staff} too")
        return finding("edits-against-case", text, edit.where, other=other, **told)
    return None


def _told(files: Sequence[BranchFile], asked: Sequence[_Asked]) -> Iterator[Finding]:
    """One notice a file: what was read from it, for the record."""
    for file in files:
        mine = {at for line in file.lines for at in [line.at["decision"]]}
        own = [e for e in asked if e.where in mine]
        pins = sum(e.rule == "pin" for e in own)
        text = N_(
            "edits of {branch}: {pins} clients pinned, {refused} managers refused, {kept} lines accepted"
        )
        counts = {"pins": pins, "refused": len(own) - pins, "kept": len(file.lines) - len(own)}
        yield finding("edits-read", text, file.name, "notice", branch=file.branch, **counts)
