"""The book of a whole bank, drawn column by column: heavy tails, uneven branches, one in ten with nobody.

Nine in ten incumbents work in the client's own branch. Some deposits and new clients have a developer, problem
loans (quality 3 to 5) the manager who made them; the counter keeps some small deposits that nobody brought in.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from cmopt.domain.client_columns import BLANK, DEPOSIT, LOAN, ClientColumns, Coded, Figures
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.roster import Roster
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, tr
from cmopt.synth.accounts import TODAY
from cmopt.synth.base_load import DIFFICULTY, QUALITY, Holders, balances, loan_ceiling, pick, revenues
from cmopt.synth.options import SynthOptions, numbered, stream

PROBLEM = 3  # from this quality on
SMALL = 10 * UNIT  # what the counter keeps is below it
GROUP_OF = 150  # so many clients have one group of companies
MOST_DAYS = 3650


def book_clients(
    options: SynthOptions, scheme: Scheme, branches: tuple[str, ...], roster: Roster
) -> ClientColumns:
    """`options.clients` loans below the divided segments and deposits, numbered after the key accounts."""
    n = options.clients
    rng = np.random.Generator(np.random.PCG64(stream(options, "book").getrandbits(128)))
    loan = rng.random(n) < 0.42
    balance = balances(rng, loan, loan_ceiling(scheme), sigma=1.3)
    branch = pick(rng, np.cumsum(_weights(rng, branches, roster)), n)
    holders = Holders(rng, branches, roster, uneven=0.3)
    incumbent = holders.draw(rng, branch, elsewhere=0.03)
    counter = ~loan & (balance < SMALL) & (rng.random(n) < 0.15)
    incumbent[counter | (rng.random(n) < 0.08)] = BLANK
    quality = 1 + pick(rng, QUALITY, n)
    problem = loan & (quality >= PROBLEM)
    developer = _developers(rng, holders, branch, incumbent, loan, counter, problem)
    group, groups = _groups(rng, branch, incumbent, developer, counter)
    difficulty = np.minimum(1 + pick(rng, DIFFICULTY, n) + problem, 5) * UNIT
    since = TODAY.toordinal() - rng.integers(30, MOST_DAYS, n)
    everywhere = np.ones(n, dtype=np.bool_)
    ids, names = _named(options, loan)
    name = tr(N_("Sample group {n}"), options.lang)
    return ClientColumns(
        ids=ids,
        names=names,
        branch=Coded.pick(branches, branch),
        kind=np.where(loan, LOAN, DEPOSIT).astype(np.int8),
        balance=balance,
        key_deposit=np.zeros(n, dtype=np.bool_),
        incumbent=Coded.pick(holders.ids, incumbent),
        developer=Coded.pick(holders.ids, developer),
        quality=np.where(loan, quality, BLANK).astype(np.int8),
        difficulty=Figures(difficulty, everywhere),
        revenue=Figures(revenues(rng, loan, balance), everywhere),
        group=Coded.pick([name.format(n=g + 4) for g in range(groups)], group),
        held_since=np.where(incumbent == BLANK, BLANK, since).astype(np.int32),
        managers_needed=np.ones(n, dtype=np.int64),
        counter=counter,
    )


def _weights(rng: np.random.Generator, branches: tuple[str, ...], roster: Roster) -> list[float]:
    """How many clients a branch has: by its managers, more or less."""
    managers = Counter(s.branch for s in roster if s.tier is not None)
    noise = np.exp(rng.standard_normal(len(branches)) * 0.12)
    return [managers[b] * float(f) for b, f in zip(branches, noise, strict=True)]


def _developers(
    rng: np.random.Generator,
    holders: Holders,
    branch: Ints,
    incumbent: Ints,
    loan: Bools,
    counter: Bools,
    problem: Bools,
) -> Ints:
    """Who brought the client in or made the loan: mostly the incumbent, else somebody of the branch."""
    new = (incumbent == BLANK) & ~counter
    share = np.where(problem, 0.9, np.where(new, 0.5, np.where(loan, 0.0, 0.35)))
    known = (rng.random(len(loan)) < share) & ~counter
    other = holders.draw(rng, branch, elsewhere=0.05)
    same = (rng.random(len(loan)) < 0.75) & (incumbent != BLANK)
    return np.where(known, np.where(same, incumbent, other), BLANK)


def _groups(
    rng: np.random.Generator, branch: Ints, incumbent: Ints, developer: Ints, counter: Bools
) -> tuple[Ints, int]:
    """Groups of two to four companies, nearly always of one branch, mostly with one manager; the developer of
    the first one brought in all of them. Changes incumbents and developers; the counter's deposits stay out."""
    n = len(branch)
    group = np.full(n, BLANK, dtype=np.int64)
    order = np.lexsort((rng.random(n), branch))
    order = order[~counter[order]]
    count = len(order) // GROUP_OF
    starts = 4 * np.sort(rng.choice(max(len(order) // 4, 1), size=count, replace=False))
    sizes = rng.integers(2, 5, count)
    joint = rng.random(count) < 0.7
    for place in range(4):
        inside = (sizes > place) & (starts + place < len(order))
        member, first = order[starts[inside] + place], order[starts[inside]]
        group[member] = np.flatnonzero(inside)
        developer[member] = developer[first]
        together = joint[inside] & (incumbent[member] != BLANK) & (incumbent[first] != BLANK)
        incumbent[member[together]] = incumbent[first[together]]
    return group, count


def _named(options: SynthOptions, loan: Bools) -> tuple[list[str], list[str]]:
    before = options.large + options.medium + options.key_deposits
    ids = numbered("C", before + len(loan), 5)[before:]
    company = tr(N_("Sample company {n}"), options.lang)
    depositor = tr(N_("Sample depositor {n}"), options.lang)
    named = [
        (company if is_loan else depositor).format(n=i[1:]) for i, is_loan in zip(ids, loan, strict=True)
    ]
    return ids, named
