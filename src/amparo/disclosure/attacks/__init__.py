"""Attacks on a release, made by whoever holds the table and persons who were left out of it: for the steward's own eyes.

Singling out, linkability and attribute inference follow Giomi, Boenisch, Wehmeyer and Tasnadi (2023), A unified framework
for quantifying privacy risk in synthetic data. What an attack does not find is not shown to be absent: the promise of a
release rests on its noise (`accounting`), an attack can only show that a promise was broken.
"""

from amparo.disclosure.attacks.differencing import Change, Difference, MeasuredTwice, RowsTwice, difference
from amparo.disclosure.attacks.inference import infer_attributes
from amparo.disclosure.attacks.linkability import link
from amparo.disclosure.attacks.nearest import Nearness, nearest_records
from amparo.disclosure.attacks.rates import Attack, Finding, Rate, Risk, require_attackable, wilson
from amparo.disclosure.attacks.singling_out import single_out

__all__ = [
    "Attack", "Change", "Difference", "Finding", "MeasuredTwice", "Nearness", "Rate", "Risk", "RowsTwice", "difference",
    "infer_attributes", "link", "nearest_records", "require_attackable", "single_out", "wilson",
]  # fmt: skip
