"""Rules as tables in three languages: the tests run each line, and a manual page prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spec:
    """One rule: its sentence in three languages, where it comes from, its table, and the function that must obey it."""

    name: str
    title: Words
    text: Words
    table: str
    run: Callable[[Mapping[str, str]], str]

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
