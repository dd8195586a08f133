"""The provider's own books: payment sessions, what happened to them, and the notifications still to be delivered."""

from __future__ import annotations

import secrets
from decimal import Decimal

from babel.numbers import get_currency_precision
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money


def new_reference() -> str:
    """Return an unguessable reference: a browser that has it may open the hosted page."""
    return "dp_" + secrets.token_urlsafe(18)


def new_event_id() -> str:
    return "ev_" + secrets.token_urlsafe(12)


class Session(models.Model):
    """One payment that a merchant opened. ``sequence`` grows by one with every change of ``state``.

    ``merchant_key``: the merchant's idempotency key. ``capture``: whether the money is taken at once, or reserved until
    the merchant asks for it. ``return_method``: how the shopper is sent back.
    """

    class State(models.TextChoices):
        CREATED = "created", _("created")
        AUTHORISED = "authorised", _("authorised")
        DELAYED = "delayed", _("being confirmed")
        CAPTURED = "captured", _("captured")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("cancelled")
        VOIDED = "voided", _("voided")
        REFUNDED = "refunded", _("refunded")

    class Capture(models.TextChoices):
        AUTOMATIC = "automatic", _("at once")
        MANUAL = "manual", _("on request")

    reference = models.CharField(max_length=40, unique=True, default=new_reference, editable=False)
    merchant_key = models.CharField(max_length=100, unique=True)
    amount = MoneyField(max_digits=13, decimal_places=3)
    order_number = models.CharField(max_length=40)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATED)
    sequence = models.PositiveIntegerField(default=0)
    capture = models.CharField(max_length=10, choices=Capture.choices, default=Capture.AUTOMATIC)
    return_url = models.CharField(max_length=1000)
    return_method = models.CharField(max_length=4, choices=[("GET", "GET"), ("POST", "POST")], default="GET")
    webhook_url = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payment session")
        verbose_name_plural = _("payment sessions")

    def __str__(self) -> str:
        return self.reference

    @property
    def total(self) -> Money:
        """``amount`` with the digits of its currency: none for JPY, two for EUR, three for KWD."""
        digits = get_currency_precision(self.amount.currency.code)
        return Money(self.amount.amount.quantize(Decimal(1).scaleb(-digits)), self.amount.currency)


class Event(models.Model):
    """One change of a session. ``key``: the merchant's idempotency key, where the merchant caused it."""

    event_id = models.CharField(max_length=40, unique=True, default=new_event_id, editable=False)
    session = models.ForeignKey(Session, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["session", "sequence"]
        constraints = [models.UniqueConstraint(fields=["session", "sequence"], name="one_event_per_change")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.session_id}"


class Delivery(models.Model):
    """A notification on its way to the merchant. ``answer``: what the merchant's server said last."""

    event = models.OneToOneField(Event, models.CASCADE, primary_key=True, related_name="delivery")
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return f"delivery of event {self.event_id}"
