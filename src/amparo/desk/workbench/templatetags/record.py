"""The record's header and tabs, for every template that extends `record.html`."""

from typing import Any

from django.template import Library

from amparo.desk.workbench import record

register = Library()


@register.simple_tag(takes_context=True)
def record_header(context: dict[str, Any], case: Any) -> record.Strip:
    """Return the header strip of a case for the member who looks."""
    return record.strip(context["request"].member, case)


@register.simple_tag(takes_context=True)
def record_tabs(context: dict[str, Any], case: Any, current: str = "") -> list[record.ShownTab]:
    """Return the tabs of a case for the member who looks."""
    return record.tabs(context["request"].member, case, current)
