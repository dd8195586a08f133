from django import template
from django.template import Context

from checkout.models import Order

register = template.Library()


@register.simple_tag(takes_context=True)
def pending_order(context: Context) -> Order | None:
    """Return the order that the visitor's last run through checkout became, while it waits to be paid."""
    nav = context["nav"]
    outcome = nav.flow("checkout").state.outcome
    if not outcome:
        return None
    return Order.objects.filter(token=outcome, status=Order.Status.AWAITING_PAYMENT).first()
