"""How long the public site takes to answer: a release of 50,000 rows and 27 columns, every page type, cold and warm.

    python benchmarks/portal.py [ROWS]

The release is invented from the schema `ctdc-synthetic` (years, 252 countries, yes-or-no columns). *Cold* is the first
time that a selection is asked for, *warm* the second; both are whole answers over HTTP, uncompressed.
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from amparo.bundle.description import Column, Group
from amparo.portal.tests import making
from amparo.standard import schemas

SELECTIONS = 60


def columns() -> tuple[tuple[Column, ...], tuple[Group, ...]]:
    """Return the 27 columns and the groups of `ctdc-synthetic` as a release describes them."""
    schema = schemas.load("ctdc-synthetic")
    fields = {
        "yearOfRegistration": "registration_year",
        "gender": "gender",
        "ageBroad": "age_band",
        "citizenship": "citizenship",
        "CountryOfExploitation": "exploitation_country",
    }
    found = []
    for one in schema.columns:
        labels = {code: {language: one.value_label(code, language) for language in ("en", "fr", "es")} for code in one.codes}
        found.append(Column(one.name, one.kind, one.codes, one.label, labels, group=one.group, field=fields.get(one.name)))
    return tuple(found), tuple(Group(group.name, group.label, group.columns) for group in schema.groups)


def selections(described: tuple[Column, ...]) -> list[str]:
    """Return different filters: one to four of them, as readers combine them (drawn with a fixed seed)."""
    source, found = random.Random(5), set()
    by_name = {column.name: column for column in described}
    choices = {
        "gender": by_name["gender"].domain[:2],
        "ageBroad": by_name["ageBroad"].domain[1:],
        "citizenship": by_name["citizenship"].domain[:40],
        "CountryOfExploitation": by_name["CountryOfExploitation"].domain[:40],
        "year_from": by_name["yearOfRegistration"].domain[:10],
        "year_to": by_name["yearOfRegistration"].domain[12:],
        "exploitation": ("isForcedLabour", "isSexualExploit"),
        "means": ("meansThreats", "meansFalsePromises"),
    }
    while len(found) < SELECTIONS:
        names = source.sample(sorted(choices), source.randint(1, 4))
        found.add("&".join(f"{name}={source.choice(choices[name])}".replace("+", "%2B") for name in names))
    return sorted(found)


def ask(port: int, path: str) -> tuple[float, int]:
    """Return seconds and bytes of one answer; anything but 200 ends the measurement."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    if answer.status != 200:
        sys.exit(f"{answer.status} {path}")
    return time.perf_counter() - begun, size


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, user and system (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(name: str, pid: int, port: int, paths: list[str]) -> None:
    """Ask for some paths one after the other and print median, 95th percentile, greatest, processor time and size."""
    before = cpu_seconds(pid)
    answers = [ask(port, path) for path in paths]
    used = (cpu_seconds(pid) - before) / len(paths)
    ordered = sorted(seconds for seconds, _ in answers)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    times = " | ".join(f"{one * 1000:.0f}" for one in (statistics.median(ordered), high, ordered[-1], used))
    print(f"| {name} | {len(ordered)} | {times} | {max(size for _, size in answers) / 1000:.0f} |")


def measure(pid: int, port: int, described: tuple[Column, ...], name: str) -> None:
    """Ask for every page type and print the table."""
    print("| page | requests | median ms | 95 % ms | most ms | processor ms | kB |\n|---|---|---|---|---|---|---|")
    timed("first answer (verifies and loads the release)", pid, port, ["/en/releases"])
    for label, path in {"home": "/en/", "releases": "/en/releases", "release": f"/en/r/{name}/", "methods": "/en/methods"}.items():
        ask(port, path)
        timed(label, pid, port, [path] * 20)
    languages = itertools.cycle(("en", "fr", "es"))
    asked = [f"/{language}/r/{name}/explore?{query}" for query, language in zip(selections(described), languages, strict=False)]
    timed("explorer, each selection for the first time", pid, port, asked)
    timed("explorer, asked before", pid, port, asked)
    timed("explorer, no filter", pid, port, [f"/en/r/{name}/explore"] * 20)
    timed("explorer as JSON", pid, port, [path.replace("/explore?", "/explore.json?") for path in asked])


def main() -> None:
    """Make the release, start the site, measure, end it."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    described, groups = columns()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        about = making.make(site / "bundles" / "one", rows=rows, columns=described, groups=groups, sigma=6.0)
        environment = {"AMPARO_BUNDLES": str(site / "bundles"), "AMPARO_PORTAL_HOSTS": "127.0.0.1"}
        command = [sys.executable, "-m", "amparo.portal.tests.serving", str(site)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        try:
            print(f"{rows} rows, {len(described)} columns")
            measure(process.pid, int(process.stdout.readline()), described, about.id)
            peak = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
            print(f"peak memory of the site: {int(peak.split()[1]) / 1024:.0f} MB")
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


if __name__ == "__main__":
    main()
