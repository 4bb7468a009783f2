"""The branch heads' edits, told on the lines of the clients they are about."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from cmopt.domain.allocation import Line
from cmopt.domain.clients import Link
from cmopt.errors import Listed, Message
from cmopt.i18n import N_


def with_edits(lines: Iterable[Line], links: Sequence[Link]) -> Iterator[Line]:
    """The lines one by one; to the reason of a client that a branch head asked something for, what and why is
    added (of several managers only on the lead's line). `links`: the case's; those of edits have a reason."""
    said: dict[str, list[Message]] = {}
    for link in links:
        if link.reason is not None and link.rule in ("pin", "forbid"):
            said.setdefault(link.client_id, []).append(_edit(link))
    for line in lines:
        edits = None if line.is_backup else said.get(line.client_id)
        if edits is None:
            yield line
        else:
            told = {"reason": line.reason, "edits": Listed(edits, N_("; "))}
            yield dataclasses.replace(line, reason=Message(N_("{reason}; edit of the branch: {edits}"), told))


def _edit(link: Link) -> Message:
    told = {"staff": link.staff_id, "why": link.reason}
    if link.rule == "pin":
        return Message(N_("to stay with or go to {staff} (“{why}”)"), told)
    return Message(N_("not to {staff} (“{why}”)"), told)
