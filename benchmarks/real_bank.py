"""A real bank's loans and accounts as a case folder (PKDD'99 financial data, one Czech bank, anonymised).

    python benchmarks/real_bank.py [DATA] [--out DIR] [--staff 260] [--seed 1] [--lang zh]

What is real: 77 branches, 682 loans and 4,500 accounts with their branch, amounts, dates and status. What is
invented (the data set has no managers): the staff, their exam, who holds which client, the recusals.

- Money is in units of 10,000 CZK, which take the place of 万元 in every column.
- A loan is a loan client, its amount the balance. Status A (ended, paid) and C (running, in order) count as
  quality 1 正常, D (running, in debt) as 3 次级, B (ended, unpaid) as 5 损失.
- An account is a deposit client; its size is its standing-order volume of a year (monthly orders x 12), which
  is 0 for the accounts without orders. The largest eight are the key deposits.
- Difficulty of a loan: 1, +1 from 36 months on, +1 in the top quarter of monthly payments, +2 if not in
  order. Of an account: its number of standing orders, from 1 to 5. Revenue is not in the data and left blank.
- `overrides.txt` in the folder has the scheme settings, one a line, by which 14 large and 13 medium loans
  come out; nothing else about the annual plan changes.
"""

from __future__ import annotations

import argparse
import csv
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from random import Random

import numpy as np

from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import UNIT, to_fixed
from cmopt.domain.roster import Roster
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.i18n import LANGS
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case
from cmopt.synth.accounts import draw_incumbents
from cmopt.synth.base_load import Holders
from cmopt.synth.links import synth_links
from cmopt.synth.options import SynthOptions, check_options, stream
from cmopt.synth.roster import synth_roster

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY.parent / "shared" / "realdata" / "pkdd99"
LARGE, MEDIUM, KEY_DEPOSITS = 14, 13, 8
QUALITY = {"A": 1, "B": 5, "C": 1, "D": 3}
CZK_PER_UNIT = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the data, choose thresholds, invent the staff, write the folder; 0 also if there is no data."""
    asked = _parser().parse_args(arguments)
    if not (asked.data / "loan.csv").is_file():
        print(f"no data at {asked.data}: nothing to do")
        return 0
    bank = read_bank(asked.data)
    overrides = choose_overrides(bank)
    scheme = load_scheme("annual", overrides)
    options = SynthOptions(
        branches=len(bank.branches),
        staff=asked.staff,
        clients=0,
        seed=asked.seed,
        large=LARGE,
        medium=MEDIUM,
        key_deposits=KEY_DEPOSITS,
        lang=asked.lang,
    )
    case = build_case(bank, options, scheme)
    write_case(case, scheme, asked.out, asked.lang)
    _write_overrides(asked.out, overrides)
    _tell(case, scheme, asked.out, overrides)
    return 0


@dataclass(frozen=True)
class Bank:
    """What is real. Clients have no incumbents yet; the eight key deposits are flagged."""

    branches: tuple[str, ...]
    loans: tuple[Client, ...]
    deposits: tuple[Client, ...]


def read_bank(data: Path) -> Bank:
    """The loans and accounts of the data set as clients of its districts."""
    branch = {r["district_id"]: f"{int(r['district_id']):02} {r['A2']}" for r in _rows(data, "district")}
    accounts = {r["account_id"]: r for r in _rows(data, "account")}
    branch_of = {i: branch[r["district_id"]] for i, r in accounts.items()}
    orders: dict[str, list[int]] = {}
    for row in _rows(data, "order"):
        orders.setdefault(row["account_id"], []).append(_units(row["amount"]))
    owner = {r["disp_id"]: r["account_id"] for r in _rows(data, "disp")}
    cards: dict[str, int] = {}
    for row in _rows(data, "card"):
        account_id = owner[row["disp_id"]]
        cards[account_id] = cards.get(account_id, 0) + 1
    loans = _loans(_rows(data, "loan"), branch_of)
    deposits = [
        Client(
            client_id=f"A{int(i):05}",
            name=f"Account {int(i):05}",
            branch=branch_of[i],
            kind="deposit",
            balance=12 * sum(orders.get(i, ())),
            difficulty=min(max(len(orders.get(i, ())), 1), 5) * UNIT,
            held_since=date.fromisoformat(row["date"]),
            measures={"cards": cards.get(i, 0) * UNIT},
        )
        for i, row in accounts.items()
    ]
    deposits.sort(key=lambda c: (-c.balance, c.client_id))
    flagged = [replace(c, key_deposit=n < KEY_DEPOSITS) for n, c in enumerate(deposits)]
    return Bank(tuple(branch[i] for i in sorted(branch, key=int)), tuple(loans), tuple(flagged))


def _loans(rows: Sequence[Mapping[str, str]], branch_of: Mapping[str, str]) -> list[Client]:
    payments = sorted(_units(r["payments"]) for r in rows)
    high = payments[len(payments) * 3 // 4]
    return [
        Client(
            client_id=f"L{row['loan_id']}",
            name=f"Loan {row['loan_id']}",
            branch=branch_of[row["account_id"]],
            kind="loan",
            balance=_units(row["amount"]),
            quality=QUALITY[row["status"]],
            difficulty=UNIT
            * (
                1
                + (int(row["duration"]) >= 36)
                + (_units(row["payments"]) >= high)
                + 2 * (row["status"] in "BD")
            ),
            held_since=date.fromisoformat(row["date"]),
            measures={"monthly_payment": _units(row["payments"])},
        )
        for row in rows
    ]


def _rows(data: Path, table: str) -> list[dict[str, str]]:
    with (data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _units(czk: str) -> int:
    """CZK with at most two decimals as millionths of 10,000 CZK, exactly."""
    return to_fixed(Decimal(czk) / CZK_PER_UNIT)


# --- thresholds --------------------------------------------------------------------------------------


def choose_overrides(bank: Bank) -> dict[str, str]:
    """The settings by which the 14 largest loans are large and the next 13 medium: the roundest amounts.

    The limit between middle and small loans keeps its share of the medium one (300 of 500).
    """
    amounts = sorted((c.balance for c in bank.loans), reverse=True)
    large = _between(amounts[LARGE], amounts[LARGE - 1])
    medium = _between(amounts[LARGE + MEDIUM], amounts[LARGE + MEDIUM - 1])
    small = (medium * Decimal("0.6")).quantize(Decimal("0.01"))
    return {
        "segments.large_loan.at_least": f"{large}",
        "segments.medium_loan.at_least": f"{medium}",
        "segments.medium_loan.below": f"{large}",
        "segments.middle_loan.at_least": f"{small}",
        "segments.middle_loan.below": f"{medium}",
        "segments.small_loan.below": f"{small}",
    }


def _between(low: int, high: int) -> Decimal:
    """The amount with the fewest decimals that is above `low` and not above `high` (millionths)."""
    if low >= high:
        raise ValueError("two loans of the same amount stand at the limit: no threshold parts them")
    for decimals in range(7):
        amount = Decimal(high).scaleb(-6).quantize(Decimal(1).scaleb(-decimals), ROUND_FLOOR)
        if amount.scaleb(6) > low:
            return amount
    raise AssertionError("six decimals tell any two amounts apart")


# --- the invented part -------------------------------------------------------------------------------


def build_case(bank: Bank, options: SynthOptions, scheme: Scheme) -> Case:
    """Staff for the real branches; incumbents, recusals and a few clients with nobody responsible.

    Raises InputError if the staff are too few or too many.
    """
    check_options(options, scheme)
    roster = synth_roster(options, scheme, bank.branches)
    grades = grade(roster, scheme, options.seed)
    clients = sorted((*bank.loans, *bank.deposits), key=lambda c: c.client_id)
    key = [c for c in clients if (s := scheme.segment_of(c)) is not None and s.divide]
    rest = [c for c in clients if (s := scheme.segment_of(c)) is None or not s.divide]
    rng = stream(options, "real incumbents")
    holders: dict[str, str] = draw_incumbents(rng, key, scheme, roster, grades)
    roster = _moved(roster, {holders[c.client_id]: c.branch for c in key if c.client_id in holders}, rng)
    key = [_held(c, holders.get(c.client_id)) for c in key]
    rest = _base_load(rest, bank.branches, roster, options)
    return Case(roster, (*key, *rest), synth_links(options, scheme, key, grades))


def _moved(roster: Roster, homes: Mapping[str, str], rng: Random) -> Roster:
    """Four in five incumbents work where their account is, unless that leaves their branch with nobody."""
    left = Counter(s.branch for s in roster)
    staff = []
    for person in roster:
        home = homes.get(person.staff_id, person.branch)
        moves = home != person.branch and left[person.branch] > 1 and rng.random() < 0.8
        left[person.branch] -= moves
        staff.append(replace(person, branch=home) if moves else person)
    return Roster(tuple(staff))


def _base_load(
    clients: Sequence[Client], branches: tuple[str, ...], roster: Roster, options: SynthOptions
) -> list[Client]:
    rng = np.random.Generator(np.random.PCG64(options.seed))
    staff = Holders(rng, branches, roster)
    place = {b: n for n, b in enumerate(branches)}
    at = np.array([place[c.branch] for c in clients])
    drawn = staff.draw(rng, at, elsewhere=0.04).tolist()
    nobody = (rng.random(len(clients)) < 0.02).tolist()
    return [
        _held(c, None if alone else staff.ids[n]) for c, n, alone in zip(clients, drawn, nobody, strict=True)
    ]


def _held(client: Client, holder: str | None) -> Client:
    since = client.held_since if holder is not None else None
    developer = holder if client.kind == "deposit" else None
    return replace(client, incumbent=holder, developer=developer, held_since=since)


# --- telling -----------------------------------------------------------------------------------------


def _write_overrides(out: Path, overrides: Mapping[str, str]) -> None:
    lines = "".join(f"{k}={v}\n" for k, v in overrides.items())
    (out / "overrides.txt").write_text(lines, encoding="utf-8", newline="\n")


def _tell(case: Case, scheme: Scheme, out: Path, overrides: Mapping[str, str]) -> None:
    counts: dict[str, int] = {}
    for client in case.clients:
        segment = scheme.segment_of(client)
        key = segment.key if segment is not None else "none"
        counts[key] = counts.get(key, 0) + 1
    print(f"{out}: {len(case.roster)} staff, {len(case.clients)} clients, {len(case.links)} links")
    print(", ".join(f"{counts[s.key]} {s.key}" for s in scheme.segments if s.key in counts))
    sets = " ".join(f"--set {k}={v}" for k, v in overrides.items())
    print(f"cmopt allocate {shlex.quote(str(out))} --scheme annual {sets} --out RUN")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="folder of the data set")
    parser.add_argument("--out", type=Path, default=Path("out/real-bank"), help="case folder to write")
    parser.add_argument("--staff", type=int, default=260)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lang", choices=LANGS, default="zh")
    return parser


if __name__ == "__main__":
    sys.exit(main())
