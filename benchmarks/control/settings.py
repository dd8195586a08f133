"""The shop's stores and articles, Django's own sessions in the cache, and none of what navstate adds."""

from config.settings import *  # noqa: F403
from config.settings import CACHES, TEMPLATES

ROOT_URLCONF = "benchmarks.control.urls"
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {**CACHES, "default": {**CACHES["default"], "KEY_PREFIX": "control"}}
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # its app wants it; it does nothing here
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
TEMPLATES = [{**TEMPLATES[0], "DIRS": ["benchmarks/control/templates"], "OPTIONS": {}}]
WSGI_APPLICATION = "benchmarks.control.wsgi.application"
