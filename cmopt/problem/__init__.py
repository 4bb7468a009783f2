"""Case, scheme and grades into a Problem: who may hold what and why not, integer scaling, arrays."""

from cmopt.problem.build import build_problem

__all__ = ["build_problem"]
