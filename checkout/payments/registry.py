"""The gateways that ``settings.PAYMENT_GATEWAYS`` names, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from checkout.payments.base import Gateway, GatewayMissing
from checkout.payments.guard import GuardedGateway


class Offer(NamedTuple):
    """One choice of the payment stage. ``code`` is what an order and a payment store."""

    code: str
    label: str
    description: str


@lru_cache(maxsize=8)
def _load(paths: tuple[tuple[str, str], ...]) -> Mapping[str, Gateway]:
    return {code: GuardedGateway(import_string(path)()) for code, path in paths}


def gateways() -> Mapping[str, Gateway]:
    """Return every configured gateway by its code. Raises ``ImportError`` for a wrong path; called once at start."""
    return _load(tuple(settings.PAYMENT_GATEWAYS.items()))


def gateway(code: str) -> Gateway:
    """Return the gateway of a code.

    Raises :class:`GatewayMissing` for one that is not configured (any more): its payments cannot be asked about.
    """
    try:
        return gateways()[code]
    except KeyError:
        raise GatewayMissing(f"no payment gateway {code!r} is configured") from None


def offered() -> list[Offer]:
    """Return what a shopper can choose from, in the language active now."""
    return [Offer(code, str(found.label), str(found.description)) for code, found in gateways().items()]


def label_of(code: str) -> str:
    """Return the gateway's name for shoppers; the code itself for one that is gone."""
    found = gateways().get(code)
    return str(found.label) if found else code
