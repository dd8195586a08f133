"""The tables of the SQL backends: navigation state, traces, and presses that were carried out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class NavRecord(models.Model):
    """One visitor's state in one flow. ``version`` grows with every write, and a write is conditional on it."""

    nav_id = models.CharField(max_length=64)
    flow = models.CharField(_("flow"), max_length=40)
    version = models.PositiveIntegerField(default=1)
    state = models.TextField()
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("navigation state")
        verbose_name_plural = _("navigation state")
        constraints = [models.UniqueConstraint(fields=["nav_id", "flow"], name="one_state_per_visitor_and_flow")]

    def __str__(self) -> str:
        return f"{self.flow} ({self.version})"


class NavTrace(models.Model):
    """One entry of a visitor's trace. ``visitor``, ``attempt``: digests. ``at``: ms since the epoch."""

    visitor = models.CharField(_("visitor"), max_length=32)
    attempt = models.CharField(max_length=32, blank=True)
    at = models.BigIntegerField()
    entry = models.TextField()
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("trace")
        verbose_name_plural = _("traces")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["visitor", "id"], name="trace_of_visitor"),
            models.Index(fields=["attempt"], name="trace_of_attempt", condition=~models.Q(attempt="")),
        ]

    def __str__(self) -> str:
        return self.visitor


class NavOnce(models.Model):
    """One press of a form, or one request with an ``Idempotency-Key``. ``name``, ``payload``: digests.

    ``outcome``: the response as JSON; empty while the request ``owner`` is still carrying it out.
    """

    name = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=32)
    payload = models.CharField(max_length=40)
    outcome = models.TextField(blank=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("press of a form")
        verbose_name_plural = _("presses of forms")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
