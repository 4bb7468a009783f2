"""cmopt divides a bank's clients among its client managers, provably, and explains every line."""

__version__ = "0.1.0"
