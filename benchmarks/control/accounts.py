"""Log in, log out, and the cart of an account: saved beside the session, and read into it at login, as many shops do it."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from checkout.models import Order
from shop.cart.models import Cart, CartLine


def log_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        user = authenticate(request, username=request.POST["login"], password=request.POST["password"])
        if user is not None:
            login(request, user)
            request.session["cart"] = merged(saved(user.pk), request.session.get("cart", {}))
            save(user.pk, request.session["cart"])
            return redirect(request.GET.get("redirect", "/dashboard/"))
    return render(request, "login.html")


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("/login/")


@login_required(login_url="/login/", redirect_field_name="redirect")
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard.html", {"user": request.user})


@login_required(login_url="/login/", redirect_field_name="redirect")
def orders(request: HttpRequest) -> HttpResponse:
    mine = Order.objects.filter(user_id=int(request.user.pk or 0)).order_by("-pk")[:20]
    return render(request, "orders.html", {"orders": mine})


def merged(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    """Of an article in both the larger quantity."""
    return first | {key: max(count, first.get(key, 0)) for key, count in second.items()}


def saved(user_id: int) -> dict[str, int]:
    lines = CartLine.objects.filter(cart__user_id=user_id, cart__status=Cart.Status.OPEN).order_by("pk")
    return {str(variant): count for variant, count in lines.values_list("variant_id", "quantity")}


def save(user_id: int, cart: dict[str, int]) -> None:
    """The whole cart, as this session has it."""
    kept, _ = Cart.objects.get_or_create(user_id=user_id, status=Cart.Status.OPEN)
    kept.lines.all().delete()
    for key, count in cart.items():
        CartLine.objects.create(cart=kept, variant_id=int(key), quantity=count, seen_price=0)
