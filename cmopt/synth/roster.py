"""The invented staff: where they work, the posts they held, who registered; then their exam."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.roster import PostHeld, Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.grading.points import part_points
from cmopt.i18n import N_, tr
from cmopt.synth.assessed import with_gradings
from cmopt.synth.exam import sit_exam
from cmopt.synth.options import SynthOptions, numbered, stream

TENTH = UNIT // 10
CENT = UNIT // 100
ROLES = {
    "branch_head": N_("Branch head"),
    "deputy_head": N_("Deputy head"),
    "supervisor": N_("Business supervisor"),
    "marketing": N_("Client manager"),
    "counter": N_("Teller"),
    "office": N_("Office clerk"),
}
MARKETING = {  # how many of a role are marketing employees
    "branch_head": 0.35,
    "deputy_head": 0.5,
    "supervisor": 0.6,
    "marketing": 1.0,
    "counter": 0.05,
    "office": 0.05,
}


def synth_roster(options: SynthOptions, scheme: Scheme, branches: tuple[str, ...]) -> Roster:
    """Staff of `branches` with posts, years and exam scores under `scheme`; no tier is given.

    Most register, a few do not, a few are absent from the exam. There are ties at every tier boundary, a
    total exactly at the pass mark, people at the cap of experience points and on both sides of each route.
    """
    rng = stream(options, "people")
    roles = _roles(rng, options, branches)
    ids = numbered("E", options.staff, 4)
    name = tr(N_("Employee {n}"), options.lang)
    people = [
        _person(rng, scheme, staff_id, name.format(n=f"{n:03}"), branch, role, options)
        for n, (staff_id, (branch, role)) in enumerate(zip(ids, roles, strict=True), 1)
    ]
    people = _edge_years(_registration(rng, people), scheme)
    if needs_of(scheme).columns:  # more than an exam
        people = with_gradings(options, scheme, people)
    else:
        people = sit_exam(stream(options, "exam"), people, scheme)
    return Roster(tuple(replace(s, posts=tuple(sorted(s.posts, key=_post_order))) for s in people))


def _roles(rng: Random, options: SynthOptions, branches: tuple[str, ...]) -> list[tuple[str, str]]:
    """(branch, role) for each person: heads, deputies, one in each other branch, the rest where they fall."""
    heads = list(branches[: max(1, options.staff // 4)])
    deputies = rng.sample(heads, k=min(len(heads) * 3 // 5, options.staff // 8))
    roles = [(b, "branch_head") for b in heads] + [(b, "deputy_head") for b in deputies]
    weights = [3.0 if n == 0 else rng.uniform(0.6, 1.4) for n in range(len(branches))]
    kept_open = list(branches[len(heads) :])[: max(0, options.staff // 2 - len(roles))]
    roles += [(b, "marketing") for b in kept_open]
    rest = options.staff - len(roles)
    kinds = rng.choices(["supervisor", "marketing", "counter", "office"], weights=[20, 57, 17, 6], k=rest)
    roles += list(zip(rng.choices(branches, weights=weights, k=rest), kinds, strict=True))
    rng.shuffle(roles)
    return roles


def _person(
    rng: Random, scheme: Scheme, staff_id: str, name: str, branch: str, role: str, options: SynthOptions
) -> Staff:
    marketing = rng.random() < MARKETING[role]
    senior_role = role in ("branch_head", "deputy_head", "supervisor")
    years = rng.triangular(6, 32, 15) if senior_role else rng.triangular(0.5, 33, 12)
    known = {p.key for p in scheme.grading.posts}
    return Staff(
        staff_id=staff_id,
        name=name,
        branch=branch,
        post=tr(ROLES[role], options.lang),
        registered=True,
        marketing=marketing,
        finance_years=tenths(years),
        average_deposits=cents(rng.lognormvariate(4.9, 0.65)) if marketing else None,
        posts=tuple(p for p in _posts(rng, role) if p.post in known),
    )


def _posts(rng: Random, role: str) -> list[PostHeld]:
    """The present post and perhaps earlier ones, in years with one decimal."""
    career = {
        "branch_head": [("branch_head", 1.0, 9.0), ("deputy_head", 0.5, 6.0), ("supervisor", 0.3, 6.0)],
        "deputy_head": [("deputy_head", 1.0, 8.0), ("supervisor", 0.5, 6.0)],
        "supervisor": [("supervisor", 1.0, 10.0)],
    }.get(role, [("supervisor", 0.2, 6.0)])
    return [
        PostHeld(post, tenths(rng.triangular(0.3, most, most / 3)))
        for post, chance, most in career
        if rng.random() < chance
    ]


def _registration(rng: Random, people: list[Staff]) -> list[Staff]:
    """One in sixteen does not register, at least one of them in marketing."""
    marketing = [s.staff_id for s in people if s.marketing]
    others = rng.sample(people, k=len(people) // 16)
    staying_out = {s.staff_id for s in others} | set(rng.sample(marketing, k=min(1, len(marketing))))
    return [replace(s, registered=s.staff_id not in staying_out) for s in people]


def _edge_years(people: list[Staff], scheme: Scheme) -> list[Staff]:
    """Somebody whose 2.9 years count as two, and somebody whose points are cut at the cap."""
    by_points = [p for p in scheme.grading.parts if p.rules and any(r.post for r in p.rules)]
    holders = [n for n, s in enumerate(people) if s.posts]
    if not by_points or len(holders) < 2:
        return people
    part = by_points[0]
    most = max(holders, key=lambda n: (part_points(people[n], part).uncapped, -n))
    other = next(n for n in holders if n != most)
    first, *earlier = people[other].posts
    people[other] = replace(
        people[other], registered=True, posts=(replace(first, years=29 * TENTH), *earlier)
    )
    if part_points(people[most], part).uncapped <= part.max:
        posts = {p.post: p for p in people[most].posts}
        posts |= {p.key: PostHeld(p.key, 94 * TENTH) for p in scheme.grading.posts[:2]}
        people[most] = replace(people[most], finance_years=256 * TENTH, posts=tuple(posts.values()))
    people[most] = replace(people[most], registered=True)
    return people


def _post_order(held: PostHeld) -> tuple[str, int]:
    return held.post, held.years


def tenths(value: float) -> int:
    return round(value * 10) * TENTH


def cents(value: float) -> int:
    return round(value * 100) * CENT
