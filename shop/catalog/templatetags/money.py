from django import template
from djmoney.money import Money

from shop.money import money_text

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """Write ``{{ price|money }}``: the amount in the active language; empty for none."""
    return "" if amount is None else money_text(amount)
