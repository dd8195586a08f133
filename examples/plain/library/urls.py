from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path

from library import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.BookList.as_view(), name="home"),
    path("books/add/", views.BookCreate.as_view(), name="book-add"),
    path("books/<int:pk>/", views.BookDetail.as_view(), name="book"),
    path("books/<int:pk>/edit/", views.BookUpdate.as_view(), name="book-edit"),
    path("books/<int:pk>/delete/", views.BookDelete.as_view(), name="book-delete"),
    path("account/", views.Account.as_view(), name="account"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("register/", views.Register.as_view(), name="register"),
    path("admin/", admin.site.urls),
]

if settings.FLAVOUR != "stock":
    urlpatterns += [path("", include("navstate.urls"))]
