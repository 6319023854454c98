"""The same person? Two descriptions compared, names in any order, script and spelling: a score with reasons, no verdict."""

from .comparing import STRONG, WORTH_A_LOOK, Comparison, Description, Level, Reason, Span, compare, may_be_twice
from .words import Word, alike, keys, words

__all__ = [
    "STRONG", "WORTH_A_LOOK", "Comparison", "Description", "Level", "Reason", "Span", "Word", "alike", "compare", "keys",
    "may_be_twice", "words",
]  # fmt: skip
