"""Measurements are stored once and read back as they were, or not at all."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import Measurements, Privacy, measure, plan
from amparo.disclosure.plan import MAX_ROWS
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import invented, searched
from amparo.standard.reasons import Refused


def measured(people=3_000, sizes=(2, 3, 4, 2), epsilon=4.0, **more):
    table = invented(people, sizes)
    return measure(table, plan(table.domain, Privacy(epsilon, 1e-6, 2), **more), noise=SeededNoise(1))


@pytest.mark.parametrize("made", [measured(), measured(100, (3,)), measured(50, (2, 2), 1.0, rows=40), measured(0)])
def test_bytes_and_back_changes_nothing(made):
    raw = made.to_bytes()
    read = Measurements.from_bytes(raw)
    assert read.to_bytes() == raw == made.to_bytes()
    assert read.plan == made.plan
    assert read.rho == made.rho
    assert read.total == made.total
    for a, b in zip(read.marginals, made.marginals, strict=True):
        assert (a.names, a.sigma, a.standard_error) == (b.names, b.sigma, b.standard_error)
        assert (a.noisy == b.noisy).all()
        assert (a.estimate == b.estimate).all()


def test_measurements_of_the_first_format_are_still_read():
    """It had no probes; everything else is where it was."""
    raw, out = measured().to_bytes(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as new, zipfile.ZipFile(out, "w") as old:
        for name in new.namelist():
            content = new.read(name)
            if name == "measurements.json":
                head = json.loads(content) | {"version": 1}
                del head["plan"]["probes"], head["plan"]["groups"]
                content = json.dumps(head).encode()
            if not name.startswith("probe_"):
                old.writestr(name, content)
    read = Measurements.from_bytes(out.getvalue())
    assert read.probes == ()
    assert all((a == b).all() for a, b in zip(read.pairs, measured().pairs, strict=True))


def test_probes_come_back_as_they_were():
    made = measured(groups=[(0, 2, 3)])
    assert [probe.columns for probe in made.probes] == [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3), (0, 1, 2, 3), (0, 2, 3)]
    read = Measurements.from_bytes(made.to_bytes())
    assert read.plan == made.plan
    for a, b in zip(read.probes, made.probes, strict=True):
        assert (a.columns, a.sigma) == (b.columns, b.sigma)
        assert (a.codes == b.codes).all()
        assert (a.counts == b.counts).all()


def test_the_archive_holds_no_pickle():
    with zipfile.ZipFile(io.BytesIO(measured().to_bytes())) as archive:
        for name in archive.namelist():
            if name.endswith(".npy"):
                np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
            else:
                json.loads(archive.read(name))


@searched
@given(st.data())
def test_damaged_bytes_are_refused_or_read_the_same(data):
    raw = bytearray(measured().to_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        read = Measurements.from_bytes(bytes(raw))
    except Refused:
        return
    assert read.to_bytes() == measured().to_bytes()


@searched
@given(st.binary(max_size=200))
def test_anything_else_is_refused(raw):
    with pytest.raises(Refused):
        Measurements.from_bytes(raw)


def changed(**changes):
    """The archive with parts of its head replaced."""
    raw, out = measured().to_bytes(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "measurements.json":
                head = json.loads(content)
                for key, value in changes.items():
                    part = head
                    *path, last = key.split("__")
                    for step in path:
                        part = part[int(step) if step.isdigit() else step]
                    part[last] = value
                content = json.dumps(head).encode()
            new.writestr(name, content)
    return out.getvalue()


def test_the_unchanged_head_is_read():
    assert Measurements.from_bytes(changed()).to_bytes() == measured().to_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 3},
        {"format": "other"},
        {"privacy__epsilon": 0.5},
        {"privacy__epsilon": -1},
        {"privacy__delta": 0.7},
        {"singles_sigma": 0.001},
        {"singles_sigma": "nan"},
        {"singles_sigma": 0},
        {"gate": None},
        {"row_share": 0.33},
        {"plan__pairs": [[0, 9]]},
        {"plan__pairs": []},
        {"plan__gate_sigma": 0.01},
        {"plan__gate_sigma": float("nan")},
        {"plan__gate_sigma": float("inf")},
        {"plan__gate_sigma": 0.0},
        {"plan__gate_sigma": -20.0},
        {"plan__gate_sigma": 20.1},
        {"singles_sigma": float("nan")},
        {"plan__row_histograms__0__rho": float("nan")},
        {"plan__row_histograms__0__sigma": float("nan")},
        {"plan__rows": "many"},
        {"plan__row_histograms__0__threshold": 2},
        {"plan__row_histograms__0__sigma": 0.5},
        {"attributes": []},
        {"plan__probes": [[0, 1, 2]]},
        {"plan__probes": [[0, 1, 1]]},
        {"plan__groups": [[0, 1, 2], [1, 2, 3]]},
    ],
)
def test_a_head_that_no_release_can_have_is_refused(changes):
    """Among them: less noise than the promise needs, which would let a forged file look private."""
    with pytest.raises(Refused):
        Measurements.from_bytes(changed(**changes))


PARTS = (
    *("measurements.json", "found_codes.npy", "found_counts.npy", "pair_sigmas.npy", "pairs.npy", "singles.npy"),
    *("probe_cells.npy", "probe_codes.npy", "probe_counts.npy", "probe_sigmas.npy"),
)


@searched
@given(st.sampled_from(PARTS), st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=2)), min_size=1, max_size=4))
def test_a_forged_part_is_refused_or_keeps_to_its_promise(name, changes):
    """Bytes of one file inside the archive are replaced and the archive is packed anew, so that no checksum helps."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(measured().to_bytes())) as old, zipfile.ZipFile(out, "w") as new:
        assert set(old.namelist()) == set(PARTS)
        for part in PARTS:
            content = bytearray(old.read(part))
            for at, put in changes if part == name else ():
                content[at : at + 1] = put
            new.writestr(part, bytes(content))
    try:
        read = Measurements.from_bytes(out.getvalue())
    except Refused:
        return
    assert read.rho <= read.privacy.rho
    assert read.marginals


def test_a_header_that_never_ends_is_refused():
    """The library that reads arrays raises an error of its own over an open bracket; it must not come through."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(measured().to_bytes())) as old, zipfile.ZipFile(out, "w") as new:
        for part in PARTS:
            content = old.read(part)
            new.writestr(part, content.replace(b"'shape': (", b"'shape': ((") if part == "singles.npy" else content)
    with pytest.raises(Refused):
        Measurements.from_bytes(out.getvalue())


def test_no_noise_makes_a_table_of_more_rows_than_a_machine_can_hold():
    made = measured(10, (2, 2, 2), 0.001)
    table = replace(made, gate=replace(made.gate, total=10**12), singles=tuple(single + 10**12 for single in made.singles))
    assert table.total == MAX_ROWS
