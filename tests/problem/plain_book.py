"""The book once more, client by client and without arrays, straight from models/README.md section 9."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product

from cmopt.domain.allocation import Allocation
from cmopt.domain.book import Book
from cmopt.domain.clients import Case, Client
from cmopt.domain.declared import WHOLE
from cmopt.domain.draw import draw_number
from cmopt.domain.fixed import UNIT
from cmopt.domain.goals import SENSE
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Staff
from cmopt.domain.scheme import Scheme, Segment

NAMED = ("pin", "head", "maker", "developer")

Holders = Mapping[str, str | None]


@dataclass(frozen=True)
class PlainBook:
    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    key: Allocation
    seed: int

    @property
    def book(self) -> Book:
        assert self.scheme.book is not None
        return self.scheme.book

    # --- clients, regions, parts ---

    def segment(self, client: Client) -> Segment | None:
        return self.scheme.segment_of(client)

    def in_book(self, client: Client) -> bool:
        s = self.segment(client)
        return (
            s is not None
            and not s.divide
            and bool(s.tiers)
            and (not self.book.segments or s.key in self.book.segments)
        )

    def is_counter(self, client: Client) -> bool:
        if not self.in_book(client) or client.kind == "loan" or self.pinned_to(client) is not None:
            return False
        unclaimed = client.incumbent is None and client.developer is None
        return {
            "marked": client.counter,
            "unclaimed": client.counter or unclaimed,
            "none": False,
        }[self.book.counter]

    @cached_property
    def clients(self) -> list[Client]:
        return [c for c in self.case.clients if self.in_book(c) and not self.is_counter(c)]

    def pinned_to(self, client: Client) -> str | None:
        return next(
            (k.staff_id for k in self.case.links if k.client_id == client.client_id and k.rule == "pin"), None
        )

    def region(self, branch: str) -> tuple[str, ...]:
        everywhere = sorted({s.branch for s in self.case.roster} | {c.branch for c in self.case.clients})
        if self.book.jurisdiction == "bank":
            return tuple(everywhere)
        return next((tuple(sorted(r)) for r in self.book.regions if branch in r), (branch,))

    @cached_property
    def parts(self) -> dict[str, tuple[set[str], list[str]]]:
        """First branch -> (branches, clients), wherever there are clients."""
        groups = [
            set(self.region(b))
            for b in {s.branch for s in self.case.roster} | {c.branch for c in self.case.clients}
        ]
        for link in self.case.links:
            client = self.case.client_by_id[link.client_id]
            if link.rule in ("pin", "allow") and client in self.clients and self.grades[link.staff_id].tier:
                groups.append({client.branch, self.case.roster.by_id[link.staff_id].branch})
        merged: list[set[str]] = []
        for group in groups:
            whole = group.union(*(m for m in merged if m & group))
            merged = [m for m in merged if not m & group] + [whole]
        known = {s.branch for s in self.case.roster} | {c.branch for c in self.case.clients}
        found = {}
        for group in merged:
            mine = [c.client_id for c in self.clients if c.branch in group]
            if mine:
                found[min(group & known)] = (group & known, mine)
        return found

    def managers(self, part: str) -> list[Staff]:
        branches, clients = self.parts[part]
        tiers = {
            t
            for s in self.scheme.segments
            if not s.divide and (not self.book.segments or s.key in self.book.segments)
            for t in s.tiers
        }
        linked = {
            k.staff_id for k in self.case.links if k.rule in ("pin", "allow") and k.client_id in clients
        }
        return [
            s
            for s in self.case.roster
            if s.branch in branches
            and (tier := self.grades[s.staff_id].tier) is not None
            and (s.staff_id in linked or (tier in tiers and (self.book.team_members or not self.on_team(s))))
        ]

    def on_team(self, staff: Staff) -> bool:
        return any(
            who == staff.staff_id
            and (s := self.segment(self.case.client_by_id[c])) is not None
            and self.scheme.team_of(s.key) is not None
            for c, who in self.key.holder.items()
        )

    # --- who may hold a client ---

    def before_rules(self, staff_id: str | None, client: Client) -> bool:
        if staff_id is None or self.grades[staff_id].tier is None:
            return False
        staff, segment = self.case.roster.by_id[staff_id], self.segment(client)
        link = self.case.link_of.get((staff_id, client.client_id))
        if link is not None and link.rule in ("forbid", "allow"):
            return link.rule == "allow"
        assert segment is not None
        return (
            staff.branch in self.region(client.branch)
            and self.grades[staff_id].tier in segment.tiers
            and (self.book.team_members or not self.on_team(staff))
        )

    def who(self, client: Client) -> tuple[str, list[str]]:
        """(the rule that settled it, who may hold it)."""
        people = [s.staff_id for s in self.case.roster if self.before_rules(s.staff_id, client)]
        pin = self.pinned_to(client)
        if pin is not None:
            return "pin", [pin]
        rule, left = "", people
        if client.kind == "loan" and (client.quality or 1) >= self.book.problem_from:
            if self.book.problem_loans == "head":
                heads = [
                    s
                    for s in people
                    if self.case.roster.by_id[s].post in self.book.head_posts
                    and self.case.roster.by_id[s].branch == client.branch
                ]
                if heads:
                    return "head", heads
            if self.book.problem_loans == "maker":
                maker = client.developer or client.incumbent
                if maker in people:
                    return "maker", [maker]
        if self.is_due(client) and client.incumbent in people:
            rule, left = "rotation", [s for s in people if s != client.incumbent]
        elif (
            self.book.developer == "keeps"
            and (client.kind == "deposit" or client.incumbent is None)
            and client.developer in people
        ):
            return "developer", [client.developer]
        return (rule, left) if left else ("nobody", [])

    def is_due(self, client: Client) -> bool:
        day, years = self.book.as_of, self.book.rotation_years
        if years is None or day is None or client.kind == "deposit" or client.held_since is None:
            return False
        since = client.held_since
        full = day.year - since.year - ((day.month, day.day) < (since.month, since.day))
        return full >= years

    def keeper(self, client: Client) -> str | None:
        return client.incumbent if client.incumbent in self.who(client)[1] else None

    def together(self, clients: list[str]) -> list[list[str]]:
        if self.book.groups == "free":
            return []
        groups: dict[tuple[str, str], list[Client]] = {}
        for c in (self.case.client_by_id[i] for i in clients):
            if c.group is not None:
                groups.setdefault((c.group, c.branch), []).append(c)
        found = []
        for members in groups.values():
            there = [c for c in members if self.who(c)[1]]
            free = [c for c in there if self.who(c)[0] not in NAMED]
            for chosen in (there, free):
                if chosen and set.intersection(*(set(self.who(c)[1]) for c in chosen)):
                    if len(chosen) > 1:
                        found.append([c.client_id for c in chosen])
                    break
        return sorted(found)

    # --- goals ---

    def load(self, measure: str | None, staff_id: str, client: Client) -> int:
        if measure is None:
            return UNIT
        link = self.case.link_of.get((staff_id, client.client_id))
        return self.scheme.measure_by_key[measure].of(client, link)

    def base(self, measure: str | None, staff_id: str) -> int:
        total = 0
        for client_id, lead in self.key.holder.items():
            client = self.case.client_by_id[client_id]
            total += self.load(measure, staff_id, client) if lead == staff_id else 0
            if staff_id in self.key.backups.get(client_id, ()):
                total += self.load(measure, staff_id, client) * self.scheme.backups.share // WHOLE
        for client in self.case.clients:
            segment = self.segment(client)
            of_key = segment is not None and segment.divide
            if client.incumbent == staff_id and not of_key and not self.in_book(client):
                total += self.load(measure, staff_id, client)
        return total

    def carried(
        self, measure: str | None, staff_id: str, held: Holders, counted: Mapping[str, bool] | None = None
    ) -> int:
        return sum(
            self.load(measure, staff_id, self.case.client_by_id[c])
            for c, who in held.items()
            if who == staff_id and (counted is None or counted[c])
        )

    def regions_of(self, part: str) -> list[tuple[str, ...]]:
        return sorted({self.region(b) for b in self.parts[part][0]})

    def compared(self, part: str) -> Iterator[list[str]]:
        """Of each region the managers who may hold something."""
        clients = [self.case.client_by_id[c] for c in self.parts[part][1]]
        able = {s for c in clients for s in self.who(c)[1]}
        for region in self.regions_of(part):
            yield [s.staff_id for s in self.managers(part) if s.branch in region and s.staff_id in able]

    def mean(self, part: str, measure: str | None, people: list[str], based: bool, parts: int) -> int:
        """What they carry and may be given, divided by `parts`, rounded up."""
        clients = [self.case.client_by_id[c] for c in self.parts[part][1]]
        reach = [c for c in clients if set(people) & set(self.who(c)[1])]
        general = None if measure is None else self.scheme.measure_by_key[measure]
        whole = sum(self.base(measure, s) for s in people) * based
        whole += sum(UNIT if general is None else general.of(c) for c in reach)
        return max(1, -(-whole // parts))

    def bands(self, part: str, held: Holders) -> int:
        total = 0
        for band in self.book.bands:
            for region in self.compared(part):
                people = [s for s in region if not band.tiers or self.grades[s].tier in band.tiers]
                if len(people) < 2:
                    continue
                step = self.mean(part, band.measure, people, band.base, len(people) * self.book.resolution)
                loads = [
                    self.base(band.measure, s) * band.base + self.carried(band.measure, s, held)
                    for s in people
                ]
                mean = Fraction(sum(loads), len(loads))
                for load in loads:
                    over = abs(load - mean) - mean * Fraction(band.within, WHOLE)
                    total += band.weight * -(-max(Fraction(0), over) // step)
        return total + sum(price for price, _ in self.limits(part, held))

    def limits(self, part: str, held: Holders) -> Iterator[tuple[int, bool]]:
        """(price, broken) of each limit, region and person; only limits by person are known here."""
        for limit in self.book.limits:
            counted = {
                c: not limit.segments or self.segment(self.case.client_by_id[c]).key in limit.segments  # type: ignore[union-attr]
                for c in held
            }
            for staff in self.managers(part):
                if self.grades[staff.staff_id].tier not in limit.tiers:
                    continue
                if (limit.branches and staff.branch not in limit.branches) or (
                    limit.except_teams and self.on_team(staff)
                ):
                    continue
                load = self.base(limit.measure, staff.staff_id) * limit.base
                load += self.carried(limit.measure, staff.staff_id, held, counted)
                most = staff.measures.get(limit.most_column or "", limit.most)
                least = staff.measures.get(limit.least_column or "", limit.least)
                for over in (0 if most is None else load - most, 0 if least is None else least - load):
                    if over > 0:
                        yield (
                            (0, True)
                            if limit.price is None
                            else (limit.price * -(-over // limit.step), False)
                        )

    def mix(self, part: str, held: Holders) -> int:
        total = 0
        for mix in self.book.mix:
            for region in self.compared(part):
                for tier in {self.grades[s].tier for s in region}:
                    people = [s for s in region if self.grades[s].tier == tier]
                    loads = [self.base(mix.measure, s) + self.carried(mix.measure, s, held) for s in people]
                    if len(people) > 1:
                        scale = self.mean(part, mix.measure, people, True, len(people))
                        total += mix.weight * -(-self.book.resolution * (max(loads) - min(loads)) // scale)
        return total

    def points(self, client: Client) -> int:
        w = self.book.handover
        exact = Fraction(w.client, UNIT) + Fraction(
            w.balance * client.balance + w.difficulty * (client.difficulty or 0), UNIT**2
        )
        return max(1, (exact + Fraction(1, 2)).__floor__())

    def value(self, goal: str, part: str, held: Holders) -> int:
        if goal == "bands":
            return self.bands(part, held)
        if goal == "mix":
            return self.mix(part, held)
        return sum(self._of_pair(goal, self.case.client_by_id[c], who) for c, who in held.items())

    def _of_pair(self, goal: str, client: Client, who: str | None) -> int:
        if who is None:
            return {"coverage": 1, "coverage_balance": client.balance}.get(goal, 0)
        keeper, segment = self.keeper(client), self.segment(client)
        link = self.case.link_of.get((who, client.client_id))
        assert segment is not None
        tier = self.grades[who].tier or ""
        match goal:
            case "coverage" | "coverage_balance":
                return 0
            case "handovers":
                return self.points(client) if keeper not in (None, who) else 0
            case "continuity":
                return int(keeper == who)
            case "continuity_balance":
                return client.balance * (keeper == who)
            case "tier_preference":
                return segment.tiers.index(tier) if tier in segment.tiers else len(segment.tiers)
            case "fit":
                return self.scheme.links.fit_absent if link is None or link.fit is None else link.fit
            case "cost":
                return self.scheme.links.cost_absent if link is None or link.cost is None else link.cost
            case "bids":
                last = max((k.bid for k in self.case.links if k.bid is not None), default=0)
                bid = last + 1 if link is None or link.bid is None else link.bid
                return 0 if keeper == who else bid
            case "draw":
                return draw_number(self.seed, "division", who, client.client_id)
        raise KeyError(goal)

    # --- every division ---

    def divisions(self, part: str) -> Iterator[dict[str, str | None]]:
        clients = self.parts[part][1]
        pinned = {c: self.pinned_to(self.case.client_by_id[c]) for c in clients}
        groups = self.together(clients)
        choices = [
            [pin] if (pin := pinned[c]) is not None else [None, *self.who(self.case.client_by_id[c])[1]]
            for c in clients
        ]
        for chosen in product(*choices):
            held = dict(zip(clients, chosen, strict=True))
            if all(len({held[c] for c in group}) == 1 for group in groups) and not any(
                broken for _, broken in self.limits(part, held)
            ):
                yield held

    def optimum(self, part: str) -> dict[str, int] | None:
        """Goal -> its best value under the goals before it, each within its tolerance; None: no division."""
        left = list(self.divisions(part))
        if not left:
            return None
        best: dict[str, int] = {}
        for goal in self.book.goals:
            values = [self.value(goal.name, part, held) for held in left]
            best[goal.name] = (min if SENSE[goal.name] == "min" else max)(values)
            allowed = goal.allowance(best[goal.name])
            left = [h for h, v in zip(left, values, strict=True) if abs(v - best[goal.name]) <= allowed]
        return best
