"""The exact solver: goals in strict priority, each proven and locked before the next (OR-Tools CP-SAT)."""

from cmopt.solvers.cpsat.solver import CpSat, is_feasible

__all__ = ["CpSat", "is_feasible"]
