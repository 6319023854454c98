"""Receives uploads encrypted: no plain byte of a form's file touches the disk; a file too large is refused before it is read.

Django's own handler writes uploads in clear to the temporary folder. This one encrypts each piece under
a key that lives only in this process, into a file without a name: when the request ends, or the process
is killed, nothing is left that anybody could read or that anybody would have to clean.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload

from amparo.standard.reading import LIMIT

from . import chunks, vault

ROOM_FOR_FORM = 1024 * 1024
PLACE = "upload"
TOO_LARGE = "upload_too_large"


class SealedUpload(UploadedFile):
    """A file that came with a form: read it like any other; on the disk it is ciphertext. `sha256` is that of its bytes."""

    def __init__(self, staged: BinaryIO, key: bytes, *, name: str, size: int, sha256: str, content_type: str | None) -> None:
        super().__init__(file=staged, name=name, content_type=content_type, size=size)
        self._key = key
        self.sha256 = sha256

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the plain bytes from the beginning."""
        self.file.seek(0)
        yield from chunks.opened(self.file, self._key, PLACE)

    def open(self, mode: str | None = None) -> SealedUpload:
        """Go back to the beginning."""
        return self

    def read(self, size: int = -1) -> bytes:
        """Return the first `size` plain bytes, all when negative; a later call begins again."""
        if size < 0:
            return b"".join(self.chunks())
        taken = io.BytesIO()
        for piece in self.chunks():
            taken.write(piece)
            if taken.tell() >= size:
                break
        return taken.getvalue()[:size]

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        """Always read in chunks."""
        return True

    def close(self) -> None:
        """Let the staged bytes vanish."""
        self.file.close()


class SealingUploadHandler(FileUploadHandler):
    """Encrypts while receiving; takes files from members only; stops at `LIMIT` bytes.

    A file that announces itself too large is not read at all: the form is answered at once, with
    `request.upload_problem` set. One that lied about its size is stopped where it passes the limit.
    """

    chunk_size = chunks.CHUNK

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: bytes, encoding: Any = None) -> None:
        """Take note of how large the whole form says it is."""
        self._announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or refuse it unread."""
        super().new_file(*args, **kwargs)
        if getattr(self.request, "member", None) is None:
            raise StopUpload(connection_reset=True)
        if self._announced > LIMIT + ROOM_FOR_FORM:
            self._refuse()
        self._key = os.urandom(32)
        self._staged = tempfile.TemporaryFile(dir=vault.root())  # noqa: SIM115 - outlives this call, closed with the upload
        self._writer = chunks.ChunkWriter(self._staged, self._key, PLACE)
        self._hash, self._size = hashlib.sha256(), 0
        raise StopFutureHandlers

    def _refuse(self) -> None:
        self.request.upload_problem = TOO_LARGE  # type: ignore[union-attr]
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Encrypt the next piece."""
        self._size += len(raw_data)
        if self._size > LIMIT:
            self._staged.close()
            self._refuse()
        self._hash.update(raw_data)
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload:
        """Hand the staged file on."""
        self._writer.close()
        return SealedUpload(
            self._staged,
            self._key,
            name=self.file_name or "",
            size=file_size,
            sha256=self._hash.hexdigest(),
            content_type=self.content_type,
        )

    def upload_interrupted(self) -> None:
        """Let what was received so far vanish."""
        staged = getattr(self, "_staged", None)
        if staged is not None:
            staged.close()
