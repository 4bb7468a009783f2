"""Large books: LP bounds counted in integers, rounding, exchanges, CP-SAT around what is nearly indifferent."""

from cmopt.solvers.large.solver import Large, Solved, solve_large
from cmopt.solvers.large.supported import unsupported

__all__ = ["Large", "Solved", "solve_large", "unsupported"]
