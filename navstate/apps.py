from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NavstateConfig(AppConfig):
    name = "navstate"
    verbose_name = _("Navigation")
