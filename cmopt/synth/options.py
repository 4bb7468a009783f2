"""What can be asked of the generator, and the names it gives."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from cmopt.domain.scheme import Scheme, Segment
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_, Lang, tr


@dataclass(frozen=True, slots=True)
class SynthOptions:
    """The size of an invented case. `lang` is the language of the invented names.

    `branches` counts the business department; `staff` everybody on the roster, registered or not; `clients`
    the base load beside the `large` and `medium` loans and the `key_deposits`. `recusals` and `pins` are
    links of one manager and one key account; `bids` managers bid for some of the accounts they may hold.
    More large and medium loans than managers who may hold them are allowed: some are then left out.
    `book`: a whole bank to divide with its book (`synth.bank`): then `staff` counts the managers, whose
    tiers are given.
    """

    branches: int = 21
    staff: int = 150
    clients: int = 1500
    seed: int = 1
    large: int = 14
    medium: int = 13
    key_deposits: int = 8
    recusals: int = 10
    pins: int = 0
    bids: int = 0
    book: bool = False
    lang: Lang = "zh"


RANGES = {
    "branches": (1, 500),
    "staff": (10, 20_000),
    "clients": (0, 2_000_000),
    "seed": (0, 2**63 - 1),
    "large": (0, 1000),
    "medium": (0, 1000),
    "key_deposits": (0, 1000),
    "recusals": (0, 1000),
    "pins": (0, 2000),
    "bids": (0, 20_000),
}


def check_options(options: SynthOptions, scheme: Scheme) -> None:
    """Raises InputError with every option out of range or not to be met under `scheme`."""
    faults: list[Finding] = []
    for name, (low, high) in RANGES.items():
        least = max(low, least_staff(scheme)) if name == "staff" else low
        value: int = getattr(options, name)
        if not least <= value <= high:
            text = N_("{option} is {value}; it must be from {least} to {most}")
            faults.append(
                finding("synth-range", text, name, option=name, value=value, least=least, most=high)
            )
    if options.pins > options.large + options.medium:
        text = N_("{pins} pins need as many large and medium loans; there are {accounts}")
        accounts = options.large + options.medium
        faults.append(finding("synth-pins", text, "pins", pins=options.pins, accounts=accounts))
    if options.book and options.staff < 2 * options.branches:
        text = N_("{staff} managers are too few for {branches} branches: a book needs two a branch")
        faults.append(
            finding("synth-managers", text, "staff", staff=options.staff, branches=options.branches)
        )
    for name, segment in key_segments(scheme).items():
        if segment is None and getattr(options, name):
            text = N_("the scheme {scheme} has no segment for them: {option} must be 0")
            faults.append(finding("synth-segment", text, name, scheme=scheme.name, option=name))
    if faults:
        raise InputError(faults)


def least_staff(scheme: Scheme) -> int:
    """Half as many again as there are places in the ranked tiers, so that some fail and all places fill."""
    places = max((t.rank_to or 0 for t in scheme.grading.tiers), default=0)
    return max(10, places + (places + 1) // 2)


def key_segments(scheme: Scheme) -> dict[str, Segment | None]:
    """The divided segments by option: `large` and `medium` loans (highest first), `key_deposits`."""
    loans = sorted(
        (s for s in scheme.segments if s.divide and s.kind == "loan" and s.at_least),
        key=lambda s: (-(s.at_least or 0), s.key),
    )
    deposits = [s for s in scheme.segments if s.divide and s.kind == "deposit" and s.key_deposit]
    return {
        "large": loans[0] if loans else None,
        "medium": loans[1] if len(loans) > 1 else None,
        "key_deposits": deposits[0] if deposits else None,
    }


def branch_names(options: SynthOptions) -> tuple[str, ...]:
    """The business department and the branches, as many as asked for."""
    digits = max(2, len(str(options.branches - 1)))
    branches = [
        tr(N_("Sample branch {n}"), options.lang, n=f"{n:0{digits}}") for n in range(1, options.branches)
    ]
    return (tr(N_("Business department"), options.lang), *branches)


def numbered(letter: str, count: int, digits: int) -> list[str]:
    """Ids such as E0001: `letter` and a number from 1, padded to at least `digits`."""
    width = max(digits, len(str(count)))
    return [f"{letter}{n:0{width}}" for n in range(1, count + 1)]


def stream(options: SynthOptions, part: str) -> Random:
    """A generator of its own for each part, from the seed and the part's name alone."""
    return Random(f"cmopt synth {options.seed} {part}")
