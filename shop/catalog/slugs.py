"""Former slugs: whatever way a slug is changed, links to the old one go on leading there (navigation.md R8).

Remembered where slugs are written, ``save()`` and ``update()``, so that forms, imports and scripts cannot leave it out.
A slug that something has today is nobody's former one: it is forgotten as soon as it is used again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Q, QuerySet

from shop.catalog.fields import Address


class FormerSlugBase(models.Model):
    """``slug``: an address that ``owner`` had. Each is the former one of a single owner, the last one that had it."""

    slug = Address(max_length=255, unique=True, allow_unicode=True)
    since = models.DateTimeField(auto_now=True)
    owner: models.ForeignKey[Any, Any]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.slug


class RemembersSlugs(QuerySet[Any, Any]):
    """``update(slug=…)`` and ``bulk_update`` remember what the slugs were."""

    def update(self, **changes: Any) -> int:
        if "slug" not in changes:
            return super().update(**changes)
        with transaction.atomic():
            was = _locked_slugs(self)
            count = super().update(**changes)
            remember(self.model, was)
            return count


class HasFormerSlugs(models.Model):
    """A model with a ``slug`` and a model of former ones, related as ``former_slugs``."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        written = kwargs.get("update_fields")
        if written is not None and "slug" not in written:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            was = _locked_slugs(type(self)._base_manager.filter(pk=self.pk))
            super().save(*args, **kwargs)
            remember(type(self), was or {self.pk: ""})


def remember(model: type[models.Model], was: Mapping[Any, str]) -> None:
    """Write down the slugs that rows of ``model`` had (by key) and have no more; forget those that are used again."""
    former: Any = model._meta.get_field("former_slugs").related_model
    rows = model._base_manager
    now = dict(rows.filter(pk__in=was).values_list("pk", "slug"))
    changed = {pk: slug for pk, slug in was.items() if now.get(pk) != slug}
    if not changed:
        return
    former.objects.filter(slug__in=[now[pk] for pk in changed if pk in now]).delete()
    in_use = set(rows.filter(slug__in=changed.values()).values_list("slug", flat=True))
    for pk, slug in changed.items():
        if slug and slug not in in_use and pk in now:
            former.objects.update_or_create(slug=slug, defaults={"owner_id": pk})


def slug_today(rows: QuerySet[Any, Any], slug: str) -> str:
    """Return the slug of what is, or was, known by ``slug`` among ``rows``, however spelled; empty when nothing is.

    A former slug as it was comes first, then what has it today in other letters, then a former one in other letters.
    """
    for known in (Q(former_slugs__slug=slug), _spelled("slug", slug), _spelled("former_slugs__slug", slug)):
        found = rows.filter(known).order_by("pk").values_list("slug", flat=True).first()
        if found and found != slug:
            return str(found)
    return ""


def _spelled(column: str, slug: str) -> Q:
    """Return the usual spellings, tried one by one: SQLite compares letters beyond ASCII only as they are."""
    text = unicodedata.normalize("NFC", slug)
    spellings: Iterable[str] = (text, text.lower(), text.casefold(), text.upper(), text.title(), text.capitalize())
    return Q(**{f"{column}__in": set(spellings)}) | Q(**{f"{column}__iexact": text})


def _locked_slugs(rows: QuerySet[Any, Any]) -> dict[Any, str]:
    """Return slugs by key, and lock them until this transaction ends."""
    return dict(rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", "slug"))
