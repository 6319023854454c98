"""What rooms above say to the one that takes what an office brings for its country: how they judge it, which lists they have.

No settings of Django are needed here: a pack is also checked without a site.
"""

from __future__ import annotations

from importlib import import_module

from amparo.desk.identification import judging
from amparo.desk.questions import indicators

LISTS = (
    "cases.choices",
    "cases.life_choices",
    "cases.checklist",
    "consent.choices",
    "identification.choices",
    "intake.choices",
    "journeys.choices",
)
"""Where rooms declare their own lists (see `questions.desk_lists`)."""


def let_lists_be_known() -> None:
    """Let every room declare its own lists: a pack can add codes to them."""
    for name in LISTS:
        import_module(f"amparo.desk.{name}")


def let_screenings_judge() -> None:
    """Refuse a list of indicators that no screening could ask; called twice it is one judge."""
    if judging.wrong_with not in indicators.JUDGES:
        indicators.JUDGES.append(judging.wrong_with)
