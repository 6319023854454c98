"""Safe release: a public domain, a promise in numbers, noisy counts, invented rows, and a certificate that says so."""

from amparo.disclosure.accounting import Privacy
from amparo.disclosure.certificate import certificate
from amparo.disclosure.domain import Attribute, Domain, Rows, Table
from amparo.disclosure.generating import generate
from amparo.disclosure.ledger import BudgetExceeded, Ledger, Spend
from amparo.disclosure.measurements import Measurements
from amparo.disclosure.measuring import expected_errors, measure
from amparo.disclosure.noise import NoiseSource, SystemNoise
from amparo.disclosure.plan import Plan, Step, StepName, plan
from amparo.disclosure.structure import AtMost, Implies
from amparo.disclosure.uncertainty import Marginal

from amparo.disclosure import aggregates, anonymity  # isort: skip  they stand on the names above

__all__ = [
    "AtMost", "Attribute", "BudgetExceeded", "Domain", "Implies", "Ledger", "Marginal", "Measurements", "NoiseSource", "Plan",
    "Privacy", "Rows", "Spend", "Step", "StepName", "SystemNoise", "Table", "aggregates", "anonymity", "certificate",
    "expected_errors", "generate", "measure", "plan",
]  # fmt: skip
