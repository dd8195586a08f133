"""Every address of the shop; each room brings its own.

Pages carry their language in the path (none for English); payment returns, hooks and probes carry none (R19).
"""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from config.health import healthz, readyz
from config.media import media

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("media/<path:path>", media, name="media"),
    path("admin/", admin.site.urls),
    path("", include("navstate.urls")),
    path("", include("checkout.payments.urls")),
    *i18n_patterns(
        path("", include("shop.catalog.urls")),
        path("", include("shop.cart.urls")),
        path("", include("shop.accounts.urls")),
        path("", include("checkout.urls")),
        prefix_default_language=False,
    ),
]

handler400 = "navstate.error_pages.bad_request"
handler403 = "navstate.error_pages.permission_denied"
handler404 = "navstate.error_pages.page_not_found"
handler429 = "navstate.error_pages.too_many_requests"  # what allauth asks for
handler500 = "navstate.error_pages.server_error"
