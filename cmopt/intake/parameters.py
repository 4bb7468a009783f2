"""Parameters of a scheme: what stands as ``"$NAME"`` is put in; what nobody filled is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cmopt.domain.consistency import shown
from cmopt.domain.declared import Title
from cmopt.errors import Finding, Listed, SchemeError, finding
from cmopt.i18n import N_

FILLED_BY_SET = "--set"
REFERENCE = re.compile(r"\$([a-z][a-z0-9_]*)")


def fill_parameters(tree: Mapping[str, Any]) -> dict[str, Any]:
    """`tree` with every ``"$NAME"`` replaced by the value of ``parameters.NAME``.

    Raises SchemeError naming every parameter that is used but not filled (with all places that use it), every
    one that is used but not declared, and every one that nothing uses.
    """
    declared = tree.get("parameters", {})
    known: Mapping[str, Any] = declared if isinstance(declared, dict) else {}
    used: dict[str, list[str]] = {}

    def put_in(name: str, path: str) -> Any:
        used.setdefault(name, []).append(path)
        entry = known.get(name)
        return entry.get("value") if isinstance(entry, dict) else None

    filled = {k: v if k == "parameters" else _filled(v, k, put_in) for k, v in tree.items()}
    faults = [fault for name, paths in used.items() for fault in _faults(name, paths, known)]
    text = N_("nothing of the scheme uses this parameter: remove it, or check the spelling where it is meant")
    faults += [finding("parameter-unused", text, f"parameters.{n}") for n in known if n not in used]
    if faults:
        raise SchemeError(faults)
    return filled


def _filled(node: Any, path: str, put_in: Callable[[str, str], Any]) -> Any:
    if isinstance(node, dict):
        return {k: _filled(v, f"{path}.{k}", put_in) for k, v in node.items()}
    if isinstance(node, list):
        return [_filled(v, f"{path}.{_name(v, n)}", put_in) for n, v in enumerate(node)]
    named = REFERENCE.fullmatch(node) if isinstance(node, str) else None
    return node if named is None else put_in(named[1], path)


def _name(entry: Any, n: int) -> str:
    """How an entry of a list is called in a key path."""
    if isinstance(entry, dict):
        return str(next((entry[k] for k in ("key", "name", "measure", "source", "part") if k in entry), n))
    return str(n)


def _faults(name: str, paths: list[str], known: Mapping[str, Any]) -> list[Finding]:
    entry = known.get(name)
    if entry is None:
        text = N_("there is no parameter {name}: declare it as [parameters.{name}], or write the figure here")
        return [finding("parameter-unknown", text, path, name=name) for path in paths]
    value = entry.get("value") if isinstance(entry, dict) else entry
    at = f"parameters.{name}.value"
    if isinstance(value, str) and REFERENCE.fullmatch(value):
        text = N_("a parameter holds a value, not the name of another one ({value})")
        return [finding("parameter-value", text, at, value=shown(value))]
    if value is not None:
        return []
    if isinstance(entry, dict) and entry.get("stated", True) is False:
        text = N_(
            "{title}: not stated in the source, and not filled; it is used by {paths}. "
            "Fill it with --set {at}=..., or in a file that extends this scheme"
        )
    else:
        text = N_(
            "{title}: the parameter has no value; it is used by {paths}. "
            "Fill it with --set {at}=..., or in a file that extends this scheme"
        )
    return [finding("parameter-unfilled", text, at, title=_title(entry, name), paths=Listed(paths), at=at)]


def _title(entry: Any, name: str) -> object:
    title = entry.get("title") if isinstance(entry, dict) else None
    if isinstance(title, dict) and all(isinstance(title.get(k), str) for k in ("zh", "en")):
        return Title(zh=title["zh"], en=title["en"])
    return name
