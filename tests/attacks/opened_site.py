"""Print as JSON everything sealed in a demo site, opened: what a copy of the site must not show. Its own process, with the key."""

import json
import re
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
            born = str(getattr(row, "birth_date", ""))
            found |= {born} if WHOLE_DAY.fullmatch(born) else set()
    found |= {file.name for file in StoredFile.objects.all()} | {one.name for one in Contribution.objects.all()}
    print(json.dumps(sorted(found)))


CODE = re.compile(r"[a-z_]+")
WHOLE_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _texts(values):
    for value in values:
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, dict):  # the codes among answers stand in the code as well
            yield from (text for text in _texts(value.values()) if not CODE.fullmatch(text))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
