"""Sealed model fields: plain in Python, ciphertext in the database, opened only when asked for."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import damage, keys, sealing, withholding
from .partial_dates import Known, PartialDate


class Erased(str):
    """What a text reads as once the person's key is destroyed: empty, and recognisable."""

    __slots__ = ()


class ErasedAnswers(dict[str, Any]):
    """What sealed answers read as once the person's key is destroyed: empty, and recognisable."""

    __slots__ = ()


ERASED = Erased("")
PAD = 32


def is_erased(value: Any) -> bool:
    """Say whether a value read from a sealed field was erased with its person's key."""
    return isinstance(value, Erased | ErasedAnswers) or value == PartialDate(known=Known.ERASED)


def _padded(plain: bytes) -> bytes:
    """Fill up to whole blocks, so that a stored length does not tell how long a name is (ISO/IEC 7816-4)."""
    return plain + b"\x80" + bytes(-(len(plain) + 1) % PAD)


def _bare(padded: bytes) -> bytes:
    return padded.rstrip(b"\0")[:-1]


class Sealed(bytes):
    """Ciphertext as it came from the database, not opened yet."""


class _Opening:
    """Opens a sealed value on first reading; remembers the ciphertext so that an untouched value is not sealed again."""

    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if not instance._state.adding and not withholding.opens(self.field, instance):
            return self.field.withheld()
        if name not in instance.__dict__:
            with withholding.as_the_office():
                instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if not isinstance(value, Sealed):
            return value
        try:
            opened = self.field.opened(value, instance)
        except keys.KeyDestroyed:
            return self.field.erased()
        except sealing.Unopenable as flaw:
            if not damage.is_passed_over():
                raise
            if not isinstance(flaw, keys.KeyDamaged):  # of the key the log tells once
                damage.tell_field(self.field.origin, instance.pk, instance.key_id)
            return self.field.damaged()
        instance.__dict__[name + "__sealed"] = value
        instance.__dict__[name] = opened
        return opened

    def __set__(self, instance: Any, value: Any) -> None:
        if withholding.is_withheld(value):
            raise TypeError(f"{self.field.origin} was withheld: it cannot be stored")
        if damage.are_words(value):
            value = self.field.damaged()  # as it stood in a form: no row takes it as its content, and a stored one keeps its own
        if not isinstance(value, Sealed):
            held = instance.__dict__.get(self.field.attname)
            if isinstance(held, Sealed) and not instance._state.adding and not self._may_go(held, instance, value):
                return
            value = value if damage.is_damaged(value) else self.field.to_python(value)
        instance.__dict__[self.field.attname] = value

    def _may_go(self, held: Sealed, instance: Any, value: Any) -> bool:
        """Say whether what is held gives way; raise `damage.NotOver` where it does not open and something else would replace it."""
        if damage.is_damaged(value):
            return False  # set as it was read: the ciphertext stays
        try:
            self.field.opened(held, instance)
        except keys.KeyDestroyed:
            return True
        except sealing.Unopenable:
            raise damage.NotOver(f"{self.field.origin} does not open: nothing is stored over it") from None
        return True


class SealedTextField(models.BinaryField):
    """Text sealed under the key of the person whom the row is about (`key_id` on the row).

    The row's model must have `id` and `key_id`. An empty value is stored as empty bytes: it tells
    that nothing was entered and needs no key. Never indexed, never filtered on except for emptiness;
    `bulk_create` seals, `bulk_update` and `QuerySet.update` refuse clear values. The sealed place is
    the model, field and row, so renaming a model or field needs a migration that seals again.
    """

    description = _("sealed text")
    empty_values = (None, "", b"")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.origin: str | None = None
        kwargs["default"] = b""
        kwargs["editable"] = True
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=private_only)
        if self.origin is None and not cls._meta.abstract:
            self.origin = f"{cls._meta.label_lower}.{name}"
        setattr(cls, self.attname, _Opening(self))

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        kwargs.pop("default", None)
        return name, path, args, kwargs

    def place(self, instance: Any) -> str:
        """Return the associated data: model, field and row. Versions kept in history share their row's place."""
        return f"{self.origin}.{instance.id}"

    def opened(self, sealed: Sealed, instance: Any) -> Any:
        """Return the value sealed at this field of this row; raise `KeyDestroyed` or `Unopenable`."""
        plain = sealing.unseal(keys.person_key(sealing.key_id_of(sealed, instance.key_id)), sealed, self.place(instance))
        return self.loads(_bare(plain).decode())

    def erased(self) -> Any:
        """Return what this field reads as once the key is destroyed."""
        return ERASED

    def damaged(self) -> Any:
        """Return what this field reads as where what is stored does not open and that is passed over."""
        return damage.DAMAGED

    def withheld(self) -> Any:
        """Return what this field reads as for whoever is not cleared for it, whether or not it holds anything."""
        return withholding.WITHHELD

    def dumps(self, value: Any) -> str:
        """Return the text to seal."""
        return str(value)

    def loads(self, text: str) -> Any:
        """Return the value from its opened text."""
        return text

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values and not isinstance(value, Erased):
            return ""
        if isinstance(value, bytes | memoryview):
            raise TypeError(f"{self.origin} takes text, not bytes")
        return value if isinstance(value, str) else str(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return Sealed(value) if value else self.to_python(None)

    def pre_save(self, model_instance: Any, add: bool) -> bytes:
        value, key_id = model_instance.__dict__.get(self.attname), model_instance.key_id
        if isinstance(value, Sealed):
            if not add and sealing.key_id_of(value) == key_id:
                return bytes(value)
            value = self.opened(value, model_instance)  # a copied row, or a changed key: what does not open here must not be kept
        if damage.is_damaged(value):
            return self._as_it_lies(model_instance)
        if value in self.empty_values or is_erased(value):
            return b""
        plain = _padded(self.dumps(value).encode())
        kept = model_instance.__dict__.get(self.attname + "__sealed")
        if kept is not None and self._still(kept, plain, model_instance):
            return bytes(kept)
        sealed = sealing.seal(keys.person_key(key_id), key_id, plain, self.place(model_instance))
        model_instance.__dict__[self.attname + "__sealed"] = Sealed(sealed)
        return sealed

    def _as_it_lies(self, instance: Any) -> bytes:
        """Return the ciphertext of the row itself, for a version of it that is kept: whole again, it opens in both.

        Raise `damage.NotOver` for any other row: what does not open is copied nowhere else.
        """
        model = apps.get_model(str(self.origin).rpartition(".")[0])
        lies = model._base_manager.filter(pk=instance.id).values_list(self.name, flat=True).first()
        if not lies:
            raise damage.NotOver(f"{self.origin} does not open: it is copied nowhere else")
        return bytes(lies)

    def _still(self, kept: Sealed, plain: bytes, instance: Any) -> bool:
        if sealing.key_id_of(kept) != instance.key_id:
            return False
        try:
            return sealing.unseal(keys.person_key(instance.key_id), kept, self.place(instance)) == plain
        except sealing.Unopenable:
            return False

    def get_prep_value(self, value: Any) -> Any:
        if value in self.empty_values:
            return b""
        if not isinstance(value, bytes | memoryview):
            raise TypeError(f"{self.origin} is sealed: it cannot be filtered on or updated in clear")
        return super().get_prep_value(value)

    def value_from_object(self, obj: Any) -> Any:
        return getattr(obj, self.attname)

    def value_to_string(self, obj: Any) -> str:
        raise TypeError(f"{self.origin} is sealed: it is not serialised")

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return self._form(forms.CharField, strip=True, max_length=self.max_length, **kwargs)

    def _form(self, kind: Any, **kwargs: Any) -> Any:
        kwargs.pop("form_class", None)
        return kind(**{"required": not self.blank, "label": self.verbose_name, "help_text": self.help_text, **kwargs})


class SealedDateField(SealedTextField):
    """A sealed `PartialDate`: it may be only a year, an estimate, unknown or declined."""

    description = _("sealed partial date")
    empty_values = (None, "", b"", PartialDate())

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return PartialDate()
        return value if isinstance(value, PartialDate) else PartialDate.parse(str(value))

    def loads(self, text: str) -> Any:
        return PartialDate.parse(text)

    def erased(self) -> Any:
        return PartialDate(known=Known.ERASED)

    def damaged(self) -> Any:
        return damage.DAMAGED_DATE

    def withheld(self) -> Any:
        return withholding.WITHHELD_DATE

    def formfield(self, **kwargs: Any) -> Any:
        from .forms import PartialDateField

        return self._form(PartialDateField, **kwargs)


class SealedJSONField(SealedTextField):
    """A sealed JSON object: answers to questions that name what happened to a person."""

    description = _("sealed answers")
    empty_values = (None, "", b"", {}, [])

    def to_python(self, value: Any) -> Any:
        if isinstance(value, ErasedAnswers):
            return value
        return {} if value in self.empty_values else value

    def dumps(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def loads(self, text: str) -> Any:
        return json.loads(text)

    def erased(self) -> Any:
        return ErasedAnswers()

    def damaged(self) -> Any:
        return damage.DamagedAnswers()

    def withheld(self) -> Any:
        return withholding.WithheldAnswers()

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return self._form(forms.JSONField, **kwargs)
