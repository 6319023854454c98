"""The frame of a steward's page: self-contained, without script, and marked on every page and picture by whether it may leave."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import escape
from importlib.resources import files

from amparo.bundle import report
from amparo.bundle.description import Description
from amparo.pictures import numbers
from amparo.pictures.chart import pair
from amparo.pictures.dots import Dots
from amparo.pictures.svg import Shape, element, text
from amparo.standard.reasons import say

ROOM = "release.steward"
STAMP_HEIGHT = 24.0


class Mark(StrEnum):
    """Whether a page may leave the steward's hands; the value is the key of its words."""

    NOT_PUBLISHABLE = "mark_not_publishable"
    PUBLISHABLE = "mark_publishable"


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that is set as a number; `is_better` marks the better of two."""

    shown: str
    is_better: bool = False


Cell = str | Number


@dataclass(frozen=True, slots=True)
class Page:
    """Writes one page in one language; every text that is given is escaped."""

    language: str
    mark: Mark

    def whole(self, *, title: str, lead: str, facts: Sequence[tuple[str, str]], parts: Iterable[str]) -> bytes:
        """Return the page as a file."""
        listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
        mark, why = self.say(str(self.mark)), self.say(f"{self.mark}_why")
        return "\n".join(
            [
                "<!DOCTYPE html>",
                f'<html lang="{self.language}">',
                "<head>",
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{policy()}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="referrer" content="no-referrer">',
                f"<title>{escape(mark)}: {escape(title)}</title>",
                f"<style>{style()}</style>",
                "</head>",
                f'<body class="{self.mark.name.lower().replace("_", "-")}">',
                f'<p class="running" aria-hidden="true">{escape(mark)}</p>',
                f'<header><p class="stamp"><strong>{escape(mark)}</strong> {escape(why)}</p>',
                f"<h1>{escape(title)}</h1>",
                f'<p class="lead">{escape(lead)}</p>',
                f'<dl class="facts">{listed}</dl></header>',
                "<main>",
                *parts,
                "</main>",
                f"<footer><p>{escape(mark)}. {self.said('made_with')}</p></footer>",
                "</body>",
                "</html>",
                "",
            ]
        ).encode()

    def say(self, key: str, **values: object) -> str:
        """Return one sentence of this room; signs that stand apart from their word never begin a line."""
        return unbroken(say(ROOM, key, self.language, **values))

    def said(self, key: str, **values: object) -> str:
        """Return one sentence of this room, escaped."""
        return escape(self.say(key, **values))

    def heading(self, key: str, *, level: int = 2) -> str:
        """Return a heading."""
        return f"<h{level}>{self.said(key)}</h{level}>"

    def paragraph(self, key: str, *, quiet: bool = False, **values: object) -> str:
        """Return a paragraph of one sentence or more."""
        look = ' class="quiet"' if quiet else ""
        return f"<p{look}>{self.said(key, **values)}</p>"

    def number(self, value: float, *, digits: int = 0) -> str:
        """Return a number as the reader writes it."""
        return numbers.number(round(value, digits) + 0.0, self.language, digits=digits)

    def signed(self, value: float) -> str:
        """Return a difference with its sign."""
        return ("+" if round(value) > 0 else "") + self.number(value)

    def percent(self, share: float, *, digits: int = 1) -> str:
        """Return a share (0 to 1) in percent."""
        sign = "%" if self.language == "en" else f"{numbers.NARROW}%"
        return self.number(100 * share, digits=digits) + sign

    def promise(self, about: Description) -> str:
        """Return epsilon and delta of a release."""
        epsilon, delta = (report.small(value, self.language) for value in (about.epsilon, about.delta))
        return self.say("promise", epsilon=epsilon, delta=delta)

    def figure(self, dots: Dots, *, key: str) -> str:
        """Return a picture for wide and narrow screens, stamped, with its sentence above it."""
        caption = escape(unbroken(dots.sentence.get(self.language, "")))
        drawn = re.sub(
            r"<svg .*?</svg>",
            lambda one: stamped(one[0], self.say(str(self.mark))),
            pair(dots, self.language, key=key, wide=Shape.WIDE),
        )
        return f"<figure><figcaption>{caption}</figcaption>{drawn}</figure>"

    def table(self, *, key: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
        """Return a table; the first cell of each row heads it, and a `Number` stands to the right."""
        listed = [tuple(row) for row in rows]
        is_number = [any(isinstance(row[at], Number) for row in listed if at < len(row)) for at in range(len(heads))]
        tops = "".join(
            f'<th scope="col"{" class=number" if number else ""}>{escape(head)}</th>'
            for head, number in zip(heads, is_number, strict=True)
        )
        body = "".join(f"<tr>{_row(row)}</tr>" for row in listed)
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-labelledby="t-{key}"><table>'
            f'<caption id="t-{key}">{escape(caption)}</caption><thead><tr>{tops}</tr></thead><tbody>{body}</tbody></table></div>'
        )


def unbroken(sentence: str) -> str:
    """Return a sentence with no-break spaces before a percent sign and the high signs of French."""
    return re.sub(r" (?=[%:;?!»])|(?<=«) ", "\u00a0", sentence)


def _row(row: Sequence[Cell]) -> str:
    head, *cells = row
    first = head.shown if isinstance(head, Number) else head
    return f'<th scope="row">{escape(first)}</th>' + "".join(_cell(cell) for cell in cells)


def _cell(cell: Cell) -> str:
    if not isinstance(cell, Number):
        return f"<td>{escape(cell)}</td>"
    shown = f"<strong>{escape(cell.shown)} ✓</strong>" if cell.is_better else escape(cell.shown)
    return f'<td class="number">{shown}</td>'


def stamped(svg: str, words: str) -> str:
    """Return a picture with words at its foot that go wherever the picture goes."""
    view = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if view is None:
        raise ValueError("not a picture of this house")
    width, height = float(view[1]), float(view[2])
    taller = svg.replace(view[0], f'viewBox="0 0 {view[1]} {height + STAMP_HEIGHT:g}"', 1)
    foot = element("g", text(width - 2, height + 14, words, "p-stamp p-end"))
    return taller.removesuffix("</svg>") + foot + "</svg>"


@cache
def style() -> str:
    """Return the style of a steward's page: that of a release's report and a few rules of its own."""
    own = files("amparo.release.steward").joinpath("steward.css").read_text(encoding="utf-8")
    return f"{report.style()}\n{own}"


@cache
def policy() -> str:
    """Return the content policy of a page: nothing but its own style, by its digest."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
