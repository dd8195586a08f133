"""Attempts to pay an order, and what the providers told us about them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from checkout.models.order import Order
from shop.catalog.fields import AmountField


class Payment(models.Model):
    """One try to pay an order at one gateway. At most one per order is open.

    ``key``: idempotency key given to the provider (order's attempt and the number of the try).
    ``reference``: the provider's id, empty until it answered. ``redirect_url``: its hosted page.
    ``sequence``: number of the newest answer that was written here; an older one never overwrites it.
    ``origin``: scheme and host under which the shopper paid. ``asked_at``: when a page last had the provider asked.
    ``unasked_at``: when it was closed here because its gateway was not configured; until somebody could be asked.
    """

    class State(models.TextChoices):
        CREATED = "created", _("created")
        PENDING = "pending", _("waiting for the shopper")
        PROCESSING = "processing", _("being confirmed")
        AUTHORISED = "authorised", _("authorised")
        CAPTURED = "captured", _("captured")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("cancelled")
        VOIDED = "voided", _("voided")
        SURPLUS = "surplus", _("paid, to be returned")
        MISMATCH = "mismatch", _("paid, but another amount")
        REFUNDED = "refunded", _("refunded")

    OPEN = (State.CREATED, State.PENDING, State.PROCESSING, State.AUTHORISED)

    order = models.ForeignKey(Order, models.CASCADE, related_name="payments", verbose_name=_("order"))
    gateway = models.CharField(_("gateway"), max_length=40)
    key = models.CharField(_("idempotency key"), max_length=100, unique=True)
    reference = models.CharField(_("provider's reference"), max_length=100, blank=True)
    redirect_url = models.CharField(_("provider's page"), max_length=1000, blank=True)
    amount = AmountField(_("amount"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.CREATED)
    message = models.CharField(_("message"), max_length=400, blank=True)
    sequence = models.PositiveBigIntegerField(_("number of the last answer"), default=0)
    origin = models.CharField(_("paid under"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("last asked"), null=True, blank=True)
    unasked_at = models.DateTimeField(_("closed without asking"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["unasked_at"], condition=models.Q(unasked_at__isnull=False), name="payment_closed_unasked"
            ),
            models.Index(fields=["state"], condition=models.Q(state="surplus"), name="payment_to_return"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=["created", "pending", "processing", "authorised"]),
                name="one_open_payment_per_order",
            ),
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~models.Q(reference=""), name="one_payment_per_reference"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference or self.key}"


class PaymentEvent(models.Model):
    """A notification of a provider, kept once however often it is sent.

    ``settled_at``: when its payment was brought up to date because of it; until then it is not acknowledged.
    """

    gateway = models.CharField(_("gateway"), max_length=40)
    event_id = models.CharField(_("event"), max_length=100)
    payment = models.ForeignKey(Payment, models.CASCADE, null=True, related_name="events", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=60)
    reference = models.CharField(_("provider's reference"), max_length=100)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="one_row_per_event")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.reference}"
