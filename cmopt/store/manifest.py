"""manifest.json: all that a stranger needs to replay a run and to see that nothing was changed since."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cmopt
from cmopt.domain.draw import commitment
from cmopt.domain.result import Result
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_, Lang
from cmopt.store.folder import MANIFEST, hashes_below, plain_errors, put_back, sha256_of

FORMAT = 1
EDITS = "edits"  # the folder of the branches' edits, in inputs/
VERSIONS = ("ortools", "numpy", "pydantic", "python-calamine")


@dataclass(frozen=True)
class Origin:
    """Where a run comes from: the case and its files' hashes, the scheme's text, what was asked for."""

    case: Path
    files: Mapping[str, str]
    scheme: str
    scheme_text: str
    overrides: Mapping[str, str]
    lang: Lang
    begun: datetime
    solver_asked: str
    time_limit: float | None
    parameters: Mapping[str, Any] = field(default_factory=dict)  # the scheme's: value, stated, filled_by
    edits: Mapping[Path, str] = field(default_factory=dict)  # workbooks of branch heads, with their hashes


def keep_inputs(origin: Origin, folder: Path) -> None:
    """Copy the case's files, the branches' edits (if there are any) and the scheme into ``inputs/``; refuse a
    file that changed since it was read."""
    inputs = folder / "inputs"
    (inputs / "case").mkdir(parents=True)
    for name, digest in sorted(origin.files.items()):
        source = origin.case / name if origin.case.is_dir() else origin.case
        _copy(source, inputs / "case" / name, digest)
    for source, digest in sorted(origin.edits.items()):
        (inputs / EDITS).mkdir(exist_ok=True)
        _copy(source, inputs / EDITS / source.name, digest)
    (inputs / "scheme.toml").write_text(origin.scheme_text, encoding="utf-8", newline="\n")


def _copy(source: Path, target: Path, digest: str) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
    if not source.is_file() or sha256_of(target) != digest:
        text = N_("the file changed while it was being read")
        raise InputError(finding("case-changed", text, target.name))


def write_manifest(
    result: Result | None, origin: Origin, seed: int, notes: Sequence[Finding], folder: Path
) -> None:
    """Write the manifest of everything that is in `folder` by now. `result` None: nothing was solved."""
    hashes = hashes_below(folder)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "cmopt": cmopt.__version__,
        "versions": {"python": platform.python_version(), **{v: _version(v) for v in VERSIONS}},
        "case": origin.case.name,
        "inputs": {k: v for k, v in hashes.items() if k.startswith("inputs/")},
        "scheme": origin.scheme,
        "overrides": dict(sorted(origin.overrides.items())),
        "parameters": dict(sorted(origin.parameters.items())),
        "lang": origin.lang,
        "tie_seed": seed,
        "tie_commitment": commitment(seed),
        "solver": {
            "asked": origin.solver_asked,
            "used": result.solver if result else None,
            "time_limit": origin.time_limit,
            "parameters": dict(result.parameters) if result else {},
        },
        "decisions": [
            {"code": f.code, "severity": f.severity, "where": f.where, "what": f.message.render(origin.lang)}
            for f in notes
        ],
        "begun_utc": _utc(origin.begun),
        "ended_utc": _utc(datetime.now(UTC)),
        "outputs": {k: v for k, v in hashes.items() if not k.startswith("inputs/")},
    }
    write_json(folder / MANIFEST, manifest)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def check_run_folder(folder: Path) -> None:
    """InputError where there is no folder. A run whose replacement was cut short is put back first."""
    with plain_errors(folder):
        put_back(folder)
        if not folder.is_dir():
            raise InputError(
                finding("run-none", N_("there is no run here: the folder is missing"), str(folder))
            )


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a run folder; InputError naming the file where it is missing or not one."""
    where = f"{path.parent.name}/{path.name}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise InputError(finding("run-file", N_("missing from the run folder"), where)) from None
    except (ValueError, RecursionError):
        raise InputError(finding("run-json", N_("not valid JSON"), where)) from None
    if not isinstance(content, dict):
        raise InputError(finding("run-json", N_("not valid JSON"), where))
    return content


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
