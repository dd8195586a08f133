"""Columns that hold text in one form, so that what looks the same is the same; and amounts with their currency's digits.

They are Django's own, and django-money's, to migrations, because nothing in the database differs.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField, MoneyFieldProxy
from djmoney.money import Money

from shop.catalog.text import nfc, validate_slug
from shop.money import STORED_DIGITS, digits_of, tidy

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
    TextField = models.TextField[str, str]
    SlugField = models.SlugField[str, str]
else:  # Django's own are not generic while they run
    CharField, TextField, SlugField = models.CharField, models.TextField, models.SlugField


def nfc_within(value: Any) -> Any:
    """Return text, and text in lists, in the form that is stored; everything else as it is."""
    if isinstance(value, str):
        return nfc(value)
    return [nfc_within(item) for item in value] if isinstance(value, list) else value


@cache
def _in_one_form(lookup: Any) -> Any:
    class Normalised(lookup):  # type: ignore[misc]
        def get_prep_lookup(self) -> Any:
            return nfc_within(super().get_prep_lookup())

    return Normalised


class InOneForm:
    """For a field: normalises at every way into the database, forms, assignments, ``update()`` and look-ups."""

    attname: str

    def to_python(self, value: Any) -> Any:
        return nfc_within(super().to_python(value))  # type: ignore[misc]

    def get_prep_value(self, value: Any) -> Any:
        return nfc_within(super().get_prep_value(value))  # type: ignore[misc]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = nfc_within(super().pre_save(model_instance, add))  # type: ignore[misc]
        setattr(model_instance, self.attname, value)
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """Normalise what ``contains`` and its like are asked for, which Django prepares in no way."""
        lookup = super().get_lookup(lookup_name)  # type: ignore[misc]
        return lookup and _in_one_form(lookup)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        django_field = next(base for base in type(self).__mro__ if base.__module__.startswith("django."))
        return name, f"django.db.models.{django_field.__name__}", args, kwargs


class TextLine(InOneForm, CharField):
    """One line of text."""


class Text(InOneForm, TextField):
    """Text of any length."""


class TextList(InOneForm, models.JSONField):
    """A list of texts."""


class AddressInput(forms.SlugField):
    default_validators = [validate_slug]

    def __init__(self, *, allow_unicode: bool = True, **kwargs: Any) -> None:
        super().__init__(allow_unicode=False, **kwargs)  # True would bring Django's own validator


class Address(InOneForm, SlugField):
    """A slug with letters of any script and the marks that belong to them, which Django's has not."""

    default_validators = [validate_slug]

    def __init__(self, *args: Any, allow_unicode: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, allow_unicode=False, **kwargs)  # True would bring Django's own validator
        self.allow_unicode = allow_unicode

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressInput, **kwargs})


class _Amount(MoneyFieldProxy):  # type: ignore[misc]
    def _money_from_obj(self, obj: models.Model) -> Money | None:
        money = super()._money_from_obj(obj)
        if money is None:
            return None
        currency = money.currency.code
        return Money(tidy(money.amount, currency), currency, decimal_places=digits_of(currency))


def validate_digits(amount: Money) -> None:
    """Raise ValidationError for a fraction that the currency does not have."""
    digits = digits_of(amount.currency.code)
    if amount.amount != round(amount.amount, digits):
        sentence = _("An amount in %(currency)s has at most %(digits)s digits behind the point.")
        raise ValidationError(sentence, "digits", {"currency": amount.currency.code, "digits": digits})


class AmountField(MoneyField):  # type: ignore[misc]
    """Money with as many digits behind the point as its currency has: 1,980 JPY, 5.90 EUR, 1.500 KWD."""

    default_validators = [validate_digits]

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: Any = None) -> Any: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        room = {"max_digits": 10 + STORED_DIGITS, "decimal_places": STORED_DIGITS, "money_descriptor_class": _Amount}
        super().__init__(*args, **(kwargs | room))

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"decimal_places": digits_of(settings.DEFAULT_CURRENCY), **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "djmoney.models.fields.MoneyField", args, kwargs
