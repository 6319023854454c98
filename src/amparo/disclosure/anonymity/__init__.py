"""Tables in which everybody shares their quasi-identifiers with others: check one, make one, certify it."""

from amparo.disclosure.anonymity.anonymising import Anonymised, Loss, anonymise
from amparo.disclosure.anonymity.certificate import certificate
from amparo.disclosure.anonymity.checking import Findings, SmallClass, check
from amparo.disclosure.anonymity.recoding import SUPPRESSED, Group, Level, adjacent_bands
from amparo.disclosure.anonymity.scheme import QuasiIdentifier, Scheme

__all__ = [
    "SUPPRESSED", "Anonymised", "Findings", "Group", "Level", "Loss", "QuasiIdentifier", "Scheme", "SmallClass",
    "adjacent_bands", "anonymise", "certificate", "check",
]  # fmt: skip
