"""Changes to accounts. Plain arguments, no request."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F

from shop.accounts.models import ADDRESS_FIELDS, Profile, User


def save_profile(user_id: int, fields: Mapping[str, str], *, version: int, accepted: str = "") -> bool:
    """Write the address of an account if it still is at ``version``. Return False when it was changed meanwhile.

    ``accepted``: the note that is stored with it (:class:`navstate.rules.state.Note`).
    """
    changes = {name: fields[name] for name in ADDRESS_FIELDS} | {"accepted": accepted}
    with transaction.atomic():
        Profile.objects.get_or_create(pk=user_id)
        as_seen = Profile.objects.filter(pk=user_id, version=version)
        return as_seen.update(**changes, version=F("version") + 1) == 1


def forget_old_addresses(user: User) -> None:
    """Delete allauth's records of an account's earlier e-mail addresses.

    allauth finds accounts by these too, at login and for a password reset, and an address that staff replaced must not
    open the account any more.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
