"""How parcels travel."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from shop.catalog.fields import AmountField
from shop.catalog.services import bump_catalog_version


class ShippingMethod(models.Model):
    """``countries``: ISO 3166 alpha-2 codes it serves, empty for all. ``free_over``: goods total from which it is free."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=200, blank=True)
    price = AmountField(_("price"))
    free_over = AmountField(_("free from"), null=True, blank=True)
    countries = models.JSONField(_("countries"), default=list, blank=True)
    min_days = models.PositiveSmallIntegerField(_("days at least"), default=2)
    max_days = models.PositiveSmallIntegerField(_("days at most"), default=4)
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("delivery method")
        verbose_name_plural = _("delivery methods")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise the catalogue's number in the same transaction: the ways of delivery are remembered under it."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            bump_catalog_version()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            bump_catalog_version()
        return deleted
