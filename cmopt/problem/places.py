"""The divided accounts as places: one for its manager, or a lead's and the backups' where it needs several."""

from __future__ import annotations

from dataclasses import dataclass

from cmopt.domain.client_figures import in_segments
from cmopt.domain.clients import Case, Client
from cmopt.domain.declared import WHOLE
from cmopt.domain.scheme import Measure, Scheme, Segment


@dataclass(frozen=True, slots=True)
class Place:
    """`number` 0: the manager or lead of `client`; 1 and on: its backups. share: what the place carries of the
    account's load, in hundredths of a per cent."""

    client: Client
    segment: Segment
    number: int
    share: int

    @property
    def is_backup(self) -> bool:
        return self.number > 0

    def load(self, measure: Measure, case: Case, staff_id: str | None = None) -> int:
        """What this place carries of `measure`, on a certain manager or in general; in millionths, a share of
        it rounded down."""
        link = None if staff_id is None else case.link_of.get((staff_id, self.client.client_id))
        return measure.of(self.client, link) * self.share // WHOLE


def divided(case: Case, scheme: Scheme) -> list[tuple[Client, Segment]]:
    """The clients whose segment is divided in the key-account run, in id order."""
    return in_segments(scheme, case.clients, (s.key for s in scheme.segments if s.divide))


def places_of(case: Case, scheme: Scheme) -> list[Place]:
    """Every place of the divided accounts, account by account."""
    return [
        Place(client, segment, n, WHOLE if n == 0 else scheme.backups.share)
        for client, segment in divided(case, scheme)
        for n in range(max(1, client.managers_needed))
    ]


def numbers(places: list[Place], segments: tuple[str, ...], backups: bool = False) -> tuple[int, ...]:
    """The places in these segments, those of backups too if asked."""
    return tuple(
        j for j, p in enumerate(places) if p.segment.key in segments and (backups or not p.is_backup)
    )
