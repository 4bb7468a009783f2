"""The base load: the many further clients that stay with whoever holds them, drawn column by column."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.clients import Client
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, tr
from cmopt.synth.accounts import TODAY
from cmopt.synth.options import SynthOptions, key_segments, numbered, stream

Ints = NDArray[np.int64]
CENT = UNIT // 100
DEFAULT_CEILING = 500 * UNIT  # loans stay below it where the scheme divides no loans
MOST_DEPOSITS = 5000 * UNIT
QUALITY = np.cumsum([0.88, 0.07, 0.03, 0.014, 0.006])  # 正常 to 损失
DIFFICULTY = np.cumsum([0.22, 0.32, 0.26, 0.14, 0.06])  # 1 to 5


def base_clients(
    options: SynthOptions, scheme: Scheme, branches: tuple[str, ...], roster: Roster
) -> list[Client]:
    """`options.clients` loans below the divided segments and other deposits, numbered after the key accounts.

    Balances are lognormal and cut off at the segment's limit, in multiples of 0.01 or 0.0001 万元. The
    holders are marketing employees, mostly of the client's branch; about one client in fifty has nobody.
    """
    n = options.clients
    shape = stream(options, "base load")
    rng = np.random.Generator(np.random.PCG64(shape.getrandbits(128)))
    loan = rng.random(n) < shape.uniform(0.38, 0.5)
    balance = balances(rng, loan, loan_ceiling(scheme), sigma=shape.uniform(1.1, 1.5))
    branch = pick(rng, np.cumsum(0.3 + rng.random(len(branches))), n)
    holders = Holders(rng, branches, roster)
    incumbent = holders.draw(rng, branch, elsewhere=0.04)
    developer = np.where(rng.random(n) < 0.75, incumbent, holders.draw(rng, branch, elsewhere=0.3))
    nobody = rng.random(n) < shape.uniform(0.012, 0.028)
    quality = 1 + pick(rng, QUALITY, n)
    difficulty = np.minimum(1 + pick(rng, DIFFICULTY, n) + (loan & (quality >= 3)), 5)
    revenue = revenues(rng, loan, balance)
    days = rng.integers(30, 3650, n)

    ids = numbered("C", options.large + options.medium + options.key_deposits + n, 5)[-n:] if n else []
    company = tr(N_("Sample company {n}"), options.lang)
    depositor = tr(N_("Sample depositor {n}"), options.lang)
    dates = [TODAY - timedelta(days=d) for d in range(3650)]
    clients = [
        Client(
            client_id=client_id,
            name=(company if is_loan else depositor).format(n=client_id[1:]),
            branch=branches[b],
            kind="loan" if is_loan else "deposit",
            balance=amount,
            incumbent=None if alone else holders.ids[held],
            developer=None if is_loan else holders.ids[brought],
            quality=grade if is_loan else None,
            difficulty=hard * UNIT,
            revenue=earned,
            held_since=None if alone else dates[day],
        )
        for client_id, is_loan, b, amount, held, brought, alone, grade, hard, earned, day in zip(
            ids, *(c.tolist() for c in (loan, branch, balance, incumbent, developer, nobody)),
            *(c.tolist() for c in (quality, difficulty, revenue, days)), strict=True,
        )
    ]  # fmt: skip
    return _grouped(rng, clients, options)


def loan_ceiling(scheme: Scheme) -> int:
    """Loans from here up are key accounts."""
    segments = key_segments(scheme)
    limits = [s.at_least for s in (segments["large"], segments["medium"]) if s is not None and s.at_least]
    return min(limits, default=DEFAULT_CEILING)


def balances(rng: np.random.Generator, loan: NDArray[np.bool_], ceiling: int, sigma: float) -> Ints:
    """Lognormal amounts; what lies above the limit is spread evenly over the upper half below it."""
    n = len(loan)
    middle = np.where(loan, ceiling * 0.07, 18.0 * UNIT)
    drawn = middle * np.exp(rng.standard_normal(n) * np.where(loan, sigma, sigma + 0.3))
    most = np.where(loan, ceiling, MOST_DEPOSITS)
    drawn = np.where(drawn < most, drawn, most * (0.5 + rng.random(n) / 2))
    step = np.where(rng.random(n) < 0.7, CENT, UNIT // 10_000)
    amounts = np.rint(drawn / step).astype(np.int64) * step
    highest: Ints = (np.where(loan, ceiling, MOST_DEPOSITS) - 1) // CENT * CENT
    clipped: Ints = np.clip(amounts, np.minimum(CENT, highest), highest)
    return clipped


def revenues(rng: np.random.Generator, loan: NDArray[np.bool_], balance: Ints) -> Ints:
    """What loans and deposits bring in a year, in multiples of 0.01."""
    n = len(loan)
    rate = np.where(loan, rng.uniform(0.035, 0.065, n), rng.uniform(0.004, 0.015, n))
    return np.rint(balance * rate / CENT).astype(np.int64) * CENT


def pick(rng: np.random.Generator, cumulated: NDArray[np.float64], n: int) -> Ints:
    """n places, each as likely as its share of the cumulated weights."""
    drawn = rng.random(n) * cumulated[-1]
    return _place(cumulated, drawn)


def _place(cumulated: NDArray[np.float64], drawn: NDArray[np.float64]) -> Ints:
    places = np.searchsorted(cumulated, drawn, side="right")
    return np.minimum(places, len(cumulated) - 1).astype(np.int64)


class Holders:
    """Marketing employees (everybody, if there are none) by branch, each with a busyness of their own."""

    def __init__(
        self, rng: np.random.Generator, branches: tuple[str, ...], roster: Roster, uneven: float = 0.5
    ) -> None:
        place = {b: n for n, b in enumerate(branches)}
        staff = [s for s in roster if s.marketing] or list(roster)
        staff.sort(key=lambda s: (place[s.branch], s.staff_id))
        self.ids = [s.staff_id for s in staff]
        self.ends = np.cumsum(np.exp(rng.standard_normal(len(staff)) * uneven))
        at = np.array([place[s.branch] for s in staff])
        border = np.concatenate(([0.0], self.ends))
        self.low = border[np.searchsorted(at, np.arange(len(branches)), side="left")]
        self.high = border[np.searchsorted(at, np.arange(len(branches)), side="right")]
        empty = self.low == self.high
        self.low[empty], self.high[empty] = 0.0, self.ends[-1]

    def draw(self, rng: np.random.Generator, branch: Ints, elsewhere: float) -> Ints:
        """A holder (place in `ids`) for each client: of its branch, or for the share `elsewhere` of any."""
        out = rng.random(len(branch)) < elsewhere
        low = np.where(out, 0.0, self.low[branch])
        high = np.where(out, self.ends[-1], self.high[branch])
        drawn = low + rng.random(len(branch)) * (high - low)
        return _place(self.ends, drawn)


def _grouped(rng: np.random.Generator, clients: list[Client], options: SynthOptions) -> list[Client]:
    """One group of three for every four hundred clients, numbered after those of the key accounts."""
    name = tr(N_("Sample group {n}"), options.lang)
    groups = min(len(clients) // 400, 500)
    chosen = rng.permutation(len(clients))[: 3 * groups].tolist()
    for group, first, second, third in zip(
        range(groups), chosen[::3], chosen[1::3], chosen[2::3], strict=True
    ):
        for place in (first, second, third):
            clients[place] = replace(clients[place], group=name.format(n=group + 4))
    return clients
