"""The template of a scheme whose figures are not filled yet: its sheets and columns do not depend on them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from datetime import date

from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, SchemeError, finding
from cmopt.i18n import N_
from cmopt.intake.schemes import parse_scheme, read_scheme_text, shipped_schemes


def scheme_for_template(name: str) -> tuple[Scheme, tuple[Finding, ...]]:
    """The scheme that a template is made for. What a shipped scheme leaves open is filled as in its shipped
    example, and a notice says so.

    Raises SchemeError as `parse_scheme` does: no such example, another fault, or an open figure that the
    template would show (full marks, the year).
    """
    text, example = read_scheme_text(name), f"{name}-example"
    try:
        return parse_scheme(text), ()
    except SchemeError as error:
        faults = error.findings
        if example not in shipped_schemes() or any(f.code != "parameter-unfilled" for f in faults):
            raise
        scheme = parse_scheme(text, _figures(example))
        if any(_shown(path, scheme) for path in _places(faults)):
            raise
    told = N_(
        "{n} figures of {scheme} are not filled; sheets and columns do not depend on them. "
        "The grey example rows are of the size that {example} speaks of"
    )
    n = len(faults)
    return scheme, (finding("template-unfilled", told, severity="notice", n=n, scheme=name, example=example),)


def _figures(example: str) -> dict[str, str]:
    """The example's figures as overrides: key path -> TOML."""
    declared = tomllib.loads(read_scheme_text(example))["parameters"]
    values = {
        f"parameters.{key}.value": entry["value"] for key, entry in declared.items() if "value" in entry
    }
    plain = (int, float, date)  # others as JSON writes them, which TOML reads
    return {
        path: str(v) if isinstance(v, plain) and not isinstance(v, bool) else json.dumps(v)
        for path, v in values.items()
    }


def _places(found: Sequence[Finding]) -> list[str]:
    """Key paths at which the unfilled parameters are used."""
    return [str(path) for f in found for path in f.message.params["paths"].items]


def _shown(path: str, scheme: Scheme) -> bool:
    """Whether the template may show this figure: full marks of scores, the year, what is not grading."""
    *_, owner, key = steps = path.split(".")
    if steps[0] != "grading" or owner == "period" or key == "out_of":
        return True
    columns = {i.key for i in scheme.grading.all_items if i.measure is None}
    return key == "max" and owner in columns
