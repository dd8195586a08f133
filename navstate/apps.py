from importlib import import_module

from django.apps import AppConfig, apps
from django.core.checks import register
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

from navstate import checks, conf, registry


def find_flows() -> None:
    """Import ``navflows.py`` of each app that has one, and register the flows in it."""
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "navflows"):
            registry.register_found(import_module(f"{config.name}.navflows"))


class NavstateConfig(AppConfig):
    name = "navstate"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Navigation")

    def ready(self) -> None:
        conf.set_defaults()
        find_flows()
        for check in (checks.check_flows, checks.check_routes, checks.check_middleware, checks.check_project):
            register(check, checks.TAG)
