"""How even a division is: portfolios, indices, continuity, envy, group differences, the scorecard."""

from cmopt.metrics.fairness import fairness
from cmopt.metrics.portfolios import portfolios
from cmopt.metrics.scorecard import Scorecard, scorecard

__all__ = ["Scorecard", "fairness", "portfolios", "scorecard"]
