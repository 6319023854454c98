"""The files that an office copies onto its machine: complete, strict, and true to the program."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from amparo import cli

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
STRICT = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "LimitCORE": "0",
    "UMask": "0077",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
}


def settings(unit):
    """Return the settings of a unit, the last of each name."""
    return dict(line.split("=", 1) for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and line[0].isalpha())


def blocks(text):
    """Return the server blocks of an nginx file that take TLS."""
    return [one for one in re.split(r"(?m)^server \{", text)[1:] if "ssl" in one]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_gives_its_service_as_little_as_possible(unit):
    given = settings(unit)
    assert {name: given.get(name) for name in STRICT} == STRICT
    assert given["User"] == "amparo"
    assert given["ReadWritePaths"].startswith("/srv/amparo")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_exists(unit):
    words = shlex.split(settings(unit)["ExecStart"])
    if words[0] == "/bin/sh":
        words = shlex.split(words[2].replace("$${", "${"))[1:]
    assert words[0] == "/opt/amparo/.venv/bin/amparo"
    asked = [word for word in words[1:] if "<" not in word]
    cli.parser().parse_args(asked)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line_of_a_unit(unit):
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert not [line for line in told.stderr.splitlines() if unit.name in line and "is not executable" not in line]


def test_the_doors_keep_no_record_and_write_nothing_down():
    nginx, caddy = ((DEPLOY / name).read_text(encoding="utf-8") for name in ("nginx.conf", "Caddyfile"))
    assert "access_log off;" in nginx
    assert "gzip off;" in nginx
    assert len(blocks(nginx)) == 2
    for one in blocks(nginx):
        for line in ("proxy_buffering off;", "proxy_max_temp_file_size 0;", "X-Forwarded-Proto https;", "ssl_session_tickets off;"):
            assert line in one
        assert not re.search(r"ssl_protocols.*(SSL|TLSv1;|TLSv1\.1|TLSv1 )", one)
    assert "proxy_request_buffering off;" in blocks(nginx)[0]
    said = [re.findall(r"X-Forwarded-For (.*);", one) for one in blocks(nginx)]
    assert said == [["$remote_addr"], ['""']]  # the desk tells strangers apart, the portal nobody; no visitor says who they are
    assert not re.search(r"(?m)^\s*(log|encode)\b", caddy)
    assert "admin off" in caddy


def test_the_doors_lead_to_the_ports_that_are_served():
    served = cli.parser().parse_args(["serve", "x"]).port
    for name in ("nginx.conf", "Caddyfile"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) == {str(served), str(served + 1)}


def test_the_guide_makes_every_folder_and_file_that_the_service_names():
    guide, unit = (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8"), settings(UNITS[0])
    assert "install -d -m 700 /etc/amparo\n" in guide
    assert unit["EnvironmentFile"].removeprefix("-") in guide
    for name in ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"):
        assert f"    {name}=postgres://" in guide
