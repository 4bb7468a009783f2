"""The exact solver: goals in strict priority, each proven and locked before the next (OR-Tools CP-SAT)."""

from cmopt.solvers.cpsat.solver import CpSat

__all__ = ["CpSat"]
