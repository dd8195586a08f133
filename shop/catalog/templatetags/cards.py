"""``{% load cards %}``: the markup of product cards."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.catalog.cards import Card

register = template.Library()


@register.simple_tag
def product_cards(cards: Iterable[Card], heading: str, eager: int) -> SafeString:
    """Render a list item for each.

    ``heading``: element of the titles; the pictures of the first ``eager`` load at once.
    """
    language = get_language()
    items = (_rendered(card, heading, place >= eager, language) for place, card in enumerate(cards))
    return SafeString("\n".join(items))


@lru_cache(maxsize=2048)  # about 2 MB
def _rendered(card: Card, heading: str, is_late: bool, language: str | None) -> SafeString:
    """Remember by value: when one product's stock changes, a list is built anew, but only that card rendered.

    The template sees these values and nothing else, so the same values are the same markup.
    """
    context = {"card": card, "heading": heading, "is_late": is_late}
    return SafeString(get_template("catalog/_card.html").render(context))
