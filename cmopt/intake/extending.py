"""A scheme that extends another: the file it names, with this one's settings put over it, as one text.

Tables are merged key by key; of a list whose entries have a key (or name) the entries of that key, new ones
are added at its end; any other list or value takes the place of the one below it. Only names, title and
what differs need to stand in the file that extends. Of a parameter that a file below declares, one that
extends gives the value (and a note) only: what the source states, and within which bounds, stays as declared.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cmopt.errors import Finding, SchemeError, finding
from cmopt.i18n import N_

DEEPEST = 10
GIVEN = ("value", "note")  # what a file that extends may say of a parameter it does not declare
Merged = dict[str, Any]


def whole_text(name: str, read: Callable[[str], str]) -> str:
    """The text of the scheme called `name` with what it extends; its own text where it extends nothing.

    Text that is not TOML is given back as it is: whoever parses it says what is wrong.
    Raises SchemeError for a scheme that extends itself, in however many steps, and for every setting of a
    parameter that is not for the file to give, by its key path.
    """
    text = read(name)
    base = _extends(text)
    if base is None:
        return text
    chain = [name]
    trees = [tomllib.loads(text)]
    while base is not None:
        if base in chain or len(chain) > DEEPEST:
            what = N_("the schemes extend each other in a circle: {chain}")
            raise SchemeError(finding("scheme-extends", what, "extends", chain=" > ".join([*chain, base])))
        beside = _beside(chain[-1], base)
        text = read(beside)
        chain.append(beside)
        base = _extends(text)
        trees.append(_loads(text, beside))
    faults: list[Finding] = []
    merged: Merged = {}
    for file, above in zip(reversed(chain), reversed(trees), strict=True):
        faults += _not_to_give(merged, above, Path(file).name)
        merged = _put_over(merged, above, str(above.get("name") or Path(file).name))
    if faults:
        raise SchemeError(faults)
    merged.pop("extends", None)
    return f"# {' > '.join(Path(n).name for n in chain)}\n{toml_text(merged)}"


def _extends(text: str) -> str | None:
    if "extends" not in text:
        return None
    try:
        base = tomllib.loads(text).get("extends")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return base if isinstance(base, str) else None


def _loads(text: str, name: str) -> Merged:
    from cmopt.intake.schemefaults import toml_fault

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        fault = toml_fault(error, text)
        raise SchemeError(finding(fault.code, fault.message.text, name, **fault.message.params)) from None


def _beside(name: str, base: str) -> str:
    """A file named by a file stands beside it; anything else is the name of a shipped scheme."""
    return str(Path(name).parent / base) if base.endswith(".toml") and name.endswith(".toml") else base


def _not_to_give(below: Merged, above: Merged, file: str) -> Iterator[Finding]:
    """Settings of parameters that `file` may not make: the program alone writes who filled one, and whatever
    the source says of one stands where it is declared."""
    declared, given = (t.get("parameters") for t in (below, above))
    for name, settings in given.items() if isinstance(given, dict) else ():
        for key in settings if isinstance(settings, dict) else ():
            where = f"parameters.{name}.{key}"
            if key == "filled_by":
                text = N_("{file}: the program writes who filled a parameter; leave this line out")
                yield finding("parameter-set", text, where, file=file)
            elif isinstance(declared, dict) and name in declared and key not in GIVEN:
                text = N_(
                    "{file} fills a parameter that another file declares: it may give its value and a note only"
                )
                yield finding("parameter-set", text, where, file=file)


def _put_over(below: Any, above: Any, by: str, path: tuple[str, ...] = ()) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        found = dict(below)
        for key, value in above.items():
            found[key] = _put_over(below[key], value, by, (*path, key)) if key in below else value
        if len(path) == 2 and path[0] == "parameters" and "value" in above:
            found["filled_by"] = by
        return found
    if isinstance(below, list) and isinstance(above, list):
        names = [_name(e) for e in (*below, *above)]
        if names and None not in names:
            return _entries(below, above, by, path)
    return above


def _entries(below: list[Any], above: list[Any], by: str, path: tuple[str, ...]) -> list[Any]:
    new = {_name(e): e for e in above}
    kept = [
        _put_over(e, new.pop(_name(e)), by, (*path, str(_name(e)))) if _name(e) in new else e for e in below
    ]
    return [*kept, *new.values()]


def _name(entry: Any) -> str | None:
    if not isinstance(entry, Mapping):
        return None
    found = next((entry[k] for k in ("key", "name", "measure", "source", "part") if k in entry), None)
    return found if isinstance(found, str) else None


# --- TOML text ---------------------------------------------------------------------------------------


def toml_text(tree: Mapping[str, Any]) -> str:
    """`tree` as TOML, values first, each table and list of tables under a heading of its own."""
    lines: list[str] = []
    _table(tree, (), lines)
    return "\n".join(lines).strip() + "\n"


def _table(tree: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    later: list[tuple[str, Any]] = []
    for key, value in tree.items():
        if isinstance(value, dict) or (
            isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
        ):
            later.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in later:
        at = (*path, key)
        heading = ".".join(_key(k) for k in at)
        if isinstance(value, dict):
            lines += ["", f"[{heading}]"]
            _table(value, at, lines)
            continue
        for entry in value:
            lines += ["", f"[[{heading}]]"]
            _table(entry, at, lines)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
