"""`amparo manage add_partner NAME`: an organisation that gives files and has no members on this site."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from amparo.desk.access.models import Organisation
from amparo.desk.audit import chain as audit


class Command(BaseCommand):
    """Adding a partner that is there already changes nothing."""

    help = "Add an organisation that gives files and has no members on this site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name and the country."""
        parser.add_argument("name")
        parser.add_argument("--country", default="", help="ISO 3166-1 alpha-2")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the partner, and record it."""
        name = options["name"].strip()
        if not name:
            raise CommandError("a partner needs a name")
        with transaction.atomic():
            country = options["country"].upper()[:2]
            made, is_new = Organisation.objects.get_or_create(name=name, defaults={"country": country, "is_partner_only": True})
            if is_new:
                audit.record("organisation.added", made, organisation_id=made.id, details={"is_partner_only": True})
        self.stdout.write(str(made.id))
