"""What is known of a payment and of its order: plain rows, read in one query."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, Protocol

from djmoney.money import Money

from checkout.models import Order, Payment
from shop.money import money_of

PAYMENT = ("pk", "order_id", "gateway", "key", "reference", "redirect_url", "state", "sequence")
ORDER = ("order__status", "order__token", "order__language", "order__total", "order__total_currency")


class AnyPayment(Protocol):
    """A payment to be written about: a row of here, or the model itself."""

    @property
    def pk(self) -> int: ...
    @property
    def order_id(self) -> int: ...
    @property
    def gateway(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def reference(self) -> str: ...


class PaymentRow(NamedTuple):
    pk: int
    order_id: int
    gateway: str
    key: str
    reference: str
    redirect_url: str
    state: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference or self.key}"


class Known(NamedTuple):
    """A payment and what its order says now."""

    payment: PaymentRow
    order_status: str
    token: str
    language: str
    total: Money

    @property
    def is_awaiting_payment(self) -> bool:
        return self.order_status == Order.Status.AWAITING_PAYMENT


_known = Payment.objects.order_by().values_list(*PAYMENT, *ORDER)


def known_payment(payment_id: int) -> Known:
    """Read a payment and its order. Raises ``Payment.DoesNotExist``."""
    return _known_of(*_known.get(pk=payment_id))


def find_payment(gateway: str, reference: str) -> Known | None:
    """Find the payment that a provider's reference names."""
    if not reference or "\x00" in reference:
        return None
    row = _known.filter(gateway=gateway, reference=reference).first()
    return _known_of(*row) if row else None


def order_status(order_id: int) -> str:
    return str(Order.objects.values_list("status", flat=True).get(pk=order_id))


def _known_of(*row: object) -> Known:
    total: Decimal
    status, token, language, total, currency = row[len(PAYMENT) :]  # type: ignore[assignment]
    payment = PaymentRow(*row[: len(PAYMENT)])  # type: ignore[arg-type]
    return Known(payment, str(status), str(token), str(language), money_of(total, str(currency)))
