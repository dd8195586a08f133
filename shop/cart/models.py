"""Carts and their lines. A cart is found by its own token, never through the session."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.catalog.fields import AmountField
from shop.catalog.models import Variant


def new_token() -> str:
    """Return 32 unguessable URL-safe characters (192 bits)."""
    return secrets.token_urlsafe(24)


class Cart(models.Model):
    """A guest's or an account's cart.

    ``version`` grows with every change of its lines; writers compare it. ``opened`` counts how often it was opened: a
    cancelled order opens it again for a new run through checkout. ``nav_id``: the visitor's navigation id, so that a
    guest whose session ended continues at the same stage.
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
    """Keep the lines of a deleted variant: set ``variant`` to NULL and store the variant's name in ``title``.

    The cart can then say which article was taken out. An ``on_delete`` handler: it adds the updates to ``collector``,
    which writes them when the deletion is carried out.
    """
    named: dict[str, list[CartLine]] = {}
    for line in lines.select_related("variant__product"):
        named.setdefault(line.full_title, []).append(line)
    for title, those in named.items():
        collector.add_field_update(CartLine._meta.get_field("title"), title[:TITLE_LENGTH], those)
    collector.add_field_update(field, None, [line for those in named.values() for line in those])


TITLE_LENGTH = 400


class CartLine(models.Model):
    """One variant in a cart and its quantity.

    ``title``: the name of a deleted article, kept until the shopper has seen the notice; empty while it exists.
    ``seen_price``: the unit price that the shopper last saw and continued with; pages point out when today's differs.
    It changes when the shopper submits a page that showed the newer price: reading writes nothing (R1).
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
