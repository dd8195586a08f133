from django.urls import path

from shop.cart import views

urlpatterns = [
    path("cart/", views.cart, name="cart"),
    path("cart/summary", views.cart, name="cart-summary"),
    path("cart/add/", views.add, name="cart-add"),
    path("cart/line/<int:line_id>/", views.line, name="cart-line"),
    path("cart/told/", views.told, name="cart-told"),
    path("cart/badge/", views.badge, name="cart-badge"),
]
