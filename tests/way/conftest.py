"""A served site and a browser: started for the tests, on loopback, ended by process id."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Served:
    """Where a served site answers and where it lies."""

    desk: str
    portal: str
    folder: Path
    process: subprocess.Popen


def two_free_ports():
    """Two neighbouring ports: the desk's and the portal's."""
    for _ in range(100):
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise RuntimeError("no two free ports")


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The demo's members on an empty site, served as `./run` serves it."""
    folder = tmp_path_factory.mktemp("way") / "site"
    environment = {name: value for name, value in os.environ.items() if name not in ("AMPARO_SITE", "DATABASE_URL")}
    making = Path(__file__).with_name("making.py")
    subprocess.run([sys.executable, str(making), str(folder)], check=True, env=environment)
    port = two_free_ports()
    command = [sys.executable, "-m", "amparo", "demo", "--site", str(folder), "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            desk, portal = f"http://localhost:{port}", f"http://localhost:{port + 1}"
            wait_until(lambda: answers(desk + "/account/login/") and answers(portal + "/en/"), 90)
            yield Served(desk, portal, folder, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def answers(address):
    """Say whether a page is served."""
    try:
        with urllib.request.urlopen(address, timeout=5) as page:
            return page.status == 200
    except OSError:
        return False


def wait_until(holds, seconds):
    """Look again until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.1)


@pytest.fixture
def as_member(chromium, served):
    """Return a function that signs a member of the demo in and gives a page."""
    from amparo.demo.cast import PASSWORD

    contexts = []

    def sign_in(name, **options):
        context = chromium.new_context(base_url=served.desk, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/account/login/")
        page.fill("input[name=login]", f"{name}@demo.example")
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button")
        page.wait_for_url(lambda address: "login" not in address)
        return page

    yield sign_in
    for context in contexts:
        context.close()
