"""The least that Django needs to answer: the measure for everything in benchmarks/pages.py."""

from pathlib import Path

SECRET_KEY = "bare"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.bare.urls"
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
    }
]
USE_I18N = False
