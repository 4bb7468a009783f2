"""Scores to points, points to a total, totals to ranks, ranks to tiers; every point traced to its rule."""

from cmopt.grading.grade import grade, is_registered

__all__ = ["grade", "is_registered"]
