"""The fields of a postal address, with the same names, limits, keyboards and rules in every form that has them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from shop.accounts.countries import EVERYWHERE, Destinations, country_codes, offered_countries
from shop.accounts.phones import example_phone, normal_phone
from shop.accounts.postcodes import normal_postcode, rules_of
from shop.accounts.text import clean_line


class CountrySelect(forms.Select):
    """A select of countries. Its 250 options are rendered once per language: as widgets they cost 10 ms a page.

    ``destinations``: the countries that are offered.
    """

    destinations: Destinations = EVERYWHERE

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        final = {**self.build_attrs(self.attrs, attrs), "name": name}
        written = format_html_join(
            "", ' {}="{}"', ((key, key if on is True else on) for key, on in final.items() if on)
        )
        options = country_options(get_language() or "en", self.destinations, settings.SHOP_COUNTRY)
        chosen = f'value="{value}"' if str(value or "").isalpha() else 'value=""'
        return mark_safe(f"<select{written}>{options.replace(chosen, chosen + ' selected', 1)}</select>")


@lru_cache(maxsize=16)
def country_options(language: str, destinations: Destinations, home: str) -> str:
    """Return the ``<option>`` elements in one language, the empty one first. ``home``: the shop's own country."""
    first = format_html_join("", '<option value="{}">{}</option>', [("", _("Please choose"))])
    offered = offered_countries(destinations, language, home)
    return first + format_html_join("", '<option value="{}">{}</option>', offered)


class LineField(forms.CharField):
    """One line of text in any script, without invisible characters (:mod:`shop.accounts.text`).

    There is no ``maxlength``: browsers count characters differently, and cut pasted text without a warning.
    """

    def to_python(self, value: Any) -> str:
        return clean_line(str(super().to_python(value)))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {name: on for name, on in super().widget_attrs(widget).items() if name != "maxlength"}


class CleanEmailField(forms.EmailField):
    """An e-mail address, without invisible characters that were pasted with it."""

    def to_python(self, value: Any) -> str:
        return clean_line(str(super().to_python(value)))


def text_field(label: Any, longest: int, autocomplete: str, *, required: bool = True, **attrs: str) -> LineField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, **attrs})
    return LineField(label=label, max_length=longest, required=required, widget=widget)


class PostalAddressForm(forms.Form):
    """Name and address as the storefront asks for them.

    ``is_required``: require what the country chosen needs. ``destinations``: the countries that are offered.
    """

    is_required = False

    name = text_field(_("Full name"), 120, "name", required=False)
    line1 = text_field(_("Street and number"), 160, "address-line1", required=False)
    line2 = text_field(_("Flat, company, c/o"), 160, "address-line2", required=False)
    postcode = text_field(_("Postcode"), 20, "postal-code", required=False)
    city = text_field(_("Town"), 100, "address-level2", required=False)
    region = text_field(_("Region"), 100, "address-level1", required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, widget=CountrySelect(attrs={"autocomplete": "country"})
    )
    phone = LineField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("Only for the carrier."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )

    def __init__(self, *args: Any, destinations: Destinations = EVERYWHERE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.destinations = destinations
        self.fields["country"].widget.destinations = destinations
        if self.is_required:
            self._require()

    def _require(self) -> None:
        """Mark as required what the chosen country needs; with none chosen, what most countries need."""
        country = str(self["country"].value() or "")
        rules = rules_of(country) if country else None
        for name in ("name", "line1", "country"):
            self.fields[name].required = True
        self.fields["city"].required = rules is None or rules.needs_town(str(self["region"].value() or ""))
        self.fields["postcode"].required = rules is None or rules.needs_postcode

    def clean_country(self) -> str:
        code: str = self.cleaned_data["country"]
        if code and code not in country_codes():
            raise forms.ValidationError(_("Please choose a country from the list."))
        if code and not self.destinations.serve(code):
            sentence = _now("We do not deliver to %(country)s at present. Please choose another country.")
            raise forms.ValidationError(sentence % {"country": countries.name(code)})
        return code

    def clean(self) -> dict[str, Any]:
        """Check the fields whose format depends on the country: postcode and telephone number."""
        fields = self.cleaned_data
        country = fields.get("country", "")
        if fields.get("postcode") and country:
            self._put("postcode", normal_postcode(country, fields["postcode"]), _postcode_sentence(country))
        if fields.get("phone"):
            self._put("phone", normal_phone(fields["phone"], country), _phone_sentence(country))
        return fields

    def _put(self, name: str, normal: str | None, sentence: str) -> None:
        if normal is None:
            self.add_error(name, sentence)
        else:
            self.cleaned_data[name] = normal


def _postcode_sentence(country: str) -> str:
    sentence = _now("This is no postcode of %(country)s. One looks like this: %(example)s")
    return sentence % {"country": countries.name(country), "example": rules_of(country).example}


def _phone_sentence(country: str) -> str:
    return _now("Please enter a phone number, such as %(example)s.") % {"example": example_phone(country)}
