from checkout.models.draft import CheckoutDraft
from checkout.models.order import Order, OrderEvent, OrderLine
from checkout.models.outbox import OutboxMessage
from checkout.models.payment import Payment, PaymentEvent
from checkout.models.shipping import ShippingMethod
from checkout.models.worker import WorkerBeat

__all__ = [
    "CheckoutDraft",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OutboxMessage",
    "Payment",
    "PaymentEvent",
    "ShippingMethod",
    "WorkerBeat",
]
