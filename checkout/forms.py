"""The forms of the checkout stages. Choices come from the quote, so that what cannot be had cannot be chosen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from checkout.quote import Quote
from shop.accounts.addressing import CleanEmailField, PostalAddressForm
from shop.accounts.models import ADDRESS_FIELDS


class AddressForm(PostalAddressForm):
    """Where to send it, and where to write to. Same field names as ``PostalAddress``, and ``email``."""

    is_required = True

    email = CleanEmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("For the confirmation. We write about this order only."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def address_initial(quote: Quote, request_user: Any) -> dict[str, Any]:
    """Return what the address form starts with: what was entered before, else the account's own address."""
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
