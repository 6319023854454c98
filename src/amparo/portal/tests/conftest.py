"""The portal in a process of its own, with an environment of two words, beside a case folder that it must not touch."""

from __future__ import annotations

import datetime
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amparo.portal.tests import making


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")

    @property
    def json(self):
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A portal that runs."""

    port: int
    process: subprocess.Popen
    bundles: Path

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask once, following nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def case_folder(folder: Path) -> Path:
    """Make a site folder whose cases, keys and files nobody may read, with an empty folder of bundles."""
    for name in ("keys", "files"):
        (folder / name).mkdir(parents=True)
        (folder / name / "secret").write_text("a case\n")
    (folder / "database.sqlite3").write_text("cases\n")
    for name in ("keys", "files", "database.sqlite3"):
        (folder / name).chmod(0)
    (folder / "bundles").mkdir()
    return folder


def serve(folder: Path) -> Iterator[Served]:
    """Run the portal beside a case folder until the tests are done; it must still run then."""
    environment = {"AMPARO_BUNDLES": str(folder / "bundles"), "AMPARO_PORTAL_HOSTS": "127.0.0.1"}
    command = [sys.executable, "-m", "amparo.portal.tests.serving", str(folder)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder / "bundles")
    try:
        line = process.stdout.readline()
        assert line.strip().isdigit(), process.stderr.read().decode()
        yield Served(int(line), process, folder / "bundles")
        assert process.poll() is None, process.stderr.read().decode()
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=20)


WORLD = (
    "UKR",
    "MDA",
    "PHL",
    "IDN",
    "KHM",
    "HTI",
    "USA",
    "MEX",
    "RUS",
    "POL",
    "THA",
    "MMR",
    "IND",
    "NGA",
    "GHA",
    "SGP",
    "FRA",
    "ESP",
)
NAMES = {code: making.said(code.title(), code.title(), code.title()) for code in WORLD}


@pytest.fixture(scope="session")
def portal(tmp_path_factory) -> Iterator[Served]:
    """The portal with three releases: the newest of the demo region, an older one, and one of real countries."""
    folder = case_folder(tmp_path_factory.mktemp("site") / "site")
    making.make(folder / "bundles" / "newest", sigma=6.0)
    making.make(
        folder / "bundles" / "older",
        rows=300,
        id="invented-2024-1",
        issued=datetime.date(2024, 10, 1),
        has_ledger=False,
        sigma=20.0,
    )
    columns = tuple(
        column if column.kind != "country" else making.replace_domain(column, WORLD, NAMES) for column in making.COLUMNS
    )
    making.make(folder / "bundles" / "world", rows=6000, id="world-2023", issued=datetime.date(2023, 1, 1), columns=columns)
    yield from serve(folder)


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Iterator[Served]:
    """The portal before the first release."""
    yield from serve(case_folder(tmp_path_factory.mktemp("empty") / "site"))


@pytest.fixture
def broken(tmp_path_factory) -> Iterator[Served]:
    """The portal with one sound release and one in which a byte was changed."""
    folder = case_folder(tmp_path_factory.mktemp("broken") / "site")
    making.make(folder / "bundles" / "sound", rows=50)
    making.make(folder / "bundles" / "changed", rows=50, id="changed-1")
    data = folder / "bundles" / "changed" / "data.csv"
    data.write_bytes(data.read_bytes().replace(b"XA", b"XB", 1))
    yield from serve(folder)
