"""One invented case, made from a seed alone."""

from __future__ import annotations

from cmopt.domain.clients import Case
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.synth.accounts import key_accounts
from cmopt.synth.links import synth_links
from cmopt.synth.options import SynthOptions, branch_names, check_options
from cmopt.synth.roster import synth_roster

GRADING_SEED = 0  # only draws depend on it, and the ties at the tier boundaries are never left to a draw


def synth_case(options: SynthOptions, scheme: Scheme) -> Case:
    """A case of the size `options` asks for, whose exam, segments and tiers are those of `scheme`.

    The same options and scheme give the same case on every machine. Its shape (how many incumbents are
    still eligible, how skewed the balances are, who is recused) varies with the seed. With the counts of
    the annual plan a full division always exists. With `options.book` it is a whole bank (`bank.synth_bank`).

    Raises InputError naming every option that cannot be met.
    """
    check_options(options, scheme)
    if options.book:
        from cmopt.synth.bank import synth_bank

        return synth_bank(options, scheme)
    from cmopt.synth.base_load import base_clients  # brings numpy

    branches = branch_names(options)
    roster = synth_roster(options, scheme, branches)
    grades = grade(roster, scheme, GRADING_SEED)
    accounts = key_accounts(options, scheme, branches, roster, grades)
    base_load = base_clients(options, scheme, branches, roster)
    links = synth_links(options, scheme, accounts, grades)
    return Case(roster, (*accounts, *base_load), links)
