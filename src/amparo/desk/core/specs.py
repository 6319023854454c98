"""Rules as tables: each is run by a test and printed as a page of the manual, in three languages. No Django here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Words = Mapping[str, str]
Run = Callable[[Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Spec:
    """One rule: its sentence in three languages, its table, and the function that must obey it."""

    name: str
    title: Words
    text: Words
    table: str
    run: Run

    def rows(self) -> Iterator[tuple[dict[str, str], str]]:
        """Yield each line of the table: the given values by column, and what is expected."""
        lines = [line.strip() for line in self.table.strip().splitlines()]
        given, _expected = (part.strip() for part in lines[0].split("||"))
        names = [name.strip() for name in given.split("|")]
        for line in lines[1:]:
            left, right = (part.strip() for part in line.split("||"))
            yield dict(zip(names, (cell.strip() for cell in left.split("|")), strict=True)), right

    @property
    def header(self) -> list[str]:
        """The columns of the table, the expected one last."""
        return [name.strip() for name in self.table.strip().splitlines()[0].replace("||", "|").split("|")]

    def printed(self) -> list[str]:
        """Return the table as lines of Markdown, what is expected in bold."""
        lines = ["| " + " | ".join(self.header) + " |", "|" + "---|" * len(self.header)]
        lines += ["| " + " | ".join([*given.values(), f"**{expected}**"]) + " |" for given, expected in self.rows()]
        return lines


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the manual: its title and opening words, and its rules in order."""

    title: Words
    intro: Words
    specs: tuple[Spec, ...]

    def markdown(self, language: str) -> str:
        """Return the page in one language, as Markdown."""
        parts = [f"# {self.title[language]}", "", self.intro[language], ""]
        for spec in self.specs:
            parts += [f"## {spec.title[language]}", "", spec.text[language], "", *spec.printed(), ""]
        return "\n".join(parts)


def page(text: str, runs: Mapping[str, Run]) -> Page:
    """Read a page from its TOML; `runs` names what each table is run against."""
    held = tomllib.loads(text)
    specs = (Spec(one["name"], one["title"], one["text"], one["table"], runs[one["runs"]]) for one in held["specs"])
    return Page(held["title"], held["intro"], tuple(specs))
