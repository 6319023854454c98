"""One command supervises the desk, the portal and the worker, each a process with its own environment."""

from __future__ import annotations

import argparse
import base64
import contextlib
import ctypes
import errno
import fcntl
import ipaddress
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import IO

from amparo.desk.config import unlocking
from amparo.desk.config.site import Site
from amparo.standard.reasons import say

from . import sites

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONUTF8", "SSL_CERT_FILE")
TO_THE_DESK = ("DATABASE_URL", "AMPARO_PORTAL_ADDRESS", "AMPARO_LOG_LEVEL", "AMPARO_LOG_FORMAT", "AMPARO_METRICS_TOKEN")
"""What somebody may set for desk and worker; the portal's process gets none of it."""
TO_THE_WORKER = ("DATABASE_WORKER_URL",)
TO_THE_OWNER = ("DATABASE_WORKER_URL", "DATABASE_OWNER_URL")
"""Whose database role sees more than a page may: the desk's process is given neither."""
ANY_PROXY = "*"


NEWER, OLDER = 76, 77
"""How a process ends whose database a newer program changed, or was not brought up to date for this one."""
MOST_FALLS = 5
FALLS_WITHIN_SECONDS = 120.0


class Stop(BaseException):
    """Somebody asked to end."""


def demo(arguments: argparse.Namespace) -> int:
    """Make the demo site when it is absent, then serve it."""
    language, folder = arguments.language, arguments.site
    if not arguments.no_serve:
        check_ports("127.0.0.1", arguments.port)
    if not (folder / "site.toml").exists():
        make_demo(folder, language)
    if arguments.no_serve:
        print(say("cli", "demo_ready", language, where=folder), file=sys.stderr)
        return 0
    site = sites.load(folder)
    if not site.is_demo:
        raise sites.refuse("site_exists", where=folder)
    return supervise(site, sites.open_site(site, None, language), "127.0.0.1", arguments.port, language)


def make_demo(folder: Path, language: str) -> None:
    """Fill a sibling folder and rename it when it is whole: a killed start leaves no half demo."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise sites.refuse("site_exists", where=folder)
    print(say("cli", "making_demo", language, where=folder), file=sys.stderr, flush=True)
    partial = folder.with_name(folder.name + ".partial")
    with sites.clear_disk_errors(folder):
        shutil.rmtree(partial, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "amparo.cli.process", "demo", str(partial)]
        done = subprocess.run(command, env={**os.environ, "AMPARO_LANGUAGE": language}, check=False)
        print(file=sys.stderr)
        if done.returncode == errno.ENOSPC:
            shutil.rmtree(partial, ignore_errors=True)
            raise sites.refuse("disk_full")
        if done.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise SystemExit(done.returncode)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)


def serve(arguments: argparse.Namespace) -> int:
    """Serve a site; the passphrase is asked once, or read from a file descriptor."""
    language, site = arguments.language, sites.load(arguments.folder)
    proxy = trusted_proxy(site, arguments.address, proxy=arguments.proxy, behind_tls=arguments.behind_tls)
    check_ports(arguments.address, arguments.port)
    master = sites.open_site(site, arguments.passphrase_fd, language)
    return supervise(site, master, arguments.address, arguments.port, language, proxy=proxy)


def trusted_proxy(site: Site, address: str, *, proxy: str, behind_tls: bool) -> str:
    """Return whom to believe that a request came by TLS, or an empty text where no proxy stands in front; or refuse.

    A port that only this computer reaches takes the word of any proxy on it. One that others reach
    takes it from the proxy alone, so that proxy must be named.
    """
    if address not in LOOPBACK:
        if site.is_demo:
            raise sites.refuse("demo_is_local")
        if not (behind_tls or proxy):
            raise sites.refuse("needs_tls", address=address)
        if not proxy:
            raise sites.refuse("needs_proxy", address=address)
    if proxy in ("", ANY_PROXY):
        return ANY_PROXY if behind_tls or proxy else ""
    try:
        return str(ipaddress.ip_address(proxy))
    except ValueError:
        raise sites.refuse("proxy_no_address", value=proxy) from None


def check_ports(address: str, port: int) -> None:
    """Refuse before anything starts when one of the two ports is taken."""
    if not 0 < port < 65535:
        raise sites.refuse("port_impossible", port=port)
    for wanted in (port, port + 1):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, wanted))
            except (OSError, OverflowError):
                raise sites.refuse("port_taken", port=wanted) from None


def environments(site: Site, port: int, *, proxy: str, signer: bytes) -> dict[str, dict[str, str]]:
    """Return each process's environment: the portal's names no database, no site and no secret, only whose signature to believe.

    `proxy` is whom to believe that a request came by TLS; empty where no proxy stands in front.
    """
    base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    desk = base | {"AMPARO_SITE": str(site.folder), "AMPARO_PORTAL_ADDRESS": f"http://localhost:{port + 1}"}
    desk |= _held(TO_THE_DESK)
    hosts = filter(None, os.environ.get("AMPARO_PORTAL_HOSTS", "").split(","))
    portal = base | {
        "AMPARO_BUNDLES": str(site.bundles),
        "AMPARO_PORTAL_HOSTS": ",".join(("localhost", "127.0.0.1", *site.hosts, *hosts)),
        "AMPARO_SIGNER": base64.b64encode(signer).decode(),
    }
    if site.is_demo:
        portal["AMPARO_DEMO"] = "1"
    if proxy:
        tls = {"AMPARO_BEHIND_TLS": "1", "AMPARO_PROXY": proxy}
        desk, portal = desk | tls, portal | tls
    return {"desk": desk, "portal": portal, "worker": desk | _held(TO_THE_WORKER)}


def _held(names: tuple[str, ...]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def start(
    process: str, arguments: list[str], environment: Mapping[str, str], master: bytes | None, *, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    """Start one process; the master key travels through a pipe that closes when it has been read."""
    passed: tuple[int, ...] = ()
    environment = dict(environment)
    if master is not None:
        given, writing = os.pipe()
        os.write(writing, master)
        os.close(writing)
        reading = fcntl.fcntl(given, fcntl.F_DUPFD_CLOEXEC, 3)  # never in the place of a standard stream that was closed
        os.close(given)
        passed, environment["AMPARO_KEY_FD"] = (reading,), str(reading)
    child = subprocess.Popen(
        [sys.executable, "-m", "amparo.cli.process", process, *arguments],
        env=environment,
        pass_fds=passed,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )
    for descriptor in passed:
        os.close(descriptor)
    return child


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def check_log_level() -> None:
    """Refuse a log level that no process could start with."""
    wanted = os.environ.get("AMPARO_LOG_LEVEL") or "WARNING"
    if wanted not in logging.getLevelNamesMapping():
        raise sites.refuse("log_level_unknown", value=wanted)


def supervise(site: Site, master: bytes, address: str, port: int, language: str, *, proxy: str = "") -> int:
    """Run desk, portal and worker until somebody ends them or one ends by itself."""
    check_log_level()
    place = claim(site)
    sheet = sites.sheet_of(site.folder)
    if sheet.exists():
        print(say("cli", "sheet_still_there", language, where=sheet), file=sys.stderr)
    held = environments(site, port, proxy=proxy, signer=unlocking.public_key(master, unlocking.file_of(site.folder)))
    with sites.clear_disk_errors(site.folder):
        migrate(held["desk"] | _held(TO_THE_OWNER), master, language)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGHUP, _stop)
    children: dict[str, subprocess.Popen[bytes]] = {}

    def launch(name: str) -> None:
        given = {"desk": [address, str(port)], "portal": [address, str(port + 1)]}.get(name, [])
        children[name] = start(name, given, held[name], None if name == "portal" else master)

    falls: list[float] = []
    try:
        for name in held:
            launch(name)
        for name, door in (("desk", port), ("portal", port + 1)):
            wait_for(children[name], address, door)
        announce(site, port, language)
        path = unlocking.file_of(site.folder)
        while True:
            master = unlocking.present(master, path)  # a key renewed meanwhile is what the next process is given
            for name, child in list(children.items()):
                if child.poll() is None:
                    continue
                falls = [fall for fall in falls if time.monotonic() - fall < FALLS_WITHIN_SECONDS] + [time.monotonic()]
                if len(falls) > MOST_FALLS:
                    print(f"amparo: {say('cli', 'child_ended', language, process=name)}", file=sys.stderr)
                    return 1
                print(f"amparo: {say('cli', 'child_again', language, process=name)}", file=sys.stderr)
                launch(name)
            time.sleep(0.3)
    except Stop:
        return 0
    finally:
        end(children)
        place.close()
        print(say("cli", "stopped", language), file=sys.stderr)


def claim(site: Site) -> IO[str]:
    """Hold the site for this supervisor; the operating system gives it back however the process ends."""
    with sites.clear_disk_errors(site.folder):
        place = (site.folder / "serving.lock").open("w")
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        place.close()
        raise sites.refuse("already_served") from None
    return place


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def migrate(environment: Mapping[str, str], master: bytes, language: str) -> None:
    """Bring the database up to date before anybody is let in; no other process is ever given its owner's address."""
    child = start("migrate", [language], environment, master)
    if child.wait() == NEWER:
        raise sites.refuse("database_newer")
    if child.returncode != 0:
        raise SystemExit(child.returncode)


def wait_for(child: subprocess.Popen[bytes], address: str, port: int, *, seconds: float = 60) -> None:
    """Wait until a process answers at its door, or has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((address.replace("0.0.0.0", "127.0.0.1"), port), 1):  # noqa: S104
            return
        time.sleep(0.05)


def announce(site: Site, port: int, language: str) -> None:
    """Print where to look, and in the demo who can sign in."""
    print(say("cli", "desk_at", language, address=f"http://localhost:{port}"))
    print(say("cli", "portal_at", language, address=f"http://localhost:{port + 1}"))
    if site.is_demo:
        from amparo.demo.cast import PASSWORD, SIGN_INS

        print(say("cli", "sign_ins", language, password=PASSWORD))
        for entry in SIGN_INS:
            print(f"  {entry.email:<36} {entry.words[language]}")
    print(say("cli", "serving", language), flush=True)


def end(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """End every process, politely first."""
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.SIG_IGN)
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + 8
    for child in children.values():
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
