"""The reading process: it answers what reading here answers, is told nothing, and may die without harm."""

import io
import json
import os
from pathlib import Path

import polars as pl
import pytest

from amparo.standard import apart, schemas, untrusted, writing
from amparo.standard.reading import Form, read_table
from amparo.standard.reasons import LANGUAGES, Refused
from amparo.standard.tests.generating import table

FRAME = table(schemas.load("ctdc-kanon"), seed=2, rows=40)
EXCEL = writing.excel_bytes(FRAME)


def parquet():
    content = io.BytesIO()
    FRAME.write_parquet(content)
    return content.getvalue()


def file(folder, content):
    path = folder / "cases"
    path.write_bytes(content)
    return path


def codes(path, **options):
    with pytest.raises(Refused) as refused:
        apart.parse(path, Form.EXCEL, **options)
    for language in LANGUAGES:
        assert refused.value.say(language)
    return [reason.code for reason in refused.value.reasons]


@pytest.mark.parametrize(("form", "content"), [(Form.EXCEL, EXCEL), (Form.PARQUET, parquet())])
def test_a_table_comes_back_as_it_was_read_also_from_memory(form, content):
    here = untrusted.parse(content, form)
    descriptor = os.memfd_create("cases", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, content)
        there = read_table(Path(f"/proc/self/fd/{descriptor}"))
    finally:
        os.close(descriptor)
    assert there.found == here.found
    assert there.frame.equals(here.frame)
    assert there.rows.equals(here.rows)
    assert there.rows.dtype == here.rows.dtype == pl.UInt32


def test_a_refusal_comes_back_with_its_values(tmp_path):
    with pytest.raises(Refused) as refused:
        apart.parse(file(tmp_path, EXCEL), Form.EXCEL, limit=1_000)
    assert [reason.code for reason in refused.value.reasons] == ["too_large"]
    assert set(refused.value.reasons[0].values) == {"limit", "size"}


def test_a_reader_out_of_memory_is_a_refusal(tmp_path):
    assert codes(file(tmp_path, EXCEL), memory=64 * 1024**2) == ["unsafe_file"]


READERS = {
    "aborts": "import os; os.abort()",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "raises": "raise MemoryError",
    "overflows": "import resource; bytearray(resource.getrlimit(resource.RLIMIT_AS)[0])",
    "babbles": "import os; os.write(1, b'{}' + bytes(9)); os._exit(0)",
}


@pytest.mark.parametrize("reader", READERS)
def test_a_native_reader_that_stops_ends_nothing_but_itself(reader, tmp_path, monkeypatch):
    (tmp_path / "fastexcel.py").write_text(READERS[reader], encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert codes(file(tmp_path, EXCEL)) == ["unsafe_file"]


def test_the_reading_process_is_told_no_secret(tmp_path, monkeypatch):
    seen = tmp_path / "seen.json"
    spy = f"""
import json, os, resource
from pathlib import Path
files = [os.readlink(f"/proc/self/fd/{{name}}") for name in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{{name}}").exists()]
bounds = [resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_AS, resource.RLIMIT_CORE)]
Path({str(seen)!r}).write_text(json.dumps([dict(os.environ), files, bounds]))
"""
    (tmp_path / "fastexcel.py").write_text(spy, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("AMPARO_MASTER_KEY", "not-for-a-child")
    secret = tmp_path / "secret"
    secret.write_text("key", encoding="utf-8")
    with secret.open() as held:
        os.set_inheritable(held.fileno(), True)
        assert codes(file(tmp_path, EXCEL)) == ["unsafe_file"]
    environment, files, bounds = json.loads(seen.read_text(encoding="utf-8"))
    assert "not-for-a-child" not in str(environment)
    assert set(environment) <= {*apart.environment(), "LC_CTYPE", "_RJEM_MALLOC_CONF"}  # Python and polars set the two themselves
    assert str(secret) not in files
    assert bounds == [apart.MEMORY, 0]
