"""Solvers: each takes a Problem and Limits and returns a Result. Solvers never clean data."""
