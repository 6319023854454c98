"""Lists to choose from as their templates write them, put together at once: one for each of two hundred countries took longest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from django.utils.choices import BaseChoiceIterator
from django.utils.safestring import SafeString, mark_safe


class Ready(BaseChoiceIterator):
    """Choices that are in order already; others Django goes through whole at every look, one by one."""

    def __init__(self, choices: Iterable[tuple[Any, Any]]) -> None:
        self.choices = list(choices)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.choices)


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


def ticked(widget: Mapping[str, Any]) -> SafeString:
    """Return the boxes or rounds of a widget's context, each with its label, as the desk's own `options.html` writes them."""
    css = widget["attrs"].get("class")
    about = {"class": f"opt {css}" if css else "opt"} | ({"id": widget["attrs"]["id"]} if widget["attrs"].get("id") else {})
    parts = [f"<div{_attributes(about)}>"]
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'<p class="group">{_escaped(group)}</p>')
        parts += map(_ticked, options)
    parts.append("</div>")
    return mark_safe("".join(parts))  # noqa: S308 - every part was escaped where it was made


def _ticked(option: Mapping[str, Any]) -> str:
    named = f'type="{_escaped(option["type"])}" name="{_escaped(option["name"])}" value="{_escaped(str(option["value"]))}"'
    own = _escaped(option["attrs"].get("id", ""))
    return f'<label for="{own}"><input {named}{_attributes(option["attrs"])}><span>{_escaped(option["label"])}</span></label>'


def _escaped(text: Any) -> str:
    """Return what a template makes of a text: markup that is called safe stays as it is."""
    said = text if type(text) is str else str(text)  # what does not open is words to whoever reads, and empty as a text
    if said.isalnum():
        return said
    return said.__html__() if isinstance(said, SafeString) else escape(said)


def _attributes(attributes: Mapping[str, Any]) -> str:
    if not attributes:
        return ""
    said = {name: value for name, value in attributes.items() if value is not False}
    return "".join(
        f" {_escaped(name)}" if value is True else f' {_escaped(name)}="{_escaped(str(value))}"' for name, value in said.items()
    )
