"""Who may hold an account, and the reason where they may not."""

from __future__ import annotations

from cmopt.domain.clients import Link
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Segment
from cmopt.errors import Message
from cmopt.i18n import N_


def may_hold(grade: Grade, segment: Segment, link: Link | None) -> Message | None:
    """None where the person may hold an account of `segment`, otherwise why not.

    A recusal (forbid) always bars. Otherwise an `allow` link opens the account to any manager, and
    everybody else needs one of the segment's tiers.
    """
    if grade.tier is None:
        return Message(N_("not a client manager under this plan"))
    if link is not None and link.rule == "forbid":
        return Message(N_("recused from this client"))
    if link is not None and link.rule == "allow":
        return None
    if grade.tier not in segment.tiers:
        return Message(N_("their tier may not hold this segment"))
    return None
