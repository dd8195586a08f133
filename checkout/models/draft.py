"""What a shopper has entered on the way to an order. Belongs to the cart, so it outlives the session."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import PostalAddress
from shop.cart.models import Cart


class CheckoutDraft(PostalAddress):
    """``version`` grows with every change; writers compare it, so that two tabs cannot silently overwrite each other.

    ``accepted``: which stages have accepted what is here (:class:`navstate.rules.state.Note`), written by the same
    statement. So nobody sees an address without seeing that it was accepted, and a Redis that was emptied asks for
    nothing twice.
    """

    cart = models.OneToOneField(Cart, models.CASCADE, primary_key=True, related_name="draft", verbose_name=_("cart"))
    email = models.EmailField(_("e-mail address"), blank=True)
    shipping_method = models.CharField(_("delivery"), max_length=40, blank=True)
    payment_method = models.CharField(_("payment"), max_length=40, blank=True)
    accepted = models.TextField(blank=True, default="", db_default="", editable=False)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("checkout draft")
        verbose_name_plural = _("checkout drafts")

    def __str__(self) -> str:
        return f"draft of cart {self.cart_id}"
