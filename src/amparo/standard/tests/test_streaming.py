"""A table read a part at a time is the table read whole, and is refused for the same reasons."""

import io

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amparo.standard import splitting, streaming
from amparo.standard.reading import read_table
from amparo.standard.reasons import Refused
from amparo.standard.streaming import open_stream

CELLS = st.sampled_from(["", " ", "a", "é", "2016", " x ", "0--12 (0-1 yr)", "’"])
PIECES = st.sampled_from(['"', '""', ",", "\n", "a", " ", "b,", '"c', 'd"', '"e,f"', '"g\n h"', '"i""j"'])


def whole(path):
    return read_table(path).frame


def streamed(path):
    stream = open_stream(path)
    frame = pl.concat(stream.frames())
    frame = frame.with_columns(pl.when(pl.all().str.contains(r"\S")).then(pl.all()).name.keep())
    empty = [name for name in frame.columns if name.startswith("column_") and frame[name].null_count() == frame.height]
    return frame.drop(empty)


def outcome(read, path):
    """What a reader makes of a file: its cells, or the codes of its refusal."""
    try:
        return read(path).to_dict(as_series=False)
    except Refused as refused:
        return [(reason.code, reason.where) for reason in refused.reasons]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    """Parts of a few letters, so that every seam is met."""
    monkeypatch.setattr(streaming, "PART", 16)
    monkeypatch.setattr(streaming, "ROWS", 3)
    monkeypatch.setattr(splitting, "BATCH_CELLS", 4)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12),
    header=st.sampled_from([["x", "y", "z"], ["x", "", "z"], ["x", "y", "x"], ["one_Full", "two_Day", "three_Sex"]]),
    separator=st.sampled_from([",", ";", "\t"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    before=st.sampled_from(["", "\n", "sep=SEPARATOR\n"]),
    quoted=st.booleans(),
    ends=st.booleans(),
)
def test_parts_make_the_whole(tmp_path_factory, rows, header, separator, newline, encoding, before, quoted, ends):
    wrap = (lambda cell: f'"{cell}"') if quoted else (lambda cell: cell)
    lines = [separator.join(wrap(cell) for cell in row) for row in [header, *rows]]
    text = before.replace("SEPARATOR", separator) + "\n".join(lines) + "\n" * ends
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    assert outcome(streamed, path) == outcome(whole, path)


@pytest.mark.parametrize("text", ["1,2\n3\n4,5,6", ",\n\nb,,", "1,2,\n3", '"1",2\n"3"\n4,5,', "1\n2,3,", "a,b\n\n"])
def test_records_of_another_width_are_never_split_quickly(text):
    """Polars would take some of them in silence, among them records whose widths add up."""
    assert splitting._regular(text, ["x", "y"], ",") is None


@settings(max_examples=400, deadline=None)
@example(body=",\n\nb,,")
@given(st.lists(PIECES, max_size=14).map("".join))
def test_quotes_are_read_as_one_record_after_the_other(body):
    """The quick way agrees with the standard library's reader wherever it takes a text, however strange the quotes."""
    names = ["x", "y"]
    text = body.rstrip("\n")
    quick = splitting._regular(text, names, ",") if text else None
    if quick is not None:
        records = splitting.Records(splitting.lines_of(text), ",", is_cut_short=False)
        slow = pl.concat(splitting._one_by_one(records, names, before=0))
        assert quick.fill_null("").equals(slow)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"a,b\n",
        b"a,b\n1,2\n3\n",
        b"a,b\n1,2\n3,4,5\n",
        b"a,b\n1,2,3\n4\n",
        b'a,b\n1,"2\n',
        b'a,b\n1,"2"x\n',
        b'a,b\n1,"2\n2"\n\n3,4\n',
        b"a,b\n1,\xc3",
        "a,b\n1,é\n2,é".encode()[:-1],
        "a,b\n1,caf\xe9".encode("latin-1"),
        "a,b\n1,é’\n".encode("cp1252"),
        b"a,b\n1,\x81\xe9\n",
        b"a,b\n1,\x00\n",
        "a,b\n1,2\n".encode("utf-16")[:-1],
        "\ufeffa,b\n1,2\n".encode("utf-32"),
        b"%PDF-1.7",
        b"\x1f\x8b0000",
        b"PAR1 and no more",
        b"a\n1\n\n2\n\n",
        b"a,b\n\n1,2\n,\n , \n3,4\n\n\n",
        b"a," * 2_001 + b"a\n1\n",
    ],
)
def test_what_is_refused_whole_is_refused_in_parts(tmp_path, content):
    path = tmp_path / "t"
    path.write_bytes(content)
    assert outcome(streamed, path) == outcome(whole, path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert outcome(streamed, tmp_path / "no") == [("no_file", "")]
    assert outcome(streamed, tmp_path) == [("unreadable_file", "")]


def test_parquet_is_read_in_parts_too(tmp_path):
    frame = pl.DataFrame({"year": list(range(2000, 2010)), "sex": ["F", None] * 5, "flag": [True, False] * 5})
    path = tmp_path / "t.parquet"
    frame.write_parquet(path, row_group_size=4)
    assert outcome(streamed, path) == outcome(whole, path)
    assert max(part.height for part in open_stream(path).frames()) <= streaming.ROWS
    pl.DataFrame({"x": [[1], [2]]}).write_parquet(path)
    assert outcome(streamed, path) == outcome(whole, path) == [("not_a_table", "")]


def test_a_reader_that_dies_in_the_middle_of_a_parquet_file_is_a_refusal(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"x": [str(n) for n in range(10)]}).write_parquet(path)
    spoilt = "import os\nfrom amparo.standard import untrusted\n"
    spoilt += "untrusted._parts = lambda lazy, rows, height: (os._exit(9) for _ in (lazy.head(2).collect(),))\n"
    (tmp_path / "sitecustomize.py").write_text(spoilt, encoding="utf-8")
    stream = open_stream(path)
    assert pl.concat(stream.frames()).height == 10
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Refused) as refused:
        list(stream.frames())
    assert [reason.code for reason in refused.value.reasons] == ["unsafe_file"]


def test_a_parquet_file_damaged_in_its_last_part_is_refused_after_the_sound_ones(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"x": [f"value {n}" for n in range(9)]}).write_parquet(path, row_group_size=3, compression="uncompressed")
    content = bytearray(path.read_bytes())
    at = content.index(b"value 8") - 60
    content[at : at + 67] = b"\xff" * 67
    path.write_bytes(content)
    given = []
    with pytest.raises(Refused):
        given.extend(open_stream(path).frames())
    assert sum(frame.height for frame in given) < 9


def test_a_stream_can_be_read_again(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 50)
    stream = open_stream(path)
    assert pl.concat(stream.frames()).equals(pl.concat(stream.frames()))
    assert stream.names == ("a", "b")


def test_no_part_is_much_larger_than_asked(tmp_path, monkeypatch):
    """What is held at once does not grow with the file."""
    monkeypatch.setattr(streaming, "PART", 4_096)
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("a,b\n")
        file.writelines(f"{k},x\n" for k in range(20_000))
    heights = [part.height for part in open_stream(path).frames()]
    assert sum(heights) == 20_000
    assert max(heights) <= 4_096
    assert io.BytesIO(path.read_bytes()).getbuffer().nbytes > 10 * 4_096
