"""`amparo standard validate FILE --schema NAME`: what in a file does not fit, on the terminal or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping

from amparo.standard import schemas
from amparo.standard.dates import DateOrder
from amparo.standard.reading import read_table, refuse
from amparo.standard.reasons import say
from amparo.standard.report import ColumnReport, ValidationReport, examine, printable

OPTIONS = {
    "ambiguous_dates": "--date-order {where}=…",
    "unknown_column": "--ignore {where}",
    "misspelt_column": "--rename {where}=…",
    "column_twice": "--ignore …",
}
"""The option of the command that answers an obstacle; both commands that print this report have them all."""


def validate(arguments: argparse.Namespace) -> int:
    """Print the report of one file; the answer is 0 when the file fits and 1 when it does not.

    Reads `file`, `schema`, `language`, `json`, and where given `date_order` (a list of COLUMN=ORDER), `rename`
    (COLUMN=NAME) and `ignore` (COLUMN). Raises `Refused` for a file that cannot be read at all.
    """
    schema = schemas.load(arguments.schema)
    report = examine(
        read_table(arguments.file),
        schema,
        rename=_pairs(getattr(arguments, "rename", None)),
        ignore=getattr(arguments, "ignore", None) or (),
        orders=_orders(getattr(arguments, "date_order", None)),
    )
    if arguments.json:
        text = json.dumps(report.as_json(arguments.language), ensure_ascii=False, indent=2)
    else:
        text = "\n".join(printable(line) for line in lines(report, arguments.language))
    sys.stdout.write(text + "\n")
    return 0 if report.fits else 1


def _pairs(given: list[str] | None) -> Mapping[str, str]:
    split = [pair.partition("=") for pair in given or ()]
    if not all(between for _, between, _ in split):
        raise refuse("not_a_pair")
    return {name: value for name, _, value in split}


def _orders(given: list[str] | None) -> Mapping[str, DateOrder]:
    pairs = _pairs(given)
    orders = {order.value: order for order in DateOrder}
    if not set(pairs.values()) <= set(orders):
        raise refuse("unknown_date_order", names=", ".join(orders))
    return {name: orders[value] for name, value in pairs.items()}


def lines(report: ValidationReport, language: str) -> Iterator[str]:
    """Yield the report line by line: the verdict first, then obstacles, then one block per column that needs attention."""
    found = report.found
    yield _say(
        "read", language, rows=found.rows, columns=len(found.columns), form=found.form.value.upper(), encoding=found.encoding or "-"
    )
    verdict = "fits" if report.fits else "stopped" if report.obstacles else "fits_in_part"
    yield _say(verdict, language, schema=report.schema, accepted=report.accepted, rejected=report.rejected)
    for reason in report.obstacles:
        option = OPTIONS.get(reason.code)
        yield f"  {reason.say(language)}" + (f" ({option.format(where=reason.where)})" if option else "")
    if report.missing:
        yield _say("missing_columns", language, count=len(report.missing), names=", ".join(report.missing))
    for column in report.columns:
        yield from _column_lines(column, language)
    if report.notes:
        yield _say("to_look_at", language)
    for reason, count in report.notes:
        yield f"  {reason.say(language)} ({_say('rows', language, count=count)})"


def _column_lines(column: ColumnReport, language: str) -> Iterator[str]:
    if not column.misfits and not column.notes:
        return
    yield f"{column.name} · {column.column.label[language]}"
    for misfit in column.misfits:
        yield "  " + _say("misfit", language, value=misfit.value, count=misfit.count, row=misfit.first_row)
        yield f"    {misfit.reason.say(language)}"
        if misfit.suggestion:
            yield "    " + _say("perhaps", language, suggestion=misfit.suggestion)
    if column.hidden:
        yield "  " + _say("more_values", language, count=column.hidden)
    for reason, count in column.notes:
        yield f"  {reason.say(language)} ({_say('rows', language, count=count)})"


def _say(key: str, language: str, **values: object) -> str:
    return say("standard", key, language, **values)
