"""Read what is known about an account. No side effects."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from shop.accounts.models import ADDRESS_FIELDS, Profile, User


def profile_fields(user_id: int) -> dict[str, str | int]:
    """Read the address of an account, its ``version`` and the note ``accepted``, in one query.

    Empty texts and version 0 when none was saved.
    """
    saved = Profile.objects.filter(pk=user_id).values("version", "accepted", *ADDRESS_FIELDS).first()
    if saved is None:
        return {"version": 0, "accepted": "", **dict.fromkeys(ADDRESS_FIELDS, "")}
    return {**saved, "country": str(saved["country"] or "")}


def active_accounts(email: str) -> QuerySet[User]:
    """Return the active account of an e-mail address, as a queryset of at most one."""
    return User.objects.filter(Q(email=email.strip().lower()), is_active=True)
