from django.urls import path

from benchmarks.control import accounts, views

urlpatterns = [
    path("", views.home),
    path("healthz", views.home),
    path("login/", accounts.log_in),
    path("logout/", accounts.log_out),
    path("dashboard/", accounts.dashboard),
    path("dashboard/orders/", accounts.orders),
    path("cart/", views.cart),
    path("cart/add/", views.add),
    path("cart/line/<int:variant_id>/", views.line),
    path("checkout/", views.start),
    path("checkout/<slug:stage>/", views.stage),
    path("demo-gateway/<slug:token>/", views.gateway),
    path("pay/<slug:token>/", views.pay),
    path("order/<slug:token>/", views.receipt),
]
