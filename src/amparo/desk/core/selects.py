"""A list to choose from as Django writes it, put together at once: a template for each of two hundred countries took longest."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe


def rendered(widget: Mapping[str, Any]) -> SafeString:
    """Return the `select` element of a widget's context; everything in it is escaped as a template would."""
    parts = [f'<select name="{_escaped(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{_escaped(group)}">')
        parts += [
            f'<option value="{_escaped(str(option["value"]))}"{_attributes(option["attrs"])}>{_escaped(option["label"])}</option>'
            for option in options
        ]
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return mark_safe("\n".join(parts))  # noqa: S308 - every part was escaped where it was made


def _escaped(text: Any) -> str:
    """Return what a template makes of a text: markup that is called safe stays as it is."""
    said = text if isinstance(text, str) else str(text)
    return said.__html__() if isinstance(said, SafeString) else escape(said)


def _attributes(attributes: Mapping[str, Any]) -> str:
    said = {name: value for name, value in attributes.items() if value is not False}
    return "".join(
        f" {_escaped(name)}" if value is True else f' {_escaped(name)}="{_escaped(str(value))}"' for name, value in said.items()
    )
