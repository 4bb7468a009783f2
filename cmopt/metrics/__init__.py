"""How even a division is: portfolios, indices, continuity, envy, group differences, the scorecard."""

from cmopt.metrics.card import Scorecard, scorecard
from cmopt.metrics.holdings import portfolios
from cmopt.metrics.rows import fairness

__all__ = ["Scorecard", "fairness", "portfolios", "scorecard"]
