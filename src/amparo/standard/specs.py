"""Rules as tables in three languages: the tests run each line, and a manual page prints it. For every room that has rules."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

Words = Mapping[str, str]
Run = Callable[[Mapping[str, str]], str]
"""Does what a line of a table says, and answers in the words of the table."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One rule: its sentence in three languages, where it comes from, its table, and the function that must obey it."""

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


def rule(header: Iterable[str]) -> list[str]:
    """Return the first two lines of a table in Markdown."""
    names = list(header)
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]


def printed(spec: Spec, language: str) -> list[str]:
    """Return a rule as the lines of a manual page: heading, sentence, table."""
    lines = [f"## {spec.title[language]}", "", spec.text[language], "", *rule(spec.header)]
    lines += ["| " + " | ".join([*given.values(), f"**{expected}**"]) + " |" for given, expected in spec.rows()]
    return [*lines, ""]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the manual that holds nothing but rules: its title, its opening words, and the rules in order."""

    title: Words
    intro: Words
    specs: tuple[Spec, ...]

    def markdown(self, language: str) -> str:
        """Return the page in one language."""
        parts = [f"# {self.title[language]}", "", self.intro[language], ""]
        return "\n".join([*parts, *(line for spec in self.specs for line in printed(spec, language))])


def page(text: str, runs: Mapping[str, Run]) -> Page:
    """Read a page from its TOML; `runs` names what each table is run against."""
    held = tomllib.loads(text)
    specs = (Spec(one["name"], one["title"], one["text"], one["table"], runs[one["runs"]]) for one in held["specs"])
    return Page(held["title"], held["intro"], tuple(specs))
