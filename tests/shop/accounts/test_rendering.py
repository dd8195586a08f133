"""Inputs written directly are those that Django's templates write."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib import admin
from django.forms.renderers import DjangoTemplates
from django.urls import reverse

from shop.accounts.rendering import QuickRenderer
from tests.factories import make_variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("widget", [forms.TextInput, forms.EmailInput, forms.PasswordInput, forms.HiddenInput])
@pytest.mark.parametrize("value", [None, "", "a", '"><script>', 0, "é & ü"])
@pytest.mark.parametrize("attrs", [{}, {"required": True, "id": "x", "disabled": False, "data-a": 'q"u'}])
def test_same_as_django(widget: type[forms.Input], value: object, attrs: dict) -> None:
    written = [widget(attrs=attrs).render("n", value, renderer=each()) for each in (QuickRenderer, DjangoTemplates)]
    assert written[0] == written[1].strip()


def test_other_widgets_are_left_to_django() -> None:
    select = forms.Select(choices=[("a", "A")])
    assert select.render("n", "a", renderer=QuickRenderer()) == select.render("n", "a", renderer=DjangoTemplates())


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (
            forms.IntegerField(min_value=0, max_value=9),
            '<input type="text" name="n" value="3" inputmode="numeric" id="x">',
        ),
        (forms.DecimalField(decimal_places=2), '<input type="text" name="n" value="3" inputmode="decimal" id="x">'),
    ],
)
def test_n7_a_number_has_nothing_that_the_wheel_could_turn(field: forms.Field, written: str) -> None:
    assert field.widget.render("n", 3, {"id": "x"}, renderer=QuickRenderer()) == written


def test_n7_no_page_of_the_staff_has_a_number_that_the_wheel_turns(admin_client) -> None:
    """Each form of the admin, prices and counts in its rows included."""
    variant = make_variant("BOOT-42")
    pages = [f"/admin/{model._meta.label_lower.replace('.', '/')}/add/" for model in admin.site._registry]
    pages += [
        reverse("admin:catalog_product_change", args=[variant.product_id]),
        reverse("admin:stock_stock_changelist"),
    ]
    shown = {page: admin_client.get(page) for page in pages}
    forms_shown = [page for page, answer in shown.items() if answer.status_code == 200]
    assert len(forms_shown) >= 5, shown
    assert any(b'inputmode="numeric"' in answer.content for answer in shown.values()), "else there is no number at all"
    assert [page for page in forms_shown if b'type="number"' in shown[page].content] == []
