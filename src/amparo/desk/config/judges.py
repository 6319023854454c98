"""Who judges what an office brings for its country: rooms that stand above the one that takes it. No Django here."""

from __future__ import annotations

from amparo.desk.identification import judging
from amparo.desk.questions import indicators


def let_screenings_judge() -> None:
    """Refuse a list of indicators that no screening could ask; called twice it is one judge."""
    if judging.wrong_with not in indicators.JUDGES:
        indicators.JUDGES.append(judging.wrong_with)
