"""What differs between two versions of a form: questions that came, went, moved or are said or asked otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .form import Form, Question

ASPECTS = (
    "label",
    "hint",
    "list_name",
    "relevant",
    "constraint",
    "constraint_message",
    "is_required",
    "required_message",
    "secrecy",
    "maps_to",
    "within",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that differs: `what` is `added`, `removed`, `changed` or `choices`; of a change, its aspects."""

    what: str
    name: str
    question: Question | None
    aspects: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def between(before: Form, after: Form) -> tuple[Difference, ...]:
    """Return everything that differs, in the order of the later form; what was left out comes last."""
    return (
        *_differences(before, after),
        *(Difference("removed", one.name, one) for one in before.questions if after.get(one.name) is None),
    )


def _differences(before: Form, after: Form) -> Iterator[Difference]:
    for one in after.questions:
        old = before.get(one.name)
        if old is None:
            yield Difference("added", one.name, one)
            continue
        aspects = tuple(name for name in ASPECTS if getattr(old, name) != getattr(one, name))
        if aspects:
            yield Difference("changed", one.name, one, aspects)
    for held in after.lists:
        old_codes = {one.code for one in before.list_named(held.name).choices}
        codes = {one.code for one in held.choices}
        if old_codes and old_codes != codes:
            yield Difference("choices", held.name, None, (), tuple(sorted(codes - old_codes)), tuple(sorted(old_codes - codes)))
