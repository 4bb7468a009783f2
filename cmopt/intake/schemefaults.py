"""What is wrong with a scheme file, by key path, in the reader's language.

pydantic words its errors in English only; the kinds that a scheme can run into get a template here. The
schemes' own validators raise `Inconsistent`, which brings its findings along.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic

from cmopt.domain.consistency import Inconsistent, shown
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.i18n import N_

UNKNOWN_KEY = N_("there is no such setting here: check the spelling, or remove it")
MISSING = N_("this setting is missing: add it")
WHOLE_NUMBER = N_("must be a whole number, not {value}")
TRUE_OR_FALSE = N_("must be true or false, not {value}")
TEXT = N_('must be text in quotes ("..."), not {value}')
A_LIST = N_("must be a list ([...]), not {value}")
A_TABLE = N_("must be a table with settings of its own, not {value}")
ONE_OF = N_("must be one of {known}, not {value}")
MORE_THAN = N_("must be more than {limit}, not {value}")
AT_LEAST = N_("must be at least {limit}, not {value}")
LESS_THAN = N_("must be less than {limit}, not {value}")
AT_MOST = N_("must be at most {limit}, not {value}")
ENTRIES = N_("needs at least {limit} entries")
KEY_FORM = N_("must be small letters a-z, digits and _, beginning with a letter, not {value}")
NAME_FORM = N_("must be small letters a-z, digits and -, not {value}")
DATE = N_("must be a date (2025-12-31, without quotes), not {value}")
DIGITS = N_('must be a year in quotes ("2025"), not {value}')
OTHER = N_("{why} (it is {value})")

TEMPLATES: Mapping[str, str] = {
    "extra_forbidden": UNKNOWN_KEY,
    "missing": MISSING,
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "bool_type": TRUE_OR_FALSE,
    "bool_parsing": TRUE_OR_FALSE,
    "string_type": TEXT,
    "tuple_type": A_LIST,
    "list_type": A_LIST,
    "model_type": A_TABLE,
    "model_attributes_type": A_TABLE,
    "dict_type": A_TABLE,
    "literal_error": ONE_OF,
    "greater_than": MORE_THAN,
    "greater_than_equal": AT_LEAST,
    "less_than": LESS_THAN,
    "less_than_equal": AT_MOST,
    "too_short": ENTRIES,
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
}
CODES = {"extra_forbidden": "scheme-key", "missing": "scheme-missing"}
TOML_REASONS = (
    N_("Invalid statement"),
    N_("Invalid value"),
    N_("Invalid date or datetime"),
    N_("Invalid initial character for a key part"),
    N_("Expected newline or end of document after a statement"),
    N_("Expected '=' after a key in a key/value pair"),
    N_("Expected ']' at the end of a table declaration"),
    N_("Expected ']]' at the end of an array declaration"),
    N_("Cannot overwrite a value"),
    N_("Unclosed array"),
    N_("Unclosed inline table"),
    N_("Unterminated string"),
)
FULL_WIDTH = dict(
    zip("“”„＂‘’，＝［］｛｝＃％", '""""\'\',=[]{}#%', strict=True)
)  # what an input method may type
LIMITS = ("gt", "ge", "lt", "le", "min_length")


def scheme_faults(tree: object, error: pydantic.ValidationError) -> list[Finding]:
    """Every fault of `error`, met while reading `tree`; entries of lists are shown by their names."""
    return [found for one in error.errors() for found in _findings(tree, one)]


def toml_fault(error: tomllib.TOMLDecodeError | RecursionError, source: str) -> Finding:
    """What the TOML reader says of `source` (in English where it is none of TOML_REASONS), and where."""
    said = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
    if said is None:
        return finding("scheme-toml", N_("not valid TOML: {why}"), why=str(error))
    text, line, column = said.groups()
    why: object = Message(text) if text in TOML_REASONS else text
    if line is not None:
        mark = source.split("\n")[int(line) - 1][int(column) - 1 :][:1]
        if mark in FULL_WIDTH:
            why = Message(
                N_("{mark} is a full-width or curly mark: write {plain}"),
                {"mark": mark, "plain": FULL_WIDTH[mark]},
            )
    if line is None:
        return finding("scheme-toml", N_("not valid TOML at its end: {why}"), why=why)
    return finding(
        "scheme-toml",
        N_("not valid TOML at line {line}, column {column}: {why}"),
        line=line,
        column=column,
        why=why,
    )


def _findings(tree: object, error: Any) -> list[Finding]:
    path, kind, context = _path(tree, error["loc"]), error["type"], error.get("ctx", {})
    own = context.get("error")
    if isinstance(own, Inconsistent):
        return [_below(f, path) for f in own.faults]
    template = TEMPLATES.get(kind, OTHER)
    if kind == "string_pattern_mismatch":
        forms = {"_": KEY_FORM, "{4}": DIGITS}
        template = next((t for sign, t in forms.items() if sign in context["pattern"]), NAME_FORM)
    limits = [context[key] for key in LIMITS if key in context]
    return [
        finding(
            CODES.get(kind, "scheme-value"),
            template,
            path or None,
            value=shown(error["input"]),
            limit=limits[0] if limits else None,
            known=Listed(re.findall(r"[^', ]+", context.get("expected", "").replace(" or ", ", "))),
            why=error["msg"],
        )
    ]


def _path(tree: object, places: Sequence[str | int]) -> str:
    """``("segments", 0, "level")`` as ``segments.large_loan.level``."""
    shown_parts: list[str] = []
    node: Any = tree
    for part in places:
        there = (isinstance(node, dict) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        )
        node = node[part] if there else None
        named = isinstance(part, int) and isinstance(node, dict) and (node.get("key") or node.get("name"))
        shown_parts.append(str(named or part))
    return ".".join(shown_parts)


def _below(fault: Finding, path: str) -> Finding:
    where = ".".join(filter(None, (path, fault.where)))
    return Finding(fault.code, fault.message, where or None, fault.severity)
