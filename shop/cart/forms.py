from django import forms
from django.utils.translation import gettext_lazy as _

from shop.cart.pricing import MAX_PER_LINE


class AddForm(forms.Form):
    sku = forms.CharField(max_length=100)
    quantity = forms.IntegerField(
        min_value=1,
        max_value=MAX_PER_LINE,
        required=False,
        error_messages={"invalid": _("Please enter the quantity as a number.")},
    )

    def clean_quantity(self) -> int:
        """Default to one unit when the field was not sent; refuse a field that was sent empty."""
        quantity: int | None = self.cleaned_data["quantity"]
        if quantity is None and "quantity" in self.data:
            raise forms.ValidationError(self.fields["quantity"].error_messages["invalid"], code="invalid")
        return quantity or 1


class QuantityForm(forms.Form):
    """``was``: the quantity that the page showed, to detect a change made meanwhile in another tab."""

    quantity = forms.IntegerField(
        min_value=0,
        max_value=MAX_PER_LINE,
        error_messages={
            "required": _("Please enter a quantity."),
            "invalid": _("Please enter the quantity as a number."),
        },
    )
    was = forms.IntegerField(min_value=0, max_value=MAX_PER_LINE, required=False)
