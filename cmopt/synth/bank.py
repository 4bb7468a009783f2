"""A whole bank with its book: managers of a given tier in every branch, and clients without an object each."""

from __future__ import annotations

import numpy as np

from cmopt.domain.client_columns import ClientColumns
from cmopt.domain.clients import Case, Link
from cmopt.domain.roster import PostHeld, Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.i18n import N_, tr
from cmopt.synth.accounts import key_accounts
from cmopt.synth.book import book_clients
from cmopt.synth.links import synth_links
from cmopt.synth.options import SynthOptions, branch_names, numbered, stream
from cmopt.synth.roster import ROLES, cents, tenths

FORMER = 10  # for so many managers there is one who lost the tier and holds clients still
ONE_RECUSED = 2000  # of so many clients one has an incumbent who may not keep it


def synth_bank(options: SynthOptions, scheme: Scheme) -> Case:
    """`options.staff` managers and, besides, some who are no longer managers; the key accounts and
    `options.clients` further clients, uneven in size as their branches are.

    The tiers are given in the staff table (the scheme's ranks decide who has which), so that nobody is graded.
    Every branch has a head and at least two managers.
    """
    branches = branch_names(options)
    roster = bank_roster(options, scheme, branches)
    grades = grade(roster, scheme, seed=0)
    accounts = key_accounts(options, scheme, branches, roster, grades)
    book = book_clients(options, scheme, branches, roster)
    links = synth_links(options, scheme, accounts, grades)
    columns = ClientColumns.of(accounts).followed_by(book)
    return Case(roster, columns, (*links, *_recusals(options, book)))


def bank_roster(options: SynthOptions, scheme: Scheme, branches: tuple[str, ...]) -> Roster:
    """Managers over uneven branches, each with a tier and a rank; then those who lost it."""
    rng = stream(options, "bank staff")
    homes = _homes(options, len(branches))
    heads = {homes.index(b) for b in range(len(branches))}
    ranks = rng.sample(range(1, options.staff + 1), k=options.staff)
    former = options.staff // FORMER
    homes += rng.choices(range(len(branches)), k=former)
    name = tr(N_("Employee {n}"), options.lang)
    known = {p.key for p in scheme.grading.posts}
    tiers = _tiers(scheme, options.staff)
    staff = []
    for n, staff_id in enumerate(numbered("E", options.staff + former, 4)):
        role = "branch_head" if n in heads else "marketing"
        rank = ranks[n] if n < options.staff else None
        years = rng.triangular(6, 32, 15) if n in heads else rng.triangular(0.5, 33, 12)
        held = (PostHeld("branch_head", tenths(rng.uniform(1, 9))),) if role in known else ()
        staff.append(
            Staff(
                staff_id=staff_id,
                name=name.format(n=f"{n + 1:03}"),
                branch=branches[homes[n]],
                post=tr(ROLES[role], options.lang),
                registered=rank is not None,
                marketing=True,
                finance_years=tenths(years),
                average_deposits=cents(rng.lognormvariate(4.9, 0.65)),
                posts=held,
                tier=None if rank is None else tiers[rank - 1],
                rank=rank,
            )
        )
    return Roster(tuple(staff))


def _homes(options: SynthOptions, branches: int) -> list[int]:
    """The branch of each manager: two at least in each, the others by uneven weights, in random order."""
    rng = stream(options, "bank branches")
    weights = [rng.lognormvariate(0, 0.45) for _ in range(branches)]
    homes = [*range(branches)] * 2
    homes += rng.choices(range(branches), weights=weights, k=options.staff - len(homes))
    rng.shuffle(homes)
    return homes


def _tiers(scheme: Scheme, count: int) -> list[str]:
    """The tier of each rank; without ranks in the scheme, its tiers in equal parts from the best down."""
    ladder = scheme.grading.tiers
    ranked = [t for t in ladder if t.by_rank]
    if not ranked:
        return [ladder[n * len(ladder) // count].key for n in range(count)]
    last = ranked[-1].key
    return [
        next((t.key for t in ranked if (t.rank_from or 1) <= n <= (t.rank_to or count)), last)
        for n in range(1, count + 1)
    ]


def _recusals(options: SynthOptions, book: ClientColumns) -> list[Link]:
    """Some incumbents are recused from a client of theirs."""
    held = np.flatnonzero(book.incumbent.code >= 0).tolist()
    rng = stream(options, "bank recusals")
    chosen = rng.sample(held, k=min(len(held), len(book) // ONE_RECUSED))
    return [Link(book.incumbent.names[book.incumbent.code[j]], book.ids[j], "forbid") for j in sorted(chosen)]
