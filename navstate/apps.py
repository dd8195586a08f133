from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from navstate import checks, conf


class NavstateConfig(AppConfig):
    name = "navstate"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Navigation")

    def ready(self) -> None:
        conf.set_defaults()
        for check in (checks.check_flows, checks.check_routes, checks.check_middleware):
            register(check, checks.TAG)
