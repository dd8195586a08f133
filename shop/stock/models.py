"""How many units of a variant can be sold, and how many are held for orders that are not paid yet."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.catalog.models import Variant


class Stock(models.Model):
    """The count of a variant. A variant without a row is not counted and never sells out.

    ``available``: units that can still be ordered, without those held. ``sells_without``: go on selling when none is
    left (backorder); ``available`` then stays at zero.
    """

    variant = models.OneToOneField(
        Variant, models.CASCADE, primary_key=True, related_name="stock", verbose_name=_("variant")
    )
    available = models.PositiveIntegerField(_("available"), default=0)
    sells_without = models.BooleanField(_("sell when none is left"), default=False)

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [models.CheckConstraint(condition=models.Q(available__gte=0), name="stock_never_below_zero")]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.available}"


class Hold(models.Model):
    """Units of a variant held for an order: until it is paid (``taken``) or cancelled (``released``).

    Released units can be taken again for a late payment. ``counted``: how many of the units came out of
    ``Stock.available``, and so go back into it: fewer than ``quantity`` when the variant is not counted or was sold
    beyond zero.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        TAKEN = "taken", _("taken")
        RELEASED = "released", _("released")

    reference = models.CharField(_("order"), max_length=64)
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="holds", verbose_name=_("variant"))
    quantity = models.PositiveIntegerField(_("quantity"))
    counted = models.PositiveIntegerField(_("out of the count"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField(_("expires"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [models.UniqueConstraint(fields=["reference", "variant"], name="one_hold_per_order_and_variant")]
        indexes = [models.Index(fields=["state", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.reference}: {self.quantity} × {self.variant_id}"
