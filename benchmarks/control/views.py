"""Cart and checkout in ``request.session``. Every redirect, guard and write is what a tutorial would do."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from djmoney.money import Money

from benchmarks.control.accounts import save
from checkout.models import Order, OrderLine, ShippingMethod
from shop.catalog.models import Variant
from shop.stock.models import Stock

FIELDS = ("email", "name", "line1", "line2", "city", "region", "postcode", "country", "phone")
NEXT = {"address": "shipping", "shipping": "payment", "payment": "review"}


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html", {})


def lines_of(request: HttpRequest) -> list[dict[str, Any]]:
    """What is in the session's cart, with today's prices."""
    found = {str(variant.pk): variant for variant in Variant.objects.filter(pk__in=request.session.get("cart", {}))}
    lines = []
    for key, count in request.session.get("cart", {}).items():
        variant = found[key]
        lines.append({"variant": variant, "count": count, "total": variant.price.amount * count})
    return lines


def total_of(request: HttpRequest) -> Decimal:
    shipping = ShippingMethod.objects.filter(code=request.session.get("shipping_method", "")).first()
    goods = sum((line["total"] for line in lines_of(request)), Decimal(0))
    return goods + (shipping.price.amount if shipping else 0)


def cart(request: HttpRequest) -> HttpResponse:
    lines = lines_of(request)
    subtotal = sum((line["total"] for line in lines), Decimal(0))
    return render(request, "cart.html", {"stage": "cart", "lines": lines, "total": subtotal})


def put(request: HttpRequest, variant: Variant, count: int) -> None:
    """As much as there is in stock."""
    kept = min(count, Stock.objects.get(variant=variant).available)
    in_cart = request.session.get("cart", {})
    in_cart[str(variant.pk)] = kept
    if kept <= 0:
        del in_cart[str(variant.pk)]
    request.session["cart"] = in_cart
    if request.user.is_authenticated:
        save(request.user.pk, in_cart)


@csrf_exempt  # the page that sends it is public and carries no token, here as there
def add(request: HttpRequest) -> HttpResponse:
    variant = Variant.objects.get(sku=request.POST["sku"])
    held = request.session.get("cart", {}).get(str(variant.pk), 0)
    put(request, variant, held + int(request.POST["quantity"]))
    return redirect("/cart/")


def line(request: HttpRequest, variant_id: int) -> HttpResponse:
    if str(variant_id) in request.session.get("cart", {}):
        put(request, Variant.objects.get(pk=variant_id), int(request.POST["quantity"]))
    return redirect("/cart/")


def start(request: HttpRequest) -> HttpResponse:
    return redirect(first_open(request))


def first_open(request: HttpRequest) -> str:
    session = request.session
    if not session.get("cart"):
        return "/cart/"
    needs = {"address": "address", "shipping": "shipping_method", "payment": "payment_method"}
    stage = next((stage for stage, key in needs.items() if not session.get(key)), "review")
    return f"/checkout/{stage}/"


def stage(request: HttpRequest, stage: str) -> HttpResponse:
    """One stage: shown when the ones before it are filled in."""
    order = ["address", "shipping", "payment", "review"]
    due = first_open(request)
    if due == "/cart/" or order.index(due.split("/")[2]) < order.index(stage):
        return redirect(due)
    if request.method == "POST":
        return place(request) if stage == "review" else take(request, stage)
    return show(request, stage)


def take(request: HttpRequest, stage: str) -> HttpResponse:
    session, posted = request.session, request.POST
    if stage == "address":
        if not posted.get("city"):
            return show(request, stage, posted.dict())
        if session.get("address", {}).get("country") != posted["country"]:
            session.pop("shipping_method", None)
            session.pop("payment_method", None)
        session["address"] = {name: posted.get(name, "") for name in FIELDS}
    else:
        name = f"{stage}_method"
        if posted.get(name) not in choices(request, stage):
            return show(request, stage)
        session[name] = posted[name]
    return redirect(f"/checkout/{NEXT[stage]}/")


def choices(request: HttpRequest, stage: str) -> list[str]:
    if stage == "payment":
        return ["demo"]
    country = request.session["address"]["country"]
    methods = ShippingMethod.objects.filter(is_active=True)
    return [method.code for method in methods if not method.countries or country in method.countries]


def show(request: HttpRequest, stage: str, entered: dict[str, str] | None = None) -> HttpResponse:
    address = request.session.get("address", {})
    context = {
        "stage": stage,
        "total": total_of(request),
        "address": address if entered is None else entered,
        "street": address.get("line1", ""),
        "choices": [] if stage in ("address", "review") else choices(request, stage),
    }
    return render(request, "stage.html", context)


def place(request: HttpRequest) -> HttpResponse:
    """The order, the stock, and the session is cleaned up."""
    session, total = request.session, total_of(request)
    address = {name: value for name, value in session["address"].items() if name != "email"}
    order = Order.objects.create(
        attempt=secrets.token_urlsafe(12),
        user_id=request.user.pk,
        email=session["address"]["email"],
        language="en",
        payment_method=session["payment_method"],
        shipping_code=session["shipping_method"],
        subtotal=Money(total, "EUR"),
        shipping_price=Money(0, "EUR"),
        total=Money(total, "EUR"),
        **address,
    )
    for one in lines_of(request):
        variant, count = one["variant"], one["count"]
        OrderLine.objects.create(
            order=order, variant=variant, sku=variant.sku, title="", quantity=count, unit_price=variant.price
        )
        stock = Stock.objects.get(variant=variant)
        stock.available = max(0, stock.available - count)
        stock.save()
    for key in ("cart", "address", "shipping_method", "payment_method"):
        session.pop(key, None)
    if request.user.is_authenticated:
        save(request.user.pk, {})
    return HttpResponseRedirect(f"/demo-gateway/{order.token}/")


def gateway(request: HttpRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, token=token)
    if request.method != "POST":
        return render(request, "gateway.html", {"order": order, "actions": ["pay", "delay", "decline", "cancel"]})
    if request.POST["action"] == "pay":
        Order.objects.filter(pk=order.pk).update(status="paid")
        return redirect(f"/order/{token}/")
    return redirect(f"/pay/{token}/")


def pay(request: HttpRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, token=token)
    if not is_theirs(request, order):
        return redirect(f"/login/?redirect={request.path}")
    if request.method == "POST":
        return redirect(f"/demo-gateway/{token}/")
    return render(request, "order.html", {"order": order, "can_pay": order.status == "awaiting_payment"})


def is_theirs(request: HttpRequest, order: Order) -> bool:
    """A guest's order is seen by its address, an account's by the account."""
    return order.user_id in (None, request.user.pk)


def receipt(request: HttpRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, token=token)
    if not is_theirs(request, order):
        return redirect(f"/login/?redirect={request.path}")
    return render(request, "order.html", {"order": order})
