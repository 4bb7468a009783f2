"""What a scheme says of every client at once: its segment, and what it counts in a measure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cmopt.domain.client_columns import BLANK, KINDS
from cmopt.domain.client_list import Clients
from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Measure, Scheme, Segment


def segment_codes(scheme: Scheme, clients: Clients) -> Ints:
    """Position in `scheme.segments` of each client's segment, `BLANK` where it falls into none."""
    found = np.full(len(clients), BLANK, dtype=np.int64)
    for n in reversed(range(len(scheme.segments))):
        found[_fits(scheme.segments[n], clients)] = n
    return found


def _fits(segment: Segment, clients: Clients) -> Bools:
    fits: Bools = clients.kind_code == KINDS.index(segment.kind)
    if segment.at_least is not None:
        fits = fits & (clients.balance >= segment.at_least)
    if segment.below is not None:
        fits = fits & (clients.balance < segment.below)
    if segment.key_deposit is not None:
        fits = fits & (clients.key_deposit == segment.key_deposit)
    return fits.astype(np.bool_)


def in_segments(scheme: Scheme, clients: Clients, wanted: Iterable[str]) -> list[tuple[Client, Segment]]:
    """The clients that fall into one of the segments `wanted` (keys), in id order, each with its segment."""
    keys = set(wanted)
    codes = segment_codes(scheme, clients)
    there = np.flatnonzero(np.isin(codes, [n for n, s in enumerate(scheme.segments) if s.key in keys]))
    pairs = zip(there.tolist(), codes[there].tolist(), strict=True)
    return [(clients[j], scheme.segments[n]) for j, n in pairs]


def held_totals(case: Case, measure: Measure | None, holder: Ints) -> list[int]:
    """By position in the roster: what each holds of `measure` (None: a unit a client) if `holder` says who
    holds each client (`BLANK`: nobody). A figure of the pair in the links table takes the client's place.
    """
    clients = case.clients
    loads = (
        np.full(len(clients), UNIT, dtype=np.int64) if measure is None else measure_loads(measure, clients)
    )
    held = np.flatnonzero(holder != BLANK)
    found = _added_up(holder[held], loads[held], len(case.roster))
    linked = [] if measure is None else [k for k in case.links if measure.column in k.measures]
    people = {s.staff_id: i for i, s in enumerate(case.roster)} if linked else {}
    for link in linked:
        j, i = clients.position(link.client_id), people.get(link.staff_id)
        if measure is not None and j is not None and i is not None and holder[j] == i:
            found[i] += measure.of(clients[j], link) - measure.of(clients[j])
    return found


def _added_up(who: Ints, figures: Ints, people: int) -> list[int]:
    """Exactly, beyond 64 bits too."""
    small = figures.dtype != object and float(np.abs(figures.astype(np.float64)).sum()) < 2.0**62
    total = np.zeros(people, dtype=np.int64 if small else object)
    np.add.at(total, who, figures)
    return [int(v) for v in total]


def measure_loads(measure: Measure, clients: Clients) -> Ints:
    """What each client counts in `measure`, on whoever holds it (figures of pairs apart); in millionths."""
    values, present = clients.column(measure.column)
    loads = values if present.all() else np.where(present, values, measure.absent)
    counts = np.ones(len(clients), dtype=np.bool_)
    if measure.kind is not None:
        counts &= clients.kind_code == KINDS.index(measure.kind)
    if measure.quality_at_least is not None:
        counts &= np.maximum(clients.quality, 1) >= measure.quality_at_least
    return loads if counts.all() else np.where(counts, loads, 0)
