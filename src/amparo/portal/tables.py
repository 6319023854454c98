"""A picture's table as HTML: the same quantities as the picture, each with its margin, each mark with its explanation."""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString, mark_safe

from amparo.pictures import numbers
from amparo.pictures.values import Basis, Category, Mark, Quantity, Row, Share
from amparo.portal.explorer import Panel
from amparo.standard.reasons import say

LETTERS = {Mark.SUPPRESSED: "S", Mark.UNKNOWN: "?", Mark.REFUSED: "R", Mark.ZERO: "0"}


def html(panel: Panel, language: str) -> SafeString:
    """Return the table; every label is escaped here."""
    table = panel.chart.table
    mixed = panel.basis is None
    heads = [_said(words, language) for words in table.headers]
    head = f'<th scope="col">{heads[0]}</th>' + "".join(f'<th scope="col" class="num">{one}</th>' for one in heads[1:])
    body = "".join(_row(row, language, mixed=mixed) for row in table.rows if not row.is_total)
    foot = "".join(_row(row, language, mixed=mixed) for row in table.rows if row.is_total)
    foot = f"<tfoot>{foot}</tfoot>" if foot else ""
    caption = _said(table.caption, language)
    return mark_safe(  # noqa: S308 - every text in it is escaped above and below
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    )


def key(panel: Panel, language: str) -> SafeString:
    """Return what the marks of the table mean; nothing where it has none."""
    items = [f"<li>{mark(one)} {escape(say('pictures', f'mark_{one}', language))}</li>" for one in panel.chart.table.marks]
    if panel.basis is None:
        items.append(f"<li>{_modelled()} {escape(say('pictures', 'basis_modelled', language))}</li>")
    return mark_safe(f'<ul class="key">{"".join(items)}</ul>' if items else "")  # noqa: S308 - escaped above


def mark(one: Mark) -> str:
    """Return a mark as a shape with a letter; its words stand beside it wherever it is used."""
    return f'<span class="mark mark-{one}" aria-hidden="true">{LETTERS[one]}</span>'


def _row(row: Row, language: str, *, mixed: bool) -> str:
    cells = "".join(f'<td class="num">{_cell(cell, language, mixed=mixed)}</td>' for cell in row.cells)
    return f'<tr><th scope="row">{_head(row.head, language)}</th>{cells}</tr>'


def _head(category: Category, language: str) -> str:
    shape = f"{mark(category.mark)} " if category.mark else ""
    return f"{shape}{escape(category.name(language))}"


def _cell(cell: Quantity | Share | None, language: str, *, mixed: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Share):
        wide = numbers.number(cell.margin, language, digits=0 if cell.margin >= 9.95 else 1)
        return f'{numbers.percent(cell.percent, language)} <span class="moe">± {wide}</span>'
    if not cell.is_shown:
        return f'{mark(Mark.SUPPRESSED)}<span class="vh">{escape(say("pictures", "suppressed_short", language))}</span>'
    extra = f" {_modelled()}" if mixed and cell.basis is Basis.MODELLED else ""
    return f'{numbers.number(cell.count, language)} <span class="moe">± {numbers.margin(cell.margin, language)}</span>{extra}'


def _modelled() -> str:
    return '<span class="mark mark-modelled" aria-hidden="true">≈</span>'


def _said(words: object, language: str) -> str:
    text = words.get(language) or words.get("en", "") if isinstance(words, dict) or hasattr(words, "get") else str(words)
    return escape(str(text))
