"""The words themselves: English templates by key; the Chinese ones are in locale/zh/reports.po."""

from __future__ import annotations

from typing import Literal, NamedTuple

from cmopt.domain.result import Status
from cmopt.i18n import N_

Unit = Literal["accounts", "money", "pairs", "steps", "points", "count", "number"]


class Goal(NamedTuple):
    title: str
    meaning: str
    unit: Unit


class Metric(NamedTuple):
    title: str
    meaning: str


GOALS: dict[str, Goal] = {
    "coverage": Goal(
        N_("Coverage"),
        N_("Accounts left without a manager, and backups that are missing. Fewer is better."),
        "accounts",
    ),
    "coverage_balance": Goal(
        N_("Coverage by balance"),
        N_("Balance of the accounts left without a manager. Less is better."),
        "money",
    ),
    "continuity": Goal(
        N_("Continuity"),
        N_("Accounts that stay with a present manager whose tier allows them. More is better."),
        "accounts",
    ),
    "continuity_balance": Goal(
        N_("Continuity by balance"),
        N_("Balance of the accounts that stay with their present manager. More is better."),
        "money",
    ),
    "merit": Goal(
        N_("Merit"),
        N_(
            "Justified envies: pairs in which somebody ranked higher was entitled to an open account "
            "that went to somebody ranked lower. Fewer is better."
        ),
        "pairs",
    ),
    "balance": Goal(
        N_("Balance of portfolios"),
        N_(
            "How far the fullest and the lightest portfolios of one tier lie apart, over all measures "
            "and tiers, weighted, in steps of the scheme's scale. Less is better."
        ),
        "steps",
    ),
    "deviation": Goal(
        N_("Mean deviation"),
        N_(
            "How far the portfolios of one tier lie from their mean, all together, over all measures and "
            "tiers, weighted, in steps of the scheme's scale. Less is better."
        ),
        "steps",
    ),
    "leximin": Goal(
        N_("Worst-off first (leximin)"),
        N_("The least load is made as large as can be, then the second least, and so on. More is better."),
        "number",
    ),
    "leximax": Goal(
        N_("Heaviest first (leximax)"),
        N_(
            "The largest load is made as small as can be, then the second largest, and so on. Less is better."
        ),
        "number",
    ),
    "fit": Goal(
        N_("Fit"),
        N_("Sum of the links table's figures of how well managers and accounts fit. More is better."),
        "number",
    ),
    "worst_served": Goal(
        N_("Fit of the account served worst"),
        N_("The least fit that any account gets from its managers together. More is better."),
        "number",
    ),
    "cost": Goal(
        N_("Cost"),
        N_("Sum of the links table's costs of the pairs in the division. Less is better."),
        "number",
    ),
    "bids": Goal(
        N_("Bids"),
        N_(
            "Places of the managers' bids for the accounts that were open (1 = first choice; no bid counts one "
            "more than the last), added up. Less is better."
        ),
        "number",
    ),
    "penalty": Goal(
        N_("Price of soft rules"),
        N_("What the soft rules that are not kept cost, by the scheme's prices. Less is better."),
        "number",
    ),
    "bands": Goal(
        N_("Bands"),
        N_(
            "How far managers' loads lie outside the bands around their branch's mean, and what broken limits "
            "cost, weighted, in steps of the mean. Less is better."
        ),
        "steps",
    ),
    "handovers": Goal(
        N_("Handover cost"),
        N_(
            "What all changes of hands cost, by number, balance and difficulty of the clients. Less is better."
        ),
        "points",
    ),
    "tier_preference": Goal(
        N_("Preferred tiers"),
        N_("Places by which managers stand behind the tier that a segment names first. Less is better."),
        "number",
    ),
    "mix": Goal(
        N_("Mix of easy and hard"),
        N_(
            "How far the fullest and the lightest portfolios of a branch lie apart in quality and difficulty, "
            "weighted, in steps of the mean. Less is better."
        ),
        "steps",
    ),
    "jurisdiction": Goal(
        N_("Jurisdiction"),
        N_("Accounts held by a manager of another branch. Fewer is better."),
        "accounts",
    ),
    "draw": Goal(
        N_("Draw"),
        N_(
            "Numbers made from the seed committed beforehand and from the ids. They only decide between "
            "divisions that are equal in every goal above."
        ),
        "number",
    ),
}

# Goals counted in millionths of their unit; the others are counted in ones.
IN_MILLIONTHS = frozenset(
    {"coverage_balance", "continuity_balance", "leximin", "leximax", "fit", "worst_served", "cost"}
)

STATUSES: dict[str, str] = {
    Status.OPTIMAL: N_("proven best: every goal is proven"),
    Status.FEASIBLE: N_("a valid division; not every goal is proven"),
    Status.INFEASIBLE: N_("no division meets every rule"),
    Status.UNKNOWN: N_("stopped before a division was found"),
    Status.CANCELLED: N_("stopped by the user"),
}

OUTCOMES = {
    "kept": N_("kept"),
    "moved": N_("moved"),
    "new": N_("newly given"),
    "unassigned": N_("left out"),
}

ROLES = {
    "manager": N_("manager"),
    "lead": N_("lead manager"),
    "backup": N_("backup manager"),
    "team": N_("team member"),
}

SOLVERS = {
    "cpsat": N_("exact (CP-SAT)"),
    "greedy": N_("greedy"),
    "stable": N_("stable competition (by bids)"),
    "large": N_("large-scale"),
}

CERTIFICATES = {
    "checked": N_("checked: a second, independent program recomputed every goal"),
    "bounded": N_("bounded: the distance to the best possible is proven"),
    "cross-checked": N_("cross-checked: another solver agrees"),
}

SEVERITIES = {"error": N_("error"), "warning": N_("warning"), "notice": N_("notice")}


UNITS: dict[str, str] = {
    "accounts": N_("accounts"),
    "money": N_("×10k CNY"),
    "pairs": N_("pairs"),
    "steps": N_("steps"),
    "points": N_("points"),
}

# The units that English inflects, for a value of one.
ONE = {"accounts": N_("account"), "pairs": N_("pair"), "steps": N_("step"), "points": N_("point")}

ROUTES = {
    "exam": N_("exam"),
    "given": N_("given tier"),
    "agent_offer": N_("offered agent status"),
    "standing": N_("promotion rules"),
    "demoted": N_("left the ladder"),
    "prerequisites": N_("lacks a prerequisite"),
    "trainee": N_("trainee"),
    "agent": N_("agent"),
    "none": N_("none"),
}

GROUPS = {
    "bank": N_("whole bank"),
    "team": N_("team"),
    "tiers": N_("between the tiers"),
    "branches": N_("between the branches"),
}

MEASURES = {
    "clients": N_("Clients"),
    "count": N_("Clients"),
    "balance": N_("Balance held"),
    "all": N_("All measures"),
    "key_accounts": N_("Divided accounts"),
}

METRICS: dict[str, Metric] = {
    "gini": Metric(
        N_("Gini coefficient"), N_("0 = all hold the same; towards 1 = one holds nearly everything.")
    ),
    "jain": Metric(N_("Jain index"), N_("1 = all hold the same; 1/n = one of n holds everything.")),
    "theil": Metric(N_("Theil index"), N_("0 = all hold the same; larger = less even.")),
    "cv": Metric(N_("Coefficient of variation"), N_("Standard deviation over mean: 0 = all hold the same.")),
    "range_ratio": Metric(N_("Range ratio"), N_("(largest − smallest) over mean: 0 = all hold the same.")),
    "max_mean": Metric(N_("Largest over mean"), N_("How many times the average the fullest portfolio is.")),
    "herfindahl": Metric(
        N_("Herfindahl index"), N_("Sum of squared shares: 1/n = even; 1 = all in one hand.")
    ),
    "spread": Metric(N_("Spread"), N_("Largest minus smallest portfolio, in the measure's unit.")),
    "continuity_count": Metric(
        N_("Accounts kept"), N_("Share of the accounts with an eligible manager that stay with them.")
    ),
    "continuity_balance": Metric(N_("Balance kept"), N_("Share of their balance that stays with them.")),
    "continuity_count_all": Metric(
        N_("Accounts kept, of all"), N_("Share of all divided accounts with a manager that stay with them.")
    ),
    "continuity_balance_all": Metric(
        N_("Balance kept, of all"), N_("Share of the balance of all divided accounts with a manager.")
    ),
    "justified_envy": Metric(
        N_("Justified envies"),
        N_("Pairs in which the better ranked had a fair claim to the other's account."),
    ),
    "blocking_pairs": Metric(
        N_("Blocking pairs"),
        N_("Somebody wants an open account (or seat) more than what they got, and ranks above its manager."),
    ),
    "spearman": Metric(
        N_("Rank correlation (Spearman)"), N_("Merit against portfolio: 1 = the better ranked hold more.")
    ),
    "kendall": Metric(
        N_("Rank correlation (Kendall)"), N_("Merit against portfolio: 1 = the better ranked hold more.")
    ),
    "theil_between": Metric(
        N_("Theil index between groups"), N_("The part of the unevenness that lies between the groups.")
    ),
    "mean_difference": Metric(
        N_("Mean against the bank's"), N_("+10 % = this group holds a tenth more a head than the whole bank.")
    ),
    "group_difference": Metric(
        N_("Difference between groups"),
        N_("(largest − smallest group mean) over mean: 0 = the groups hold the same a head."),
    ),
}

CHARTS = {
    "portfolio_by_tier": N_("Portfolio balance by tier: before, after and greedy"),
    "lorenz": N_("Lorenz curves: how evenly the balance is held"),
    "heatmap": N_("Managers and measures: who carries what"),
    "handovers": N_("Handover network: who hands accounts to whom"),
    "score_portfolio": N_("Score against portfolio"),
    "book_change": N_("The whole book: what each holds, before and after"),
    "book_spread": N_("The whole book: how far managers are from the mean of their branch"),
    "book_outcomes": N_("The whole book: what becomes of each branch's clients"),
    "book_matrix": N_("The whole book: who hands clients to whom"),
}

# Metrics shown in per cent, and those shown with a sign as well.
SHARES = frozenset(
    {"continuity_count", "continuity_balance", "continuity_count_all", "continuity_balance_all"}
)
SIGNED_SHARES = frozenset({"mean_difference"})
