"""What the library has."""

from __future__ import annotations

from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.CharField(max_length=100)
    copies = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title
