"""The second pair of eyes: every rule and every goal again, from case, scheme and allocation alone.

Imports neither `problem` nor `solvers`, so that one wrong array cannot pass both.
"""

from cmopt.audit.division import audit_division
from cmopt.audit.record import check_record

__all__ = ["audit_division", "check_record"]
