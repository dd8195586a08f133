"""What a shopper wants. A cart is found by its own token, never through the session."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.catalog.fields import AmountField
from shop.catalog.models import Variant


def new_token() -> str:
    """32 unguessable URL-safe characters (192 bits)."""
    return secrets.token_urlsafe(24)


class Cart(models.Model):
    """``version`` grows with every change of its lines; writers compare it. ``opened`` counts how often it was open:
    a cancelled order opens it again, and that is a new run through checkout.

    ``nav_id``: the visitor's navigation id, so that a guest whose session ended goes on at the same stage.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ORDERED = "ordered", _("ordered")
        MERGED = "merged", _("merged into another cart")

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="carts", verbose_name=_("account")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    version = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=1)
    nav_id = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(status="open"), name="one_open_cart_per_account"
            )
        ]
        indexes = [models.Index(fields=["status", "updated_at"])]

    def __str__(self) -> str:
        return f"cart {self.pk}"


def take_out(collector: Any, field: Any, lines: Any, using: str) -> None:
    """What happens to lines whose variant is deleted, in whichever way: they stay without it, under its name.

    So that the shopper can be told which article went. Only collected here, and written if it comes to the deletion.
    """
    named: dict[str, list[CartLine]] = {}
    for line in lines.select_related("variant__product"):
        named.setdefault(line.full_title, []).append(line)
    for title, those in named.items():
        collector.add_field_update(CartLine._meta.get_field("title"), title[:TITLE_LENGTH], those)
    collector.add_field_update(field, None, [line for those in named.values() for line in those])


TITLE_LENGTH = 400


class CartLine(models.Model):
    """``title``: of an article that is not there any more, until the shopper has been told; empty while it is.

    ``seen_price``: the unit price the shopper was last shown and went on with; a differing price now is told.

    It moves when the shopper does something on a page that showed the newer one: reading writes nothing (R1).
    """

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines", verbose_name=_("cart"))
    variant = models.ForeignKey(Variant, take_out, null=True, related_name="+", verbose_name=_("variant"))
    title = models.CharField(max_length=TITLE_LENGTH, blank=True, default="", db_default="", editable=False)
    quantity = models.PositiveIntegerField(_("quantity"))
    seen_price = AmountField(_("price seen"))
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="one_line_per_variant"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="line_quantity_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"

    @property
    def full_title(self) -> str:
        if self.variant is None:
            return self.title
        return ", ".join(filter(None, [self.variant.product.title, self.variant.label]))
