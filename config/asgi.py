"""ASGI entry point: the embedded set-up and development, one process under daphne."""

import os

from django.core.asgi import get_asgi_application

from config.start import starting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with starting():
    application = get_asgi_application()
