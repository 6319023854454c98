"""Pictures without what was written beside them: the pixels stay, everything else goes, and nothing broken passes."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from amparo.desk.files import stripping
from amparo.desk.files.kinds import Kind

SECRET = b"KanaryaCam 52.31 N"


def drawn(form, mode="RGB", **more):
    picture = Image.linear_gradient("L").resize((37, 23)).convert(mode)
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


def exif(turned=1):
    held = Image.Exif()
    held[0x010F], held[0x0112] = SECRET.decode(), turned
    held.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return held


def png_words():
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SECRET.decode())
    told.add_itxt("Place", SECRET.decode())
    return told


PICTURES = {
    "jpeg": (Kind.JPEG, drawn("JPEG", exif=exif(), comment=SECRET)),
    "progressive": (Kind.JPEG, drawn("JPEG", progressive=True, exif=exif(), xmp=SECRET, icc_profile=SECRET * 4)),
    "grey": (Kind.JPEG, drawn("JPEG", "L", comment=SECRET)),
    "four colours": (Kind.JPEG, drawn("JPEG", "CMYK", comment=SECRET)),
    "restarting": (Kind.JPEG, drawn("JPEG", restart_marker_blocks=1, comment=SECRET)),
    "film behind": (Kind.JPEG, drawn("JPEG") + SECRET),
    "png": (Kind.PNG, drawn("PNG", pnginfo=png_words(), exif=exif())),
    "palette": (Kind.PNG, drawn("PNG", "P", pnginfo=png_words())),
    "see-through": (Kind.PNG, drawn("PNG", "RGBA", pnginfo=png_words())),
    "png and more": (Kind.PNG, drawn("PNG") + SECRET),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_pixels_stay_and_the_words_go(name):
    kind, content = PICTURES[name]
    kept = stripping.stripped(content, kind)
    assert SECRET in content
    assert SECRET not in kept
    one, other = (Image.open(io.BytesIO(held)) for held in (kept, content))
    assert (one.mode, one.size, one.tobytes()) == (other.mode, other.size, other.tobytes())
    assert stripping.stripped(kept, kind) == kept


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_page_that_was_photographed_lying_stands_upright(turned):
    content = drawn("JPEG", exif=exif(turned))
    kept = stripping.stripped(content, Kind.JPEG)
    assert SECRET not in kept
    one, other = (ImageOps.exif_transpose(Image.open(io.BytesIO(held))) for held in (kept, content))
    assert one.tobytes() == other.tobytes()
    assert set(Image.open(io.BytesIO(kept)).getexif()) <= {0x0112}


def test_a_pdf_stays_as_it_came():
    assert stripping.stripped(b"%PDF-1.7 by somebody", Kind.PDF) == b"%PDF-1.7 by somebody"


@settings(max_examples=300)
@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_a_broken_picture_is_refused_or_stripped_and_nothing_else(name, data):
    kind, content = PICTURES[name]
    held = bytearray(content)
    for _time in range(data.draw(st.integers(1, 6))):
        held[data.draw(st.integers(2, len(held) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(held[: data.draw(st.integers(8, len(held)))])
    try:
        kept = stripping.stripped(cut, kind)
    except stripping.NoPicture:
        return
    assert len(kept) <= len(cut) + 64
