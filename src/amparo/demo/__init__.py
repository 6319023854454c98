"""An invented region of three countries, five organisations and two thousand cases. Nothing in it is real.

Everything is generated from a seed: names from syllables, routes, ages and forms of exploitation
from distributions written down in `region`. The same seed and day give the same region.
"""
