"""How near a release is to what it stands for: against the sensitive table for the steward, from the noise alone for all.

Whatever takes the sensitive table returns exact figures about it: for the steward's own eyes, never to be published.
Only `mechanism` takes no table of persons.
"""

from amparo.disclosure.evaluation.comparing import Cell, Kept, MarginalError, Progress
from amparo.disclosure.evaluation.exactness import Exactness, exactness
from amparo.disclosure.evaluation.mechanism import Counted, MechanismError, mechanism_error
from amparo.disclosure.evaluation.subpopulations import Part, SubpopulationError, largest_parts, subpopulation_error

__all__ = [
    "Cell", "Counted", "Exactness", "Kept", "MarginalError", "MechanismError", "Part", "Progress", "SubpopulationError",
    "exactness", "largest_parts", "mechanism_error", "subpopulation_error",
]  # fmt: skip
