"""The fields of a postal address, for every form that asks for one: same names, limits and keyboards everywhere."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries


class CountrySelect(forms.Select):
    """A select of all countries. Its 250 options are rendered once per language: as widgets they cost 10 ms a page."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        final = {**self.build_attrs(self.attrs, attrs), "name": name}
        written = format_html_join(
            "", ' {}="{}"', ((key, key if on is True else on) for key, on in final.items() if on)
        )
        options = country_options(get_language() or "en")
        chosen = f'value="{value}"' if str(value or "").isalpha() else 'value=""'
        return mark_safe(f"<select{written}>{options.replace(chosen, chosen + ' selected', 1)}</select>")


@lru_cache(maxsize=16)
def country_options(language: str) -> str:
    """The ``<option>`` elements in one language, the one for no country first."""
    first = format_html_join("", '<option value="{}">{}</option>', [("", _("Please choose"))])
    return first + format_html_join("", '<option value="{}">{}</option>', countries)


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    return frozenset(code for code, _name in countries)


def text_field(label: Any, longest: int, autocomplete: str, *, required: bool = True, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, **attrs})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


def phone_field() -> forms.CharField:
    """Never required: only the carrier has a use for it."""
    return forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("Only for the carrier."),
        validators=[RegexValidator(r"^[0-9+()/ .-]{5,}$", _("Please enter a phone number, such as +49 30 123456."))],
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )


class PostalAddressForm(forms.Form):
    """Name and address as the storefront asks for them, nothing of it required but a known country where one is given."""

    name = text_field(_("Full name"), 120, "name", required=False)
    line1 = text_field(_("Street and number"), 160, "address-line1", required=False)
    line2 = text_field(_("Flat, company, c/o"), 160, "address-line2", required=False)
    postcode = text_field(_("Postcode"), 20, "postal-code", required=False)
    city = text_field(_("Town"), 100, "address-level2", required=False)
    region = text_field(_("Region"), 100, "address-level1", required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, widget=CountrySelect(attrs={"autocomplete": "country"})
    )
    phone = phone_field()

    def clean_country(self) -> str:
        code: str = self.cleaned_data["country"]
        if code and code not in country_codes():
            raise forms.ValidationError(_("Please choose a country from the list."))
        return code
