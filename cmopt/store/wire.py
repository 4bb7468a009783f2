"""Results as JSON and back, sentences in their templates: nothing is executed when a file is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import NOBODY, Duals, PartResult
from cmopt.domain.declared import Title
from cmopt.domain.problem import Ints
from cmopt.domain.result import Phase, Result, Status
from cmopt.errors import Finding, Listed, Message

Json = dict[str, Any]


def part_out(part: PartResult) -> Json:
    """A part with a division. Clients and branches are not in it: they follow from the inputs."""
    assert part.holder is not None
    return {
        "name": part.name,
        "clients": len(part.clients),
        "managers": part.managers,
        "settled": part.settled.tolist(),
        "holder": part.holder.tolist(),
        "result": result_out(part.result),
        "why": said_out(part.why),
        "duals": [
            {
                "goal": d.goal,
                "bound": int(d.bound),
                "scale": int(d.scale),
                "rows": {k: int(v) for k, v in d.rows.items()},
                "ends": {k: int(v) for k, v in d.ends.items()},
                "searched": None if d.searched is None else int(d.searched),
            }
            for d in part.duals
        ],
    }


def part_in(read: Json, branches: tuple[str, ...], clients: Ints, staff: Ints) -> PartResult:
    """The part that these clients and managers make up. ValueError, KeyError, TypeError: `read` is none."""
    holder, settled = _ints(read["holder"]), _ints(read["settled"])
    if len(holder) != len(clients) or len(settled) != len(clients) or read["managers"] != len(staff):
        raise ValueError("size")
    if not np.isin(holder, np.append(staff, NOBODY)).all():
        raise ValueError("holder")
    return PartResult(
        name=read["name"],
        branches=branches,
        managers=read["managers"],
        clients=clients,
        settled=settled,
        holder=holder,
        result=result_in(read["result"]),
        why=_message(read["why"]),
        duals=tuple(
            Duals(d["goal"], d["bound"], d["scale"], dict(d["rows"]), dict(d["ends"]), d["searched"])
            for d in read["duals"]
        ),
    )


def result_out(result: Result) -> Json:
    held = result.allocation
    return {
        "status": str(result.status),
        "solver": result.solver,
        "seconds": result.seconds,
        "goals": [
            {
                "name": g.name,
                "sense": g.sense,
                "value": _int(g.value),
                "bound": _int(g.bound),
                "proven": bool(g.proven),
                "seconds": g.seconds,
                "levels": None if g.levels is None else [int(v) for v in g.levels],
            }
            for g in result.goals
        ],
        "holder": None if held is None else dict(held.holder),
        "backups": {} if held is None else {c: list(who) for c, who in held.backups.items()},
        "certificate": result.certificate,
        "findings": [
            {"code": f.code, "said": said_out(f.message), "where": f.where, "severity": f.severity}
            for f in result.findings
        ],
        "parameters": dict(result.parameters),
    }


def result_in(read: Json) -> Result:
    """ValueError, KeyError or TypeError where `read` is none."""
    allocation = None
    if read["holder"] is not None:
        allocation = Allocation(dict(read["holder"]), {c: tuple(who) for c, who in read["backups"].items()})
    return Result(
        status=Status(read["status"]),
        solver=read["solver"],
        seconds=read["seconds"],
        goals=tuple(
            Phase(**{**g, "levels": None if g["levels"] is None else tuple(g["levels"])})
            for g in read["goals"]
        ),
        allocation=allocation,
        certificate=read["certificate"],
        findings=tuple(
            Finding(f["code"], _message(f["said"]), f["where"], f["severity"]) for f in read["findings"]
        ),
        parameters=dict(read["parameters"]),
    )


def said_out(said: object) -> Any:
    """A Message or Listed as its template and parameters; other wordings in both languages; figures as they
    are."""
    if isinstance(said, Message):
        return {"text": said.text, "params": {k: said_out(v) for k, v in said.params.items()}}
    if isinstance(said, Listed):
        return {"items": [said_out(i) for i in said.items], "joint": said.joint}
    render: Callable[[str], str] | None = getattr(said, "render", None)
    if render is not None:
        return {"zh": render("zh"), "en": render("en")}
    if isinstance(said, bool | int | float | str) or said is None:
        return said
    if isinstance(said, np.integer):
        return int(said)
    return str(said)


def said_in(read: Any) -> Any:
    if not isinstance(read, Mapping):
        return read
    if "text" in read:
        return _message(read)
    if "items" in read:
        return Listed(tuple(said_in(i) for i in read["items"]), read["joint"])
    return Title(zh=read["zh"], en=read["en"])


def _message(read: Any) -> Message:
    return Message(read["text"], {k: said_in(v) for k, v in read["params"].items()})


def _ints(read: Any) -> Ints:
    if not isinstance(read, list) or any(type(v) is not int for v in read):
        raise TypeError("numbers")
    return np.array(read, dtype=np.int64)


def _int(value: int | None) -> int | None:
    return None if value is None else int(value)
