"""Who works off the tasks of the background."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerBeat(models.Model):
    """That a worker lives: written every few seconds while it does, removed when it ends in order.

    A task that is running for a worker whose beat has stopped is put back (:mod:`checkout.services.background`).
    """

    worker_id = models.CharField(_("worker"), max_length=64, primary_key=True)
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("background worker")
        verbose_name_plural = _("background workers")

    def __str__(self) -> str:
        return self.worker_id
