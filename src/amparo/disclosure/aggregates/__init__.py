"""Protected aggregates: how many persons have each combination of values, with noise, a threshold and no contradiction."""

from amparo.disclosure.aggregates.certificate import certificate
from amparo.disclosure.aggregates.consistency import Listed, Listing, listing
from amparo.disclosure.aggregates.measuring import Aggregates, Found, measure
from amparo.disclosure.aggregates.plan import AggregatesPlan, FoundStep, plan

__all__ = ["Aggregates", "AggregatesPlan", "Found", "FoundStep", "Listed", "Listing", "certificate", "listing", "measure", "plan"]
