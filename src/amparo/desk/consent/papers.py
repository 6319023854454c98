"""Papers about a person: a scan or a drawn name, encrypted under the person's key, kept together with the row that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from amparo.desk.cases.models import Case
from amparo.desk.files import actions as files
from amparo.desk.files import stripping, vault
from amparo.desk.files.kinds import Kind, kind_of
from amparo.desk.files.models import StoredFile
from amparo.desk.files.responses import download

TAKEN = {Kind.PDF: "pdf", Kind.PNG: "png", Kind.JPEG: "jpg"}
"""What a paper can be, and how its file's name ends."""


class PaperField(forms.FileField):
    """A scanned paper: PDF, PNG or JPEG, told by its first bytes and never by its name; a picture without what stands beside it."""

    default_error_messages = {"kind": _("This is no PDF, PNG or JPEG file. Scan or photograph the paper.")}

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = super().clean(data, initial)
        if not given:
            return given
        content = b"".join(given.chunks())
        kind = kind_of(content[:4096])
        if kind not in TAKEN:
            raise forms.ValidationError(self.error_messages["kind"], code="kind")
        try:
            return ContentFile(stripping.stripped(content, kind), name=given.name)
        except stripping.NoPicture:
            raise forms.ValidationError(self.error_messages["kind"], code="kind") from None


@contextmanager
def keeping(case: Case, paper: Any) -> Iterator[StoredFile | None]:
    """Hold a paper encrypted on the disk while its row is written; what is not saved meanwhile leaves nothing behind.

    The caller saves the file with the row that names it, in one transaction that ends inside this block.
    """
    if not paper:
        yield None
        return
    with vault.writing():
        stored = files.write(organisation=case.organisation, name=paper.name or "", pieces=paper.chunks(), key_id=case.key_id)
        try:
            yield stored
        except BaseException:
            files.discard(stored)
            raise
        if stored._state.adding:
            files.discard(stored)


def handed_out(stored: StoredFile | None, name: str) -> HttpResponseBase | None:
    """Return a paper as a download under a plain name, or None where there is none or it was erased."""
    if stored is None or stored.is_erased:
        return None
    kind = Kind(stored.kind)
    return download(files.read(stored), name=f"{name}.{TAKEN[kind]}", media_type=kind.value)
