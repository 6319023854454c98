"""Long forms in sections: one subject after the other, each under its own heading, each to be skipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what it is for, and the fields under it; a folded one is for the few who need it."""

    title: str | Promise
    fields: tuple[str, ...]
    hint: str | Promise = ""
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its bound fields, as the template shows it."""

    id: str
    title: str | Promise
    hint: str | Promise
    fields: tuple[Any, ...]
    is_folded: bool = False


class SectionedForm(forms.Form):
    """A form that shows its fields in sections; a field in none of them is a mistake of ours and is shown at the end.

    Fields, and so the summary of errors, stand in the order of the sections: as the page shows them.
    """

    template_name = "core/components/sections.html"
    sections: ClassVar[tuple[Section, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for section in self.sections for name in section.fields])

    def shown_sections(self) -> Iterator[ShownSection]:
        """Yield the sections that have a field."""
        placed: set[str] = set()
        for number, section in enumerate(self.sections, start=1):
            names = [name for name in section.fields if name in self.fields]
            placed.update(names)
            if names:
                yield ShownSection(
                    f"part_{number}", section.title, section.hint, tuple(self[name] for name in names), self._is_folded(section)
                )
        rest = tuple(field for field in self.visible_fields() if field.name not in placed)
        if rest:
            yield ShownSection("part_more", "", "", rest)

    def _is_folded(self, section: Section) -> bool:
        """A folded section opens where something was answered or is wrong."""
        return section.is_folded and not any(
            self[name].errors or self[name].value() for name in section.fields if name in self.fields
        )
