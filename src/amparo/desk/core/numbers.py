"""Whole numbers that a form posts beside what people type."""


def posted_number(text: str) -> int | None:
    """Return a whole number of at most nine digits, or None: longer ones are nobody's, and Python refuses to read the longest."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
