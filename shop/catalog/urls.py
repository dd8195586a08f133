"""Addresses of the catalogue. A slug may have letters of any script; nothing else gets as far as the database."""

from django.urls import path, re_path

from shop.catalog import views
from shop.catalog.text import SLUG

urlpatterns = [
    path("", views.home, name="home"),
    re_path(rf"^category/(?P<slug>{SLUG}{{1,140}})/$", views.category, name="category"),
    path("search/", views.search_results, name="search"),
    re_path(rf"^product/(?P<slug>{SLUG}{{1,255}})/$", views.product, name="product"),
]
