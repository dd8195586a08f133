"""Addresses of the catalogue. A slug may have letters of any script; nothing else gets as far as the database."""

from django.urls import path, re_path

from shop.catalog import views

urlpatterns = [
    path("", views.home, name="home"),
    re_path(r"^category/(?P<slug>[-\w]{1,140})/$", views.category, name="category"),
    path("search/", views.search_results, name="search"),
    re_path(r"^product/(?P<slug>[-\w]{1,255})/$", views.product, name="product"),
]
