"""Short random numbers that are read aloud and written down: they tell nothing and cannot be guessed."""

import secrets

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without those that look alike."""


def receipt() -> str:
    """Return a new number: twelve letters and digits in three groups, one of 5 * 10^17."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
