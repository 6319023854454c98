"""What one supervised process runs: `python -m amparo.cli.process desk|portal|worker|migrate|prove|demo`."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys

LARGEST_BODY = 130 * 2**20
TOO_LARGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>413</title></head><body>
<p>This file is larger than 128 MB. Nothing was taken over. Divide it, for example by year, and send the parts one after the
other. <a href="/">Back to the desk</a></p>
<p lang="fr">Ce fichier dépasse 128 Mo. Rien n’a été repris. Divisez-le, par exemple par année, et envoyez les parties l’une
après l’autre. <a href="/">Retour à l’espace de travail</a></p>
<p lang="es">Este archivo supera los 128 MB. No se ha tomado nada. Divídalo, por ejemplo por año, y envíe las partes una tras
otra. <a href="/">Volver al espacio de trabajo</a></p>
</body></html>
"""


def leave_no_dump() -> None:
    """Let a crash of this process leave no memory on the disk: it would hold keys.

    A limit of one byte, not of none: with none the kernel still hands the memory to a program named in
    `core_pattern` (core(5)).
    """
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    allowed = 1 if most == resource.RLIM_INFINITY else min(1, most)
    resource.setrlimit(resource.RLIMIT_CORE, (allowed, allowed))


def settle() -> None:
    """Leave what was loaded at the start out of every later search for garbage: it stopped a page for a fifth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


def serve(application: object, address: str, port: str, *, largest: int, threads: int) -> None:
    """Serve a WSGI application with waitress; no request body ever reaches a temporary file."""
    import waitress
    from waitress import utilities

    from .threads import Warmest

    utilities.RequestEntityTooLarge.to_response = _too_large  # type: ignore[method-assign]
    proxy = {}
    if os.environ.get("AMPARO_BEHIND_TLS") == "1":
        # Whoever else reaches this port could say that they came by TLS, and would be served in clear.
        trusted = os.environ.get("AMPARO_PROXY", "127.0.0.1")
        # The address it forwards tells one office from another where sign-ins are counted.
        proxy = {"trusted_proxy": trusted, "trusted_proxy_headers": {"x-forwarded-proto", "x-forwarded-for"}}
    settle()
    waitress.serve(
        application,
        host=address,
        port=int(port),
        threads=threads,
        _dispatcher=Warmest(threads),
        ident=None,
        max_request_body_size=largest,
        inbuf_overflow=largest,
        channel_timeout=60,
        clear_untrusted_proxy_headers=True,
        **proxy,
    )


def _too_large(self: object, ident: object = None) -> tuple[str, list[tuple[str, str]], bytes]:
    body = TOO_LARGE.encode()
    headers = [("Content-Length", str(len(body))), ("Content-Type", "text/html; charset=utf-8"), ("Connection", "close")]
    headers += [("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("X-Content-Type-Options", "nosniff")]
    return "413 Request Entity Too Large", headers, body


def desk(address: str, port: str) -> None:
    """Serve the desk."""
    from amparo.desk.config.wsgi import application

    require_up_to_date()
    serve(application, address, port, largest=LARGEST_BODY, threads=6)


def portal(address: str, port: str) -> None:
    """Serve the portal."""
    from amparo.portal.wsgi import application

    serve(application, address, port, largest=64 * 1024, threads=4)


def worker() -> None:
    """Run queued tasks and the scheduler's rounds."""
    start_django()
    require_up_to_date()
    from amparo.desk.config.worker import run

    run()


def start_django() -> None:
    """Make this process one of the desk's, with the key that the supervisor hands over; all but pages see every organisation."""
    from amparo.desk.config.unlocking import unlock_from_environment

    os.environ["AMPARO_DATABASE_AS"] = "worker"
    os.environ["DJANGO_SETTINGS_MODULE"] = "amparo.desk.config.settings"
    unlock_from_environment()
    import django

    django.setup()


def migrate(language: str) -> None:
    """Bring the site's database up to date; a restored site writes down that it is one.

    What stands in the way is one sentence and exit code 2.
    """
    start_django()
    from amparo.cli.serving import NEWER
    from amparo.cli.sites import lay_tables
    from amparo.desk.config import migrating, restored
    from amparo.standard.reasons import Refused

    try:
        lay_tables()
    except Refused as refused:
        print(f"amparo: {refused.say(language)}", file=sys.stderr)
        sys.exit(2)
    except migrating.Newer:
        sys.exit(NEWER)
    restored.settle()


def require_up_to_date() -> None:
    """Go on only with a database at this program's own point; say in one sentence why not."""
    from amparo.cli import language
    from amparo.cli.serving import NEWER, OLDER
    from amparo.desk.config import migrating
    from amparo.standard.reasons import say

    missing, unknown = migrating.differences()
    if missing or unknown:
        print(f"amparo: {say('cli', 'database_newer' if unknown else 'database_older', language())}", file=sys.stderr)
        sys.exit(NEWER if unknown else OLDER)


def prove() -> None:
    """Print what of a restored site opens, as JSON; read as the owner, whose address alone a rehearsal knows."""
    import json

    start_django()
    from amparo.desk.config import database, proving

    with database.as_owner():
        found = proving.prove()
    print(json.dumps(found | {"is_whole": proving.is_whole(found)}))


def demo(folder: str) -> None:
    """Make the demo site in an empty folder; a full disk is told by its own exit code."""
    import errno
    from datetime import UTC, datetime
    from pathlib import Path

    from amparo.cli import sites

    languages = ("en", "fr", "es")
    site, master = sites.make_folder(
        Path(folder), name="Meridian", languages=languages, passphrase=sites.DEMO_PASSPHRASE, is_demo=True
    )
    sites.start_django(site, master)
    from amparo.demo.building import build

    try:
        build(datetime.now(UTC).date())
    except OSError as error:
        if error.errno == errno.ENOSPC:
            sys.exit(errno.ENOSPC)
        raise


def main() -> None:
    """Run the process named by the first argument; SIGTERM ends it without a word."""
    os.umask(0o077)
    leave_no_dump()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    {"desk": desk, "portal": portal, "worker": worker, "migrate": migrate, "prove": prove, "demo": demo}[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
