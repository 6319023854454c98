"""`amparo import FILE --schema NAME --organisation NAME`: import a file and print its report and its provenance."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from amparo.desk.contributions import actions, queries, recovery, rejected, sentences
from amparo.desk.contributions.choices import Choices
from amparo.desk.contributions.models import Contribution
from amparo.desk.contributions.states import Relation
from amparo.standard import reading, schemas
from amparo.standard.command import lines
from amparo.standard.dates import DateOrder
from amparo.standard.reasons import LANGUAGES, Reason, Refused
from amparo.standard.report import examine


class Command(BaseCommand):
    """Exit code 0: imported (perhaps with rejected rows); 2: nothing was imported, and the reason is printed."""

    help = "Import a partner's file into the pool."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and how to read it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--schema", required=True)
        parser.add_argument("--organisation", required=True)
        parser.add_argument("--language", choices=LANGUAGES, default="en")
        parser.add_argument("--rename", action="append", default=[], metavar="COLUMN=NAME")
        parser.add_argument("--ignore", action="append", default=[], metavar="COLUMN")
        parser.add_argument("--date-order", action="append", default=[], metavar="COLUMN=ORDER")
        parser.add_argument("--person-column", default="", metavar="COLUMN")
        parser.add_argument("--all-new", action="store_true")
        parser.add_argument("--replaces", default="", metavar="CONTRIBUTION")
        parser.add_argument("--rejected", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> Any:
        """Import, then print."""
        with translation.override(options["language"]):
            try:
                contribution = self._import(options)
            except Refused as refused:
                if all(reason.room == "standard" for reason in refused.reasons):
                    self._report(options)
                for reason in refused.reasons:
                    self.stderr.write(f"amparo: {sentences.say(reason)}")
                raise SystemExit(2) from None
            self._print(contribution, options)
            if contribution.rows_in and not contribution.rows_accepted:
                self.stderr.write(f"amparo: {sentences.say(Reason('contributions', 'nothing_accepted'))}")
                raise SystemExit(2)

    def _import(self, options: dict[str, Any]) -> Contribution:
        recovery.recover()
        return actions.import_file(
            path=options["file"],
            schema=options["schema"],
            organisation=queries.organisation_named(options["organisation"]),
            choices=_choices(options),
            operator=getpass.getuser(),
        )

    def _report(self, options: dict[str, Any]) -> None:
        """Print what in the file does not fit, where it can be read at all."""
        try:
            choices, schema = _choices(options), schemas.load(options["schema"])
            table = reading.read_table(options["file"])
        except Refused:
            return
        found = examine(table, schema, rename=choices.rename, ignore=choices.left_out, orders=choices.orders)
        for line in lines(found, options["language"]):
            self.stdout.write(line)

    def _print(self, contribution: Contribution, options: dict[str, Any]) -> None:
        self._report(options)
        self.stdout.write("")
        for label, value in provenance(contribution):
            self.stdout.write(f"{label}: {value}")
        if options["rejected"] and contribution.rejected_file:
            with options["rejected"].open("w", encoding="utf-8-sig", newline="") as out:
                out.writelines(rejected.as_csv(contribution))


def provenance(contribution: Contribution) -> Iterator[tuple[str, str]]:
    """Yield where a contribution comes from and what became of its rows, in words."""

    def count(number: int | None) -> str:
        return number_format(number or 0, use_l10n=True, force_grouping=True)

    yield _("Contribution"), str(contribution.id)
    yield _("Organisation"), contribution.organisation.name
    yield _("Brought by"), contribution.brought_by_words
    if contribution.name:
        yield _("File"), contribution.name
    yield _("Schema"), contribution.schema
    yield _("Checksum (SHA-256)"), contribution.sha256
    yield _("Imported on"), date_format(contribution.finished_at, "DATETIME_FORMAT") if contribution.finished_at else ""
    yield _("Rows in the file"), count(contribution.rows_in)
    yield _("Accepted"), count(contribution.rows_accepted)
    yield _("Rejected"), count(contribution.rows_rejected)
    yield _("New in the pool"), count(contribution.rows_added)
    yield _("Corrected"), count(contribution.rows_changed)
    yield _("Already in the pool"), count(contribution.rows_known)
    if contribution.rows_barred:
        yield _("Left out, because the person was taken out of the pool"), count(contribution.rows_barred)
    yield _("Version of the pool"), str(contribution.pool_version or "")


def _pairs(given: Iterable[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in given]
    if not all(between for _name, between, _value in split):
        raise reading.refuse("not_a_pair")
    return {name: value for name, _between, value in split}


def _choices(options: dict[str, Any]) -> Choices:
    orders = {order.value: order for order in DateOrder}
    asked = _pairs(options["date_order"])
    if not set(asked.values()) <= set(orders):
        raise reading.refuse("unknown_date_order", names=", ".join(orders))
    relation = Relation.REPLACES if options["replaces"] else Relation.NEW if options["all_new"] else Relation.REPEATS
    return Choices(
        rename=_pairs(options["rename"]),
        ignore=tuple(options["ignore"]),
        orders={name: orders[order] for name, order in asked.items()},
        person_column=options["person_column"],
        relation=relation,
        replaces=options["replaces"],
    )
