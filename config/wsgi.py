"""WSGI entry point: pages, served by granian workers."""

import os

from django.core.wsgi import get_wsgi_application

from config.start import starting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with starting():
    application = get_wsgi_application()
