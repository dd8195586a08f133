from django.urls import path

from checkout.views import orders, receipt, stages

urlpatterns = [
    path("checkout/", stages.start, name="checkout"),
    path("checkout/address/", stages.address, name="checkout-address"),
    path("checkout/shipping/", stages.shipping, name="checkout-shipping"),
    path("checkout/payment/", stages.payment, name="checkout-payment"),
    path("checkout/review/", stages.review, name="checkout-review"),
    path("dashboard/orders/", orders.orders, name="orders"),
    path("order/<slug:token>/", receipt.receipt, name="receipt"),
]
