"""Scheme files: found by name or path, read from TOML, overridden key by key, checked by key path."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pydantic

from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, Listed, SchemeError, because, finding
from cmopt.i18n import N_
from cmopt.intake.extending import whole_text
from cmopt.intake.parameters import FILLED_BY_SET, fill_parameters
from cmopt.intake.schemefaults import scheme_faults, toml_fault


def load_scheme(name_or_file: str | Path, overrides: Mapping[str, str] | None = None) -> Scheme:
    """The scheme called `name_or_file` (one that ships, or a .toml file), with `overrides` applied.

    An override key is a dotted path; an entry of a list is named by its key (or name), as in
    ``segments.large_loan.at_least`` or ``goals.balance.tolerance``. Values are read as
    TOML, a bare word as text.

    Raises SchemeError with every fault, each by its key path.
    """
    return parse_scheme(read_scheme_text(name_or_file), overrides)


def read_scheme_text(name_or_file: str | Path) -> str:
    """The text of a shipped scheme or of a file (UTF-8, with or without a byte order mark).

    Of a scheme that extends another the text of both in one: whoever has it needs no further file.
    """
    return whole_text(str(name_or_file), own_text)


def own_text(name: str) -> str:
    """The text of one shipped scheme or file as it is."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        try:
            return Path(name).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise SchemeError(
                finding("scheme-file", N_("cannot read the scheme: {why}"), name, why=because(error))
            ) from None
        except UnicodeDecodeError:
            raise SchemeError(finding("scheme-file", N_("the scheme file is not UTF-8 text"), name)) from None
    path = shipped("models").joinpath(f"{name}.toml")
    if not re.fullmatch(r"_?[a-z0-9-]+", name) or not path.is_file():
        raise SchemeError(
            finding(
                "scheme-unknown",
                N_("there is no scheme called {name!r}; shipped: {known}"),
                name=name,
                known=Listed(shipped_schemes()),
            )
        )
    return path.read_text(encoding="utf-8")


def parse_scheme(text: str, overrides: Mapping[str, str] | None = None) -> Scheme:
    """The scheme in TOML `text`. Raises SchemeError with every fault by key path."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SchemeError(toml_fault(error, text)) from None
    faults: list[Finding] = []
    for key, value in (overrides or {}).items():
        try:
            _override(tree, key, value)
        except SchemeError as error:
            faults += error.findings
    if faults:
        raise SchemeError(faults)
    filled = fill_parameters(tree)
    try:
        return Scheme.model_validate(filled)
    except pydantic.ValidationError as error:
        raise SchemeError(scheme_faults(filled, error)) from None


def shipped_schemes() -> list[str]:
    """Names of the schemes that ship with the package; those with _ in front are there to be extended only."""
    names = [p.name for p in shipped("models").iterdir()]
    return sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml") and not n.startswith("_"))


def shipped(folder: str) -> Traversable:
    """`models` or `data`: inside the installed package, or beside it in a source checkout."""
    inside = resources.files("cmopt").joinpath(f"_{folder}")
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / folder


def parse_overrides(pairs: Sequence[str]) -> dict[str, str]:
    """``["a.b=3"]`` -> ``{"a.b": "3"}``; InputError naming every pair without '='."""
    found: dict[str, str] = {}
    faults = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            faults.append(finding("set-form", N_("--set takes key=value, not {pair!r}"), pair=pair))
        found[key.strip()] = value.strip()
    if faults:
        raise InputError(faults)
    return found


def _override(tree: dict[str, Any], path: str, value: str) -> None:
    *parents, last = path.split(".")
    node: Any = tree
    for n, part in enumerate(parents):
        node = _step(node, part, ".".join(parents[: n + 1]), path)
    if isinstance(node, list):
        raise _no_such_key(path, path, _names(node))
    known = _names(node)
    if last not in node and last not in OPTIONAL_KEYS:
        raise _no_such_key(path, path, known)
    if isinstance(node.get(last), dict | list) and not value.lstrip().startswith(("[", "{")):
        raise _no_such_key(path, path, _names(node[last]))
    node[last] = _toml_value(value)
    if path.partition(".")[0] == "parameters":
        if len(parents) != 2 or last != "value":
            text = N_(
                "only the value of a parameter can be set; what the source states stands in the scheme's file"
            )
            raise SchemeError(finding("parameter-set", text, path))
        node["filled_by"] = FILLED_BY_SET


# Keys a scheme may leave out, so that an override may add them; refused later where they do not belong.
OPTIONAL_KEYS = frozenset({
    "tolerance", "mode", "absent", "at_least", "below", "divide", "level", "least", "exclusive_of", "weight",
    "resolution", "teams_apart", "base_load", "tiers", "jurisdiction", "quality_at_least", "rank_to",
    "rank_from", "score_from", "score_below", "registered", "marketing", "min_average_deposits", "points",
    "per", "every", "key_deposit", "price", "step", "least_column", "most_column", "within", "most", "base",
    "limits", "except_teams", "share", "in_caps", "fit_absent", "cost_absent", "measure", "levels", "branches",
    "value", "as_of", "trainees", "blank_facts", "full_marks", "fold", "weights", "missing_quarter", "missing",
    "period", "figure", "up_at_most", "down_at_most", "counted_in", "demote_below", "demote_after",
    "demote_steps", "newcomers", "failed", "pass_mark", "needs_education", "needs_bank_years",
    "needs_no_serious_breach", "needs_certificates", "target",
    "book", "segments", "regions", "developer", "groups", "problem_loans", "problem_from", "head_posts",
    "counter", "rotation_years", "team_members", "bands", "mix", "gap", "wave_clients", "client", "difficulty",
})  # fmt: skip

OPTIONAL_TABLES = ("incumbency", "backups", "links", "handover")


NAMED_BY = ("key", "name", "measure", "source", "part")  # what an entry of a list may be called by


def _step(node: Any, part: str, at: str, path: str) -> Any:
    if isinstance(node, dict) and isinstance(node.get(part), dict | list):
        return node[part]
    if isinstance(node, dict) and part in OPTIONAL_TABLES and part not in node:
        return node.setdefault(part, {})
    if isinstance(node, list):
        for entry in node:
            if isinstance(entry, dict) and part in [entry.get(k) for k in NAMED_BY]:
                return entry
    raise _no_such_key(path, at, _names(node))


def _names(node: Any) -> list[str]:
    if isinstance(node, dict):
        return list(node)
    if isinstance(node, list):
        named = [[e[k] for k in NAMED_BY if k in e] for e in node if isinstance(e, dict)]
        return [str(names[0]) for names in named if names]
    return []


def _no_such_key(path: str, at: str, known: list[str]) -> SchemeError:
    """`path` as asked for, `at` the part of it that is not there, `known` what is there instead."""
    near = Listed(difflib.get_close_matches(at.rsplit(".", 1)[-1], known, n=3) or known or ["-"])
    return SchemeError(
        finding("scheme-key", N_("there is no such setting; near it: {known}"), path, known=near)
    )


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
