"""A photograph painted anew from its pixels, in a process of its own, so that no uploaded byte reaches a browser.

What a browser is shown is made here: decoded, turned upright, made small, and encoded again without anything
that the camera wrote beside the picture (place, time, device). Decoding happens in another process with
little memory and time, which is given no key and no name: a file made to do harm harms that process only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

LARGEST_UPLOAD = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 900
MEMORY_BYTES = 1024 * 1024 * 1024
SECONDS = 20
SCRIPT = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from PIL import Image, ImageOps
Image.MAX_IMAGE_PIXELS = {pixels}
picture = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("JPEG", "PNG"))
if picture.width * picture.height > {pixels}:
    sys.exit(3)
picture.draft("RGB", ({side}, {side}))
picture = ImageOps.exif_transpose(picture)
picture.thumbnail(({side}, {side}))
flat = Image.new("RGB", picture.size, "white")
flat.paste(picture.convert("RGBA"), mask=picture.convert("RGBA").getchannel("A"))
out = io.BytesIO()
flat.save(out, "JPEG", quality=85)
sys.stdout.buffer.write(out.getvalue())
"""


class NoPicture(Exception):
    """What came is no picture that can be painted anew."""


def paint(pieces: Iterable[bytes]) -> bytes:
    """Return a JPEG of at most 900 by 900 pixels that shows what the given PNG or JPEG shows; raise `NoPicture`."""
    told = {"memory": MEMORY_BYTES, "seconds": SECONDS, "pixels": MOST_PIXELS, "side": LONGEST_SIDE}
    command = [sys.executable, "-I", "-c", SCRIPT.format(**told)]
    try:
        done = subprocess.run(command, input=b"".join(pieces), capture_output=True, timeout=2 * SECONDS, env={}, check=False)
    except subprocess.TimeoutExpired:
        raise NoPicture from None
    if done.returncode != 0 or not done.stdout.startswith(b"\xff\xd8\xff"):
        raise NoPicture
    return done.stdout
