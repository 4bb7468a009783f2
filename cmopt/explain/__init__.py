"""Words for a division: why each line is as it is, why an account was left out, why there is no division."""

from cmopt.explain.conflict import explain_infeasible
from cmopt.explain.lines import explain_lines

__all__ = ["explain_infeasible", "explain_lines"]
