"""The forms of the checkout stages. Choices come from the quote, so that what cannot be had cannot be chosen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from checkout.quote import Quote
from shop.accounts.addressing import CountrySelect, country_codes, phone_field, text_field
from shop.accounts.models import ADDRESS_FIELDS

_WITHOUT = (
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GQ GY HK KI KM KN KP LC ML MO MR MW NR "
    "NU QA RW SB SC SL SR ST SY TD TF TG TK TO TV UG VU WS YE ZA ZW"
)
NO_POSTCODE = frozenset(_WITHOUT.split())
"""Countries whose addresses have no postcode; everywhere else a parcel needs one."""


class AddressForm(forms.Form):
    """Where to send it, and where to write to. Same field names as ``PostalAddress``, and ``email``."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("For the confirmation. We write about this order only."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = text_field(_("Full name"), 120, "name")
    line1 = text_field(_("Street and number"), 160, "address-line1")
    line2 = text_field(_("Flat, company, c/o"), 160, "address-line2", required=False)
    postcode = text_field(_("Postcode"), 20, "postal-code")
    city = text_field(_("Town"), 100, "address-level2")
    region = text_field(_("Region"), 100, "address-level1", required=False)
    country = forms.CharField(label=_("Country"), max_length=2, widget=CountrySelect(attrs={"autocomplete": "country"}))
    phone = phone_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["postcode"].required = str(self["country"].value() or "") not in NO_POSTCODE

    def clean_country(self) -> str:
        code: str = self.cleaned_data["country"]
        if code not in country_codes():
            raise forms.ValidationError(_("Please choose a country from the list."))
        return code


def address_initial(quote: Quote, request_user: Any) -> dict[str, Any]:
    """What the address form starts with: what was entered before, else the account's own address."""
    if quote.draft.version or not request_user.is_authenticated:
        return {"email": quote.draft.email, **quote.draft.address}
    profile = getattr(request_user, "profile", None)
    known = {name: str(getattr(profile, name) or "") for name in ADDRESS_FIELDS} if profile else {}
    return {"email": request_user.email, **known}


class ShippingForm(forms.Form):
    shipping_method = forms.ChoiceField(
        label=_("Delivery"), error_messages={"required": _("Please choose a way of delivery.")}
    )

    def __init__(self, *args: Any, quote: Quote, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._set_choices([(option.code, option.name) for option in quote.shipping_options])

    def _set_choices(self, choices: list[tuple[str, str]]) -> None:
        field = self.fields["shipping_method"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices


class PaymentForm(forms.Form):
    payment_method = forms.ChoiceField(
        label=_("Payment"), error_messages={"required": _("Please choose how you want to pay.")}
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payment_method"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = offered
