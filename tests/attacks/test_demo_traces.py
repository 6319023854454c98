"""A copy of a whole site, with everybody of the demonstration in it: no identifier and no narrative can be read in any file."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import traces

TOLD = "She was locked in the back room of the bakery on Quay Street, she says, for months."


@pytest.mark.parametrize("text", ["Ondalia Núñez", TOLD])
def test_the_search_finds_a_word_however_it_is_written(text, tmp_path):
    words = traces.Words([text])
    for written in (
        text.encode(),
        text.upper().encode(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        text.encode("latin-1"),
        text.encode().hex().encode(),
        text.encode().hex().upper().encode(),
        base64.b64encode(b"a" + text.encode()),
        base64.b64encode(text.encode()),
        base64.b64encode(b"ab" + text.encode() + b"c"),
        text[::-1].encode(),
    ):
        for before in range(9):
            assert words.found_in(os.urandom(before) + written + bytes(16)), written
    assert not words.found_in(os.urandom(2**20))


@pytest.mark.whole
@pytest.mark.slow
def test_no_file_of_a_site_shows_anybody_of_the_demonstration(tmp_path):
    folder = tmp_path / "demo"
    environment = {name: value for name, value in os.environ.items() if name not in ("AMPARO_SITE", "DATABASE_URL")}
    made = [sys.executable, "-m", "amparo", "demo", "--no-serve", "--site", str(folder)]
    subprocess.run(made, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    opener = [sys.executable, str(Path(__file__).with_name("opened_site.py")), str(folder)]
    opened = json.loads(subprocess.run(opener, check=True, env=environment, capture_output=True, text=True).stdout)
    assert len(opened) > 2000, len(opened)
    found = traces.searched(folder, traces.Words(opened))
    assert not found, {place: sorted(seen)[:5] for place, seen in found.items()}
