"""Oscar's addresses as they come, and navstate's beside them."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
    path("", include(apps.get_app_config("oscar").urls[0])),
]

if settings.FLAVOUR != "stock":
    urlpatterns.insert(0, path("", include("navstate.urls")))
