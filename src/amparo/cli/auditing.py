"""Commands of the audit record on a site: verify it where it lies, copy it out."""

from __future__ import annotations

import argparse
import os

from amparo.standard.reasons import say

from .checking import FLAWED, WHOLE, tell
from .sites import clear_disk_errors, load, open_site, refuse, start_django


def verify(arguments: argparse.Namespace) -> int:
    """Check every chain and checkpoint; say where something was tampered with."""
    language, site = arguments.language, load(arguments.site)
    start_django(site, open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.access.models import Organisation
    from amparo.desk.audit import chain

    count, flaws = chain.verify()
    tell(flaws, {str(one.pk): one.name for one in Organisation.objects.all()}, language)
    print(say("cli", "audit_flaws" if flaws else "audit_whole", language, events=count, flaws=len(flaws)))
    return FLAWED if flaws else WHOLE


def export(arguments: argparse.Namespace) -> int:
    """Write a signed copy beside the site; that it was made is recorded in every organisation's chain."""
    language, site = arguments.language, load(arguments.site)
    start_django(site, open_site(site, arguments.passphrase_fd, language))
    from amparo.desk.access.models import Organisation
    from amparo.desk.audit import chain, copying

    for owner in Organisation.objects.values_list("pk", flat=True):
        chain.record("audit.copied", organisation_id=owner)
    with clear_disk_errors(arguments.out):
        try:
            file = arguments.out.open("xb")
        except FileExistsError:
            raise refuse("file_exists", where=arguments.out) from None
        with file:
            file.writelines(copying.pieces())
            file.flush()
            os.fsync(file.fileno())
    key = copying.signing_key().public_key().public_bytes_raw().hex()
    print(say("cli", "audit_copied", language, where=arguments.out, signer=key))
    return WHOLE
