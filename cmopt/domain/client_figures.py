"""What a scheme says of every client at once: its segment, and what it counts in a measure."""

from __future__ import annotations

import numpy as np

from cmopt.domain.client_columns import BLANK, KINDS
from cmopt.domain.client_list import Clients
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


def in_segments(scheme: Scheme, clients: Clients, wanted: list[Segment]) -> Ints:
    """Positions of the clients that fall into one of the `wanted` segments, in order."""
    numbers = [n for n, s in enumerate(scheme.segments) if any(s is w for w in wanted)]
    return np.flatnonzero(np.isin(segment_codes(scheme, clients), numbers))


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
