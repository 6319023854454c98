"""`amparo manage contribute_own_cases --organisation NAME`: the desk's own cases into the pool, where consent covers them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from amparo.desk.contributions import actions, queries, recovery, sentences
from amparo.standard.reasons import LANGUAGES, Refused

from .import_file import provenance


class Command(BaseCommand):
    """Exit code 0: contributed (perhaps nothing new); 2: nothing was contributed, and the reason is printed."""

    help = "Contribute an organisation's own cases to the pool, where consent covers them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose cases, and the language of the answer."""
        parser.add_argument("--organisation", required=True)
        parser.add_argument("--language", choices=LANGUAGES, default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        """Contribute, then print the counts."""
        with translation.override(options["language"]):
            try:
                recovery.recover()
                made = actions.contribute_own_cases(organisation=queries.organisation_named(options["organisation"]))
            except Refused as refused:
                for reason in refused.reasons:
                    self.stderr.write(f"amparo: {sentences.say(reason)}")
                raise SystemExit(2) from None
            for label, value in provenance(made):
                self.stdout.write(f"{label}: {value}")
