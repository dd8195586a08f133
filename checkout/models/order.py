"""An order: what was bought, by whom, for how much, and what has happened to it since."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition
from djmoney.money import Money

from shop.accounts.models import PostalAddress
from shop.cart.models import Cart
from shop.catalog.fields import AmountField
from shop.catalog.models import Variant

NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0/O and 1/I: numbers are read aloud


def new_number() -> str:
    """Return eight characters such as ``W-7K3M-Q9TX``: short enough to read aloud, and no count of orders."""
    draw = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(8))
    return f"W-{draw[:4]}-{draw[4:]}"


def new_token() -> str:
    """Return 32 unguessable URL-safe characters (192 bits): a browser that has them may see the receipt."""
    return secrets.token_urlsafe(24)


class Order(PostalAddress):
    """``attempt``: the run through checkout that it ended; unique, so that a run ends in one order at most (R5).

    ``reopen_due_at``: when it was given up, until its cart has been opened again. ``placed_from``: a keyed digest of the
    network address it was placed from, for as long as open orders are counted by it; ``cleanup`` forgets it.
    """

    class Status(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
        PAID = "paid", _("paid")
        SHIPPED = "shipped", _("shipped")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired unpaid")
        REFUNDED = "refunded", _("refunded")

    number = models.CharField(_("number"), max_length=20, unique=True, default=new_number, editable=False)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    attempt = models.CharField(max_length=64, unique=True, editable=False)
    status = FSMField(_("status"), default=Status.AWAITING_PAYMENT, choices=Status.choices, protected=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("account"),
    )
    cart = models.ForeignKey(
        Cart, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("cart")
    )
    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=10)
    shipping_code = models.CharField(_("delivery code"), max_length=40, blank=True)
    shipping_name = models.CharField(_("delivery"), max_length=80, blank=True)
    payment_method = models.CharField(_("payment"), max_length=40)
    subtotal = AmountField(_("subtotal"))
    shipping_price = AmountField(_("delivery price"))
    total = AmountField(_("total"))
    placed_at = models.DateTimeField(_("placed"), auto_now_add=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    reopen_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    placed_from = models.CharField(max_length=32, null=True, blank=True, editable=False)  # noqa: DJ001

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-placed_at"]),
            models.Index(fields=["status", "placed_at"]),
            models.Index(
                fields=["reopen_due_at"], condition=models.Q(reopen_due_at__isnull=False), name="order_cart_to_reopen"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receipt", args=[self.token])

    @property
    def is_awaiting_payment(self) -> bool:
        return bool(self.status == self.Status.AWAITING_PAYMENT)

    @property
    def is_kept(self) -> bool:
        """Paid for and not given back: a further payment is one too many."""
        return self.status in {self.Status.PAID, self.Status.SHIPPED}

    # The transitions only say what may follow what; services/ write them with a conditional UPDATE.
    @transition(field=status, source=[Status.AWAITING_PAYMENT, Status.EXPIRED, Status.CANCELLED], target=Status.PAID)  # type: ignore[untyped-decorator]
    def pay(self) -> None:
        """Take the whole total as paid. From expired or cancelled only if the stock could be taken again."""

    @transition(field=status, source=Status.AWAITING_PAYMENT, target=Status.CANCELLED)  # type: ignore[untyped-decorator]
    def cancel(self) -> None:
        """Give up, by shopper or staff, before it was paid."""

    @transition(field=status, source=Status.AWAITING_PAYMENT, target=Status.EXPIRED)  # type: ignore[untyped-decorator]
    def expire(self) -> None:
        """End an order that was not paid within the hold time."""

    @transition(field=status, source=Status.PAID, target=Status.SHIPPED)  # type: ignore[untyped-decorator]
    def ship(self) -> None:
        """Hand over to the carrier."""

    @transition(field=status, source=[Status.PAID, Status.SHIPPED], target=Status.REFUNDED)  # type: ignore[untyped-decorator]
    def refund(self) -> None:
        """Note that the whole total went back."""


class OrderLine(models.Model):
    """What was bought, as it was then: title and price stay when the catalogue changes."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+", verbose_name=_("variant"))
    sku = models.CharField(_("SKU"), max_length=100)
    title = models.CharField(_("title"), max_length=255)
    variant_label = models.CharField(_("variant"), max_length=255, blank=True)
    product_slug = models.CharField(max_length=255, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = AmountField(_("unit price"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def total(self) -> Money:
        total: Money = self.unit_price * self.quantity
        return total


class OrderEvent(models.Model):
    """One entry of an order's timeline, for staff."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events", verbose_name=_("order"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    kind = models.CharField(_("kind"), max_length=40)
    message = models.CharField(_("message"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("timeline")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
