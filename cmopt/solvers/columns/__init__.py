"""Generalized assignment by knapsack columns: every manager takes one bundle of jobs, every job is in one.

`assignment` reads such a problem out of rows, `master` generates columns (Dantzig and Wolfe), `near` lists all
bundles of a manager close to the best, `cover` puts bundles together exactly, `dive` searches with the three.
"""
