"""Print as JSON everything sealed in a demo site, opened: what a copy of the site must not show. Its own process, with the key."""

import json
import sys
from pathlib import Path

from amparo.cli import sites


def main(folder):
    """Open every sealed field of every row and version, the names of files, and what lies in contributions."""
    site = sites.load(folder)
    sites.start_django(site, sites.open_site(site, None, "en"))
    from django.apps import apps

    from amparo.desk.contributions.models import Contribution
    from amparo.desk.core import keys
    from amparo.desk.core.fields import SealedTextField
    from amparo.desk.files.models import StoredFile

    found = set()
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, SealedTextField)]
        for row in model._base_manager.iterator(500) if fields else ():
            if len(keys._opened()) > 5000:
                keys.forget_opened()
            found |= set(_texts(getattr(row, field.attname) for field in fields))
    found |= {file.name for file in StoredFile.objects.all()} | {one.name for one in Contribution.objects.all()}
    print(json.dumps(sorted(found)))


def _texts(values):
    for value in values:
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, dict):
            yield from _texts(value.values())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
