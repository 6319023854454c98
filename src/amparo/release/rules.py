"""The rules of a recipe: what is known of every row in public, in the words of TOML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amparo.disclosure.structure import AtMost, Implies, Rule
from amparo.release.strict import Reader


def read_rules(reader: Reader, listed: Sequence[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    """Return the rules as far as they can be read; complaints go to the reader, those about columns and values to the domain."""
    rules: list[Rule] = []
    for number, one in enumerate(listed or (), start=1):
        where = f"rules[{number}]"
        if "at_most" in one:
            reader.keys(one, ("at_most",), inside=where)
            names = reader.texts(one, "at_most", inside=where) or ()
            if len(names) == 2:
                rules.append(AtMost(*names))
            else:
                reader.refuse("rule_not_two_columns", f"{where}.at_most")
            continue
        reader.keys(one, ("when", "then", "at_most"), inside=where)
        when, then = (_side(reader, one, side, where) for side in ("when", "then"))
        if when and then:
            rules.append(Implies(*when, *then))
    return tuple(rules)


def _side(reader: Reader, one: Mapping[str, Any], side: str, where: str) -> tuple[str, tuple[str, ...]] | None:
    """Read `{ column = ["value", …] }`."""
    said = one.get(side)
    if not isinstance(said, dict) or len(said) != 1:
        reader.refuse("rule_needs_one_column", f"{where}.{side}")
        return None
    ((name, _),) = said.items()
    values = reader.texts(said, name, inside=f"{where}.{side}")
    return None if values is None else (name, values)
