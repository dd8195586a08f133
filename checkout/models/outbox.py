"""What must go out once an order's transaction has committed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from checkout.models.order import Order


class OutboxMessage(models.Model):
    """A mail that belongs to an order, at most one of each kind. Claimed and marked sent by conditional updates."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("order confirmation")
        REFUNDED = "refunded", _("refund")
        RETURNED = "returned", _("payment returned")

    order = models.ForeignKey(Order, models.CASCADE, related_name="outbox", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    error = models.CharField(_("last error"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mail")
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="one_mail_of_a_kind_per_order")]
        indexes = [models.Index(fields=["sent_at", "created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} of order {self.order_id}"
