"""Inputs written directly are those that Django's templates write."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from shop.accounts.rendering import QuickRenderer


@pytest.mark.parametrize(
    "widget", [forms.TextInput, forms.EmailInput, forms.PasswordInput, forms.NumberInput, forms.HiddenInput]
)
@pytest.mark.parametrize("value", [None, "", "a", '"><script>', 0, "é & ü"])
@pytest.mark.parametrize("attrs", [{}, {"required": True, "id": "x", "disabled": False, "data-a": 'q"u'}])
def test_same_as_django(widget: type[forms.Input], value: object, attrs: dict) -> None:
    written = [widget(attrs=attrs).render("n", value, renderer=each()) for each in (QuickRenderer, DjangoTemplates)]
    assert written[0] == written[1].strip()


def test_other_widgets_are_left_to_django() -> None:
    select = forms.Select(choices=[("a", "A")])
    assert select.render("n", "a", renderer=QuickRenderer()) == select.render("n", "a", renderer=DjangoTemplates())
