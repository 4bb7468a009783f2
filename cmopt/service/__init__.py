"""The use cases. The command line and the web page call nothing else."""

from cmopt.service.appeals import AppealOrder, appeal, appeal_source
from cmopt.service.dividing import allocate, demo, divide
from cmopt.service.explaining import explain
from cmopt.service.files import compare, proofs_repeated, synth, verify, write_template
from cmopt.service.grading import check, grade_case
from cmopt.service.layers import part_outcomes, parts_kept
from cmopt.service.order import (
    CERTIFY_SECONDS,
    DEFAULT_SEED,
    DEMO_SCHEME,
    Loaded,
    Order,
    load,
    read_overrides,
)
from cmopt.service.schemes import compare_schemes, one_case
from cmopt.service.solving import Solved, no_division, solve

__all__ = [
    "CERTIFY_SECONDS",
    "DEFAULT_SEED",
    "DEMO_SCHEME",
    "AppealOrder",
    "Loaded",
    "Order",
    "Solved",
    "allocate",
    "appeal",
    "appeal_source",
    "check",
    "compare",
    "compare_schemes",
    "demo",
    "divide",
    "explain",
    "grade_case",
    "load",
    "no_division",
    "one_case",
    "part_outcomes",
    "parts_kept",
    "proofs_repeated",
    "read_overrides",
    "solve",
    "synth",
    "verify",
    "write_template",
]
