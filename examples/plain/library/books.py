"""Twelve books and somebody who may see the admin: run it with ``manage.py shell``."""

from __future__ import annotations

from django.contrib.auth.models import User

from library.models import Book

TITLES = (
    "Atlas",
    "Bestiary",
    "Cookbook",
    "Dictionary",
    "Encyclopaedia",
    "Fable",
    "Grammar",
    "History",
    "Idyll",
    "Jest",
)


def fill() -> None:
    """Make what is not there yet."""
    for number, title in enumerate(TITLES, 1):
        Book.objects.get_or_create(title=title, defaults={"author": f"Author {number}", "copies": number})
    if not User.objects.filter(username="staff").exists():
        User.objects.create_superuser("staff", password="staff")
