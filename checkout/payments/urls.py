"""Addresses without a language: what providers call, and the page that waits for a payment."""

from django.urls import URLPattern, URLResolver, include, path

from checkout.views import pay, webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("pay/webhook/<slug:gateway>/", webhooks.webhook, name="pay-webhook"),
    path("pay/callback/<slug:gateway>/", webhooks.callback, name="pay-return"),
    path("pay/<slug:token>/", pay.pay, name="pay"),
    path("", include("checkout.payments.demo.urls")),
]
