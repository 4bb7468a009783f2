"""Invented cases of any size: staff, exam results, key accounts, base load, recusals."""

from cmopt.synth.case import synth_case
from cmopt.synth.options import SynthOptions

__all__ = ["SynthOptions", "synth_case"]
